#include "server/api/rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace sealhall::api {

std::optional<ApiError> RateLimiter::take(const std::string& who, Rate rate, Instant now) {
  if (rate == Rate::none) return std::nullopt;
  const auto index = static_cast<std::size_t>(rate) - 1;
  const double a_second = std::array{policy_.light, policy_.medium, policy_.heavy}.at(index);
  const double most = a_second * policy_.burst_seconds;
  if (buckets_.size() >= policy_.callers && !buckets_.contains(who)) {
    // Whoever has been quiet for a burst is as good as new.
    std::erase_if(buckets_, [&](const auto& entry) {
      return std::ranges::all_of(
          entry.second, [&](const Bucket& b) { return now - b.at >= std::chrono::seconds{policy_.burst_seconds}; });
    });
    if (buckets_.size() >= policy_.callers) buckets_.clear();
  }
  auto [found, is_new] = buckets_.try_emplace(who);
  if (is_new) found->second.fill({-1, now});
  Bucket& bucket = found->second.at(index);
  if (bucket.calls < 0) bucket.calls = most;
  bucket.calls = std::min(most, bucket.calls + to_seconds(now - bucket.at) * a_second);
  bucket.at = now;
  if (bucket.calls >= 1) {
    bucket.calls -= 1;
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 3> names{"Light", "Medium", "Heavy"};
  ApiError error{429, "You have reached the rate limit for this API. Please try again a little later."};
  error.retry_after_seconds = static_cast<std::uint32_t>(std::ceil((1 - bucket.calls) / a_second));
  error.rate = RateLimit{names.at(index), true, static_cast<std::uint32_t>(a_second), 0};
  return error;
}

}  // namespace sealhall::api
