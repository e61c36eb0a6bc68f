#include "server/bbb/request.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"

namespace sealhall::bbb {
namespace {

// The example of the API's documentation.
constexpr const char* secret = "639259d4-9dd8-4b25-bf01-95f9567eaf4b";
constexpr const char* text = "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444";
constexpr const char* sha1_sum = "1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17";

std::string hash_of(crypto::HashAlgorithm algorithm, const std::string& all) {
  std::array<std::uint8_t, crypto::max_hash_size> out{};
  crypto::digest(algorithm, {as_bytes(all)}, out);
  return to_hex(ByteView{out}.first(crypto::hash_size(algorithm)));
}

TEST_CASE("bbb checksum: the documentation's example, and which hash by its length") {
  CHECK(is_right_checksum("create", text, secret, sha1_sum, true));
  CHECK_FALSE(is_right_checksum("create", text, secret, sha1_sum, false));
  using enum crypto::HashAlgorithm;
  for (const auto algorithm : {sha256, sha384, sha512}) {
    CHECK(is_right_checksum("create", text, secret, hash_of(algorithm, std::string{"create"} + text + secret), false));
    CHECK_FALSE(
        is_right_checksum("join", text, secret, hash_of(algorithm, std::string{"create"} + text + secret), false));
    CHECK_FALSE(
        is_right_checksum("create", text, "other", hash_of(algorithm, std::string{"create"} + text + secret), false));
  }
  CHECK_FALSE(is_right_checksum("create", text, secret, "", true));
  CHECK_FALSE(is_right_checksum("create", text, secret, std::string(40, 'x'), true));
  CHECK_FALSE(is_right_checksum("create", text, "",
                                hash_of(crypto::HashAlgorithm::sha256, std::string{"create"} + text), false));
}

TEST_CASE("bbb checksum: cut out of the raw query wherever it stands") {
  const auto cut = [](std::string_view raw) {
    const auto s = cut_checksum(raw);
    return s ? s->text + "|" + s->checksum : "none";
  };
  CHECK(cut("a=1&checksum=ff&b=2") == "a=1&b=2|ff");
  CHECK(cut("checksum=ff&b=2") == "b=2|ff");
  CHECK(cut("a=1&checksum=ff") == "a=1|ff");
  CHECK(cut("checksum=ff") == "|ff");
  CHECK(cut("a=%20+x&&checksum=ff") == "a=%20+x&|ff");
  CHECK(cut("a=1") == "none");
  CHECK(cut("") == "none");
  CHECK(cut("checksum=a&checksum=b") == "none");
  CHECK(cut("mychecksum=a") == "none");
}

TEST_CASE("bbb parameters: decoded, the first counts, empty is absent") {
  const auto p = parse_parameters("name=B%C3%BCro+1&name=x&empty=&flag=true&one=1&n=42&big=99999999999&bare");
  REQUIRE(p);
  CHECK(p->find("name") == "Büro 1");
  CHECK_FALSE(p->find("empty"));
  CHECK_FALSE(p->find("bare"));
  CHECK(p->flag("flag"));
  CHECK(p->flag("one"));
  CHECK(p->flag("absent", true));
  CHECK_FALSE(p->flag("n"));
  CHECK(p->number("n", 100) == 42);
  CHECK_FALSE(p->number("n", 41));
  CHECK_FALSE(p->number("big", UINT32_MAX));
  CHECK_FALSE(p->number("name", 5));
  CHECK_FALSE(parse_parameters("a=%zz"));
  CHECK_FALSE(parse_parameters("a=%ff"));
  CHECK_FALSE(parse_parameters("a=%00"));
  std::string many;
  for (int i = 0; i < 301; ++i) many += "a=1&";
  CHECK_FALSE(parse_parameters(many));
}

TEST_CASE("bbb request: only what a right checksum covers counts") {
  const auto sum = [&](const std::string& t) {
    return hash_of(crypto::HashAlgorithm::sha256, "create" + t + std::string{secret});
  };
  const auto check = [&](const std::string& query, const std::string& form) {
    const auto p = verified("create", query, form, secret, false);
    return p ? p->find("name").value_or("-") : "refused";
  };
  CHECK(check("name=a&checksum=" + sum("name=a"), "") == "a");
  CHECK(check("name=a&checksum=" + sum("name=a"), "name=b&meetingID=c") == "a");
  CHECK(check("", "name=b&checksum=" + sum("name=b")) == "b");
  CHECK(check("checksum=" + sum("name=b"), "name=b") == "b");
  CHECK(check("name=a&checksum=" + sum("name=b"), "name=b") == "refused");
  CHECK(check("name=a", "") == "refused");
  CHECK(check("name=x&checksum=" + sum("name=a"), "") == "refused");
}

}  // namespace
}  // namespace sealhall::bbb
