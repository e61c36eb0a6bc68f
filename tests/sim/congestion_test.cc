// Behaviour of congestion control with real media: following capacity, recovering, sharing.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tests/sim/call.h"

using namespace sealhall;
using namespace sealhall::sim;
using namespace std::chrono_literals;

TEST_CASE("sim congestion: 2 Mbit/s to 300 kbit/s and back: down within 5 s, up to 80 % within 15 s") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    PathConfig wide;
    wide.rate = DataRate::kbps(2000);
    PathConfig narrow;
    narrow.rate = DataRate::kbps(300);
    Simulation sim{seed, wide};
    const Instant start = sim.now();
    sim.add_flow();
    sim.forward().change(start + 20s, narrow);
    sim.forward().change(start + 60s, wide);
    sim.run(15s);
    const Interval before = sim.measure(5s);
    CAPTURE(seed);
    CHECK(before.sent_kbps >= 1200);
    sim.run(5s);
    CHECK(sim.measure(3s).sent_kbps <= 300);
    const Interval low = sim.measure(32s);
    CHECK(low.sent_kbps <= 300);
    CHECK(low.sent_kbps >= 170);
    CHECK(low.frames_per_second >= 20);
    CHECK(low.concealed <= 0.05);
    sim.run(15s);
    CHECK(sim.sender().congestion().target().kbps() >= 0.8 * before.target_kbps);
    CHECK(sim.measure(5s).sent_kbps >= 0.8 * before.sent_kbps);
    CHECK(sim.receiver().stats().broken_frames == 0);
  }
}

TEST_CASE("sim congestion: 0 % to 5 % to 0 % loss: the bitrate is back within 10 s") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    PathConfig clean;
    clean.rate = DataRate::kbps(3000);
    PathConfig lossy = clean;
    lossy.loss = 0.05;
    Simulation sim{seed, clean};
    const Instant start = sim.now();
    sim.add_flow();
    sim.forward().change(start + 30s, lossy);
    sim.forward().change(start + 60s, clean);
    sim.run(20s);
    const Interval before = sim.measure(10s);
    const Interval during = sim.measure(30s);
    sim.run(10s);
    const Interval after = sim.measure(5s);
    CAPTURE(seed);
    CHECK(during.sent_kbps >= 0.6 * before.sent_kbps);
    CHECK(after.sent_kbps >= 0.85 * before.sent_kbps);
  }
}

TEST_CASE("sim congestion: the queue stays short: media, not the buffer of a router, fills the path") {
  PathConfig path;
  path.rate = DataRate::kbps(1000);
  path.queue = 1s;
  Simulation sim{5, path};
  sim.add_flow();
  sim.run(10s);
  Duration sum{};
  Duration longest{};
  const std::size_t samples = 600;
  const std::uint64_t bytes = sim.sender().stats().bytes;
  for (std::size_t i = 0; i < samples; ++i) {
    sim.run(100ms);
    sum += sim.forward().queue_delay(sim.now());
    longest = std::max(longest, sim.forward().queue_delay(sim.now()));
  }
  CHECK(sum / static_cast<std::int64_t>(samples) <= 80ms);
  CHECK(longest <= 500ms);
  CHECK(static_cast<double>(sim.sender().stats().bytes - bytes) * 8 / 60e3 >= 700);
}

TEST_CASE("sim congestion: flows that compete share, also one that comes later") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    PathConfig path;
    path.rate = DataRate::kbps(3000);
    Simulation sim{seed, path};
    sim.add_flow();
    sim.run(20s);
    sim.add_flow();
    sim.add_flow();
    sim.run(40s);
    std::vector<std::uint64_t> bytes;
    for (std::size_t i = 0; i < 3; ++i) bytes.push_back(sim.sender(i).stats().bytes);
    sim.run(60s);
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
      const double kbps = static_cast<double>(sim.sender(i).stats().bytes - bytes[i]) * 8.0 / 60e3;
      CAPTURE(seed);
      CAPTURE(i);
      CHECK(kbps >= 400);
      sum += kbps;
      squares += kbps * kbps;
      CHECK(sim.receiver(i).stats().broken_frames == 0);
    }
    const double fairness = sum * sum / (3 * squares);  // Jain's index
    CHECK(fairness >= 0.8);
    CHECK(sum >= 1900);
    CHECK(sum <= 3000);
  }
}

TEST_CASE("sim congestion: a policer with hardly a queue is found by its loss") {
  PathConfig path;
  path.rate = DataRate::kbps(800);
  path.queue = 30ms;
  Simulation sim{3, path};
  sim.add_flow();
  sim.run(20s);
  const std::uint64_t dropped = sim.forward().stats().queue_dropped;
  const std::uint64_t sent = sim.forward().stats().sent;
  const Interval r = sim.measure(40s);
  CHECK(r.sent_kbps >= 400);
  CHECK(r.sent_kbps <= 900);
  CHECK(static_cast<double>(sim.forward().stats().queue_dropped - dropped) /
            static_cast<double>(sim.forward().stats().sent - sent) <=
        0.15);
  CHECK(r.frames_per_second >= 24);
}

TEST_CASE("sim congestion: feedback that gets lost or delayed does not break it") {
  PathConfig path;
  path.rate = DataRate::kbps(1500);
  PathConfig back;
  back.loss = 0.3;
  back.jitter = 80ms;
  Simulation sim{6, path, back};
  sim.add_flow();
  sim.run(20s);
  const Interval r = sim.measure(40s);
  CHECK(r.sent_kbps >= 700);
  CHECK(r.sent_kbps <= 1500);
  CHECK(r.frames_per_second >= 28);
}

TEST_CASE("sim congestion: the start finds a good rate within two seconds") {
  for (const std::int64_t kbps : {600, 2000, 5000}) {
    PathConfig path;
    path.rate = DataRate::kbps(kbps);
    Simulation sim{2, path};
    sim.add_flow();
    sim.run(2s);
    CAPTURE(kbps);
    CHECK(sim.sender().congestion().target().kbps() >= std::min(0.6 * static_cast<double>(kbps), 1500.0));
    CHECK(sim.sender().congestion().target().kbps() <= 1.2 * static_cast<double>(kbps));
  }
}
