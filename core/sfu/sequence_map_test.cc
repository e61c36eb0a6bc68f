#include "core/sfu/sequence_map.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/base/random.h"

namespace sealhall::sfu {
namespace {

rtp::SeqNo seq(std::uint64_t n) { return rtp::SeqNo{0x10000 + n}; }

TEST_CASE("sequence map: the first packet gets the slot's first number, and each following one the next") {
  SequenceMap map{65534};
  map.start(seq(500));
  CHECK(map.forward(seq(500)) == 65534);
  CHECK(map.forward(seq(501)) == 65535);
  CHECK(map.forward(seq(502)) == 0);
  CHECK(map.next_out() == 1);
}

TEST_CASE("sequence map: what is left out on purpose leaves no gap, what is lost does") {
  SequenceMap map{100};
  map.start(seq(10));
  CHECK(map.forward(seq(10)) == 100);
  CHECK(map.skip(seq(11)) == std::nullopt);
  CHECK(map.skip(seq(12)) == std::nullopt);
  CHECK(map.forward(seq(13)) == 101);
  CHECK(map.forward(seq(16)) == 104);
}

TEST_CASE("sequence map: a late packet gets the number that was kept for it, before and after packets left out") {
  SequenceMap map{100};
  map.start(seq(10));
  map.forward(seq(10));
  map.forward(seq(12));  // 11 is missing
  map.skip(seq(13));
  map.forward(seq(15));  // 14 is missing
  CHECK(map.order(seq(11)) == SequenceMap::Order::late);
  CHECK(map.forward(seq(11)) == 101);
  CHECK(map.forward(seq(14)) == 103);
}

TEST_CASE("sequence map: a late packet that is not wanted has a number that somebody waits for") {
  SequenceMap map{100};
  map.start(seq(10));
  map.forward(seq(10));
  map.forward(seq(12));
  CHECK(map.skip(seq(11)) == 101);
}

TEST_CASE("sequence map: packets from before a start are too old") {
  SequenceMap map{100};
  map.start(seq(10));
  map.forward(seq(10));
  CHECK(map.order(seq(9)) == SequenceMap::Order::too_old);
  map.start(seq(5000));
  CHECK(map.order(seq(4999)) == SequenceMap::Order::too_old);
  CHECK(map.forward(seq(5000)) == 101);
}

TEST_CASE("sequence map: a jump is a restart, not thousands of losses") {
  SequenceMap map{100};
  map.start(seq(10));
  map.forward(seq(10));
  CHECK(map.forward(seq(20'000)) == 101);
}

TEST_CASE(
    "sequence map: random loss, reordering, drops and switches give every packet its own number, without holes of our "
    "making") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    SeededRandom random{seed};
    const auto first = static_cast<std::uint16_t>(random.u32());
    SequenceMap map{first};
    std::uint64_t expected_end = first;  // 64-bit: numbers in use end here
    std::uint64_t used_from = first;
    for (int source = 0; source < 5; ++source) {
      std::uint64_t in = 1000 + random.below(60'000);
      map.start(seq(in));
      std::map<std::uint16_t, int> used;
      std::uint64_t lost = 0;
      std::uint64_t forwarded = 0;
      std::vector<std::uint64_t> late;
      const int count = 200 + static_cast<int>(random.below(300));
      for (int i = 0; i < count; ++i, ++in) {
        if (i != 0 && random.chance(0.05)) {
          ++lost;
          if (random.chance(0.5)) late.push_back(in);
          continue;
        }
        if (i != 0 && random.chance(0.3)) {
          REQUIRE(!map.skip(seq(in)));
        } else {
          REQUIRE(++used[map.forward(seq(in))] == 1);
          ++forwarded;
        }
        if (!late.empty() && random.chance(0.3)) {
          const std::uint64_t back = late.front();
          late.erase(late.begin());
          if (in - back < 8 && map.order(seq(back)) == SequenceMap::Order::late) {
            REQUIRE(++used[map.forward(seq(back))] == 1);
          }
        }
      }
      // Losses at the very end are not known of yet.
      std::uint64_t end = 0;
      for (const auto& [out, times] : used) {
        end =
            std::max<std::uint64_t>(end, static_cast<std::uint16_t>(out - static_cast<std::uint16_t>(used_from)) + 1U);
      }
      REQUIRE(end <= forwarded + lost);
      REQUIRE(end >= forwarded);
      expected_end = used_from + end;
      REQUIRE(static_cast<std::uint16_t>(map.next_out() - static_cast<std::uint16_t>(expected_end)) <= lost);
      used_from += static_cast<std::uint16_t>(map.next_out() - static_cast<std::uint16_t>(used_from));
    }
  }
}

}  // namespace
}  // namespace sealhall::sfu
