#include "core/srtp/packet_index.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/random.h"

namespace sealhall::srtp {
namespace {

using Window = ReplayWindow<128>;

TEST_CASE("packet index: the guess follows the sequence number across wraps, forward and back") {
  CHECK(guess_index(0, 1) == 1U);
  CHECK(guess_index(5, 5) == 5U);
  CHECK(guess_index(0xFFFF, 0) == 0x10000U);
  CHECK(guess_index(0xFFFF, 0x7FFE) == 0x17FFEU);
  CHECK(guess_index(0xFFFF, 0x7FFF) == 0x7FFFU);  // exactly half a cycle back: RFC 3711 stays in the cycle
  CHECK(guess_index(0x10000, 0xFFFF) == 0xFFFFU);
  CHECK(guess_index(0x10000, 0x8000) == 0x18000U);  // exactly half a cycle ahead
  CHECK(guess_index(0x10000, 0x8001) == 0x8001U);
}

TEST_CASE("packet index: nothing lies before zero or beyond 48 bits") {
  CHECK_FALSE(guess_index(0, 0x8001));
  CHECK_FALSE(guess_index(10, 0xFFFF));
  CHECK(guess_index(max_packet_index - 1, 0xFFFF) == max_packet_index);
  CHECK_FALSE(guess_index(max_packet_index, 0));
}

TEST_CASE("packet index: any index within half a cycle of the highest is guessed right") {
  SeededRandom random{1};
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t highest = 0x8000 + random.below(max_packet_index - 0x10000);
    const std::uint64_t index = highest - 0x7FFF + random.below(0xFFFF);
    CHECK(guess_index(highest, static_cast<std::uint16_t>(index)) == index);
  }
}

TEST_CASE("replay window: an index is fresh once") {
  Window window;
  CHECK(window.empty());
  CHECK(window.check(1000) == Window::Verdict::fresh);
  window.mark(1000);
  CHECK_FALSE(window.empty());
  CHECK(window.check(1000) == Window::Verdict::seen);
  CHECK(window.check(999) == Window::Verdict::fresh);
  window.mark(999);
  CHECK(window.check(999) == Window::Verdict::seen);
  CHECK(window.highest() == 1000);
}

TEST_CASE("replay window: reaches exactly its size back") {
  Window window;
  window.mark(1000);
  CHECK(window.check(1000 - 127) == Window::Verdict::fresh);
  CHECK(window.check(1000 - 128) == Window::Verdict::too_old);
  CHECK(window.check(0) == Window::Verdict::too_old);
}

TEST_CASE("replay window: agrees with a set of all indices over random walks") {
  SeededRandom random{2};
  for (int walk = 0; walk < 40; ++walk) {
    Window window;
    std::set<std::uint64_t> used;
    std::uint64_t highest = 200 + random.below(1000);
    window.mark(highest);
    used.insert(highest);
    for (int step = 0; step < 3000; ++step) {
      std::uint64_t index = highest + random.below(4);
      if (random.chance(0.5)) index = highest - random.below(140);
      if (random.chance(0.01)) index = highest + random.below(1000);
      auto want = Window::Verdict::fresh;
      if (index <= highest && highest - index >= 128) {
        want = Window::Verdict::too_old;
      } else if (used.contains(index)) {
        want = Window::Verdict::seen;
      }
      REQUIRE(window.check(index) == want);
      if (want == Window::Verdict::fresh) {
        window.mark(index);
        used.insert(index);
        highest = std::max(highest, index);
      }
      REQUIRE(window.highest() == highest);
    }
  }
}

}  // namespace
}  // namespace sealhall::srtp
