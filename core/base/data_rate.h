// Data sizes and rates as types, so that bits and bytes cannot be mixed up.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/base/time.h"

namespace sealhall {

/// Bits a second, 0 or more.
class DataRate {
 public:
  constexpr DataRate() noexcept = default;
  static constexpr DataRate bps(std::int64_t v) noexcept { return DataRate{v}; }
  static constexpr DataRate kbps(std::int64_t v) noexcept { return DataRate{v * 1000}; }
  static constexpr DataRate unlimited() noexcept { return DataRate{std::numeric_limits<std::int64_t>::max()}; }

  [[nodiscard]] constexpr std::int64_t bps() const noexcept { return bps_; }
  [[nodiscard]] constexpr double kbps() const noexcept { return static_cast<double>(bps_) / 1000.0; }
  /// How long `bytes` take at this rate; the longest Duration when the rate is zero.
  [[nodiscard]] constexpr Duration time_for(std::size_t bytes) const noexcept {
    if (bps_ <= 0) return Duration::max();
    return Duration{static_cast<std::int64_t>(static_cast<double>(bytes) * 8e6 / static_cast<double>(bps_))};
  }
  /// Bytes that pass in `d` at this rate.
  [[nodiscard]] constexpr std::int64_t bytes_in(Duration d) const noexcept {
    return static_cast<std::int64_t>(static_cast<double>(bps_) * to_seconds(d) / 8.0);
  }

  constexpr auto operator<=>(const DataRate&) const noexcept = default;
  friend constexpr DataRate operator+(DataRate a, DataRate b) noexcept { return DataRate{a.bps_ + b.bps_}; }
  friend constexpr DataRate operator-(DataRate a, DataRate b) noexcept { return DataRate{a.bps_ - b.bps_}; }
  friend constexpr DataRate operator*(DataRate a, double f) noexcept {
    return DataRate{static_cast<std::int64_t>(static_cast<double>(a.bps_) * f)};
  }

 private:
  constexpr explicit DataRate(std::int64_t v) noexcept : bps_(v) {}
  std::int64_t bps_ = 0;
};

/// The rate at which `bytes` in `d` pass; zero when `d` is not positive.
constexpr DataRate rate_of(std::int64_t bytes, Duration d) noexcept {
  if (d.count() <= 0) return DataRate{};
  return DataRate::bps(static_cast<std::int64_t>(static_cast<double>(bytes) * 8.0 / to_seconds(d)));
}

}  // namespace sealhall
