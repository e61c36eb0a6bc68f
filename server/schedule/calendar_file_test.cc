#include "server/schedule/calendar_file.h"

#include <doctest/doctest.h>

#include "server/schedule/recurrence.h"
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
sys_seconds at(std::string_view text) { return moment_of(*parse_time(text), TimeZone::utc()); }

CalendarEvent weekly() {
  CalendarEvent e;
  e.uid = "81234567890@meet.example";
  e.sequence = 2;
  e.stamp = at("2026-11-28T02:00:00Z");
  e.zone = &zone("Europe/Berlin");
  e.zone_name = "Europe/Berlin";
  e.start = at("2026-10-19T07:00:00Z");
  e.last_start = at("2026-11-09T08:00:00Z");
  e.duration = std::chrono::minutes{45};
  e.summary = "Weekly; plans, and more";
  e.description = "Line one\nLine two";
  e.location = "https://meet.example/j/81234567890?pwd=abc";
  e.organizer = {"Ada \"the\" Host", "ada@meet.example"};
  e.attendees = {{"", "bob@example.org"}};
  e.rule = "FREQ=WEEKLY;WKST=SU;BYDAY=MO;COUNT=4";
  return e;
}
bool has(const std::string& text, std::string_view line) {
  return text.find("\r\n" + std::string{line} + "\r\n") != std::string::npos;
}
std::string unfolded(std::string text) {
  for (std::size_t at = text.find("\r\n "); at != std::string::npos; at = text.find("\r\n ", at)) text.erase(at, 3);
  return text;
}

}  // namespace

TEST_CASE("calendar file: a series with its zone, its exceptions and its people") {
  CalendarEvent e = weekly();
  e.excluded = {at("2026-10-26T08:00:00Z")};
  e.exceptions = {{at("2026-11-02T08:00:00Z"), at("2026-11-03T13:00:00Z"), std::chrono::minutes{30}, "moved"}};
  const std::string text = unfolded(write_calendar(CalendarMethod::request, e));
  CHECK(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
  CHECK(text.ends_with("END:VCALENDAR\r\n"));
  for (const std::string_view line :
       {"METHOD:REQUEST", "UID:81234567890@meet.example", "SEQUENCE:2", "DTSTAMP:20261128T020000Z",
        "DTSTART;TZID=Europe/Berlin:20261019T090000", "DTEND;TZID=Europe/Berlin:20261019T094500",
        "RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=MO;COUNT=4", "EXDATE;TZID=Europe/Berlin:20261026T090000",
        "RECURRENCE-ID;TZID=Europe/Berlin:20261102T090000", "DTSTART;TZID=Europe/Berlin:20261103T140000",
        "SUMMARY:Weekly\\; plans\\, and more", "DESCRIPTION:Line one\\nLine two", "DESCRIPTION:moved",
        "ORGANIZER;CN=\"Ada 'the' Host\":mailto:ada@meet.example", "STATUS:CONFIRMED", "TZID:Europe/Berlin"}) {
    INFO(line);
    CHECK(has(text, line));
  }
  CHECK(text.find(";CN=\"bob@example.org\":mailto:bob@example.org\r\n") != std::string::npos);
}

TEST_CASE("calendar file: a cancellation, and one of a single occurrence") {
  const std::string whole = write_calendar(CalendarMethod::cancel, weekly());
  CHECK(has(whole, "METHOD:CANCEL"));
  CHECK(has(whole, "STATUS:CANCELLED"));
  CalendarEvent e = weekly();
  e.rule.clear();
  e.recurrence_id = at("2026-10-26T08:00:00Z");
  e.start = *e.recurrence_id;
  const std::string one = write_calendar(CalendarMethod::cancel, e);
  CHECK(has(one, "RECURRENCE-ID;TZID=Europe/Berlin:20261026T090000"));
  CHECK(one.find("RRULE:FREQ=WEEKLY") == std::string::npos);
}

TEST_CASE("calendar file: in UTC no zone is written") {
  CalendarEvent e = weekly();
  e.zone_name = "UTC";
  e.zone = &zone("UTC");
  const std::string text = write_calendar(CalendarMethod::publish, e);
  CHECK(has(text, "DTSTART:20261019T070000Z"));
  CHECK(text.find("VTIMEZONE") == std::string::npos);
}

TEST_CASE("calendar file: no line is longer than 75 bytes, and characters stay whole") {
  CalendarEvent e = weekly();
  e.summary.clear();
  for (int i = 0; i < 60; ++i) e.summary += "會議🙂é";
  const std::string text = write_calendar(CalendarMethod::request, e);
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t end = text.find("\r\n", from);
    REQUIRE(end != std::string::npos);
    CHECK(end - from <= 75);
    if (end > from) CHECK((static_cast<unsigned char>(text[from]) & 0xC0U) != 0x80U);
    if (text[from] == ' ') CHECK((static_cast<unsigned char>(text[from + 1]) & 0xC0U) != 0x80U);
    from = end + 2;
  }
  CHECK(unfolded(text).find("SUMMARY:" + e.summary + "\r\n") != std::string::npos);
  CHECK(folded(std::string(75, 'a')) == std::string(75, 'a') + "\r\n");
  CHECK(folded(std::string(76, 'a')) == std::string(75, 'a') + "\r\n a\r\n");
}

TEST_CASE("calendar file: what people type begins no line of its own") {
  CalendarEvent e = weekly();
  e.summary = "x\r\nATTENDEE:mailto:eve@example.org\rB\x01\x7F";
  e.organizer.name = "A\r\nEND:VEVENT";
  const std::string text = unfolded(write_calendar(CalendarMethod::request, e));
  CHECK(has(text, "SUMMARY:x\\nATTENDEE:mailto:eve@example.org\\nB"));
  CHECK(text.find("CN=\"AEND:VEVENT\"") != std::string::npos);
}

TEST_CASE(
    "calendar zone: by rule where it holds, change by change where it does not, one period where nothing changes") {
  const std::string berlin =
      write_zone(zone("Europe/Berlin"), "Europe/Berlin", at("2026-10-01T00:00:00Z"), at("2027-10-01T00:00:00Z"));
  CHECK(has(berlin, "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"));
  CHECK(has(berlin, "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"));
  CHECK(has(berlin, "DTSTART:20250330T020000"));
  CHECK(has(berlin, "DTSTART:20251026T030000"));
  // The rule of New York holds since 2007 only.
  const std::string old =
      write_zone(zone("America/New_York"), "America/New_York", at("2006-01-01T00:00:00Z"), at("2008-01-01T00:00:00Z"));
  CHECK(old.find("RRULE") == std::string::npos);
  CHECK(has(old, "DTSTART:20070311T020000"));
  const std::string taipei =
      write_zone(zone("Asia/Taipei"), "Asia/Taipei", at("2026-10-01T00:00:00Z"), at("2027-10-01T00:00:00Z"));
  CHECK(has(taipei, "TZOFFSETTO:+0800"));
  CHECK(taipei.find("DAYLIGHT\r\n") == std::string::npos);
  // 26 hours after a Thursday's midnight is no day that a rule can name.
  const std::string jerusalem =
      write_zone(zone("Asia/Jerusalem"), "Asia/Jerusalem", at("2026-10-01T00:00:00Z"), at("2027-10-01T00:00:00Z"));
  CHECK(jerusalem.find("RRULE") == std::string::npos);
  CHECK(has(jerusalem, "DTSTART:20270326T020000"));
  const std::string utc =
      write_zone(zone("Etc/UTC"), "Etc/UTC", at("2026-10-01T00:00:00Z"), at("2026-10-01T00:00:00Z"));
  CHECK(has(utc, "DTSTART:19700101T000000"));
}

}  // namespace sealhall::schedule
