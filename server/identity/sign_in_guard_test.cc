#include "server/identity/sign_in_guard.h"

#include <doctest/doctest.h>

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
  guard.succeeded({"ada", "x", "device"});
  CHECK(guard.wait({"ada", "x", "device"}, now) == 0s);
}

TEST_CASE("sign-in guard: a right password forgets what was wrong before") {
  SignInGuard guard;
  Instant now{};
  for (int i = 0; i < 30; ++i) guard.begins({"ada", "x"}, now);
  CHECK(guard.wait({"ada", "x"}, now) > 0s);
  guard.succeeded({"ada", "x"});
  CHECK(guard.wait({"ada", "x"}, now) == 0s);
}
