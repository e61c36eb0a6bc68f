#include "server/identity/password.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

#include "io/net/timer.h"

using namespace sealhall;
using namespace sealhall::identity;
using namespace std::chrono_literals;

namespace {

/// Little enough for a test; everything else as in the product.
constexpr PasswordCost cheap{.threads = 1, .waiting = 8, .passes = 1, .memory = 64U << 10};

struct House {
  explicit House(PasswordCost cost = cheap) : hasher(loop, cost) {
    awake.after(1h, [] {});  // while the hash is made the loop itself has nothing to do
  }

  std::string hash(const std::string& password) {
    std::optional<expected<std::string, PasswordError>> result;
    hasher.hash(password, [&](auto r) { result = std::move(r); });
    CHECK_FALSE(result.has_value());  // never before the call has returned
    REQUIRE(loop.run_until([&] { return result.has_value(); }, 30s));
    REQUIRE(result->has_value());
    return **result;
  }
  bool verify(const std::string& hash, const std::string& password) {
    std::optional<expected<bool, PasswordError>> result;
    hasher.verify(hash, password, [&](auto r) { result = r; });
    REQUIRE(loop.run_until([&] { return result.has_value(); }, 30s));
    REQUIRE(result->has_value());
    return **result;
  }

  io::Loop loop;
  io::Timer awake{loop};
  PasswordHasher hasher;
};

}  // namespace

TEST_CASE("passwords: what is kept is Argon2id (RFC 9106) of 64 MiB and two passes, and the text says so") {
  House house{PasswordCost{}};
  const std::string hash = house.hash("correct horse battery staple");
  CHECK(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
  CHECK(hash.find("horse") == std::string::npos);
  CHECK(house.verify(hash, "correct horse battery staple"));
}

TEST_CASE("passwords: only the right one is right, and two hashes of one password differ") {
  House house;
  const std::string hash = house.hash("correct horse");
  CHECK(house.verify(hash, "correct horse"));
  for (const char* wrong : {"", "correct hors", "correct horse ", "Correct horse"}) {
    CAPTURE(wrong);
    CHECK_FALSE(house.verify(hash, wrong));
  }
  CHECK(house.hash("correct horse") != hash);
  CHECK_FALSE(house.verify("no hash at all", "correct horse"));
}

TEST_CASE("passwords: without a hash nothing is right, not even what the stand-in was made of") {
  House house;
  CHECK_FALSE(house.verify("", "nobody's password"));
}

TEST_CASE("passwords: whoever comes when too many wait is told so, and the others get their answers") {
  House house{PasswordCost{.threads = 1, .waiting = 2, .passes = 1, .memory = 64U << 10}};
  constexpr int asked = 400;
  int answered = 0;
  int busy = 0;
  for (int i = 0; i < asked; ++i) {
    house.hasher.hash("correct horse", [&](auto r) {
      ++answered;
      if (r) {
        CHECK(r->starts_with("$argon2id$"));
      } else {
        CHECK(r.error() == PasswordError::busy);
        ++busy;
      }
    });
  }
  REQUIRE(house.loop.run_until([&] { return answered == asked; }, 60s));
  CHECK(busy > 0);
  CHECK(busy < asked);
}
