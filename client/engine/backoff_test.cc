#include "client/engine/backoff.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace std::chrono_literals;

TEST_CASE("backoff: from 200 ms doubling to 10 s, never the same for two clients, short again after success") {
  SeededRandom random(1);
  client::Backoff backoff(random);
  Duration ceiling = 200ms;
  for (int i = 0; i < 12; ++i) {
    const Duration wait = backoff.next();
    CHECK(wait >= ceiling / 2);
    CHECK(wait <= ceiling);
    ceiling = std::min<Duration>(ceiling * 2, 10s);
  }
  backoff.reset();
  CHECK(backoff.next() <= 200ms);
  client::Backoff other(random);
  CHECK(other.next() != client::Backoff(random).next());
}
