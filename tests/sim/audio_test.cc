// Behaviour of speech over bad networks: concealment, delay, pauses.
#include <doctest/doctest.h>

#include "tests/sim/call.h"

using namespace sealhall;
using namespace sealhall::sim;
using namespace std::chrono_literals;

namespace {
Sender::Config audio_only() {
  Sender::Config config;
  config.video = false;
  config.congestion.start = DataRate::kbps(60);
  return config;
}
}  // namespace

TEST_CASE("sim audio: 10 % random loss leaves under 2 % to conceal, FEC does the rest") {
  PathConfig path;
  path.loss = 0.1;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Simulation sim{seed, path, path};
    sim.add_flow(audio_only());
    sim.run(10s);
    const Interval r = sim.measure(60s);
    CAPTURE(seed);
    CHECK(r.concealed <= 0.02);
    CHECK(sim.receiver().audio().recovered_by_fec >= 200);
    CHECK(sim.receiver().audio().current_delay <= 80ms);
  }
}

TEST_CASE("sim audio: bursts of loss are concealed for as long as they last and not longer") {
  PathConfig path;
  path.burst = {.enter = 0.01, .leave = 0.4, .loss = 1.0};  // 2.4 % in bursts of 2.5 packets
  Simulation sim{3, path};
  sim.add_flow(audio_only());
  sim.run(5s);
  const std::uint64_t lost = sim.forward().stats().lost;
  const Interval r = sim.measure(120s);
  const double lost_ratio = static_cast<double>(sim.forward().stats().lost - lost) / 6000.0;
  CHECK(lost_ratio > 0.01);
  CHECK(r.concealed <= lost_ratio);  // FEC takes one packet of every burst
  CHECK(sim.receiver().audio().skipped == 0);
}

TEST_CASE("sim audio: jitter raises the delay just as far as it must, and the delay comes down again") {
  PathConfig calm;
  PathConfig jittery;
  jittery.jitter = 120ms;
  Simulation sim{5, calm};
  const Instant start = sim.now();
  sim.add_flow(audio_only());
  sim.forward().change(start + 20s, jittery);
  sim.forward().change(start + 60s, calm);
  sim.run(20s);
  CHECK(sim.receiver().audio_buffer().network_delay() <= 30ms);
  sim.run(15s);
  const Interval shaken = sim.measure(25s);
  CHECK(shaken.concealed <= 0.03);
  CHECK(sim.receiver().audio_buffer().network_delay() >= 60ms);
  CHECK(sim.receiver().audio_buffer().network_delay() <= 130ms);
  sim.run(40s);
  CHECK(sim.receiver().audio_buffer().network_delay() <= 40ms);
  CHECK(sim.receiver().audio().current_delay <= 70ms);
  CHECK(sim.measure(10s).concealed == 0.0);
}

TEST_CASE("sim audio: reorder and duplication are harmless") {
  PathConfig path;
  path.reorder = 0.05;
  path.reorder_by = 30ms;
  path.duplicate = 0.05;
  Simulation sim{7, path};
  sim.add_flow(audio_only());
  sim.run(10s);
  CHECK(sim.measure(60s).concealed <= 0.005);
  CHECK(sim.receiver().audio().duplicates > 100);
}

TEST_CASE("sim audio: pauses of speech cost nothing and every talk spurt comes through") {
  PathConfig path;
  path.jitter = 20ms;
  Simulation sim{9, path};
  Sender::Config config = audio_only();
  config.speech_pauses = true;
  sim.add_flow(config);
  sim.run(5s);
  const std::uint64_t decoded = sim.receiver().audio().decoded;
  const std::uint64_t sent = sim.sender().stats().audio_packets;
  CHECK(sim.measure(60s).concealed <= 0.01);
  const auto came = static_cast<double>(sim.receiver().audio().decoded - decoded);
  CHECK(came >= 0.99 * static_cast<double>(sim.sender().stats().audio_packets - sent));
  CHECK(sim.receiver().audio().silent > 800);
}

TEST_CASE("sim audio: an outage ends in silence, and speech is back within half a second of it at a low delay") {
  PathConfig path;
  PathConfig dead;
  dead.loss = 1.0;
  Simulation sim{11, path};
  const Instant start = sim.now();
  sim.add_flow(audio_only());
  sim.forward().change(start + 10s, dead);
  sim.forward().change(start + 15s, path);
  sim.run(14s);
  const std::uint64_t decoded = sim.receiver().audio().decoded;
  sim.run(1s);
  CHECK(sim.receiver().audio().decoded == decoded);
  sim.run(1500ms);
  CHECK(sim.receiver().audio().decoded - decoded >= 50);
  CHECK(sim.receiver().audio().current_delay <= 80ms);
}

TEST_CASE("sim audio: a path that carries hardly more than the speech carries the speech") {
  PathConfig path;
  path.rate = DataRate::kbps(90);
  Simulation sim{13, path};
  sim.add_flow(audio_only());
  sim.run(10s);
  CHECK(sim.measure(30s).concealed <= 0.01);
  CHECK(sim.receiver().audio().current_delay <= 200ms);
}
