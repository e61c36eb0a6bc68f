#include "server/schedule/calendar_file.h"

#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// A parameter value between quotes: they and control characters cannot stand there (RFC 5545 section 3.2).
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out += '\'';
    } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
      out += c;
    }
  }
  return out + "\"";
}

class Writer {
 public:
  explicit Writer(const CalendarEvent& event)
      : event_(event), utc_(event.zone_name == "UTC" || event.zone == nullptr) {}

  void line(std::string_view text) { out_ += folded(text); }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) line(std::string{name} + ":" + escaped_text(value));
  }
  void time(std::string_view name, sys_seconds at) { line(std::string{name} + in_zone(at)); }
  void append(std::string_view lines) { out_ += lines; }
  [[nodiscard]] std::string take() { return std::move(out_); }
  [[nodiscard]] bool utc() const noexcept { return utc_; }

  void times(sys_seconds start, seconds duration) {
    time("DTSTART", start);
    time("DTEND", start + duration);
  }

  void event(CalendarMethod method, std::optional<sys_seconds> recurrence_id, sys_seconds start, seconds duration,
             std::string_view description) {
    line("BEGIN:VEVENT");
    text("UID", event_.uid);
    line("DTSTAMP:" + basic_utc(event_.stamp));
    line("SEQUENCE:" + std::to_string(event_.sequence));
    if (recurrence_id) time("RECURRENCE-ID", *recurrence_id);
    times(start, duration);
    if (!recurrence_id && !event_.rule.empty()) {
      line("RRULE:" + event_.rule);
      for (const sys_seconds out : event_.excluded) time("EXDATE", out);
    }
    text("SUMMARY", event_.summary);
    text("DESCRIPTION", description);
    text("LOCATION", event_.location);
    if (!event_.location.empty()) line("URL:" + event_.location);
    person("ORGANIZER", event_.organizer);
    for (const CalendarPerson& attendee : event_.attendees) {
      person("ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE", attendee);
    }
    line(method == CalendarMethod::cancel ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
    line(method == CalendarMethod::cancel ? "TRANSP:TRANSPARENT" : "TRANSP:OPAQUE");
    line("END:VEVENT");
  }

 private:
  void person(std::string_view name, const CalendarPerson& who) {
    if (who.email.empty()) return;
    const std::string& shown = who.name.empty() ? who.email : who.name;
    line(std::string{name} + ";CN=" + in_quotes(shown) + ":mailto:" + who.email);
  }
  [[nodiscard]] std::string in_zone(sys_seconds at) const {
    if (utc_) return ":" + basic_utc(at);
    return ";TZID=" + event_.zone_name + ":" + basic_local(event_.zone->to_local(at));
  }

  const CalendarEvent& event_;
  bool utc_;
  std::string out_;
};

}  // namespace

std::string_view name_of(CalendarMethod method) noexcept {
  switch (method) {
    case CalendarMethod::publish:
      return "PUBLISH";
    case CalendarMethod::request:
      return "REQUEST";
    case CalendarMethod::cancel:
      return "CANCEL";
  }
  return "";
}

std::string folded(std::string_view line) {
  constexpr std::size_t longest = 75;
  std::string out;
  std::size_t room = longest;
  while (line.size() > room) {
    std::size_t cut = room;
    while (cut > 1 && continues_character(line[cut])) --cut;
    out += line.substr(0, cut);
    out += "\r\n ";
    line.remove_prefix(cut);
    room = longest - 1;  // the space counts
  }
  return out.append(line) + "\r\n";
}

std::string escaped_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' || c == ';' || c == ',') {
      out += '\\';
      out += c;
    } else if (c == '\n' || (c == '\r' && (i + 1 >= text.size() || text[i + 1] != '\n'))) {
      out += "\\n";
    } else if ((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t') {
      out += c;
    }
  }
  return out;
}

std::string write_calendar(CalendarMethod method, const CalendarEvent& event) {
  Writer w{event};
  w.line("BEGIN:VCALENDAR");
  w.line("VERSION:2.0");
  w.line("PRODID:-//Sealhall//Scheduling//EN");
  w.line("CALSCALE:GREGORIAN");
  w.line("METHOD:" + std::string{name_of(method)});
  if (!w.utc()) {
    sys_seconds from = event.start;
    sys_seconds to = std::max(event.last_start, event.start);
    for (const CalendarException& e : event.exceptions) {
      from = std::min({from, e.start, e.original_start});
      to = std::max(to, e.start);
    }
    if (event.recurrence_id) {
      from = std::min(from, *event.recurrence_id);
      to = std::max(to, *event.recurrence_id);
    }
    w.append(write_zone(*event.zone, event.zone_name, from, to + event.duration));
  }
  w.event(method, event.recurrence_id, event.start, event.duration, event.description);
  for (const CalendarException& e : event.exceptions)
    w.event(method, e.original_start, e.start, e.duration, e.description);
  w.line("END:VCALENDAR");
  return w.take();
}

}  // namespace sealhall::schedule
