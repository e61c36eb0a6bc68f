#include "core/rtp/sequence.h"

#include <doctest/doctest.h>

#include "core/base/random.h"

namespace sealhall::rtp {
namespace {

TEST_CASE("unwrapper: the first number starts one cycle above zero and keeps its low bits") {
  SeqUnwrapper seq;
  CHECK_FALSE(seq.highest());
  CHECK(seq.unwrap(7) == SeqNo{65536 + 7});
  TimestampUnwrapper time;
  CHECK(time.unwrap(9) == MediaTime{(std::uint64_t{1} << 32) + 9});
}

TEST_CASE("unwrapper: counts on across the wrap and back for late packets") {
  SeqUnwrapper seq;
  const SeqNo before = seq.unwrap(65535);
  CHECK(seq.unwrap(0) == next(before));
  CHECK(seq.unwrap(2) == SeqNo{value(before) + 3});
  CHECK(seq.unwrap(65534) == SeqNo{value(before) - 1});
  CHECK(seq.highest() == SeqNo{value(before) + 3});
}

TEST_CASE("unwrapper: earlier numbers than the first stay positive") {
  SeqUnwrapper seq;
  const SeqNo first = seq.unwrap(0);
  CHECK(distance(seq.unwrap(65535), first) == 1);
  CHECK(distance(seq.unwrap(32768), first) == 32768);
}

TEST_CASE("unwrapper: half the cycle ahead counts as behind, one less counts as ahead") {
  SeqUnwrapper seq;
  const SeqNo at = seq.unwrap(1000);
  CHECK(distance(at, seq.peek(1000 + 32767)) == 32767);
  CHECK(distance(at, seq.peek(1000 + 32768)) == -32768);
}

TEST_CASE("unwrapper: peek does not move the reference") {
  SeqUnwrapper seq;
  (void)seq.unwrap(10);
  CHECK(seq.peek(30000) == SeqNo{65536 + 30000});
  CHECK(seq.highest() == SeqNo{65536 + 10});
}

TEST_CASE("sequence: streams start in the lower half of the sequence numbers") {
  SeededRandom random{4};
  std::uint16_t highest = 0;
  for (int i = 0; i < 2000; ++i) highest = std::max(highest, initial_sequence_number(random));
  CHECK(highest <= 0x7FFF);
  CHECK(highest > 0x7000);
}

TEST_CASE("unwrapper: any walk with steps under half a cycle is followed exactly, in both widths") {
  SeededRandom random{11};
  for (int walk = 0; walk < 50; ++walk) {
    SeqUnwrapper seq;
    TimestampUnwrapper time;
    std::uint64_t s = 65536 + random.below(65536);
    std::uint64_t t = (std::uint64_t{1} << 32) + random.u32();
    std::uint64_t highest_s = s;
    std::uint64_t highest_t = t;
    CHECK(value(seq.unwrap(static_cast<std::uint16_t>(s))) == s);
    CHECK(value(time.unwrap(static_cast<std::uint32_t>(t))) == t);
    for (int step = 0; step < 500; ++step) {
      // Somewhere within half a cycle of the highest one seen.
      s = highest_s - 32768 + random.below(65536);
      t = highest_t - 0x80000000U + random.u32();
      if (s < 65536 / 2 || t < 0x80000000U) continue;
      CHECK(value(seq.unwrap(static_cast<std::uint16_t>(s))) == s);
      CHECK(value(time.unwrap(static_cast<std::uint32_t>(t))) == t);
      highest_s = std::max(highest_s, s);
      highest_t = std::max(highest_t, t);
      CHECK(value(*seq.highest()) == highest_s);
      CHECK(on_wire(SeqNo{s}) == static_cast<std::uint16_t>(s));
      CHECK(on_wire(MediaTime{t}) == static_cast<std::uint32_t>(t));
    }
  }
}

}  // namespace
}  // namespace sealhall::rtp
