#include "core/meeting/attempt_limiter.h"

#include <algorithm>

namespace sealhall::meeting {

Duration AttemptLimiter::wait(std::string_view source, Instant now) const {
  const auto it = entries_.find(std::string{source});
  if (it == entries_.end() || now >= it->second.next_allowed) return Duration::zero();
  return it->second.next_allowed - now;
}

void AttemptLimiter::failed(std::string_view source, Instant now) {
  auto [it, is_new] = entries_.try_emplace(std::string{source});
  Entry& entry = it->second;
  if (!is_new) {
    by_age_.erase(entry.order);
    if (now - entry.last_failure >= policy_.forget_after) entry.failures = 0;
  }
  entry.order = by_age_.insert(by_age_.end(), it->first);
  entry.failures = std::min<std::uint32_t>(entry.failures + 1, policy_.free_attempts + 32);
  entry.last_failure = now;
  if (entry.failures >= policy_.free_attempts) {
    const std::uint32_t doublings = entry.failures - policy_.free_attempts;
    Duration wait = policy_.first_wait;
    for (std::uint32_t i = 0; i < doublings && wait < policy_.longest_wait; ++i) wait *= 2;
    entry.next_allowed = now + std::min(wait, policy_.longest_wait);
  }
  while (entries_.size() > policy_.max_sources ||
         (!by_age_.empty() && now - entries_.at(by_age_.front()).last_failure >= policy_.forget_after)) {
    entries_.erase(by_age_.front());
    by_age_.pop_front();
  }
}

void AttemptLimiter::succeeded(std::string_view source) {
  const auto it = entries_.find(std::string{source});
  if (it == entries_.end()) return;
  by_age_.erase(it->second.order);
  entries_.erase(it);
}

void AttemptLimiter::take_back(std::string_view source, Instant when) {
  const auto it = entries_.find(std::string{source});
  if (it == entries_.end()) return;
  Entry& entry = it->second;
  if (entry.failures <= 1) return succeeded(source);
  --entry.failures;
  if (entry.last_failure == when) entry.next_allowed = when;  // otherwise the wait is somebody else's
}

bool OnceIn::take(std::string_view key, Instant now) {
  if (taken_.wait(key, now) > Duration::zero()) return false;
  taken_.failed(key, now);
  return true;
}

bool OnceIn::give_back(std::string_view key, Instant now) {
  if (taken_.wait(key, now) == Duration::zero()) return false;
  taken_.succeeded(key);
  return true;
}

std::uint32_t retry_after_seconds(Duration wait) noexcept {
  const auto seconds = (wait.count() + 999'999) / 1'000'000;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 1, 86'400));
}

}  // namespace sealhall::meeting
