#include "core/sframe/replay_window.h"

#include <doctest/doctest.h>

#include <limits>
#include <set>

#include "core/base/random.h"

namespace sealhall::sframe {
namespace {

TEST_CASE("replay window: the first frame sets it, wherever the counter stands (a late joiner)") {
  ReplayWindow window{1024};
  CHECK(window.is_fresh(0));
  CHECK(window.is_fresh(5'000'000'000));
  window.mark(5'000'000'000);
  CHECK_FALSE(window.is_fresh(5'000'000'000));
  CHECK(window.is_fresh(5'000'000'001));
  CHECK(window.is_fresh(4'999'999'999));
  CHECK(window.is_fresh(5'000'000'000 - 1023));
  CHECK_FALSE(window.is_fresh(5'000'000'000 - 1024));
  CHECK_FALSE(window.is_fresh(0));
}

TEST_CASE("replay window: a jump of a whole window forgets all before it, a smaller one does not") {
  ReplayWindow window{64};
  for (std::uint64_t i = 0; i < 64; ++i) window.mark(i);
  window.mark(100);
  CHECK_FALSE(window.is_fresh(63));
  CHECK_FALSE(window.is_fresh(37));
  CHECK(window.is_fresh(64));
  CHECK(window.is_fresh(99));
  window.mark(1000);
  CHECK(window.is_fresh(999));
  CHECK(window.is_fresh(937));
  CHECK_FALSE(window.is_fresh(936));
  window.mark(5);  // too old: changes nothing
  CHECK(window.is_fresh(1000 - 59));
}

TEST_CASE("replay window: the largest counter is the end, not a wrap") {
  constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  ReplayWindow window{64};
  window.mark(last - 1);
  CHECK(window.is_fresh(last));
  window.mark(last);
  CHECK_FALSE(window.is_fresh(last));
  CHECK_FALSE(window.is_fresh(0));
  CHECK(window.is_fresh(last - 2));
}

TEST_CASE("replay window: agrees with a plain set of counters under random reordering, loss and duplication") {
  for (const std::size_t size : {64U, 1024U, 4096U}) {
    SeededRandom random{size};
    ReplayWindow window{size};
    std::set<std::uint64_t> seen;
    std::uint64_t highest = 0;
    std::uint64_t front = 1'000'000;
    for (int i = 0; i < 20'000; ++i) {
      front += random.chance(0.01) ? random.below(2 * size) : random.below(3);
      const std::uint64_t counter = front - random.below(size + size / 4);
      const bool fresh = seen.empty() || counter > highest || (highest - counter < size && !seen.contains(counter));
      REQUIRE(window.is_fresh(counter) == fresh);
      if (!fresh || random.chance(0.2)) continue;  // as if it did not authenticate
      window.mark(counter);
      seen.insert(counter);
      highest = std::max(highest, counter);
    }
  }
}

}  // namespace
}  // namespace sealhall::sframe
