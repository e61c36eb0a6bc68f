// Tested in service_test.cc
#include "server/schedule/letters.h"

#include "io/log/log.h"
#include "server/schedule/links.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

/// "meet.example" of "https://meet.example:8443": the right side of a uid.
std::string host_of(std::string_view url) {
  const std::size_t from = url.find("://");
  std::string_view host = from == std::string_view::npos ? url : url.substr(from + 3);
  host = host.substr(0, host.find_first_of(":/"));
  return std::string{host};
}

std::string own_link(const Meeting& m, std::string_view public_url) {
  return join_link(public_url, m.row.id, m.passcode_token());
}

}  // namespace

std::optional<CalendarMethod> method_of(Letter letter) noexcept {
  switch (letter) {
    case Letter::invited:
    case Letter::changed:
    case Letter::occurrence_changed:
    case Letter::registered:
      return CalendarMethod::request;
    case Letter::cancelled:
    case Letter::occurrence_cancelled:
    case Letter::registration_cancelled:
      return CalendarMethod::cancel;
    case Letter::alternative_host:
    case Letter::registration_waits:
    case Letter::registration_denied:
    case Letter::registration_asked:
      break;
  }
  return std::nullopt;
}

Language Letters::language(const Meeting& meeting, std::string_view wish) const {
  if (!wish.empty()) return language_of(wish);
  if (meeting.details.settings.language) return language_of(*meeting.details.settings.language);
  return language_of(meeting.owner.language);
}

Told Letters::told(const Meeting& m, const Occurrence* one) {
  Told t;
  t.host = m.owner.name;
  t.topic = one != nullptr && one->details.topic ? *one->details.topic : m.details.topic;
  t.agenda = one != nullptr && one->details.agenda ? *one->details.agenda : m.details.agenda;
  t.zone = parts_.zones.find(m.row.timezone);
  t.zone_name = m.row.timezone;
  t.duration = std::chrono::minutes{one != nullptr ? one->duration : m.row.duration};
  if (one != nullptr) {
    t.start = one->start;
  } else if (m.row.start_at) {
    t.start = moment_at(*m.row.start_at);
    if (m.is_series() && t.zone != nullptr) {
      if (auto rule = recurrence_of(*m.details.recurrence, t.zone->to_local(*t.start), *t.zone)) t.recurrence = *rule;
      t.occurrence_count = m.occurrences.size();
    }
  }
  t.link = own_link(m, parts_.public_url);
  t.number = m.row.id;
  t.passcode = m.details.passcode.value_or("");
  t.contact = m.details.settings.contact_name.value_or("");
  const std::string address = m.details.settings.contact_email.value_or("");
  if (!address.empty()) t.contact += (t.contact.empty() ? "" : ", ") + address;
  if (m.wants_registration()) t.registration_link = parts_.public_url + "/register/" + m.row.id;
  return t;
}

CalendarEvent Letters::event(const Meeting& m, const To& to, const Occurrence* one, std::string description) {
  CalendarEvent e;
  e.uid = m.row.id + "@" + host_of(parts_.public_url);
  e.sequence = m.row.sequence;
  e.stamp = moment_at(parts_.clock.now());
  e.zone = parts_.zones.find(m.row.timezone);
  e.zone_name = e.zone == nullptr ? "UTC" : m.row.timezone;
  e.summary = one != nullptr && one->details.topic ? *one->details.topic : m.details.topic;
  e.description = std::move(description);
  e.location = to.link.empty() ? own_link(m, parts_.public_url) : to.link;
  if (to.link.empty() && m.wants_registration()) e.location = parts_.public_url + "/register/" + m.row.id;
  // RFC 5546 section 3.2.2 wants one: who signs in with a name that is no address has no mailbox here.
  e.organizer = {m.owner.name, m.owner.email.empty() ? "noreply@" + host_of(parts_.public_url) : m.owner.email};
  e.attendees = {{to.name, to.email}};
  e.duration = std::chrono::minutes{one != nullptr ? one->duration : m.row.duration};
  if (one != nullptr) {
    e.start = e.last_start = one->start;
    e.recurrence_id = one->original_start;
    return e;
  }
  e.start = e.last_start = m.row.start_at ? moment_at(*m.row.start_at) : e.stamp;
  if (!m.is_series() || e.zone == nullptr) return e;
  if (const auto rule = recurrence_of(*m.details.recurrence, e.zone->to_local(e.start), *e.zone)) {
    e.rule = rrule(*rule, e.zone->to_local(e.start));
  }
  for (const Occurrence& o : m.occurrences) {
    e.last_start = std::max(e.last_start, o.start);
    if (o.deleted) {
      e.excluded.push_back(o.original_start);
    } else if (o.changed) {
      e.exceptions.push_back(
          {o.original_start, o.start, std::chrono::minutes{o.duration}, o.details.agenda.value_or(m.details.agenda)});
    }
  }
  return e;
}

void Letters::send(Letter kind, const Meeting& meeting, const To& to, const Occurrence* one, std::string_view who) {
  Told t = told(meeting, one);
  if (!to.link.empty()) {
    t.link = to.link;
    t.registration_link.clear();
  }
  // Whoever may host needs neither to register nor to be told to.
  if (kind == Letter::alternative_host) t.registration_link.clear();
  const LetterText text = letter(kind, language(meeting, to.language), t, to.name, who);
  io::Mail mail{.to = to.email, .subject = text.subject, .text = text.text};
  // The line before it is how mail programs know a signature (RFC 3676 section 4.3).
  if (const std::string name = parts_.organisation ? parts_.organisation() : ""; !name.empty())
    mail.text += "\n-- \n" + name + "\n";
  const auto method = method_of(kind);
  // Without a time there is nothing to put into a calendar.
  if (method && (one != nullptr || meeting.row.start_at)) {
    const std::string file = write_calendar(*method, event(meeting, to, one, text.text));
    mail.attachment = io::MailAttachment{
        "invite.ics",
        "text/calendar; charset=UTF-8; method=" + std::string{name_of(*method)},  // RFC 6047 section 2.4
        {as_bytes(file).begin(), as_bytes(file).end()}};
  }
  parts_.mailer.send(std::move(mail), [](auto sent) {
    if (!sent && sent.error() != io::MailError::not_configured) {
      io::log::warning("a mail about a meeting could not be handed over",
                       {{"error", std::to_string(static_cast<int>(sent.error()))}});
    }
  });
}

void Letters::to_invitees(Letter letter, const Meeting& meeting, const Occurrence* one) {
  const shapes::Settings settings = with_defaults(meeting.details.settings);
  if (!*settings.email_notification) return;
  for (const shapes::Invitee& invitee : *settings.meeting_invitees)
    send(letter, meeting, {invitee.email, "", "", ""}, one);
}

}  // namespace sealhall::schedule
