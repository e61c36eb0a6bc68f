#include "server/api/tokens.h"

#include <doctest/doctest.h>

namespace sealhall::api {
namespace {

TEST_CASE("tokens: text of as many random bytes, and the SHA-256 of FIPS 180-2 appendix B.1") {
  SeededRandom random{1};
  const std::string one = random_text(random, 16);
  CHECK(one.size() == 22);
  CHECK(random_text(random, 16) != one);
  CHECK(random_text(random, 32).size() == 43);
  CHECK(token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("tokens: none begins with a dash, which a command line would take for an option") {
  SeededRandom random{2};
  bool dash_elsewhere = false;
  for (int i = 0; i < 2000; ++i) {  // one in 64 would
    const std::string one = random_text(random, 16);
    CHECK(one.front() != '-');
    dash_elsewhere |= one.find('-') != std::string::npos;
  }
  CHECK(dash_elsewhere);
}

}  // namespace
}  // namespace sealhall::api
