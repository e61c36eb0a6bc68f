#include "core/base/random.h"

#include <doctest/doctest.h>

namespace sealhall {
namespace {

TEST_CASE("random: a seed gives the same numbers again, another seed other ones") {
  SeededRandom a{7};
  SeededRandom b{7};
  SeededRandom c{8};
  CHECK(a.next() == b.next());
  CHECK(a.next() != c.next());
}

TEST_CASE("random: probabilities are what they say, within four standard errors") {
  SeededRandom r{1};
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += r.chance(0.1) ? 1 : 0;
  CHECK(hits > 10'000 - 4 * 95);
  CHECK(hits < 10'000 + 4 * 95);
  CHECK(r.below(0) == 0);
  for (int i = 0; i < 1000; ++i) CHECK(r.below(3) < 3);
}

TEST_CASE("random: fill covers buffers of any length") {
  SeededRandom r{3};
  for (std::size_t n = 0; n < 20; ++n) {
    Bytes buffer(n, 0);
    Bytes sum(n, 0);
    for (int round = 0; round < 32; ++round) {
      r.fill(buffer);
      for (std::size_t i = 0; i < n; ++i) sum[i] = static_cast<std::uint8_t>(sum[i] | buffer[i]);
    }
    for (const auto b : sum) CHECK(b != 0);
  }
}

}  // namespace
}  // namespace sealhall
