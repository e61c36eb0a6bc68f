#include "server/identity/sign_in_guard.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

using namespace sealhall;
using namespace sealhall::identity;
using namespace std::chrono_literals;

TEST_CASE("sign-in guard: guesses at one login get slow, wherever they come from") {
  SignInGuard guard;
  Instant now{};
  for (int i = 0; i < 21; ++i) {
    const std::string source = "source " + std::to_string(i);
    guard.begins({"ada", source}, now);
  }
  CHECK(guard.wait({"ada", "somewhere new"}, now) > 0s);
  CHECK(guard.wait({"bob", "somewhere new"}, now) == 0s);
}

TEST_CASE("sign-in guard: guesses from one place get slow, whomever they are about") {
  SignInGuard guard;
  Instant now{};
  for (int i = 0; i < 11; ++i) guard.begins({"login " + std::to_string(i), "here"}, now);
  CHECK(guard.wait({"anybody", "here"}, now) > 0s);
  CHECK(guard.wait({"anybody", "there"}, now) == 0s);
}

TEST_CASE("sign-in guard: the wait doubles up to a limit and ends by itself") {
  SignInGuard guard{{.by_source = {.free_attempts = 1'000'000}, .by_login = {.free_attempts = 2}}};
  Instant now{};
  Duration last{};
  for (int i = 0; i < 20; ++i) {
    guard.begins({"ada", "x"}, now);
    const Duration wait = guard.wait({"ada", "x"}, now);
    if (i < 1) CHECK(wait == 0s);
    CHECK(wait >= last);
    CHECK(wait <= 5min);
    last = wait;
    now += wait;
  }
  CHECK(last == 5min);
  CHECK(guard.wait({"ada", "x"}, now) == 0s);
}

TEST_CASE("sign-in guard: a known device is never locked out by strangers") {
  SignInGuard guard;
  Instant now{};
  // An attacker guesses for a day, as fast as it may, from many places and from the owner's own network.
  for (int i = 0; i < 5000; ++i) {
    guard.begins({"ada", i % 2 == 0 ? "owner's network" : "elsewhere"}, now);
    CHECK(guard.wait({"ada", "owner's network", "device"}, now) == 0s);
    now += 17s;
  }
  CHECK(guard.wait({"ada", "owner's network"}, now - 17s) > 0s);
}

TEST_CASE("sign-in guard: a known device that guesses waits as well, and only for that login") {
  SignInGuard guard;
  Instant now{};
  for (int i = 0; i < 6; ++i) guard.begins({"ada", "x", "device"}, now);
  CHECK(guard.wait({"ada", "x", "device"}, now) > 0s);
  CHECK(guard.wait({"bob", "x", "device"}, now) == 0s);
  CHECK(guard.wait({"ada", "x"}, now) == 0s);  // strangers' counts are not touched
  guard.succeeded({"ada", "x", "device"}, now);
  CHECK(guard.wait({"ada", "x", "device"}, now) == 0s);
}

TEST_CASE("sign-in guard: a right password forgets what was wrong before") {
  SignInGuard guard;
  Instant now{};
  for (int i = 0; i < 30; ++i) guard.begins({"ada", "x"}, now);
  CHECK(guard.wait({"ada", "x"}, now) > 0s);
  guard.succeeded({"ada", "x"}, now);
  CHECK(guard.wait({"ada", "x"}, now) == 0s);
  // And that of its neighbours, so that a whole office behind one address is not held up by some who mistype.
  for (int i = 0; i < 9; ++i) guard.begins({"bob", "x"}, now);
  guard.begins({"carol", "x"}, now);
  guard.succeeded({"carol", "x"}, now);
  for (int i = 0; i < 9; ++i) {
    CHECK(guard.wait({"dave", "x"}, now) == 0s);
    guard.begins({"dave", "x"}, now);
  }
}

TEST_CASE("sign-in guard: what could not be looked at is not counted, and what was wrong before stays") {
  for (const std::string_view device : {"", "device"}) {
    CAPTURE(device);
    SignInGuard guard;
    const Attempt attempt{"ada", "x", device};
    Instant now{};
    for (int i = 0; i < 4; ++i) guard.begins(attempt, now);
    for (int i = 0; i < 100; ++i) {
      now += 1s;
      CHECK(guard.wait(attempt, now) == 0s);
      guard.begins(attempt, now);
      guard.not_checked(attempt, now);
    }
    for (int i = 0; i < (device.empty() ? 6 : 1); ++i) guard.begins(attempt, now);
    CHECK(guard.wait(attempt, now) == 1s);
  }
}

TEST_CASE("sign-in guard: right passwords alone never wait, however many") {
  SignInGuard guard;
  Instant now{};
  for (int i = 0; i < 1000; ++i) {
    const Attempt attempt{"ada", "x"};
    CHECK(guard.wait(attempt, now) == 0s);
    guard.begins(attempt, now);
    guard.succeeded(attempt, now);
    now += 1ms;
  }
}

TEST_CASE(
    "sign-in guard: ten thousand guesses at one account take days, wherever they come from, and its owner waits for "
    "none") {
  // Who never stops; and who makes the free ones and then waits until they are forgotten.
  for (const bool patient : {false, true}) {
    CAPTURE(patient);
    SignInGuard guard;
    const Instant start{};
    Instant now = start;
    std::deque<Instant> last_minute;
    std::deque<Instant> last_hour;
    std::size_t most = 0;
    std::size_t most_in_an_hour = 0;
    int made = 0;
    while (made < 10'000) {
      const std::string source = "source " + std::to_string(made);  // never twice the same
      const Attempt guess{"ada", source};
      if (const Duration wait = guard.wait(guess, now); wait > 0s) {
        now += patient ? Duration{15min} : wait;
        continue;
      }
      CHECK(guard.wait({"ada", "the owner's network", "device"}, now) == 0s);
      guard.begins(guess, now);
      ++made;
      last_minute.push_back(now);
      while (last_minute.front() <= now - 1min) last_minute.pop_front();
      most = std::max(most, last_minute.size());
      last_hour.push_back(now);
      while (last_hour.front() <= now - 1h) last_hour.pop_front();
      most_in_an_hour = std::max(most_in_an_hour, last_hour.size());
    }
    CHECK(now - start > (patient ? 5 : 30) * 24h);
    CHECK(most <= 20);
    CHECK(most_in_an_hour < 100);  // ASVS 4.0.3, 2.2.1
  }
}

TEST_CASE(
    "sign-in guard: with an account of one's own nobody wipes off what they guessed at others from the same place") {
  SignInGuard guard;
  Instant now{};
  int guesses = 0;
  int own = 0;
  for (int second = 0; second < 24 * 3600; ++second, now += 1s) {
    const Attempt mine{"mallory", "here"};
    if (guard.wait(mine, now) == 0s) {
      guard.begins(mine, now);
      guard.succeeded(mine, now);
      ++own;
    }
    const std::string login = "login " + std::to_string(guesses);  // the same password at everybody
    const Attempt guess{login, "here"};
    if (guard.wait(guess, now) > 0s) continue;
    guard.begins(guess, now);
    ++guesses;
  }
  CHECK(guesses < 2000);  // of 86,400 that could have been made
  CHECK(own > 1000);
}
