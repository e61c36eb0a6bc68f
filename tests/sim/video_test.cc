// Behaviour of video over bad networks: it moves, it is whole, it does not storm.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/sim/call.h"

using namespace sealhall;
using namespace sealhall::sim;
using namespace std::chrono_literals;

namespace {
Sender::Config secured() {
  Sender::Config config;
  config.profile = srtp::Profile::aead_aes_256_gcm;
  return config;
}
}  // namespace

TEST_CASE("sim video: a clean path gives every frame, no freeze, one key frame") {
  PathConfig path;
  path.rate = DataRate::kbps(4000);
  Simulation sim{1, path};
  sim.add_flow(secured());
  sim.run(5s);
  const Interval r = sim.measure(60s);
  CHECK(r.frames_per_second >= 29.9);
  CHECK(r.longest_freeze <= 100ms);
  CHECK(r.concealed == 0.0);
  CHECK(r.plis == 0);
  CHECK(sim.sender().stats().key_frames == 1);
  CHECK(sim.receiver().stats().broken_frames == 0);
  CHECK(sim.receiver().stats().video_latency <= 150ms);
}

TEST_CASE("sim video: 10 % random loss both ways: it keeps moving, at a rate that is worth looking at") {
  PathConfig path;
  path.rate = DataRate::kbps(2000);
  path.loss = 0.1;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Simulation sim{seed, path, path};
    sim.add_flow(secured());
    sim.run(10s);
    double lowest_rate = 1e9;
    double sum_rate = 0.0;
    std::uint64_t plis = 0;
    for (int i = 0; i < 12; ++i) {
      const Interval r = sim.measure(5s);
      CAPTURE(seed);
      CAPTURE(i);
      CHECK(r.frames_per_second >= 24);
      CHECK(r.longest_freeze <= 700ms);
      CHECK(r.concealed <= 0.03);
      lowest_rate = std::min(lowest_rate, r.sent_kbps);
      sum_rate += r.sent_kbps / 12;
      plis += r.plis;
    }
    CHECK(lowest_rate >= 400);
    CHECK(sum_rate >= 900);
    CHECK(plis <= 12);
    CHECK(sim.receiver().stats().broken_frames == 0);
  }
}

TEST_CASE("sim video: loss in bursts") {
  PathConfig path;
  path.rate = DataRate::kbps(2000);
  path.burst = {.enter = 0.005, .leave = 0.15, .loss = 0.9};  // 3 % in bursts of 7 packets
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Simulation sim{seed, path, path};
    sim.add_flow(secured());
    sim.run(10s);
    const Interval r = sim.measure(60s);
    CAPTURE(seed);
    CHECK(r.frames_per_second >= 26);
    CHECK(r.longest_freeze <= 900ms);
    CHECK(r.sent_kbps >= 800);
    CHECK(r.plis <= 12);
    CHECK(sim.receiver().stats().broken_frames == 0);
  }
}

TEST_CASE("sim video: reorder, duplication and jitter are harmless") {
  PathConfig path;
  path.rate = DataRate::kbps(2000);
  path.reorder = 0.05;
  path.reorder_by = 20ms;
  path.duplicate = 0.03;
  path.jitter = 10ms;
  Simulation sim{2, path, path};
  sim.add_flow(secured());
  sim.run(10s);
  const Interval r = sim.measure(60s);
  CHECK(r.frames_per_second >= 29.5);
  CHECK(r.longest_freeze <= 150ms);
  CHECK(r.concealed <= 0.01);
  CHECK(r.plis == 0);
  CHECK(r.sent_kbps >= 1000);
  CHECK(sim.receiver().stats().broken_frames == 0);
  CHECK(sim.receiver().video().skipped_pictures <= 5);
  CHECK(sim.receiver().stats().unauthentic > 50);  // duplicates that SRTP turned away
}

TEST_CASE("sim video: without SRTP duplicates reach the assembler, and are harmless there too") {
  PathConfig path;
  path.duplicate = 0.2;
  path.reorder = 0.1;
  Simulation sim{2, path, path};
  sim.add_flow();
  sim.run(10s);
  const Interval r = sim.measure(30s);
  CHECK(r.frames_per_second >= 29.5);
  CHECK(r.plis == 0);
  CHECK(sim.receiver().stats().broken_frames == 0);
  CHECK(sim.receiver().video().duplicates > 100);
}

TEST_CASE("sim video: a long path with loss") {
  PathConfig path;
  path.rate = DataRate::kbps(1500);
  path.delay = 150ms;
  path.loss = 0.02;
  Simulation sim{4, path, path};
  sim.add_flow(secured());
  sim.run(15s);
  const Interval r = sim.measure(60s);
  CHECK(r.frames_per_second >= 24);
  CHECK(r.longest_freeze <= 1200ms);
  CHECK(r.sent_kbps >= 600);
  CHECK(sim.receiver().stats().broken_frames == 0);
}

TEST_CASE("sim video: frames without temporal layers survive loss by retransmission alone") {
  PathConfig path;
  path.rate = DataRate::kbps(2000);
  path.loss = 0.03;
  Simulation sim{6, path, path};
  Sender::Config config = secured();
  config.layers = false;
  sim.add_flow(config);
  sim.run(10s);
  const Interval r = sim.measure(60s);
  CHECK(r.frames_per_second >= 27);
  CHECK(r.longest_freeze <= 800ms);
  CHECK(sim.receiver().stats().broken_frames == 0);
}

TEST_CASE("sim video: no key frame storms, however bad it is, and the picture is back soon after") {
  PathConfig path;
  path.rate = DataRate::kbps(2000);
  PathConfig terrible = path;
  terrible.loss = 0.5;
  PathConfig dead = path;
  dead.loss = 1.0;
  Simulation sim{8, path, path};
  const Instant start = sim.now();
  sim.add_flow(secured());
  sim.forward().change(start + 10s, terrible);
  sim.forward().change(start + 30s, path);
  sim.forward().change(start + 50s, dead);
  sim.back().change(start + 50s, dead);
  sim.forward().change(start + 55s, path);
  sim.back().change(start + 55s, path);
  sim.run(10s);
  const std::uint64_t keys = sim.sender().stats().key_frames;
  const Interval storm = sim.measure(20s);
  CHECK(storm.plis <= 41);
  CHECK(sim.sender().stats().key_frames - keys <= 41);
  sim.run(5s);
  const Interval after = sim.measure(15s);
  CHECK(after.frames_per_second >= 28);
  CHECK(after.longest_freeze <= 500ms);
  CHECK(after.plis <= 1);
  sim.run(8s);  // 58 s: three seconds after the outage
  const Interval again = sim.measure(10s);
  CHECK(again.frames_per_second >= 28);
  CHECK(sim.receiver().stats().broken_frames == 0);
}
