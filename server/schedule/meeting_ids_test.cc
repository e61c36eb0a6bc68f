#include "server/schedule/meeting_ids.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/encoding.h"

namespace sealhall::schedule {
namespace {

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '+') {
      out += "%2B";
    } else if (c == '/') {
      out += "%2F";
    } else if (c == '=') {
      out += "%3D";
    } else if (c == '%') {
      out += "%25";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("trap 1: a meeting number has 11 digits and is exact as a JavaScript number") {
  SeededRandom random{1};
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const std::string number = new_meeting_number(random);
    CHECK(number.size() == 11);
    CHECK(is_meeting_number(number));
    CHECK(std::stoull(number) < (1ULL << 53));
    seen.insert(number);
  }
  CHECK(seen.size() == 2000);
  for (const std::string_view wrong : {"", "12345678", "01234567890", "1234567890123456", "1234567890a"})
    CHECK(!is_meeting_number(wrong));
  CHECK(spaced_meeting_number("81234567890") == "812 3456 7890");
  CHECK(spaced_meeting_number("812345678") == "812 34 5678");
  CHECK(spaced_meeting_number("abc") == "abc");
}

TEST_CASE("trap 2: a new uuid has no slash, and raw, single and double encoding name the same") {
  SeededRandom random{2};
  for (int i = 0; i < 500; ++i) {
    const std::string uuid = new_meeting_uuid(random);
    CHECK(uuid.size() == 24);
    CHECK(uuid.find('/') == std::string::npos);
    CHECK(parse_meeting_uuid(uuid) == uuid);
    CHECK(parse_meeting_uuid(encoded(uuid)) == uuid);
    CHECK(parse_meeting_uuid(encoded(encoded(uuid))) == uuid);
  }
  // Those of other services, with slashes.
  const std::string foreign = "/abc//DEFGHIJKLMNOPQRA==";
  CHECK(parse_meeting_uuid(encoded(encoded(foreign))) == foreign);
  for (const std::string_view wrong :
       {"", "81234567890", "AAAA", "%", "%2", "%zz", "AAAAAAAAAAAAAAAAAAAAAA=", "%25252525252525"})
    CHECK(!parse_meeting_uuid(wrong));
}

}  // namespace sealhall::schedule
