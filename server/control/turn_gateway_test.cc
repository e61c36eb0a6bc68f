// What needs a client and a worker is tested in signalling_test.cc.
#include "server/control/turn_gateway.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::control;

namespace {

struct FixedClock final : io::WallClock {
  [[nodiscard]] UnixMicros now() const noexcept override { return UnixMicros{1'700'000'000'000'000}; }
};

}  // namespace

TEST_CASE("turn gateway: credentials hold until the time in the name, whatever number stands there") {
  io::Loop loop;
  const MediaPool media{{}};
  const FixedClock clock;
  SeededRandom random{1};
  TurnGateway gateway{loop, media, clock, random, "/nowhere"};
  CHECK(gateway.password_for("1700000001:x").has_value());
  CHECK_FALSE(gateway.password_for("1700000000:x").has_value());
  CHECK_FALSE(gateway.password_for("0:x").has_value());
  CHECK_FALSE(gateway.password_for("-1:x").has_value());
  // In microseconds these are no 64-bit numbers any more.
  CHECK(gateway.password_for("9300000000000:x").has_value());
  CHECK(gateway.password_for("9223372036854775807:x").has_value());
  CHECK_FALSE(gateway.password_for("-9300000000000:x").has_value());
  CHECK_FALSE(gateway.password_for("-9223372036854775808:x").has_value());
  CHECK_FALSE(gateway.password_for("9223372036854775808:x").has_value());
  for (const char* none : {"", ":x", "x:1", "1700000001", "1700000001 :x"}) {
    CAPTURE(none);
    CHECK_FALSE(gateway.password_for(none).has_value());
  }
}
