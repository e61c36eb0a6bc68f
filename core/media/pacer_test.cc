#include "core/media/pacer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace sealhall;
using namespace sealhall::media;
using namespace std::chrono_literals;

namespace {

struct Sent {
  PacedPacket packet;
  Instant at{};
};

/// Runs the pacer by its own deadlines until `end`; what leaves is collected.
void run(Pacer& pacer, Instant& now, Instant end, std::vector<Sent>& sent) {
  std::array<PacedPacket, 32> out;
  int polls = 0;
  while (true) {
    const auto next = pacer.next_deadline();
    if (!next || *next > end) break;
    now = std::max(now, *next);
    const std::size_t n = pacer.poll(now, out);
    REQUIRE(n <= 16);
    for (std::size_t i = 0; i < n; ++i) sent.push_back({out[i], now});
    REQUIRE(++polls < 100'000);
  }
  now = end;
}

PacedPacket video(std::uint64_t handle, std::uint16_t size = 1200) {
  return PacedPacket{PacketKind::video, size, 0, handle, {}};
}

}  // namespace

TEST_CASE("pacer: a key frame leaves at the pacing rate, in short bursts") {
  Pacer pacer;
  Instant now{1s};
  pacer.set_rates(DataRate::kbps(5000), DataRate{}, now);
  for (std::uint64_t i = 1; i <= 100; ++i) CHECK(pacer.enqueue(video(i), now));
  CHECK(pacer.queued_bytes() == 120'000);
  std::vector<Sent> sent;
  run(pacer, now, now + 1s, sent);
  REQUIRE(sent.size() == 100);
  // 120 kB at 5 Mbit/s take 192 ms.
  const Duration took = sent.back().at - sent.front().at;
  CHECK(took >= 180ms);
  CHECK(took <= 200ms);
  for (std::size_t i = 0; i < sent.size(); ++i) CHECK(sent[i].packet.handle == i + 1);
  // 5 ms at this rate are 3125 bytes: three packets.
  for (std::size_t i = 3; i < sent.size(); ++i) CHECK(sent[i].at > sent[i - 3].at);
}

TEST_CASE("pacer: audio never waits, retransmissions go before video") {
  Pacer pacer;
  Instant now{1s};
  pacer.set_rates(DataRate::kbps(500), DataRate{}, now);
  for (std::uint64_t i = 1; i <= 10; ++i) CHECK(pacer.enqueue(video(i), now));
  std::vector<Sent> sent;
  run(pacer, now, now + 1ms, sent);
  CHECK(pacer.enqueue(PacedPacket{PacketKind::retransmission, 1200, 0, 100, {}}, now));
  CHECK(pacer.enqueue(PacedPacket{PacketKind::audio, 100, 0, 200, {}}, now));
  const std::size_t before = sent.size();
  run(pacer, now, now + 100ms, sent);
  REQUIRE(sent.size() > before + 2);
  CHECK(sent[before].packet.handle == 200);
  CHECK(sent[before].at == Instant{1s + 1ms});
  CHECK(sent[before + 1].packet.handle == 100);
}

TEST_CASE("pacer: the queue empties within its limit even when that takes more than the rate") {
  Pacer pacer;
  Instant now{1s};
  pacer.set_rates(DataRate::kbps(100), DataRate{}, now);
  for (std::uint64_t i = 1; i <= 200; ++i) CHECK(pacer.enqueue(video(i), now));
  std::vector<Sent> sent;
  run(pacer, now, now + 2s, sent);
  const auto in_limit = std::ranges::count_if(sent, [](const Sent& s) { return s.at < Instant{1s + 1s}; });
  CHECK(in_limit >= 150);
}

TEST_CASE("pacer: a probe is sent at its rate, with media first and padding for the rest") {
  Pacer pacer;
  Instant now{1s};
  pacer.set_rates(DataRate::kbps(300), DataRate{}, now);
  for (std::uint64_t i = 1; i <= 3; ++i) CHECK(pacer.enqueue(video(i, 1000), now));
  pacer.start_probe(7, DataRate::kbps(2000), 5, 8'000);
  std::vector<Sent> sent;
  run(pacer, now, now + 200ms, sent);
  REQUIRE(sent.size() == 8);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    CHECK(sent[i].packet.probe == 7);
    CHECK(sent[i].packet.kind == (i < 3 ? PacketKind::video : PacketKind::padding));
  }
  const Duration took = sent.back().at - sent.front().at;
  CHECK(took >= 24ms);  // 8 kB at 2 Mbit/s are 32 ms; the last packets leave ahead of time
  CHECK(took <= 34ms);
  CHECK(pacer.enqueue(video(9), now));
  run(pacer, now, now + 300ms, sent);
  CHECK(sent.back().packet.handle == 9);
  CHECK(sent.back().packet.probe == 0);
}

TEST_CASE("pacer: padding fills up to its rate, only when there is no media") {
  Pacer pacer;
  Instant now{1s};
  pacer.set_rates(DataRate::kbps(1000), DataRate::kbps(400), now);
  std::vector<Sent> sent;
  run(pacer, now, now + 1s, sent);
  std::size_t bytes = 0;
  for (const Sent& s : sent) {
    CHECK(s.packet.kind == PacketKind::padding);
    bytes += s.packet.size;
  }
  CHECK(bytes >= 48'000);
  CHECK(bytes <= 52'000);
}

TEST_CASE("pacer: bounded queues refuse, and clear empties one kind") {
  Pacer pacer{{.capacity = 20}};
  const Instant now{1s};
  int taken = 0;
  for (std::uint64_t i = 1; i <= 30; ++i) taken += pacer.enqueue(video(i), now) ? 1 : 0;
  CHECK(taken == 20);
  CHECK(pacer.oldest_age(now + 30ms) == 30ms);
  CHECK(pacer.clear(PacketKind::video) == 20);
  CHECK(pacer.queued_bytes() == 0);
  CHECK_FALSE(pacer.next_deadline().has_value());
}

TEST_CASE("pacer: the rate holds over a long run of mixed traffic") {
  Pacer pacer;
  Instant now{1s};
  pacer.set_rates(DataRate::kbps(2000), DataRate{}, now);
  std::vector<Sent> sent;
  std::uint64_t handle = 1;
  for (int frame = 0; frame < 300; ++frame) {
    // 1.6 Mbit/s of video with a large frame now and then.
    for (int i = 0; i < (frame % 30 == 0 ? 30 : 5); ++i) CHECK(pacer.enqueue(video(handle++, 1100), now));
    CHECK(pacer.enqueue(PacedPacket{PacketKind::audio, 120, 0, handle++, {}}, now));
    run(pacer, now, now + 33ms, sent);
    CHECK(pacer.queue_time() < 500ms);
  }
  // No 100 ms window carries more than 2.5 Mbit/s.
  std::size_t begin = 0;
  std::size_t bytes = 0;
  for (const Sent& s : sent) {
    bytes += s.packet.size;
    while (s.at - sent[begin].at > 100ms) bytes -= sent[begin++].packet.size;
    CHECK(bytes < 31'250);
  }
}
