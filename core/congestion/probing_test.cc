#include "core/congestion/probing.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::congestion;
using namespace std::chrono_literals;

namespace {

/// Sends a probe over a path of `capacity` and tells the result.
std::optional<DataRate> probe_path(Probing& probing, const Probe& probe, DataRate capacity, Instant now, int lose = 0) {
  Instant arrival = now + 20ms;
  for (std::uint32_t i = 0; i < probe.packets; ++i) {
    const std::size_t size = probe.bytes / probe.packets + 1;
    const Instant sent = now + probe.rate.time_for(size) * i;
    arrival = std::max(arrival, sent + 20ms) + capacity.time_for(size);
    if (static_cast<int>(i) >= lose) probing.on_acknowledged(probe.id % 8, size, sent, arrival);
  }
  return probing.take_result(arrival + 50ms);
}

}  // namespace

TEST_CASE("probing: begins with three and six times the start rate") {
  Probing probing{DataRate::kbps(300)};
  probing.update(DataRate::kbps(300), DataRate::kbps(5000), false, Instant{1s});
  const auto first = probing.take(Instant{1s});
  const auto second = probing.take(Instant{1s});
  REQUIRE((first && second));
  CHECK(first->rate == DataRate::kbps(900));
  CHECK(second->rate == DataRate::kbps(1800));
  CHECK(first->id != second->id);
  CHECK(first->packets == 5);
  CHECK_FALSE(probing.take(Instant{1s}).has_value());
}

TEST_CASE("probing: what got through at its rate is believed and followed by a faster probe") {
  Probing probing{DataRate::kbps(300)};
  probing.update(DataRate::kbps(300), DataRate::kbps(5000), false, Instant{1s});
  const auto first = probing.take(Instant{1s});
  (void)probing.take(Instant{1s});
  const auto result = probe_path(probing, *first, DataRate::kbps(20'000), Instant{1s});
  REQUIRE(result.has_value());
  CHECK(result->kbps() == doctest::Approx(900).epsilon(0.05));
  const auto next = probing.take(Instant{2s});
  REQUIRE(next.has_value());
  CHECK(next->rate.kbps() == doctest::Approx(1800).epsilon(0.05));
}

TEST_CASE("probing: a full path gives its capacity, and the next try waits") {
  Probing probing{DataRate::kbps(300)};
  probing.update(DataRate::kbps(300), DataRate::kbps(5000), false, Instant{1s});
  (void)probing.take(Instant{1s});
  const auto probe = probing.take(Instant{1s});
  const auto result = probe_path(probing, *probe, DataRate::kbps(600), Instant{1s});
  REQUIRE(result.has_value());
  CHECK(result->kbps() == doctest::Approx(600 * 0.95).epsilon(0.05));
  CHECK_FALSE(probing.take(Instant{2s}).has_value());
}

TEST_CASE("probing: a probe that mostly got lost says nothing and is given up") {
  Probing probing{DataRate::kbps(300)};
  probing.update(DataRate::kbps(300), DataRate::kbps(5000), false, Instant{1s});
  const auto probe = probing.take(Instant{1s});
  CHECK_FALSE(probe_path(probing, *probe, DataRate::kbps(20'000), Instant{1s}, 3).has_value());
  CHECK_FALSE(probing.take_result(Instant{5s}).has_value());
}

TEST_CASE("probing: after a fall it tries to come back, with growing pauses; not without need, not under overuse") {
  Probing probing{DataRate::kbps(300)};
  Instant now{1s};
  probing.update(DataRate::kbps(2000), DataRate::kbps(2500), false, now);
  while (probing.take(now)) {
  }
  (void)probing.take_result(now += 2s);
  // 300 kbit/s for a minute: every probe finds 300.
  int probes = 0;
  DataRate lowest = DataRate::unlimited();
  for (const Instant end = now + 60s; now < end; now += 100ms) {
    probing.update(DataRate::kbps(300), DataRate::kbps(2500), false, now);
    (void)probing.take_result(now);
    if (const auto probe = probing.take(now)) {
      ++probes;
      lowest = std::min(lowest, probe->rate);
      CHECK(probe->rate <= DataRate::kbps(600));
      (void)probe_path(probing, *probe, DataRate::kbps(300), now);
    }
  }
  CHECK(probes >= 6);
  CHECK(probes <= 12);
  for (const Instant end = now + 20s; now < end; now += 100ms) {
    probing.update(DataRate::kbps(300), DataRate::kbps(2500), true, now);
    CHECK_FALSE(probing.take(now).has_value());
  }
  for (const Instant end = now + 20s; now < end; now += 100ms) {
    probing.update(DataRate::kbps(300), DataRate::kbps(300), false, now);
    CHECK_FALSE(probing.take(now).has_value());
    CHECK_FALSE(probing.next_deadline().has_value());
  }
}

TEST_CASE("probing: knows when the application sends less than it may") {
  Probing probing{DataRate::kbps(1000)};
  Instant now{1s};
  probing.update(DataRate::kbps(1000), DataRate::kbps(5000), false, now);
  for (int i = 0; i < 200; ++i) probing.on_packet_sent(1000, now += 8ms);
  CHECK_FALSE(probing.limited());
  for (int i = 0; i < 100; ++i) probing.on_packet_sent(100, now += 20ms);
  CHECK(probing.limited());
  for (int i = 0; i < 200; ++i) probing.on_packet_sent(1000, now += 8ms);
  CHECK_FALSE(probing.limited());
}

TEST_CASE("probing: after results that were regretted, a probe that says nothing does not make the wait shorter") {
  Probing probing{DataRate::kbps(300)};
  Instant now{1s};
  probing.update(DataRate::kbps(2000), DataRate::kbps(2500), false, now);
  while (probing.take(now)) {
  }
  now += 5s;  // past the first guesses, which are allowed to be wrong
  const auto next_probe = [&] {
    std::optional<Probe> probe;
    for (int i = 0; i < 300 && !probe; ++i) {
      now += 100ms;
      probing.update(DataRate::kbps(300), DataRate::kbps(2500), false, now);
      (void)probing.take_result(now);
      probe = probing.take(now);
    }
    return probe;
  };
  for (int i = 0; i < 4; ++i) {
    const auto probe = next_probe();
    REQUIRE(probe.has_value());
    REQUIRE(probe_path(probing, *probe, DataRate::kbps(20'000), now).has_value());
    now += 500ms;
    probing.update(DataRate::kbps(300), DataRate::kbps(2500), true, now);
  }
  // From here on everything gets lost.
  REQUIRE(next_probe().has_value());
  for (int i = 0; i < 3; ++i) {
    const Instant before = now;
    REQUIRE(next_probe().has_value());
    CHECK(now - before >= 10s);
  }
}

TEST_CASE("probing: after a fall it does not wait for a long calm, as it would without one") {
  for (const bool fell : {true, false}) {
    Probing probing{DataRate::kbps(300)};
    Instant now{1s};
    probing.update(DataRate::kbps(fell ? 2000 : 300), DataRate::kbps(2500), false, now);
    while (probing.take(now)) {
    }
    int probes = 0;
    // A short overuse every four seconds.
    for (int i = 0; i < 400; ++i) {
      now += 100ms;
      probing.update(DataRate::kbps(300), DataRate::kbps(2500), i % 40 == 0, now);
      (void)probing.take_result(now);
      if (probing.take(now)) ++probes;
    }
    CHECK((probes > 0) == fell);
  }
}
