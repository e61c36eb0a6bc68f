// A time zone of the IANA database, read from its compiled form (TZif, RFC 9636).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::schedule {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

enum class ZoneError : std::uint8_t {
  not_tzif,    ///< no "TZif" of version 2 or later, or shorter than its header announces
  bad_data,    ///< an index or an offset out of its range, transitions that do not ascend
  bad_footer,  ///< the rule for the time after the last transition is not a POSIX TZ string
};

/// What clocks show in a zone during a while.
struct ZonePeriod {
  seconds offset{};  ///< local time minus UTC
  bool daylight = false;
  std::string abbreviation;
  bool operator==(const ZonePeriod&) const = default;
};

/// A moment at which clocks change.
struct ZoneTransition {
  sys_seconds at;
  ZonePeriod before;
  ZonePeriod after;
};

/// "The `week`th `weekday` of `month`, `time` after midnight" (POSIX Mm.w.d), or a day of the year.
struct RuleDate {
  enum class Kind : std::uint8_t { month_week, day_without_leap, day_with_leap };
  Kind kind = Kind::month_week;
  unsigned month = 1;    ///< 1..12
  unsigned week = 1;     ///< 1..5, 5 is the last
  unsigned weekday = 0;  ///< 0 is Sunday
  unsigned day = 0;      ///< with the other kinds: 1..365 never counting 29 February, or 0..365
  seconds time{};        ///< may be negative or longer than a day
  bool operator==(const RuleDate&) const = default;
};

/// What holds after the last transition of the file.
struct ZoneRule {
  ZonePeriod standard;
  std::optional<ZonePeriod> daylight;  ///< absent: no change any more, and the dates mean nothing
  RuleDate to_daylight;
  RuleDate to_standard;
};

class TimeZone {
 public:
  /// Reads a whole TZif file.
  static expected<TimeZone, ZoneError> parse(ByteView tzif);
  static TimeZone utc();

  [[nodiscard]] ZonePeriod period_at(sys_seconds time) const;
  [[nodiscard]] local_seconds to_local(sys_seconds time) const;
  /// A local time that clocks show twice is its first; one that they jump over is counted with the offset before the
  /// jump (RFC 5545 section 3.3.5).
  [[nodiscard]] sys_seconds to_utc(local_seconds time) const;
  /// The changes with from <= at < to, ascending, at most `limit`.
  [[nodiscard]] std::vector<ZoneTransition> transitions(sys_seconds from, sys_seconds to, std::size_t limit) const;
  /// The last change before `time`; nullopt when there is none.
  [[nodiscard]] std::optional<ZoneTransition> last_before(sys_seconds time) const;
  /// The rule of the footer; nullopt for a zone without one.
  [[nodiscard]] const std::optional<ZoneRule>& rule() const noexcept { return rule_; }

 private:
  struct Change {
    sys_seconds at;
    std::size_t period;
  };
  TimeZone() = default;
  [[nodiscard]] const ZonePeriod& by_rule(sys_seconds time) const;

  std::vector<ZonePeriod> periods_;  ///< the first is what holds before the first change
  std::vector<Change> changes_;
  std::optional<ZoneRule> rule_;
};

/// Reads "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX.1 section 8.3, with the wider hours of RFC 9636 section 3.3.1).
expected<ZoneRule, ZoneError> parse_zone_rule(std::string_view text);

/// When `rule` changes to and from daylight saving time in a year, as UTC. The rule has daylight saving time.
struct YearOfRule {
  sys_seconds to_daylight;
  sys_seconds to_standard;
};
YearOfRule year_of(const ZoneRule& rule, int year);

}  // namespace sealhall::schedule
