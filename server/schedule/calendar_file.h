// Writes .ics files: a meeting as an iCalendar object (RFC 5545) with an invitation's method (RFC 5546), fit for mail
// (RFC 6047). Text is escaped and folded; nothing that a person types can begin a line of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/schedule/zone.h"

namespace sealhall::schedule {

struct CalendarPerson {
  std::string name;   ///< any UTF-8; may be empty
  std::string email;  ///< a checked address
};

/// One occurrence of a series that is not as the rule says.
struct CalendarException {
  sys_seconds original_start;
  sys_seconds start;
  seconds duration{};
  std::string description;
};

struct CalendarEvent {
  std::string uid;         ///< the same for every message about this meeting
  unsigned sequence = 0;   ///< raised by every change that people must hear of
  sys_seconds stamp;       ///< now
  sys_seconds start;       ///< of the first occurrence
  sys_seconds last_start;  ///< of the last: how far the zone's changes are written
  seconds duration{};
  const TimeZone* zone = nullptr;
  std::string zone_name;  ///< "UTC": times are written with 'Z'
  std::string summary;
  std::string description;
  std::string location;  ///< where to click
  CalendarPerson organizer;
  std::vector<CalendarPerson> attendees;
  std::string rule{};                   ///< without "RRULE:"; empty: once
  std::vector<sys_seconds> excluded{};  ///< original starts
  std::vector<CalendarException> exceptions{};
  /// Only this occurrence is spoken of; `start` is then when it takes place, `rule` is empty.
  std::optional<sys_seconds> recurrence_id{};
};

enum class CalendarMethod : std::uint8_t { publish, request, cancel };
/// "REQUEST".
std::string_view name_of(CalendarMethod method) noexcept;

/// The whole file, lines ending with CRLF.
std::string write_calendar(CalendarMethod method, const CalendarEvent& event);

/// RFC 5545 section 3.1: at most 75 bytes a line, never within a character. Ends with CRLF.
std::string folded(std::string_view line);
/// RFC 5545 section 3.3.11.
std::string escaped_text(std::string_view text);

/// The zone as far as it matters between the two times, as a VTIMEZONE component (RFC 5545 section 3.6.5).
std::string write_zone(const TimeZone& zone, std::string_view name, sys_seconds from, sys_seconds to);

}  // namespace sealhall::schedule
