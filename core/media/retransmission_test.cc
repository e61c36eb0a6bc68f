#include "core/media/retransmission.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::media;
using namespace std::chrono_literals;

TEST_CASE("history: a stored packet comes back, not twice within a round trip, not after its age") {
  RetransmissionHistory history;
  Instant now{};
  history.store(65'535, Bytes{1, 2, 3}, now);
  history.store(0, Bytes{4}, now);
  const auto first = history.retransmit(65'535, 50ms, now + 10ms);
  REQUIRE(first.has_value());
  CHECK(equal(first->packet, Bytes{1, 2, 3}));
  CHECK_FALSE(history.retransmit(65'535, 50ms, now + 59ms).has_value());
  const auto second = history.retransmit(65'535, 50ms, now + 60ms);
  REQUIRE(second.has_value());
  CHECK(second->times_sent == 2);
  CHECK_FALSE(history.retransmit(1, 50ms, now).has_value());
  CHECK_FALSE(history.retransmit(0, 50ms, now + 2001ms).has_value());
}

TEST_CASE("history: bounded in packets and bytes, the oldest go first") {
  RetransmissionHistory history{{.max_packets = 100, .max_bytes = 10'000, .max_age = 2s}};
  for (int i = 0; i < 100'000; ++i) {
    history.store(static_cast<std::uint16_t>(i), Bytes(static_cast<std::size_t>(1 + i % 1200), 1), Instant{});
    REQUIRE(history.bytes() <= 10'000 + 1200);
    REQUIRE(history.packets() <= 128);
    REQUIRE(history.retransmit(static_cast<std::uint16_t>(i), 0ms, Instant{}).has_value());
  }
  CHECK_FALSE(history.retransmit(static_cast<std::uint16_t>(99'999 - 200), 0ms, Instant{}).has_value());
  history.store(7, Bytes(1501), Instant{});
  CHECK_FALSE(history.retransmit(7, 0ms, Instant{}).has_value());
}

TEST_CASE("history: a jump of the sequence numbers does not corrupt the accounting") {
  RetransmissionHistory history{{.max_packets = 64, .max_bytes = 5'000, .max_age = 2s}};
  std::uint16_t sequence = 0;
  for (int i = 0; i < 20'000; ++i) {
    sequence = static_cast<std::uint16_t>(sequence + (i % 50 == 0 ? 30'000 : 1));
    history.store(sequence, Bytes(700, 1), Instant{});
    REQUIRE(history.packets() * 700 == history.bytes());
    REQUIRE(history.packets() <= 64);
  }
}

namespace {

/// A sender that has just sent 200 packets of 1000 bytes, 1.6 Mbit within a moment, and is asked for all of them again.
struct Storm {
  RetransmissionHistory history;
  NackResponder responder;
  Instant now{};
  std::vector<std::uint16_t> all;
  Storm() {
    responder.on_rtt(0ms);
    for (std::uint16_t i = 0; i < 200; ++i) {
      history.store(i, Bytes(1000, 1), now);
      responder.on_sent(1000, now);
      all.push_back(i);
    }
  }
  /// Bytes that go out for one NACK of everything.
  std::size_t nack() {
    std::size_t sent = 0;
    responder.on_nack(all, history, now, [&](ByteView packet, std::uint16_t) { sent += packet.size(); });
    return sent;
  }
};

}  // namespace

TEST_CASE("responder: a NACK storm cannot resend more than its part of the traffic") {
  Storm storm;
  std::size_t sent = 0;
  for (int round = 0; round < 10; ++round) sent += storm.nack();
  CHECK(sent <= 100'000);
  CHECK(sent >= 99'000);
  CHECK(storm.responder.refused() > 0);
  storm.now += 1s;
  CHECK(storm.nack() == 16'000);  // the least that is always allowed
  CHECK(storm.responder.resending(storm.now).bps() == 128'000);
  CHECK(storm.responder.resending(storm.now + 1s).bps() == 0);
}

TEST_CASE("responder: on a path that became narrow only a part of it goes to what is sent again") {
  Storm storm;
  storm.responder.limit_to(DataRate::kbps(240));
  std::size_t sent = 0;
  for (int round = 0; round < 10; ++round) {
    storm.now += 100ms;
    sent += storm.nack();
  }
  CHECK(sent >= 7'000);
  // A quarter of 240 kbit/s is 7,500 bytes a second, which may stand at the beginning and at the end.
  CHECK(sent <= 15'000);
}
