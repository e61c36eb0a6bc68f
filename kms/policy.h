// Who may ask kms for what, and how often.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/time.h"
#include "core/wire/kms_channel.h"

namespace sealhall::kms {

enum class Operation : std::uint8_t { make, open, rewrap, shred, list, rotate, destroy, audit };
inline constexpr std::size_t operations = 8;
inline constexpr std::size_t principals = 3;

/// Default-deny. The recorder makes keys for new recordings and can open none, so that a stolen recorder reads nothing;
/// an administrator moves keys about and opens none.
constexpr bool allowed(wire::kms::Principal who, Operation what) noexcept {
  switch (who) {
    case wire::kms::Principal::control:
      return what == Operation::make || what == Operation::open || what == Operation::rewrap ||
             what == Operation::shred || what == Operation::list || what == Operation::audit;
    case wire::kms::Principal::recorder:
      return what == Operation::make;
    case wire::kms::Principal::administrator:
      return what == Operation::list || what == Operation::rotate || what == Operation::destroy ||
             what == Operation::audit;
  }
  return false;
}

std::string_view name_of(wire::kms::Principal who) noexcept;
std::string_view name_of(Operation what) noexcept;

/// Keys a principal may use: `per_second` on average, `burst` at once. A larger rate lets whoever took over control
/// open more keys before anybody notices; a smaller one makes people wait after a restart.
struct Rate {
  std::int64_t per_second = 200;
  std::int64_t burst = 2000;
};

class RateLimit {
 public:
  explicit RateLimit(Rate rate = {}) noexcept : rate_(rate), left_micros_(rate.burst * micros) {}
  /// True when `count` more are within the rate.
  bool take(std::int64_t count, Instant now) noexcept;

 private:
  static constexpr std::int64_t micros = 1'000'000;
  Rate rate_;
  std::int64_t left_micros_;  ///< keys times a million
  Instant last_{};
};

}  // namespace sealhall::kms
