// Counts wrong passcodes or passwords by where they come from, and says how long the next attempt has to wait.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/time.h"

namespace sealhall::meeting {

struct AttemptPolicy {
  std::uint32_t free_attempts = 5;  ///< wrong ones without any wait; fewer annoys people who mistype
  Duration first_wait = std::chrono::seconds{1};
  Duration longest_wait = std::chrono::minutes{5};  ///< waits double up to this; longer lets strangers lock people out
  Duration forget_after = std::chrono::minutes{15};
  std::size_t max_sources = 20'000;  ///< memory bound; the source that failed longest ago is forgotten first
};

/// Keyed by any text that names a source (an address, an account); the caller decides how coarse it is.
class AttemptLimiter {
 public:
  explicit AttemptLimiter(AttemptPolicy policy = {}) : policy_(policy) {}

  /// How long `source` must still wait; zero when it may try now. Does not count as an attempt.
  [[nodiscard]] Duration wait(std::string_view source, Instant now) const;
  /// The attempt was wrong.
  void failed(std::string_view source, Instant now);
  /// The attempt was right: its failures are forgotten.
  void succeeded(std::string_view source);
  /// What `failed` counted at `when` was right after all; the failures before it stay.
  void take_back(std::string_view source, Instant when);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t failures = 0;
    Instant last_failure{};
    Instant next_allowed{};
    std::list<std::string>::iterator order;
  };
  AttemptPolicy policy_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> by_age_;  ///< the source that failed longest ago first
};

/// Lets each key through once in a while.
class OnceIn {
 public:
  explicit OnceIn(Duration window)
      : taken_({.free_attempts = 1, .first_wait = window, .longest_wait = window, .forget_after = window}) {}

  /// True when it was not taken within the window before; it is now.
  [[nodiscard]] bool take(std::string_view key, Instant now);
  /// It may be taken again. True when it was taken within the window.
  [[nodiscard]] bool give_back(std::string_view key, Instant now);

 private:
  AttemptLimiter taken_;
};

/// Whole seconds, rounded up, at least 1: for Retry-After.
std::uint32_t retry_after_seconds(Duration wait) noexcept;

}  // namespace sealhall::meeting
