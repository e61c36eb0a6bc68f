#include "core/meeting/passcode_guard.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::meeting;
using namespace std::chrono_literals;

namespace {

std::string meeting_number(int i) { return "meeting " + std::to_string(i); }

}  // namespace

TEST_CASE("passcodes: guesses at one meeting wait there, and not at others") {
  PasscodeGuard guard;
  const Instant now{1h};
  for (int i = 0; i < 50; ++i) guard.failed("here", "m", now);
  CHECK(guard.wait("here", "m", now) == 5min);
  CHECK(guard.wait("there", "m", now) == 0s);
  CHECK(guard.wait("here", "another", now) == 0s);
  guard.succeeded("here", "another", now);
  CHECK(guard.wait("here", "m", now) == 5min);
  guard.succeeded("here", "m", now);
  CHECK(guard.wait("here", "m", now) == 0s);
}

TEST_CASE("passcodes: guesses spread over many meetings wait by where they come from") {
  PasscodeGuard guard;
  Instant now{1h};
  for (int i = 0; i < 19; ++i) guard.failed("here", meeting_number(i), now);
  CHECK(guard.wait("here", "next", now) == 0s);
  guard.failed("here", "next", now);
  CHECK(guard.wait("here", "yet another", now) == 1s);
  CHECK(guard.wait("there", "yet another", now) == 0s);
  int looked_at = 0;
  for (int i = 100; i < 10'100; ++i) {
    now += 1s;
    const std::string meeting = meeting_number(i);
    if (guard.wait("here", meeting, now) > 0s) continue;
    guard.failed("here", meeting, now);
    ++looked_at;
  }
  CHECK(looked_at < 50);
}

TEST_CASE("passcodes: who mistyped and then came in is not counted; a meeting that one knows takes back its own only") {
  PasscodeGuard guard;
  const Instant now{1h};
  for (int i = 0; i < 100; ++i) {
    guard.failed("office", meeting_number(i), now);
    guard.failed("office", meeting_number(i), now);
    guard.succeeded("office", meeting_number(i), now);
  }
  CHECK(guard.wait("office", "m", now) == 0s);
  for (int i = 0; i < 20; ++i) {
    guard.failed("guesser", meeting_number(i), now);
    guard.succeeded("guesser", "known", now);
  }
  CHECK(guard.wait("guesser", "m", now) == 1s);
}

TEST_CASE("passcodes: a meeting counts once in a quarter of an hour for its source") {
  PasscodeGuard guard;
  Instant now{1h};
  for (int i = 0; i < 19; ++i) guard.failed("here", meeting_number(i), now);
  now += 14min;
  guard.failed("here", meeting_number(0), now);
  CHECK(guard.wait("here", "m", now) == 0s);
  guard.failed("here", "m", now);
  CHECK(guard.wait("here", "another", now) == 1s);
}
