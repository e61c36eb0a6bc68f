// How a meeting repeats, in the words of the v2 API, and when it then takes place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "server/schedule/zone.h"

namespace sealhall::schedule {

/// A rule. Which fields count depends on `type`; `check` says what is wrong with one.
struct Recurrence {
  enum class Type : std::uint8_t { daily = 1, weekly = 2, monthly = 3 };
  Type type = Type::daily;
  unsigned repeat_interval = 1;                ///< every n days (1..99), weeks (1..50) or months (1..10)
  std::vector<unsigned> weekly_days{};         ///< 1 is Sunday .. 7; empty: the weekday of the start
  std::optional<unsigned> monthly_day{};       ///< 1..31; months without that day are left out
  std::optional<int> monthly_week{};           ///< 1..4, or -1 for the last, with `monthly_week_day`
  std::optional<unsigned> monthly_week_day{};  ///< 1 is Sunday .. 7
  std::optional<unsigned> end_times{};         ///< 1..max_occurrences
  std::optional<sys_seconds> end_date_time{};  ///< the last occurrence begins at this time or before
  bool operator==(const Recurrence&) const = default;
};

/// A series has at most so many occurrences: one of every working day for a year, and a bound of what one request
/// makes.
inline constexpr std::size_t max_occurrences = 366;
/// What a series without an end gets.
inline constexpr unsigned default_occurrences = 50;

/// What is wrong: the field's name in the API and a sentence for people.
struct FieldProblem {
  std::string field;
  std::string message;
};
expected<void, FieldProblem> check(const Recurrence& recurrence);

/// "1,3,5" -> {1, 3, 5}, ascending, each once; nullopt for anything else.
std::optional<std::vector<unsigned>> parse_weekly_days(std::string_view text);
std::string weekly_days_text(const std::vector<unsigned>& days);

/// The rule as RFC 5545 has it: "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE;COUNT=10". `start` is the first occurrence.
/// UNTIL is in UTC, as section 3.3.10 asks for beside a DTSTART with a zone.
std::string rrule(const Recurrence& recurrence, local_seconds start);

/// When the meeting takes place, ascending: a checked rule that begins at `start` or at the first day after it that
/// fits. Never more than `max_occurrences`; empty when no day fits before the end.
std::vector<sys_seconds> occurrences(const Recurrence& recurrence, sys_seconds start, const TimeZone& zone);

}  // namespace sealhall::schedule
