// Whole calendar files, compared with what is committed; tests/peers/calendar.test.mjs reads the same files with
// ical.js and finds the same times. To write them anew: SEALHALL_WRITE_GOLDEN=1 server_schedule_test -tc='calendar
// golden*'.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "server/schedule/calendar_file.h"
#include "server/schedule/recurrence.h"
#include "server/schedule/time_text.h"
#include "server/schedule/zones.h"
#include "tests/support/source_dir.h"

namespace sealhall::schedule {
namespace {

const std::string folder = test::source_path("server/schedule/testdata/");

const TimeZone& zone(std::string_view name) {
  static Zones zones{folder + "zoneinfo"};
  const TimeZone* found = zones.find(name);
  REQUIRE(found != nullptr);
  return *found;
}

void compare(const std::string& file, const std::string& text) {
  if (std::getenv("SEALHALL_WRITE_GOLDEN") != nullptr)
    std::ofstream{folder + "calendar/" + file, std::ios::binary} << text;
  std::ifstream in{folder + "calendar/" + file, std::ios::binary};
  std::ostringstream content;
  content << in.rdbuf();
  INFO(file);
  CHECK(content.str() == text);
}

struct Series {
  std::string name;
  std::string zone_name;
  std::string start;
  Recurrence recurrence;
};

/// Not in an hour that is shown twice or not at all: there ical.js takes the later offset, RFC 5545 section 3.3.5 the
/// earlier (zone_test.cc has those). The file, and beside it when the meeting takes place: one time a line.
void golden(const Series& s, bool with_exceptions) {
  CalendarEvent e;
  e.zone_name = s.zone_name;
  e.zone = &zone(s.zone_name);
  const sys_seconds wanted = moment_of(*parse_time(s.start), *e.zone);
  auto times = occurrences(s.recurrence, wanted, *e.zone);
  REQUIRE(times.size() > 3);
  e.uid = s.name + "@meet.example";
  e.stamp = moment_of(*parse_time("2026-11-01T00:00:00Z"), *e.zone);
  e.start = times.front();
  e.last_start = times.back();
  e.duration = std::chrono::minutes{50};
  e.rule = rrule(s.recurrence, e.zone->to_local(e.start));
  e.summary = "每週會議; \"Plans\", and a line that is so long that it has to be folded somewhere, twice 🙂 perhaps";
  e.description = "One\nTwo";
  e.location = "https://meet.example/j/81234567890?pwd=abcdefghijklmnopqrstuvwx";
  e.organizer = {"Ada", "ada@meet.example"};
  e.attendees = {{"Bob", "bob@example.org"}, {"", "carol@example.org"}};
  if (with_exceptions) {
    e.sequence = 3;
    e.excluded = {times[1]};
    e.exceptions = {{times[2], times[2] + std::chrono::hours{3}, std::chrono::minutes{30}, "Moved"}};
    times[2] += std::chrono::hours{3};
    times.erase(times.begin() + 1);
  }
  std::string expected;
  for (const sys_seconds at : times) expected += rfc3339(at) + "\n";
  compare(s.name + ".ics", write_calendar(CalendarMethod::request, e));
  compare(s.name + ".times", expected);
}

/// One and the same series by its letters: the invitation, a change, one meeting of it cancelled, and the end of all.
void golden_letters() {
  CalendarEvent e;
  e.zone_name = "Europe/Berlin";
  e.zone = &zone(e.zone_name);
  const Recurrence weekly{.type = Recurrence::Type::weekly, .weekly_days = {2}, .end_times = 6};
  const auto times = occurrences(weekly, moment_of(*parse_time("2026-10-05T09:00:00"), *e.zone), *e.zone);
  REQUIRE(times.size() == 6);
  e.uid = "letters@meet.example";
  e.stamp = moment_of(*parse_time("2026-11-01T00:00:00Z"), *e.zone);
  e.start = times.front();
  e.last_start = times.back();
  e.duration = std::chrono::minutes{50};
  e.rule = rrule(weekly, e.zone->to_local(e.start));
  e.summary = "Plans";
  e.organizer = {"Ada", "ada@meet.example"};
  e.attendees = {{"Bob", "bob@example.org"}};
  e.sequence = 0;
  compare("letters/1-invitation.ics", write_calendar(CalendarMethod::request, e));
  e.sequence = 1;
  e.summary = "New plans";
  e.exceptions = {{times[1], times[1] + std::chrono::hours{2}, std::chrono::minutes{30}, ""}};
  compare("letters/2-changed.ics", write_calendar(CalendarMethod::request, e));
  e.sequence = 2;
  e.excluded = {times[3]};
  CalendarEvent one = e;
  one.rule.clear();
  one.excluded.clear();
  one.exceptions.clear();
  one.start = one.last_start = times[3];
  one.recurrence_id = times[3];
  compare("letters/3-one-cancelled.ics", write_calendar(CalendarMethod::cancel, one));
  e.sequence = 3;
  compare("letters/4-cancelled.ics", write_calendar(CalendarMethod::cancel, e));
}

}  // namespace

TEST_CASE("calendar golden: an invitation, its change, one meeting cancelled, all of it cancelled") {
  golden_letters();
}

TEST_CASE("calendar golden: series over changes of clocks, in zones with and without a rule") {
  using Type = Recurrence::Type;
  golden({"weekly-berlin",
          "Europe/Berlin",
          "2026-10-05T09:00:00",
          {.type = Type::weekly, .repeat_interval = 2, .weekly_days = {1, 3, 6}, .end_times = 14}},
         true);
  golden({"daily-newyork", "America/New_York", "2027-03-10T03:30:00", {.type = Type::daily, .end_times = 8}}, false);
  Recurrence until{.type = Type::monthly, .monthly_week = -1, .monthly_week_day = 6};
  until.end_date_time = moment_of(*parse_time("2028-06-30T23:59:59Z"), TimeZone::utc());
  golden({"monthly-taipei", "Asia/Taipei", "2026-11-27T17:00:00", until}, true);
  golden({"monthly-jerusalem",
          "Asia/Jerusalem",
          "2026-12-31T20:00:00",
          {.type = Type::monthly, .monthly_day = 31, .end_times = 12}},
         false);
  golden({"weekly-lordhowe",
          "Australia/Lord_Howe",
          "2026-09-20T10:45:00",
          {.type = Type::weekly, .weekly_days = {1}, .end_times = 40}},
         true);
  golden({"weekly-casablanca",
          "Africa/Casablanca",
          "2027-01-04T08:00:00",
          {.type = Type::weekly, .weekly_days = {2, 5}, .end_times = 60}},
         false);
}

}  // namespace sealhall::schedule
