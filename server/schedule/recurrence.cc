#include "server/schedule/recurrence.h"

#include <algorithm>
#include <array>

#include "server/schedule/calendar_rule.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

constexpr std::array day_names{"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

unsigned weekday_of(local_seconds time) { return chrono::weekday{chrono::floor<chrono::days>(time)}.c_encoding() + 1; }
unsigned day_of(local_seconds time) {
  return static_cast<unsigned>(chrono::year_month_day{chrono::floor<chrono::days>(time)}.day());
}

unsigned most_interval(Recurrence::Type type) {
  switch (type) {
    case Recurrence::Type::daily:
      return 99;
    case Recurrence::Type::weekly:
      return 50;
    case Recurrence::Type::monthly:
      // Not 12: the 31st of every twelfth month from February on would never come, and libical would look for it long.
      return 10;
  }
  return 0;
}

/// The rule without its end.
std::string endless(const Recurrence& r, local_seconds start) {
  std::string out;
  switch (r.type) {
    case Recurrence::Type::daily:
      out = "FREQ=DAILY";
      break;
    case Recurrence::Type::weekly:
      // The API counts weekdays from Sunday, so its weeks begin there.
      out = "FREQ=WEEKLY;WKST=SU";
      break;
    case Recurrence::Type::monthly:
      out = "FREQ=MONTHLY";
      break;
  }
  if (r.repeat_interval > 1) out += ";INTERVAL=" + std::to_string(r.repeat_interval);
  if (r.type == Recurrence::Type::weekly) {
    const auto days = r.weekly_days.empty() ? std::vector{weekday_of(start)} : r.weekly_days;
    out += ";BYDAY=";
    for (const unsigned day : days) {
      if (out.back() != '=') out += ',';
      out += day_names.at(day - 1);
    }
  } else if (r.type == Recurrence::Type::monthly) {
    if (r.monthly_week && r.monthly_week_day) {
      out += ";BYDAY=" + std::to_string(*r.monthly_week) + day_names.at(*r.monthly_week_day - 1);
    } else {
      out += ";BYMONTHDAY=" + std::to_string(r.monthly_day.value_or(day_of(start)));
    }
  }
  return out;
}

FieldProblem wrong(std::string_view field, std::string message) {
  return {"recurrence." + std::string{field}, std::move(message)};
}

}  // namespace

expected<void, FieldProblem> check(const Recurrence& r) {
  const unsigned most = most_interval(r.type);
  if (most == 0) return unexpected(wrong("type", "1 (daily), 2 (weekly) or 3 (monthly)."));
  if (r.repeat_interval < 1 || r.repeat_interval > most)
    return unexpected(wrong("repeat_interval", "A number from 1 to " + std::to_string(most) + "."));
  for (const unsigned day : r.weekly_days) {
    if (day < 1 || day > 7)
      return unexpected(wrong("weekly_days", "Numbers from 1 (Sunday) to 7 with commas between."));
  }
  if (r.monthly_day && (*r.monthly_day < 1 || *r.monthly_day > 31))
    return unexpected(wrong("monthly_day", "A number from 1 to 31."));
  if (r.monthly_week && *r.monthly_week != -1 && (*r.monthly_week < 1 || *r.monthly_week > 4))
    return unexpected(wrong("monthly_week", "1 to 4, or -1 for the last week."));
  if (r.monthly_week_day && (*r.monthly_week_day < 1 || *r.monthly_week_day > 7))
    return unexpected(wrong("monthly_week_day", "A number from 1 (Sunday) to 7."));
  if (r.monthly_week.has_value() != r.monthly_week_day.has_value()) {
    return unexpected(r.monthly_week ? wrong("monthly_week_day", "It is needed with monthly_week.")
                                     : wrong("monthly_week", "It is needed with monthly_week_day."));
  }
  if (r.monthly_week && r.monthly_day)
    return unexpected(wrong("monthly_day", "Either a day of the month, or a week and a day of the week."));
  if (r.end_times && (*r.end_times < 1 || *r.end_times > max_occurrences))
    return unexpected(wrong("end_times", "A number from 1 to " + std::to_string(max_occurrences) + "."));
  if (r.end_times && r.end_date_time)
    return unexpected(wrong("end_date_time", "Either end_times or end_date_time, not both."));
  return {};
}

std::optional<std::vector<unsigned>> parse_weekly_days(std::string_view text) {
  std::array<bool, 8> seen{};
  bool digit_next = true;
  for (const char c : text) {
    if (c == ' ') continue;
    if (digit_next && c >= '1' && c <= '7') {
      seen.at(static_cast<std::size_t>(c - '0')) = true;
    } else if (digit_next || c != ',') {
      return std::nullopt;
    }
    digit_next = !digit_next;
  }
  if (digit_next) return std::nullopt;
  std::vector<unsigned> out;
  for (unsigned day = 1; day <= 7; ++day) {
    if (seen.at(day)) out.push_back(day);
  }
  return out;
}

std::string weekly_days_text(const std::vector<unsigned>& days) {
  std::string out;
  for (const unsigned day : days) {
    if (!out.empty()) out += ',';
    out += std::to_string(day);
  }
  return out;
}

std::string rrule(const Recurrence& r, local_seconds start) {
  const std::string rule = endless(r, start);
  if (r.end_date_time) return rule + ";UNTIL=" + basic_utc(*r.end_date_time);
  return rule + ";COUNT=" + std::to_string(r.end_times.value_or(default_occurrences));
}

std::vector<sys_seconds> occurrences(const Recurrence& r, sys_seconds start, const TimeZone& zone) {
  const local_seconds first = zone.to_local(start);
  const std::size_t most = r.end_date_time ? max_occurrences : r.end_times.value_or(default_occurrences);
  std::vector<sys_seconds> out;
  // The end is applied here, in UTC: libical sees local times only and would compare an UNTIL with those.
  for (const local_seconds local : expand_rule(endless(r, first), first, std::min(most, max_occurrences))) {
    const sys_seconds at = zone.to_utc(local);
    if (r.end_date_time && at > *r.end_date_time) break;
    // Two local times can be one moment where clocks jump; it is one meeting.
    if (out.empty() || at > out.back()) out.push_back(at);
  }
  return out;
}

}  // namespace sealhall::schedule
