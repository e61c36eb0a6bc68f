#include "server/schedule/time_text.h"

#include <charconv>
#include <cstdio>

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

struct Parts {
  int year;
  unsigned month;
  unsigned day;
  int hour;
  int minute;
  int second;
};

Parts parts_of(local_seconds time) {
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{time - day};
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

std::string printed(const char* form, const Parts& p) {
  char text[48];
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the form is one of three constants
  const int size = std::snprintf(text, sizeof text, form, p.year, p.month, p.day, p.hour, p.minute, p.second);
  return {text, static_cast<std::size_t>(size)};
}

/// Exactly `count` digits at the front, taken away.
std::optional<int> digits(std::string_view& rest, std::size_t count) {
  int value = 0;
  if (rest.size() < count) return std::nullopt;
  for (const char c : rest.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  rest.remove_prefix(count);
  return value;
}
bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest.front() != c) return false;
  rest.remove_prefix(1);
  return true;
}

std::optional<local_seconds> assembled(int year, int month, int day, int hour, int minute, int second) {
  const chrono::year_month_day date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1970 || year > 2199 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return chrono::local_days{date} + chrono::hours{hour} + chrono::minutes{minute} + seconds{second};
}

}  // namespace

std::string rfc3339(sys_seconds time) {
  return printed("%04d-%02u-%02uT%02d:%02d:%02dZ", parts_of(local_seconds{time.time_since_epoch()}));
}
std::string basic_utc(sys_seconds time) { return basic_local(local_seconds{time.time_since_epoch()}) + "Z"; }
std::string basic_local(local_seconds time) { return printed("%04d%02u%02uT%02d%02d%02d", parts_of(time)); }

std::string utc_offset(seconds offset) {
  const chrono::hh_mm_ss clock{offset < seconds{0} ? -offset : offset};
  char text[16];
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): numbers only
  std::snprintf(text, sizeof text, "%c%02d%02d", offset < seconds{0} ? '-' : '+',
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()));
  std::string out{text};
  if (const auto rest = clock.seconds().count(); rest != 0) {
    if (rest < 10) out += '0';
    out += std::to_string(rest);
  }
  return out;
}

std::optional<ParsedTime> parse_time(std::string_view text) {
  const auto year = digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = digits(text, 2);
  if (!day || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return std::nullopt;
  const auto hour = digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute) return std::nullopt;
  int second = 0;
  if (take(text, ':')) {
    const auto read = digits(text, 2);
    if (!read) return std::nullopt;
    second = *read;
    if (take(text, '.')) {
      const std::size_t end = text.find_first_not_of("0123456789");
      if (end == 0 || text.empty()) return std::nullopt;
      text.remove_prefix(std::min(end, text.size()));
    }
  }
  const auto local = assembled(*year, *month, *day, *hour, *minute, second);
  if (!local) return std::nullopt;
  ParsedTime out{*local, std::nullopt};
  if (text.empty()) return out;
  if (take(text, 'Z') || take(text, 'z')) {
    out.offset = seconds{0};
  } else {
    const bool west = text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = digits(text, 2);
    if (!hours || *hours > 23) return std::nullopt;
    take(text, ':');
    const auto minutes = digits(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const seconds offset = chrono::hours{*hours} + chrono::minutes{*minutes};
    out.offset = west ? -offset : offset;
  }
  return text.empty() ? std::optional{out} : std::nullopt;
}

sys_seconds moment_of(const ParsedTime& time, const TimeZone& zone) {
  if (time.offset) return sys_seconds{time.local.time_since_epoch() - *time.offset};
  return zone.to_utc(time.local);
}

std::string occurrence_id(sys_seconds original_start) {
  return std::to_string(original_start.time_since_epoch().count() * 1000);
}

std::optional<sys_seconds> parse_occurrence_id(std::string_view text) {
  if (text.size() == 16 && text[8] == 'T' && text[15] == 'Z') {
    const auto year = digits(text, 4);
    const auto month = digits(text, 2);
    const auto day = digits(text, 2);
    text.remove_prefix(1);
    const auto hour = digits(text, 2);
    const auto minute = digits(text, 2);
    const auto second = digits(text, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const auto local = assembled(*year, *month, *day, *hour, *minute, *second);
    if (!local) return std::nullopt;
    return sys_seconds{local->time_since_epoch()};
  }
  std::int64_t milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  constexpr std::int64_t largest = 7'258'118'400'000;  // the year 2200
  if (error != std::errc{} || end != text.data() + text.size() || milliseconds < 0 || milliseconds >= largest ||
      milliseconds % 1000 != 0) {
    return std::nullopt;
  }
  return sys_seconds{seconds{milliseconds / 1000}};
}

}  // namespace sealhall::schedule
