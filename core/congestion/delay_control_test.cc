#include "core/congestion/delay_control.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::congestion;
using namespace std::chrono_literals;

TEST_CASE("groups: packets of one send time, and of 5 ms, are one group") {
  ArrivalGroups groups;
  // A run of 8 with one send time that a bottleneck spreads over 16 ms.
  const auto run = [&](Instant sent, Instant arrival) {
    std::optional<ArrivalGroups::Delta> delta;
    for (int i = 0; i < 8; ++i) {
      const auto d = groups.on_packet(sent, arrival + 2ms * i);
      if (d) delta = d;
    }
    return delta;
  };
  CHECK_FALSE(run(Instant{1s}, Instant{1s + 20ms}).has_value());
  CHECK_FALSE(run(Instant{1s + 30ms}, Instant{1s + 50ms}).has_value());
  const auto delta = run(Instant{1s + 60ms}, Instant{1s + 85ms});
  REQUIRE(delta.has_value());  // between the first and the second
  CHECK(delta->send_ms == 30.0);
  CHECK(delta->arrival_ms == 30.0);
  const auto next = groups.on_packet(Instant{1s + 90ms}, Instant{1s + 115ms});
  REQUIRE(next.has_value());
  CHECK(next->send_ms == 30.0);
  CHECK(next->arrival_ms == 35.0);
}

TEST_CASE("groups: packets that a queue released together are one group") {
  ArrivalGroups groups;
  (void)groups.on_packet(Instant{1s}, Instant{1s});
  (void)groups.on_packet(Instant{1s + 20ms}, Instant{1s + 100ms});
  // Sent over 60 ms, arriving within 3 ms.
  CHECK_FALSE(groups.on_packet(Instant{1s + 40ms}, Instant{1s + 101ms}).has_value());
  CHECK_FALSE(groups.on_packet(Instant{1s + 60ms}, Instant{1s + 102ms}).has_value());
  const auto delta = groups.on_packet(Instant{1s + 120ms}, Instant{1s + 150ms});
  REQUIRE(delta.has_value());
  CHECK(delta->send_ms == 60.0);
  CHECK(delta->arrival_ms == 102.0);
}

TEST_CASE("groups: reordered packets and a clock that jumps give no delta") {
  ArrivalGroups groups;
  (void)groups.on_packet(Instant{1s}, Instant{1s});
  (void)groups.on_packet(Instant{1s + 20ms}, Instant{1s + 20ms});
  CHECK_FALSE(groups.on_packet(Instant{1s + 5ms}, Instant{1s + 21ms}).has_value());
  (void)groups.on_packet(Instant{1s + 40ms}, Instant{3600s});
  CHECK_FALSE(groups.on_packet(Instant{1s + 60ms}, Instant{3600s + 20ms}).has_value());
}

namespace {
/// Feeds groups every 10 ms whose transit grows by `extra_ms` each and jitters by up to `noise_ms`.
Usage feed(TrendlineDetector& detector, Instant& now, int count, double extra_ms, double noise_ms,
           SeededRandom& random) {
  Usage worst = Usage::normal;
  double noise = 0.0;
  for (int i = 0; i < count; ++i) {
    const double next_noise = random.unit() * noise_ms;
    const double arrival = std::max(0.0, 10.0 + extra_ms + next_noise - noise);
    noise = next_noise;
    now += Duration{static_cast<std::int64_t>(arrival * 1000.0)};
    const Usage usage = detector.on_delta({10.0, arrival}, now);
    if (usage == Usage::overuse) worst = usage;
    if (usage == Usage::underuse && worst == Usage::normal) worst = usage;
  }
  return worst;
}
}  // namespace

TEST_CASE("trendline: a growing queue is overuse soon, a draining one underuse, a steady one neither") {
  TrendlineDetector detector;
  SeededRandom random{1};
  Instant now{1s};
  CHECK(feed(detector, now, 300, 0.0, 1.0, random) == Usage::normal);
  CHECK(feed(detector, now, 40, 2.0, 1.0, random) == Usage::overuse);
  CHECK(detector.queue_delay_ms() > 20.0);
  feed(detector, now, 200, 0.0, 1.0, random);
  CHECK(feed(detector, now, 40, -2.0, 1.0, random) == Usage::underuse);
}

TEST_CASE("trendline: jitter without a trend is not overuse") {
  TrendlineDetector detector;
  SeededRandom random{2};
  Instant now{1s};
  CHECK(feed(detector, now, 20'000, 0.0, 9.0, random) != Usage::overuse);
}

TEST_CASE("AIMD: grows by 8 % a second while nothing is known, cuts to 85 % of what arrives, then grows slowly") {
  AimdControl aimd{DataRate::kbps(500), DataRate::kbps(30), DataRate::kbps(10'000)};
  aimd.set_rtt(100ms);
  Instant now{1s};
  for (int i = 0; i < 101; ++i) aimd.update(Usage::normal, aimd.rate(), false, now += 100ms);
  CHECK(aimd.rate().kbps() == doctest::Approx(500 * 2.16).epsilon(0.03));
  const DataRate before = aimd.rate();
  aimd.update(Usage::overuse, before, false, now += 100ms);
  CHECK(aimd.rate().kbps() == doctest::Approx(before.kbps() * 0.85 - 5).epsilon(0.01));
  const DataRate after = aimd.rate();
  aimd.update(Usage::overuse, after, false, now + 50ms);  // not twice in a round trip
  CHECK(aimd.rate() == after);
  for (int i = 0; i < 100; ++i) aimd.update(Usage::normal, aimd.rate(), false, now += 100ms);
  CHECK(aimd.rate().kbps() > after.kbps() + 30);
  CHECK(aimd.rate().kbps() < after.kbps() * 1.4);  // additive near the capacity
}

TEST_CASE("AIMD: of somebody who sends little what arrives is no measure, and each overuse takes a part of the rate") {
  AimdControl aimd{DataRate::kbps(1000), DataRate::kbps(30), DataRate::kbps(10'000)};
  Instant now{1s};
  CHECK(aimd.update(Usage::overuse, DataRate::kbps(60), true, now).kbps() > 800);
  CHECK(aimd.update(Usage::overuse, DataRate::kbps(60), true, now + 5ms).kbps() > 800);  // once a round trip
  CHECK(aimd.update(Usage::overuse, DataRate::kbps(60), true, now + 300ms).kbps() < 800);
  CHECK(aimd.update(Usage::overuse, DataRate::kbps(60), false, now + 600ms).kbps() < 60);
}

TEST_CASE("AIMD: does not grow on what nobody has tried") {
  AimdControl aimd{DataRate::kbps(1000), DataRate::kbps(30), DataRate::kbps(10'000)};
  Instant now{1s};
  for (int i = 0; i < 100; ++i) aimd.update(Usage::normal, DataRate::kbps(200), false, now += 100ms);
  CHECK(aimd.rate() == DataRate::kbps(1000));
  for (int i = 0; i < 100; ++i) aimd.update(Usage::normal, DataRate::kbps(1000), true, now += 100ms);
  CHECK(aimd.rate() == DataRate::kbps(1000));
}

TEST_CASE("delay control: a queue that stands full is emptied, a path that became longer is accepted") {
  for (const bool real_queue : {true, false}) {
    DelayControl control{DataRate::kbps(1000), DataRate::kbps(30), DataRate::kbps(2000)};
    Instant now{1s};
    Duration extra{};
    DataRate lowest = DataRate::unlimited();
    for (int i = 0; i < 4000; ++i) {
      now += 10ms;
      // The delay grows by 250 ms within 150 ms, too quickly for a slope to be seen, and then stays.
      if (i >= 200 && i < 215) extra += Duration{16'700};
      // A real queue empties when less than its 900 kbit/s comes.
      if (real_queue && i > 220) {
        extra += Duration{static_cast<std::int64_t>(10'000.0 * (control.rate().kbps() - 900.0) / 900.0)};
        extra = std::clamp(extra, Duration{}, Duration{250'000});
      }
      control.on_packet(now, now + 20ms + extra);
      if (i % 10 == 0) control.update(std::min(control.rate(), DataRate::kbps(900)), std::nullopt, false, false, now);
      if (i > 220) lowest = std::min(lowest, control.rate());
    }
    CAPTURE(real_queue);
    if (real_queue) CHECK(extra < 100ms);
    if (!real_queue) CHECK(control.rate().kbps() >= 700);
    CHECK(lowest.kbps() >= 300);
  }
}
