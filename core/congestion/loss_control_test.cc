#include "core/congestion/loss_control.h"

#include <doctest/doctest.h>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::congestion;
using namespace std::chrono_literals;

namespace {

/// Sends at `rate` over a path that loses `inherent` of everything and whatever exceeds `capacity`.
struct Path {
  LossControl control{DataRate::kbps(30), DataRate::kbps(5000)};
  SeededRandom random{7};
  Instant now{1s};
  double queue_ms = 0.0;

  void run(Duration length, DataRate delay_based, double inherent, DataRate capacity) {
    for (const Instant end = now + length; now < end;) {
      const DataRate rate = std::min(control.bound(), delay_based);
      const double excess = rate > capacity ? 1.0 - capacity.kbps() / rate.kbps() : 0.0;
      std::int64_t arrived = 0;
      for (const Instant feedback = now + 100ms; now < feedback; now += rate.time_for(1000)) {
        const bool lost = random.chance(inherent + (1 - inherent) * excess);
        control.on_packet(1000, now, lost);
        if (!lost) arrived += 1000;
      }
      control.update(delay_based, rate_of(arrived, 100ms), queue_ms, now);
    }
  }
};

}  // namespace

TEST_CASE("loss: without loss there is no bound") {
  Path path;
  path.run(10s, DataRate::kbps(1000), 0.0, DataRate::unlimited());
  CHECK(path.control.bound() == DataRate::unlimited());
}

TEST_CASE("loss: inherent loss of 5 and 10 % does not starve the stream") {
  for (const double loss : {0.05, 0.10}) {
    Path path;
    path.run(30s, DataRate::kbps(1000), loss, DataRate::unlimited());
    CHECK(path.control.loss() == doctest::Approx(loss).epsilon(0.35));
    CHECK(std::min(path.control.bound(), DataRate::kbps(1000)).kbps() >= 700);
  }
}

TEST_CASE("loss: a policer without a queue is found and kept to") {
  Path path;
  path.run(20s, DataRate::kbps(2000), 0.0, DataRate::kbps(800));
  CHECK(path.control.bound().kbps() >= 650);
  CHECK(path.control.bound().kbps() <= 1000);
}

TEST_CASE("loss: the bound goes away within seconds when the loss does") {
  Path path;
  path.run(20s, DataRate::kbps(2000), 0.0, DataRate::kbps(500));
  CHECK(path.control.bound().kbps() <= 650);
  path.run(10s, DataRate::kbps(2000), 0.0, DataRate::unlimited());
  CHECK(path.control.bound() == DataRate::unlimited());
}

TEST_CASE("loss: heavy loss lowers the rate, never below the minimum") {
  Path path;
  path.run(30s, DataRate::kbps(1000), 0.6, DataRate::unlimited());
  CHECK(path.control.bound().kbps() < 500);
  CHECK(path.control.bound() >= DataRate::kbps(30));
}

TEST_CASE("loss: the same loss is inherent on a path without a queue and congestion on one with a full queue") {
  Path radio;
  radio.run(20s, DataRate::kbps(800), 0.1, DataRate::unlimited());
  Path full;
  full.queue_ms = 250.0;
  full.run(20s, DataRate::kbps(800), 0.1, DataRate::unlimited());
  CHECK(std::min(radio.control.bound(), DataRate::kbps(800)).kbps() >= 600);
  CHECK(full.control.bound().kbps() <= 550);
}
