#include "server/schedule/recurrence.h"

#include <doctest/doctest.h>

#include "core/base/random.h"
#include "server/schedule/calendar_rule.h"
#include "server/schedule/time_text.h"
#include "server/schedule/zones.h"
#include "tests/support/source_dir.h"

namespace sealhall::schedule {
namespace {

const TimeZone& zone(std::string_view name) {
  static Zones zones{test::source_path("server/schedule/testdata/zoneinfo")};
  const TimeZone* found = zones.find(name);
  REQUIRE(found != nullptr);
  return *found;
}
sys_seconds in(std::string_view local, const TimeZone& z) { return moment_of(*parse_time(local), z); }

/// The occurrences as local text with a space between.
std::string listed(const Recurrence& r, std::string_view start, std::string_view zone_name) {
  REQUIRE(check(r));
  const TimeZone& z = zone(zone_name);
  std::string out;
  for (const sys_seconds at : occurrences(r, in(start, z), z)) {
    if (!out.empty()) out += ' ';
    out += basic_local(z.to_local(at)).substr(4);
  }
  return out;
}

std::chrono::weekday weekday_of(local_seconds t) {
  return std::chrono::weekday{std::chrono::floor<std::chrono::days>(t)};
}

}  // namespace

TEST_CASE("recurrence: daily, every third day") {
  Recurrence r{.type = Recurrence::Type::daily, .repeat_interval = 3, .end_times = 3};
  CHECK(listed(r, "2026-02-26T10:00:00", "Asia/Taipei") == "0226T100000 0301T100000 0304T100000");
  CHECK(rrule(r, {}) == "FREQ=DAILY;INTERVAL=3;COUNT=3");
}

TEST_CASE("recurrence: the hour on the wall stays when clocks change") {
  Recurrence r{.type = Recurrence::Type::weekly, .end_times = 3};
  const TimeZone& z = zone("America/New_York");
  const auto times = occurrences(r, in("2026-10-25T09:00:00", z), z);
  REQUIRE(times.size() == 3);
  CHECK(rfc3339(times[0]) == "2026-10-25T13:00:00Z");
  CHECK(rfc3339(times[1]) == "2026-11-01T14:00:00Z");
  CHECK(rfc3339(times[2]) == "2026-11-08T14:00:00Z");
}

TEST_CASE("recurrence: weekly on several days begins on the first that fits, and weeks begin on Sunday") {
  Recurrence r{.type = Recurrence::Type::weekly, .repeat_interval = 2, .weekly_days = {1, 4}, .end_times = 5};
  // 2026-11-26 is a Thursday: the next Sunday is the first day of another week, which is left out.
  CHECK(listed(r, "2026-11-26T08:00:00", "Europe/Berlin") ==
        "1206T080000 1209T080000 1220T080000 1223T080000 0103T080000");
  CHECK(rrule(r, {}) == "FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY=SU,WE;COUNT=5");
}

TEST_CASE("recurrence: monthly on the 31st leaves short months out, the last Friday does not") {
  Recurrence on_day{.type = Recurrence::Type::monthly, .monthly_day = 31, .end_times = 4};
  CHECK(listed(on_day, "2026-01-31T12:00:00", "Etc/UTC") == "0131T120000 0331T120000 0531T120000 0731T120000");
  Recurrence last_friday{.type = Recurrence::Type::monthly, .monthly_week = -1, .monthly_week_day = 6, .end_times = 3};
  CHECK(listed(last_friday, "2026-01-01T12:00:00", "Etc/UTC") == "0130T120000 0227T120000 0327T120000");
  CHECK(rrule(last_friday, {}) == "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3");
  Recurrence second_tuesday{.type = Recurrence::Type::monthly,
                            .repeat_interval = 2,
                            .monthly_week = 2,
                            .monthly_week_day = 3,
                            .end_times = 2};
  CHECK(listed(second_tuesday, "2026-01-20T12:00:00", "Etc/UTC") == "0310T120000 0512T120000");
}

TEST_CASE("recurrence: an end as a time is inclusive and exact, whatever the zone") {
  const TimeZone& z = zone("Asia/Taipei");
  Recurrence r{.type = Recurrence::Type::daily};
  r.end_date_time = in("2026-11-30T01:00:00", z);
  CHECK(listed(r, "2026-11-28T01:00:00", "Asia/Taipei") == "1128T010000 1129T010000 1130T010000");
  r.end_date_time = *r.end_date_time - seconds{1};
  CHECK(listed(r, "2026-11-28T01:00:00", "Asia/Taipei") == "1128T010000 1129T010000");
  CHECK(rrule(r, {}) == "FREQ=DAILY;UNTIL=20261129T165959Z");
  r.end_date_time = in("2026-11-27T00:00:00", z);
  CHECK(listed(r, "2026-11-28T01:00:00", "Asia/Taipei").empty());
}

TEST_CASE("recurrence: a series without an end has one, and none is longer than the bound") {
  Recurrence r{.type = Recurrence::Type::daily};
  CHECK(occurrences(r, sys_seconds{seconds{1796808600}}, TimeZone::utc()).size() == default_occurrences);
  r.end_date_time = sys_seconds{seconds{7'000'000'000}};
  CHECK(occurrences(r, sys_seconds{seconds{1796808600}}, TimeZone::utc()).size() == max_occurrences);
}

TEST_CASE("recurrence: what does not fit together is said with its field") {
  const auto field = [](const Recurrence& r) { return check(r) ? "" : check(r).error().field; };
  CHECK(field({}) == "");
  CHECK(field({.type = Recurrence::Type{4}}) == "recurrence.type");
  CHECK(field({.repeat_interval = 0}) == "recurrence.repeat_interval");
  CHECK(field({.type = Recurrence::Type::monthly, .repeat_interval = 11}) == "recurrence.repeat_interval");
  CHECK(field({.weekly_days = {8}}) == "recurrence.weekly_days");
  CHECK(field({.monthly_day = 32}) == "recurrence.monthly_day");
  CHECK(field({.monthly_week = 5, .monthly_week_day = 1}) == "recurrence.monthly_week");
  CHECK(field({.monthly_week = 1}) == "recurrence.monthly_week_day");
  CHECK(field({.monthly_week_day = 1}) == "recurrence.monthly_week");
  CHECK(field({.monthly_day = 1, .monthly_week = 1, .monthly_week_day = 1}) == "recurrence.monthly_day");
  CHECK(field({.end_times = 0}) == "recurrence.end_times");
  CHECK(field({.end_times = 1, .end_date_time = sys_seconds{}}) == "recurrence.end_date_time");
}

TEST_CASE("recurrence: weekdays as clients write them") {
  CHECK(parse_weekly_days("3,1") == std::vector<unsigned>{1, 3});
  CHECK(parse_weekly_days("2, 2,7") == std::vector<unsigned>{2, 7});
  for (const std::string_view wrong : {"", "0", "8", "1,", ",1", "12", "1;2", "MO"}) CHECK(!parse_weekly_days(wrong));
  CHECK(weekly_days_text({1, 3}) == "1,3");
}

TEST_CASE("recurrence: any rule gives ascending times that fit it, at the hour on the wall, in any zone") {
  SeededRandom random{5};
  const std::vector<std::string> names{"Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago"};
  for (int round = 0; round < 400; ++round) {
    Recurrence r;
    r.type = Recurrence::Type{static_cast<std::uint8_t>(1 + random.below(3))};
    r.repeat_interval = static_cast<unsigned>(1 + random.below(4));
    for (unsigned day = 1; day <= 7; ++day) {
      if (r.type == Recurrence::Type::weekly && random.chance(0.3)) r.weekly_days.push_back(day);
    }
    if (r.type == Recurrence::Type::monthly && random.chance(0.5)) {
      r.monthly_week = random.chance(0.3) ? -1 : static_cast<int>(1 + random.below(4));
      r.monthly_week_day = static_cast<unsigned>(1 + random.below(7));
    }
    r.end_times = static_cast<unsigned>(1 + random.below(40));
    REQUIRE(check(r));
    const TimeZone& z = zone(names[random.below(names.size())]);
    const sys_seconds start{seconds{1'700'000'000 + static_cast<std::int64_t>(random.below(400'000'000))}};
    const auto times = occurrences(r, start, z);
    INFO(rrule(r, z.to_local(start)) << " from " << rfc3339(start));
    CHECK(times.size() == *r.end_times);
    for (std::size_t i = 0; i < times.size(); ++i) {
      CHECK(times[i] >= start - std::chrono::hours{1});
      if (i > 0) CHECK(times[i] > times[i - 1]);
      const local_seconds local = z.to_local(times[i]);
      const auto clock = [](local_seconds t) { return t - std::chrono::floor<std::chrono::days>(t); };
      // An hour that clocks jump over is the only reason to begin at another one.
      const auto late = clock(local) - clock(z.to_local(start));
      CHECK((late == seconds{0} || late == std::chrono::hours{1} || late == std::chrono::minutes{30}));
      const unsigned weekday = weekday_of(local).c_encoding() + 1;
      if (!r.weekly_days.empty()) CHECK(std::ranges::find(r.weekly_days, weekday) != r.weekly_days.end());
      if (r.monthly_week_day) CHECK(weekday == *r.monthly_week_day);
    }
  }
}

TEST_CASE("calendar rule: what is no rule gives nothing and stops nobody") {
  const local_seconds start{seconds{1796808600}};
  for (const char* wrong :
       {"", "FREQ=", "FREQ=NEVER", "hello", "FREQ=DAILY;INTERVAL=x", "FREQ=MONTHLY;BYMONTHDAY=99"}) {
    INFO(wrong);
    CHECK(expand_rule(wrong, start, 5).size() <= 5);
  }
  CHECK(expand_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", start, 5).empty());
  CHECK(expand_rule("FREQ=DAILY", start, 3).size() == 3);
}

}  // namespace sealhall::schedule
