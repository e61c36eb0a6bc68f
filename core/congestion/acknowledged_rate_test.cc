#include "core/congestion/acknowledged_rate.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::congestion;
using namespace std::chrono_literals;

TEST_CASE("acknowledged rate: unknown at first, then what arrives, and it follows a change within a second") {
  AcknowledgedRate rate;
  Instant now{1s};
  const auto feed = [&](Duration length, Duration gap) {
    for (const Instant end = now + length; now < end; now += gap) rate.on_packet(1000, now, false);
  };
  feed(300ms, 10ms);
  CHECK_FALSE(rate.rate().has_value());
  feed(2s, 10ms);  // 800 kbit/s
  REQUIRE(rate.rate().has_value());
  CHECK(rate.rate()->kbps() == doctest::Approx(800).epsilon(0.08));
  feed(1s, 40ms);  // 200 kbit/s
  CHECK(rate.rate()->kbps() == doctest::Approx(200).epsilon(0.25));
  feed(2s, 5ms);  // 1600 kbit/s
  CHECK(rate.rate()->kbps() == doctest::Approx(1600).epsilon(0.15));
}

TEST_CASE("acknowledged rate: a pause is not a rate of zero") {
  AcknowledgedRate rate;
  Instant now{1s};
  for (int i = 0; i < 200; ++i) rate.on_packet(1000, now += 10ms, false);
  now += 30s;
  for (int i = 0; i < 10; ++i) rate.on_packet(1000, now += 10ms, false);
  CHECK(rate.rate()->kbps() == doctest::Approx(800).epsilon(0.08));
}
