// Time as an argument. `CoreClock` has no now(): code in core/ cannot read a clock, it is told the time.
#pragma once

#include <chrono>
#include <cstdint>

namespace sealhall {

using Duration = std::chrono::duration<std::int64_t, std::micro>;

/// A steady clock that nobody in core/ can read.
struct CoreClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CoreClock, duration>;
  static constexpr bool is_steady = true;
};

/// A moment of the steady clock, in microseconds since a start that has no meaning outside the process.
using Instant = CoreClock::time_point;

/// Microseconds since 1970-01-01T00:00:00Z, for what leaves the process (NTP fields, expiry times, logs).
enum class UnixMicros : std::int64_t {};

constexpr double to_seconds(Duration d) noexcept { return static_cast<double>(d.count()) / 1e6; }
constexpr std::int64_t to_millis(Duration d) noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}
constexpr Duration seconds_to_duration(double s) noexcept { return Duration{static_cast<std::int64_t>(s * 1e6)}; }

}  // namespace sealhall
