// Tested in calendar_file_test.cc
// VTIMEZONE: by the zone's rule where that holds for the whole time, otherwise change by change.
#include <algorithm>

#include "server/schedule/calendar_file.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

/// More changes than any series that we allow can meet.
constexpr std::size_t most_changes = 200;

std::string observance(const ZoneTransition& change, std::string_view rule) {
  const std::string kind = change.after.daylight ? "DAYLIGHT" : "STANDARD";
  // The onset is written in the local time that held before it.
  const local_seconds onset{change.at.time_since_epoch() + change.before.offset};
  std::string out = "BEGIN:" + kind + "\r\n";
  out += "DTSTART:" + basic_local(onset) + "\r\n";
  if (!rule.empty()) out += "RRULE:" + std::string{rule} + "\r\n";
  out += "TZOFFSETFROM:" + utc_offset(change.before.offset) + "\r\n";
  out += "TZOFFSETTO:" + utc_offset(change.after.offset) + "\r\n";
  if (!change.after.abbreviation.empty()) out += folded("TZNAME:" + escaped_text(change.after.abbreviation));
  return out + "END:" + kind + "\r\n";
}

/// Whether a date can be said as "the nth weekday of a month".
bool has_calendar_form(const RuleDate& date) {
  return date.kind == RuleDate::Kind::month_week && date.time >= seconds{0} && date.time < chrono::hours{24};
}
std::string yearly(const RuleDate& date) {
  constexpr const char* days[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
  const std::string week = date.week == 5 ? "-1" : std::to_string(date.week);
  return "FREQ=YEARLY;BYMONTH=" + std::to_string(date.month) + ";BYDAY=" + week + days[date.weekday % 7];
}

/// The two changes of the year before `from`, when from then on the rule alone says what happens until `to`.
std::optional<YearOfRule> rule_holds(const TimeZone& zone, sys_seconds from, sys_seconds to) {
  const auto& rule = zone.rule();
  if (!rule || !rule->daylight || !has_calendar_form(rule->to_daylight) || !has_calendar_form(rule->to_standard))
    return std::nullopt;
  const int first = static_cast<int>(chrono::year_month_day{chrono::floor<chrono::days>(from)}.year()) - 1;
  const YearOfRule begin = year_of(*rule, first);
  const sys_seconds start = std::min(begin.to_daylight, begin.to_standard);
  std::vector<sys_seconds> by_rule;
  for (int year = first; by_rule.empty() || by_rule.back() < to; ++year) {
    const YearOfRule both = year_of(*rule, year);
    by_rule.push_back(std::min(both.to_daylight, both.to_standard));
    by_rule.push_back(std::max(both.to_daylight, both.to_standard));
  }
  std::erase_if(by_rule, [to](sys_seconds at) { return at >= to; });
  const auto real = zone.transitions(start, to, most_changes);
  const bool same = std::ranges::equal(by_rule, real, {}, {}, &ZoneTransition::at);
  return same ? std::optional{begin} : std::nullopt;
}

}  // namespace

std::string write_zone(const TimeZone& zone, std::string_view name, sys_seconds from, sys_seconds to) {
  std::string out = "BEGIN:VTIMEZONE\r\n" + folded("TZID:" + std::string{name});
  const sys_seconds end = std::max(to, from) + chrono::days{2};
  if (const auto begin = rule_holds(zone, from, end)) {
    const ZoneRule& rule = *zone.rule();
    out += observance({begin->to_daylight, rule.standard, *rule.daylight}, yearly(rule.to_daylight));
    out += observance({begin->to_standard, *rule.daylight, rule.standard}, yearly(rule.to_standard));
  } else {
    const sys_seconds begin_of_time{};
    const auto before = zone.last_before(from + seconds{1});
    const ZonePeriod now = zone.period_at(from);
    out += observance(before ? *before : ZoneTransition{begin_of_time - now.offset, now, now}, "");
    for (const ZoneTransition& change : zone.transitions(from + seconds{1}, end, most_changes))
      out += observance(change, "");
  }
  return out + "END:VTIMEZONE\r\n";
}

}  // namespace sealhall::schedule
