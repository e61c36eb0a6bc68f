#include "kms/policy.h"

#include <algorithm>

namespace sealhall::kms {

std::string_view name_of(wire::kms::Principal who) noexcept {
  constexpr std::array<std::string_view, principals> names{"control", "recorder", "administrator"};
  return names.at(static_cast<std::size_t>(who));
}

std::string_view name_of(Operation what) noexcept {
  constexpr std::array<std::string_view, operations> names{"make_data_key",  "open_data_key",  "rewrap_data_key",
                                                           "shred_data_key", "list_keys",      "rotate_keys",
                                                           "destroy_key",    "read_audit_head"};
  return names.at(static_cast<std::size_t>(what));
}

bool RateLimit::take(std::int64_t count, Instant now) noexcept {
  const std::int64_t most = rate_.burst * micros;
  // A long pause fills it; the product must not overflow.
  const std::int64_t passed = std::clamp<std::int64_t>((now - last_).count(), 0, 3'600'000'000);
  last_ = std::max(last_, now);
  left_micros_ = std::min(most, left_micros_ + passed * rate_.per_second);
  if (left_micros_ < count * micros) return false;
  left_micros_ -= count * micros;
  return true;
}

}  // namespace sealhall::kms
