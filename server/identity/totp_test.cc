#include "server/identity/totp.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::identity;

namespace {
UnixMicros at(std::int64_t seconds) { return UnixMicros{seconds * 1'000'000}; }
const ByteView rfc_secret = as_bytes("12345678901234567890");
}  // namespace

TEST_CASE("totp: the vectors of RFC 6238 appendix B and RFC 4226 appendix D") {
  const std::pair<std::int64_t, const char*> vectors[] = {{59, "94287082"},         {1111111109, "07081804"},
                                                          {1111111111, "14050471"}, {1234567890, "89005924"},
                                                          {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, code] : vectors) CHECK(totp_code(rfc_secret, totp_step(at(seconds)), 8) == code);
  const char* hotp[] = {"755224", "287082", "359152", "969429", "338314",
                        "254676", "287922", "162583", "399871", "520489"};
  for (int i = 0; i < 10; ++i) CHECK(totp_code(rfc_secret, i) == hotp[i]);
}

TEST_CASE("totp: the present code, the one before and the one after are right; others are not") {
  const UnixMicros now = at(1'800'000'010);
  const std::int64_t step = totp_step(now);
  for (const std::int64_t offset : {-1, 0, 1}) {
    CHECK(check_totp(rfc_secret, totp_code(rfc_secret, step + offset), now, 0) == step + offset);
  }
  for (const std::int64_t offset : {-2, 2, 10}) {
    CHECK_FALSE(check_totp(rfc_secret, totp_code(rfc_secret, step + offset), now, 0));
  }
  const std::string code = totp_code(rfc_secret, step);
  CHECK(check_totp(rfc_secret, code.substr(0, 3) + " " + code.substr(3), now, 0) == step);
  for (const std::string& wrong :
       {std::string{}, code.substr(1), code + "0", std::string(6, 'x'), std::string(5000, '1')}) {
    CHECK_FALSE(check_totp(rfc_secret, wrong, now, 0));
  }
  CHECK_FALSE(check_totp(as_bytes("another secret 12345"), code, now, 0));
}

TEST_CASE("totp: no code works twice, nor one that is older than the last that was used") {
  const UnixMicros now = at(1'800'000'010);
  const std::int64_t step = totp_step(now);
  CHECK_FALSE(check_totp(rfc_secret, totp_code(rfc_secret, step), now, step));
  CHECK_FALSE(check_totp(rfc_secret, totp_code(rfc_secret, step - 1), now, step));
  CHECK(check_totp(rfc_secret, totp_code(rfc_secret, step + 1), now, step) == step + 1);
}

TEST_CASE("totp: what the app reads") {
  CHECK(
      totp_uri(as_bytes("12345678901234567890"), "Sealhall", "ada l@x.org") ==
      "otpauth://totp/Sealhall:ada%20l%40x.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sealhall&algorithm=SHA1&"
      "digits=6&period=30");
}

TEST_CASE("base32: the examples of RFC 4648, and back") {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "MY"},
                                                          {"fo", "MZXQ"},
                                                          {"foo", "MZXW6"},
                                                          {"foob", "MZXW6YQ"},
                                                          {"fooba", "MZXW6YTB"},
                                                          {"foobar", "MZXW6YTBOI"}};
  for (const auto& [plain, text] : examples) {
    CHECK(to_base32(as_bytes(plain)) == text);
    CHECK(as_text(from_base32(text).value()) == plain);
  }
  CHECK(as_text(from_base32("mzxw 6ytb-oi").value()) == "foobar");
  for (const char* wrong : {"M", "MZ", "MZX", "M0", "MY======", "MZXW61"}) CHECK_FALSE(from_base32(wrong));
}
