// Tested in recurrence_test.cc
#include "server/schedule/calendar_rule.h"

#include <libical/ical.h>

#include <memory>

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

icaltimetype to_ical(chrono::local_seconds time) {
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{time - day};
  icaltimetype out = icaltime_null_time();
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.hour = static_cast<int>(clock.hours().count());
  out.minute = static_cast<int>(clock.minutes().count());
  out.second = static_cast<int>(clock.seconds().count());
  return out;
}

chrono::local_seconds from_ical(const icaltimetype& t) {
  return chrono::local_days{chrono::year{t.year} / t.month / t.day} + chrono::hours{t.hour} +
         chrono::minutes{t.minute} + chrono::seconds{t.second};
}

constexpr int last_year = 2200;

struct Free {
  void operator()(icalrecur_iterator* iterator) const noexcept { icalrecur_iterator_free(iterator); }
};

}  // namespace

std::vector<chrono::local_seconds> expand_rule(const std::string& rule, chrono::local_seconds start,
                                               std::size_t limit) {
  std::vector<chrono::local_seconds> out;
  // Without this a mistake in a rule aborts the process.
  icalerror_set_errors_are_fatal(0);
  icalrecurrencetype parsed = icalrecurrencetype_from_string(rule.c_str());
  if (parsed.freq == ICAL_NO_RECURRENCE) return out;
  // libical would look for a day that never comes through all of its years.
  if (parsed.count == 0 && icaltime_is_null_time(parsed.until) != 0) {
    parsed.until = to_ical(chrono::local_days{chrono::year{last_year} / chrono::December / 31});
  }
  const std::unique_ptr<icalrecur_iterator, Free> iterator{icalrecur_iterator_new(parsed, to_ical(start))};
  if (!iterator) return out;
  while (out.size() < limit) {
    const icaltimetype next = icalrecur_iterator_next(iterator.get());
    if (icaltime_is_null_time(next) != 0 || next.year > last_year) break;
    const chrono::local_seconds time = from_ical(next);
    if (time >= start) out.push_back(time);
  }
  return out;
}

}  // namespace sealhall::schedule
