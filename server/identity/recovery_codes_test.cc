#include "server/identity/recovery_codes.h"

#include <doctest/doctest.h>

#include <set>

using namespace sealhall;
using namespace sealhall::identity;

TEST_CASE("recovery codes: read as people write them, bound to their user") {
  SeededRandom random{1};
  const std::string code = new_recovery_code(random);
  CHECK(code.size() == 19);
  const auto hash = recovery_code_hash("user", code);
  REQUIRE(hash.has_value());
  CHECK(hash->size() == 64);
  std::string sloppy;
  for (const char c : code) {
    if (c == '-') continue;
    sloppy += c == '0' ? 'o' : c == '1' ? 'l' : c >= 'A' ? static_cast<char>(c + 32) : c;
    sloppy += ' ';
  }
  CHECK(recovery_code_hash("user", sloppy) == hash);
  CHECK(recovery_code_hash("other", code) != hash);
  for (const std::string& wrong :
       {std::string{}, code.substr(1), code + "A", std::string{"!!!!-!!!!-!!!!-!!!!"}, std::string(1000, 'A')}) {
    CHECK_FALSE(recovery_code_hash("user", wrong));
  }
}

TEST_CASE("recovery codes: every one is different and uses every letter") {
  SeededRandom random{2};
  std::set<std::string> codes;
  std::set<char> seen;
  for (int i = 0; i < 500; ++i) {
    const std::string code = new_recovery_code(random);
    codes.insert(code);
    seen.insert(code.begin(), code.end());
  }
  CHECK(codes.size() == 500);
  CHECK(seen.size() == 33);  // 32 letters and the dash
}
