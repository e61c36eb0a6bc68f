// Tested in zone_test.cc
// The POSIX TZ string at the end of a TZif file: what holds after its last transition.
#include <charconv>

#include "server/schedule/zone.h"

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Takes the string apart front to back; what does not fit makes `ok` false for good.
struct Reader {
  std::string_view rest;
  bool ok = true;

  [[nodiscard]] char next() const noexcept { return rest.empty() ? '\0' : rest.front(); }
  bool take(char c) noexcept {
    if (next() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void need(char c) noexcept { ok = take(c) && ok; }

  int number(int least, int most) noexcept {
    int value = 0;
    const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || digits.size() > 4 || error != std::errc{} || value < least || value > most) {
      ok = false;
      return least;
    }
    rest.remove_prefix(static_cast<std::size_t>(end - digits.data()));
    return value;
  }

  std::string name() {
    std::string out;
    if (take('<')) {
      while (is_letter(next()) || is_digit(next()) || next() == '+' || next() == '-') {
        out += next();
        rest.remove_prefix(1);
      }
      need('>');
    } else {
      while (is_letter(next())) {
        out += next();
        rest.remove_prefix(1);
      }
    }
    if (out.size() < 3 || out.size() > 10) ok = false;
    return out;
  }

  /// [+-]h[h[h]][:mm[:ss]]
  seconds time(int most_hours) noexcept {
    const bool negative = next() == '-';
    if (!take('-')) take('+');
    seconds value = chrono::hours{number(0, most_hours)};
    if (take(':')) {
      value += chrono::minutes{number(0, 59)};
      if (take(':')) value += seconds{number(0, 59)};
    }
    return negative ? -value : value;
  }

  RuleDate date() noexcept {
    RuleDate out;
    if (take('M')) {
      out.month = static_cast<unsigned>(number(1, 12));
      need('.');
      out.week = static_cast<unsigned>(number(1, 5));
      need('.');
      out.weekday = static_cast<unsigned>(number(0, 6));
    } else if (take('J')) {
      out.kind = RuleDate::Kind::day_without_leap;
      out.day = static_cast<unsigned>(number(1, 365));
    } else {
      out.kind = RuleDate::Kind::day_with_leap;
      out.day = static_cast<unsigned>(number(0, 365));
    }
    out.time = take('/') ? time(167) : chrono::hours{2};
    return out;
  }
};

local_seconds date_in(const RuleDate& date, int year) {
  const chrono::year y{year};
  const chrono::local_days january{y / chrono::January / 1};
  switch (date.kind) {
    case RuleDate::Kind::month_week: {
      const chrono::month m{date.month};
      const chrono::weekday wd{date.weekday};
      const chrono::local_days day =
          date.week == 5 ? chrono::local_days{y / m / wd[chrono::last]} : chrono::local_days{y / m / wd[date.week]};
      return day + date.time;
    }
    case RuleDate::Kind::day_without_leap: {
      const bool after_february = y.is_leap() && date.day >= 60;
      return january + chrono::days{static_cast<int>(date.day) - 1 + (after_february ? 1 : 0)} + date.time;
    }
    case RuleDate::Kind::day_with_leap:
      return january + chrono::days{static_cast<int>(date.day)} + date.time;
  }
  return january;
}

}  // namespace

expected<ZoneRule, ZoneError> parse_zone_rule(std::string_view text) {
  Reader in{text};
  ZoneRule rule;
  rule.standard.abbreviation = in.name();
  rule.standard.offset = -in.time(24);  // POSIX counts west of Greenwich as positive
  if (in.ok && !in.rest.empty()) {
    ZonePeriod daylight{rule.standard.offset + chrono::hours{1}, true, in.name()};
    if (in.next() != ',' && in.next() != '\0') daylight.offset = -in.time(24);
    in.need(',');
    rule.to_daylight = in.date();
    in.need(',');
    rule.to_standard = in.date();
    rule.daylight = std::move(daylight);
  }
  if (!in.ok || !in.rest.empty()) return unexpected(ZoneError::bad_footer);
  return rule;
}

YearOfRule year_of(const ZoneRule& rule, int year) {
  // The time of a change is in the local time that holds before it.
  const local_seconds start = date_in(rule.to_daylight, year);
  const local_seconds end = date_in(rule.to_standard, year);
  return {sys_seconds{start.time_since_epoch() - rule.standard.offset},
          sys_seconds{end.time_since_epoch() - rule.daylight->offset}};
}

}  // namespace sealhall::schedule
