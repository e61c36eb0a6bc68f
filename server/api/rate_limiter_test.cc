#include "server/api/rate_limiter.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::api;
using namespace std::chrono_literals;

TEST_CASE("rate limiter: a burst, then a steady rate, each caller and category for itself") {
  RateLimiter limiter{{.light = 10, .medium = 2, .heavy = 1, .burst_seconds = 2}};
  Instant now{};
  const auto burst = [&](const std::string& who, Rate rate) {
    int n = 0;
    while (n < 1000 && !limiter.take(who, rate, now)) ++n;
    return n;
  };
  CHECK(burst("a", Rate::light) == 20);
  CHECK(burst("a", Rate::medium) == 4);
  CHECK(burst("b", Rate::light) == 20);
  CHECK(burst("a", Rate::none) == 1000);
  now += 1s;
  CHECK(burst("a", Rate::light) == 10);
  now += 1h;
  CHECK(burst("a", Rate::light) == 20);
  const auto error = limiter.take("a", Rate::light, now);
  REQUIRE(error.has_value());
  CHECK(error->retry_after_seconds == 1);
}

TEST_CASE("rate limiter: strangers do not fill the memory") {
  RateLimiter limiter{{.callers = 100}};
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(limiter.take(std::to_string(i), Rate::light, Instant{}));
}
