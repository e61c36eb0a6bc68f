#include "core/media/delay_estimator.h"

#include <doctest/doctest.h>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::media;
using namespace std::chrono_literals;

namespace {
Instant at(Duration d) { return Instant{d}; }
}  // namespace

TEST_CASE("delay: a steady stream needs next to none, whatever the clocks' difference") {
  DelayEstimator estimator;
  for (int i = 0; i < 500; ++i) estimator.on_arrival(20ms * i + 900s, at(20ms * i + 5s));
  CHECK(estimator.quantile_delay() == 5ms);
  CHECK(*estimator.earliest(20ms * 500 + 900s) == at(20ms * 500 + 5s));
}

TEST_CASE("delay: follows the quantile of jitter up, and down again when it ends") {
  DelayEstimator estimator;
  SeededRandom random{1};
  int i = 0;
  for (; i < 1000; ++i)
    estimator.on_arrival(20ms * i, at(20ms * i + Duration{static_cast<std::int64_t>(random.below(100'000))}));
  CHECK(estimator.quantile_delay() >= 90ms);
  CHECK(estimator.quantile_delay() <= 105ms);
  for (; i < 2500; ++i) estimator.on_arrival(20ms * i, at(20ms * i));
  CHECK(estimator.quantile_delay() == 5ms);
}

TEST_CASE("delay: single late packets do not move it") {
  DelayEstimator estimator;
  for (int i = 0; i < 2000; ++i) estimator.on_arrival(20ms * i, at(20ms * i + (i % 100 == 0 ? 300ms : 0ms)));
  CHECK(estimator.quantile_delay() <= 10ms);
}

TEST_CASE("delay: a longer route becomes the new base after the window, a shorter one at once") {
  DelayEstimator estimator;
  int i = 0;
  for (; i < 100; ++i) estimator.on_arrival(20ms * i, at(20ms * i));
  for (; i < 400; ++i) estimator.on_arrival(20ms * i, at(20ms * i + 70ms));
  CHECK(*estimator.earliest(Duration{}) == at(70ms));
  estimator.on_arrival(20ms * i, at(20ms * i + 10ms));
  CHECK(*estimator.earliest(Duration{}) == at(10ms));
}

TEST_CASE("delay: a jump of the timeline starts a new base instead of a huge delay") {
  DelayEstimator estimator;
  int i = 0;
  for (; i < 1000; ++i) estimator.on_arrival(20ms * i, at(20ms * i));
  for (; i < 1010; ++i) estimator.on_arrival(20ms * i + 3600s, at(20ms * i));
  CHECK(estimator.quantile_delay() == 5ms);
  CHECK(*estimator.earliest(3600s) == at(0s));
}

TEST_CASE("delay: a clock that drifts is followed") {
  DelayEstimator estimator;
  // 200 ppm: 12 ms a minute.
  for (int i = 0; i < 15'000; ++i) estimator.on_arrival(20ms * i, at(Duration{i * 20'004}));
  CHECK(estimator.quantile_delay() <= 10ms);
}
