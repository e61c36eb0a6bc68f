// How many calls a second somebody may make: a bucket of calls for everybody and category, refilled steadily.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/base/time.h"
#include "server/api/error.h"

namespace sealhall::api {

/// How much a call costs: which limit counts it.
enum class Rate : std::uint8_t { none, light, medium, heavy };

struct RatePolicy {
  /// Calls a second of one caller. Smaller refuses honest programs, larger lets one caller take the whole machine.
  std::uint32_t light = 200;
  std::uint32_t medium = 60;
  std::uint32_t heavy = 20;
  std::uint32_t burst_seconds = 5;  ///< how many seconds' worth may come at once
  std::size_t callers = 20'000;     ///< memory bound
};

class RateLimiter {
 public:
  explicit RateLimiter(RatePolicy policy = {}) : policy_(policy) {}

  /// Counts one call of `who`. An error when it is one too many: 429 with everything that its headers need.
  std::optional<ApiError> take(const std::string& who, Rate rate, Instant now);

 private:
  struct Bucket {
    double calls = 0;
    Instant at{};
  };
  RatePolicy policy_;
  std::unordered_map<std::string, std::array<Bucket, 3>> buckets_;
};

}  // namespace sealhall::api
