#include "core/sfu/seen_window.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/random.h"

namespace sealhall::sfu {
namespace {

TEST_CASE("seen window: every number is taken once, in any order, and never again") {
  SeededRandom random{4};
  SeenWindow seen;
  std::set<std::uint64_t> taken;
  std::uint64_t highest = 100'000;
  for (int i = 0; i < 50'000; ++i) {
    if (random.chance(0.01)) highest += random.below(3000);
    const std::uint64_t number = highest + random.below(5) - random.below(400);
    highest = std::max(highest, number);
    const bool fresh = seen.take(rtp::SeqNo{number});
    if (fresh) {
      REQUIRE(taken.insert(number).second);
    } else {
      REQUIRE((taken.contains(number) || highest - number >= SeenWindow::window));
    }
  }
}

TEST_CASE("seen window: what is further back than the window is refused") {
  SeenWindow seen;
  CHECK(seen.take(rtp::SeqNo{5000}));
  CHECK(seen.take(rtp::SeqNo{5000 - SeenWindow::window + 1}));
  CHECK(!seen.take(rtp::SeqNo{5000 - SeenWindow::window}));
}

}  // namespace
}  // namespace sealhall::sfu
