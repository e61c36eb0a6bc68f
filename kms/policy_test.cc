#include "kms/policy.h"

#include <doctest/doctest.h>

namespace sealhall::kms {
namespace {

using namespace std::chrono_literals;

TEST_CASE("rate limit: a burst at once, then the rate, and a long pause fills it once only") {
  RateLimit limit{{.per_second = 2, .burst = 3}};
  for (int i = 0; i < 3; ++i) CHECK(limit.take(1, Instant{}));
  CHECK_FALSE(limit.take(1, Instant{}));
  CHECK_FALSE(limit.take(1, Instant{499ms}));
  CHECK(limit.take(1, Instant{500ms}));
  CHECK(limit.take(3, Instant{1000h}));
  CHECK_FALSE(limit.take(1, Instant{1000h}));
  CHECK_FALSE(limit.take(1, Instant{999h}));  // a clock that went back gives nothing
}

TEST_CASE("policy: every principal and operation has a name for the log") {
  for (const auto who :
       {wire::kms::Principal::control, wire::kms::Principal::recorder, wire::kms::Principal::administrator})
    CHECK_FALSE(name_of(who).empty());
  for (std::size_t i = 0; i < operations; ++i) CHECK_FALSE(name_of(static_cast<Operation>(i)).empty());
}

}  // namespace
}  // namespace sealhall::kms
