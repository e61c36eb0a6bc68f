#include "core/meeting/attempt_limiter.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::meeting;
using namespace std::chrono_literals;

TEST_CASE("attempts: the first wrong ones are free, then each wait doubles up to its bound") {
  AttemptLimiter limiter;
  Instant now{1h};
  for (int i = 0; i < 4; ++i) {
    limiter.failed("a", now);
    CHECK(limiter.wait("a", now) == 0s);
  }
  Duration expected = 1s;
  for (int i = 0; i < 12; ++i) {
    limiter.failed("a", now);
    CHECK(limiter.wait("a", now) == expected);
    CHECK(limiter.wait("b", now) == 0s);
    now += limiter.wait("a", now);
    CHECK(limiter.wait("a", now) == 0s);
    expected = std::min<Duration>(expected * 2, 5min);
  }
}

TEST_CASE("attempts: success and time forget") {
  AttemptLimiter limiter;
  Instant now{1h};
  for (int i = 0; i < 8; ++i) limiter.failed("a", now);
  CHECK(limiter.wait("a", now) == 8s);
  limiter.succeeded("a");
  CHECK(limiter.wait("a", now) == 0s);
  CHECK(limiter.size() == 0);
  for (int i = 0; i < 8; ++i) limiter.failed("a", now);
  now += 15min;
  limiter.failed("a", now);  // counts as the first one again
  CHECK(limiter.wait("a", now) == 0s);
}

TEST_CASE("attempts: one that was right is taken back with its wait, and those before it stay") {
  AttemptLimiter limiter;
  Instant now{1h};
  limiter.failed("a", now);
  limiter.take_back("a", now);
  CHECK(limiter.size() == 0);
  limiter.take_back("a", now);
  for (int i = 0; i < 6; ++i) limiter.failed("a", now);
  CHECK(limiter.wait("a", now) == 2s);
  now += 2s;
  limiter.failed("a", now);
  limiter.take_back("a", now);
  CHECK(limiter.wait("a", now) == 0s);
  limiter.failed("a", now);
  CHECK(limiter.wait("a", now) == 4s);
  // Somebody has failed since then: that wait is theirs.
  limiter.take_back("a", now - 1s);
  CHECK(limiter.wait("a", now) == 4s);
}

TEST_CASE("attempts: memory is bounded, whoever failed longest ago is forgotten first") {
  AttemptLimiter limiter{{.max_sources = 100}};
  Instant now{1h};
  for (int i = 0; i < 8; ++i) limiter.failed("attacker", now);
  for (int i = 0; i < 99; ++i) limiter.failed(std::to_string(i), now);
  CHECK(limiter.size() == 100);
  limiter.failed("attacker", now);  // fresh again
  for (int i = 0; i < 50; ++i) limiter.failed("x" + std::to_string(i), now);
  CHECK(limiter.size() == 100);
  CHECK(limiter.wait("attacker", now) > 0s);
}

TEST_CASE("once in: each key is taken once in the window, or again when it was given back") {
  OnceIn once{1h};
  Instant now{2h};
  CHECK_FALSE(once.give_back("a", now));
  CHECK(once.take("a", now));
  CHECK(once.take("b", now));
  CHECK_FALSE(once.take("a", now + 59min));
  now += 1h;
  CHECK_FALSE(once.give_back("a", now));
  CHECK(once.take("a", now));
  CHECK_FALSE(once.take("a", now + 59min));  // no longer than the first time
  CHECK(once.give_back("a", now));
  CHECK(once.take("a", now));
}

TEST_CASE("attempts: seconds for Retry-After are rounded up and never zero") {
  CHECK(retry_after_seconds(0s) == 1);
  CHECK(retry_after_seconds(1s) == 1);
  CHECK(retry_after_seconds(1001ms) == 2);
  CHECK(retry_after_seconds(5min) == 300);
}
