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

}  // namespace
}  // namespace sealhall::api
