#include "server/main/restart_policy.h"

#include <algorithm>

namespace sealhall::main {

std::optional<Instant> RestartPolicy::died(Instant now, bool may_give_up) {
  if (now - started_ >= settled) {
    delay_ = first_delay;
    deaths_.clear();
  }
  deaths_.push_back(now);
  while (now - deaths_.front() > giving_up_window) deaths_.pop_front();
  if (may_give_up && deaths_.size() >= deaths_before_giving_up) return std::nullopt;
  const Instant again = now + delay_;
  delay_ = std::min(delay_ * 2, longest_delay);
  return again;
}

}  // namespace sealhall::main
