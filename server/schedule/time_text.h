// Times as text, the forms that people's programs send and we write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "server/schedule/zone.h"

namespace sealhall::schedule {

/// "2026-11-28T09:30:00Z".
std::string rfc3339(sys_seconds time);
/// "20261128T093000Z" and, without a zone, "20261128T093000" (RFC 5545 section 3.3.5).
std::string basic_utc(sys_seconds time);
std::string basic_local(local_seconds time);
/// "+08:00" as "+0800" (RFC 5545 section 3.3.14); seconds only when there are some.
std::string utc_offset(seconds offset);

/// A time of a request: "2026-11-28T09:30:00Z", with an offset "+08:00", or local "2026-11-28T09:30:00" (fractions of a
/// second are dropped, seconds may be missing). Years 1970 to 2199.
struct ParsedTime {
  local_seconds local;            ///< the numbers as they stand
  std::optional<seconds> offset;  ///< what was said: 0 for 'Z'; absent for a local time
};
std::optional<ParsedTime> parse_time(std::string_view text);
/// The moment: with an offset as it says, otherwise in `zone`.
sys_seconds moment_of(const ParsedTime& time, const TimeZone& zone);

/// The name of one occurrence of a series: its original start in milliseconds, "1796808600000".
std::string occurrence_id(sys_seconds original_start);
/// Reads both forms that clients send: milliseconds, and "20261128T093000Z".
std::optional<sys_seconds> parse_occurrence_id(std::string_view text);

constexpr UnixMicros to_micros(sys_seconds time) noexcept {
  return UnixMicros{time.time_since_epoch().count() * 1'000'000};
}
constexpr sys_seconds moment_at(UnixMicros time) noexcept {
  return std::chrono::floor<seconds>(
      std::chrono::sys_time<std::chrono::microseconds>{std::chrono::microseconds{static_cast<std::int64_t>(time)}});
}

}  // namespace sealhall::schedule
