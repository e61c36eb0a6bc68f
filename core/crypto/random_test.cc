#include "core/crypto/random.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace sealhall::crypto {
namespace {

TEST_CASE("random: every byte of a buffer of any size is filled, and no two fills are the same") {
  SystemRandom random;
  for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 1000U}) {
    // A byte that stays zero in 40 fills was not filled (chance of a false alarm: 2^-310 for all bytes together).
    Bytes seen(size, 0);
    for (int round = 0; round < 40; ++round) {
      Bytes bytes(size, 0);
      random.fill(bytes);
      for (std::size_t i = 0; i < size; ++i) seen[i] |= bytes[i];
    }
    CHECK(std::ranges::count(seen, std::uint8_t{0}) == 0);
  }
  CHECK(random.u64() != random.u64());
}

}  // namespace
}  // namespace sealhall::crypto
