#include "core/rtp/nack_tracker.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/random.h"

namespace sealhall::rtp {
namespace {

using namespace std::chrono_literals;
using List = std::vector<SeqNo>;

TEST_CASE("nack: a gap is asked for at once, again after one RTT, and never once it has arrived") {
  NackTracker t;
  const Instant now{};
  t.on_rtt(40ms);
  t.on_packet(SeqNo{10}, now);
  t.on_packet(SeqNo{13}, now);
  CHECK(t.next_deadline() == now);
  CHECK(t.due(now) == List{SeqNo{11}, SeqNo{12}});
  CHECK(t.next_deadline() == now + 40ms);
  CHECK(t.due(now + 39ms).empty());
  t.on_packet(SeqNo{11}, now + 39ms);
  CHECK(t.due(now + 40ms) == List{SeqNo{12}});
  t.on_packet(SeqNo{12}, now + 50ms);
  CHECK_FALSE(t.next_deadline());
  CHECK(t.due(now + 1s).empty());
}

TEST_CASE("nack: packets in order, duplicates and packets before the first one ask for nothing") {
  NackTracker t;
  const Instant now{};
  for (const std::uint64_t seq : {100U, 101U, 101U, 102U, 50U, 100U}) t.on_packet(SeqNo{seq}, now);
  CHECK(t.missing() == 0);
  CHECK_FALSE(t.next_deadline());
  CHECK(t.due(now).empty());
}

TEST_CASE("nack: a packet is given up after its last request went unanswered") {
  NackTracker t{{.max_requests = 3}};
  Instant now{};
  t.on_rtt(20ms);
  t.on_packet(SeqNo{1}, now);
  t.on_packet(SeqNo{3}, now);
  for (int i = 0; i < 3; ++i) {
    CHECK(t.due(now) == List{SeqNo{2}});
    now += 20ms;
  }
  CHECK(t.given_up() == 0);
  CHECK(t.due(now).empty());
  CHECK(t.given_up() == 1);
  CHECK(t.missing() == 0);
}

TEST_CASE("nack: a very short round trip does not make a storm") {
  NackTracker t;
  const Instant now{};
  t.on_rtt(0ms);
  t.on_packet(SeqNo{1}, now);
  t.on_packet(SeqNo{3}, now);
  CHECK(t.due(now).size() == 1);
  CHECK(t.due(now + 9ms).empty());
  CHECK(t.due(now + 10ms).size() == 1);
}

TEST_CASE("nack: more missing than can be repaired asks for a key frame instead") {
  NackTracker t{{.max_missing = 10}};
  const Instant now{};
  t.on_packet(SeqNo{1}, now);
  t.on_packet(SeqNo{12}, now);  // exactly ten
  CHECK_FALSE(t.lost_too_many());
  CHECK(t.missing() == 10);
  t.on_packet(SeqNo{14}, now);
  CHECK(t.lost_too_many());
  CHECK(t.due(now).empty());
  t.clear();
  CHECK_FALSE(t.lost_too_many());
  t.on_packet(SeqNo{16}, now);
  CHECK(t.due(now) == List{SeqNo{15}});
}

TEST_CASE("nack: a jump over the whole number space costs nothing") {
  NackTracker t;
  t.on_packet(SeqNo{1}, Instant{});
  t.on_packet(SeqNo{std::uint64_t{1} << 60}, Instant{});
  CHECK(t.lost_too_many());
  CHECK(t.missing() == 0);
}

TEST_CASE("nack: what lies before a key frame is forgotten") {
  NackTracker t;
  const Instant now{};
  t.on_packet(SeqNo{1}, now);
  t.on_packet(SeqNo{5}, now);
  t.forget_before(SeqNo{4});
  CHECK(t.due(now) == List{SeqNo{4}});
  t.forget_before(SeqNo{100});
  CHECK(t.missing() == 0);
}

TEST_CASE("nack: over any lossy, shuffled stream it asks exactly for what is missing below the highest packet") {
  SeededRandom random{31};
  for (int round = 0; round < 50; ++round) {
    NackTracker t;
    std::set<std::uint64_t> arrived;
    Instant now{};
    std::uint64_t highest = 1000;
    t.on_packet(SeqNo{highest}, now);
    arrived.insert(highest);
    for (int step = 0; step < 300; ++step) {
      const std::uint64_t seq =
          random.chance(0.7) ? highest + 1 + random.below(3) : 1000 + random.below(highest - 1000 + 1);
      t.on_packet(SeqNo{seq}, now);
      arrived.insert(seq);
      highest = std::max(highest, seq);
    }
    List want;
    for (std::uint64_t seq = 1000; seq < highest; ++seq) {
      if (!arrived.contains(seq)) want.push_back(SeqNo{seq});
    }
    CHECK(t.due(now) == want);
  }
}

}  // namespace
}  // namespace sealhall::rtp
