// Lip sync end to end: what is heard and what is seen left the sender at nearly the same moment.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/sim/call.h"

using namespace sealhall;
using namespace sealhall::sim;
using namespace std::chrono_literals;

namespace {

/// The part of pictures whose sound is more than 80 ms apart, after the first seconds.
double out_of_sync(Simulation& sim) {
  sim.run(20s);
  sim.receiver().forget_statistics();
  sim.run(60s);
  const auto& skew = sim.receiver().stats().lip_skew;
  REQUIRE(skew.size() > 1000);
  const auto bad = std::ranges::count_if(skew, [](Duration d) { return d > 80ms || d < -80ms; });
  return static_cast<double>(bad) / static_cast<double>(skew.size());
}

}  // namespace

TEST_CASE("sim lip sync: within 80 ms on a good path, and with loss that makes video late") {
  for (const double loss : {0.0, 0.03, 0.08}) {
    PathConfig path;
    path.rate = DataRate::kbps(2000);
    path.loss = loss;
    path.delay = 60ms;
    Simulation sim{1, path, path};
    sim.add_flow();
    CAPTURE(loss);
    CHECK(out_of_sync(sim) <= 0.01 + 0.8 * loss);
  }
}

TEST_CASE("sim lip sync: a sender whose sound comes late is waited for") {
  PathConfig path;
  path.rate = DataRate::kbps(2000);
  Simulation sim{2, path};
  Sender::Config config;
  config.audio_capture_offset = 150ms;
  sim.add_flow(config);
  CHECK(out_of_sync(sim) <= 0.02);
  CHECK(sim.receiver().stats().video_latency >= 150ms);
}

TEST_CASE("sim lip sync: without it the same streams are apart, so the test can fail") {
  PathConfig path;
  path.rate = DataRate::kbps(2000);
  Simulation sim{2, path};
  Sender::Config config;
  config.audio_capture_offset = 150ms;
  Receiver::Config receiver;
  receiver.lip_sync = false;
  sim.add_flow(config, receiver);
  CHECK(out_of_sync(sim) >= 0.5);
}
