#include "server/schedule/meeting.h"

#include <algorithm>
#include <charconv>

#include "server/schedule/links.h"
#include "server/schedule/meeting_ids.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;
using store::MeetingType;

constexpr std::uint32_t usual_duration = 60;
/// A start link is for going in now, not for keeping.
constexpr std::int64_t start_link_micros = std::int64_t{2} * 3600 * 1'000'000;

FieldProblem wrong(std::string field, std::string message) { return {std::move(field), std::move(message)}; }

bool is_meeting_type(std::uint32_t type) noexcept { return type == 1 || type == 2 || type == 3 || type == 8; }
bool has_times(MeetingType type) noexcept { return type == MeetingType::once || type == MeetingType::recurring; }

std::uint64_t number_of(std::string_view id) {
  std::uint64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  return number;
}

/// The times of a series made anew. Occurrences that are as they were keep what was changed in them.
expected<void, FieldProblem> make_occurrences(Meeting& m, sys_seconds start, const TimeZone& zone) {
  auto rule = recurrence_of(m.details.recurrence.value_or(shapes::RecurrenceBody{}), zone.to_local(start), zone);
  if (!rule) return unexpected(rule.error());
  const auto times = occurrences(*rule, start, zone);
  if (times.empty()) return unexpected(wrong("recurrence", "No day fits before the end."));
  m.details.recurrence = body_of(*rule);
  std::vector<sys_seconds> before;
  for (const Occurrence& o : m.occurrences) before.push_back(o.original_start);
  if (before == times) {
    for (Occurrence& o : m.occurrences) {
      if (!o.changed) o.duration = m.row.duration;
    }
  } else {
    m.occurrences.clear();
    for (const sys_seconds at : times)
      m.occurrences.push_back({.original_start = at, .start = at, .duration = m.row.duration});
  }
  m.row.start_at = to_micros(times.front());
  return {};
}

void apply_content(Meeting& m, const shapes::MeetingBody& body, bool creating, RandomSource& random) {
  if (body.topic && !body.topic->empty()) m.details.topic = *body.topic;
  if (m.details.topic.empty()) m.details.topic = m.owner.name + "'s meeting";
  if (body.agenda) m.details.agenda = *body.agenda;
  if (body.password) {
    m.details.passcode = body.password->empty() ? std::nullopt : body.password;
  } else if (creating && !m.details.passcode) {
    m.details.passcode = new_passcode(random);
  }
  if (body.tracking_fields) m.details.tracking_fields = *body.tracking_fields;
  if (body.settings) put_over(m.details.settings, *body.settings);
  const shapes::Settings full = with_defaults(m.details.settings);
  m.row.waiting_room = *full.waiting_room;
  m.row.join_before_host = *full.join_before_host;
  m.row.approval = *full.approval_type;
}

expected<void, FieldProblem> apply_times(Meeting& m, const shapes::MeetingBody& body, bool creating, Zones& zones,
                                         UnixMicros now) {
  const auto type_before = m.row.type;
  const std::string zone_before = m.row.timezone;
  if (body.type) {
    if (!is_meeting_type(*body.type)) return unexpected(wrong("type", "1, 2, 3 or 8."));
    m.row.type = static_cast<MeetingType>(*body.type);
  }
  if (body.timezone && !body.timezone->empty()) m.row.timezone = *body.timezone;
  const TimeZone* zone = zones.find(m.row.timezone);
  if (zone == nullptr) return unexpected(wrong("timezone", "A name like Europe/Berlin or Asia/Taipei."));
  if (body.duration) m.row.duration = *body.duration;
  if (m.row.duration == 0) m.row.duration = usual_duration;
  std::optional<sys_seconds> start = m.row.start_at ? std::optional{moment_at(*m.row.start_at)} : std::nullopt;
  if (body.start_time && !body.start_time->empty()) {
    const auto time = parse_time(*body.start_time);
    if (!time) return unexpected(wrong("start_time", "A time like 2026-12-31T09:30:00Z."));
    start = moment_of(*time, *zone);
  }
  if (!has_times(m.row.type)) {
    m.row.start_at = m.row.ends_at = std::nullopt;
    m.occurrences.clear();
    if (m.row.type == MeetingType::instant) m.details.recurrence.reset();
    return {};
  }
  if (!start) {
    if (m.row.type == MeetingType::recurring && creating)
      return unexpected(wrong("start_time", "A series needs a time to begin at."));
    start = moment_at(now);
  }
  if (m.row.type == MeetingType::once) {
    m.details.recurrence.reset();
    m.occurrences.clear();
    m.row.start_at = to_micros(*start);
    return {};
  }
  if (body.recurrence) m.details.recurrence = *body.recurrence;
  const bool same = type_before == m.row.type && zone_before == m.row.timezone && !body.recurrence &&
                    m.row.start_at == to_micros(*start) && !m.occurrences.empty();
  if (!same) return make_occurrences(m, *start, *zone);
  for (Occurrence& o : m.occurrences) {
    if (!o.changed) o.duration = m.row.duration;
  }
  return {};
}

}  // namespace

Occurrence* Meeting::find(sys_seconds original_start) {
  const auto it = std::ranges::find(occurrences, original_start, &Occurrence::original_start);
  return it == occurrences.end() ? nullptr : &*it;
}
const Occurrence* Meeting::find(sys_seconds original_start) const {
  const auto it = std::ranges::find(occurrences, original_start, &Occurrence::original_start);
  return it == occurrences.end() ? nullptr : &*it;
}
std::string Meeting::passcode_token() const {
  if (!details.passcode) return {};
  return schedule::passcode_token(details.link_secret, row.id, *details.passcode);
}

Meeting blank_meeting(Person owner, UnixMicros now, RandomSource& random) {
  Meeting m;
  m.row.id = new_meeting_number(random);
  m.row.uuid = new_meeting_uuid(random);
  m.row.account_id = owner.account_id;
  m.row.owner_id = owner.id;
  m.row.created_at = m.row.updated_at = now;
  if (!owner.timezone.empty()) m.row.timezone = owner.timezone;
  m.details.link_secret = new_link_secret(random);
  m.owner = std::move(owner);
  return m;
}

expected<void, FieldProblem> apply(Meeting& meeting, const shapes::MeetingBody& body, bool creating, Zones& zones,
                                   UnixMicros now, RandomSource& random) {
  if (body.settings) {
    if (auto fine = check(*body.settings); !fine) return fine;
  }
  if (auto fine = apply_times(meeting, body, creating, zones, now); !fine) return fine;
  apply_content(meeting, body, creating, random);
  settle(meeting);
  meeting.row.updated_at = now;
  if (!creating) ++meeting.row.sequence;
  return {};
}

expected<void, FieldProblem> apply_to_occurrence(Meeting& meeting, Occurrence& occurrence,
                                                 const shapes::MeetingBody& body, Zones& zones) {
  if (body.password) return unexpected(wrong("password", "It is the same for the whole series."));
  if (body.recurrence) return unexpected(wrong("recurrence", "Change the series itself for this."));
  const TimeZone* zone = zones.find(body.timezone.value_or(meeting.row.timezone));
  if (zone == nullptr) return unexpected(wrong("timezone", "A name like Europe/Berlin or Asia/Taipei."));
  if (body.settings) {
    if (auto fine = check(*body.settings); !fine) return fine;
    if (body.settings->approval_type || body.settings->alternative_hosts || body.settings->meeting_invitees ||
        body.settings->use_pmi) {
      // Clients send whole objects: what is as it is anyway is no change.
      shapes::Settings whole = with_defaults(meeting.details.settings);
      const auto differs = [](const auto& asked, const auto& is) { return asked && asked != is; };
      if (differs(body.settings->approval_type, whole.approval_type))
        return unexpected(wrong("settings.approval_type", "It is the same for the whole series."));
    }
  }
  if (body.start_time && !body.start_time->empty()) {
    const auto time = parse_time(*body.start_time);
    if (!time) return unexpected(wrong("start_time", "A time like 2026-12-31T09:30:00Z."));
    occurrence.start = moment_of(*time, *zone);
  }
  if (body.duration && *body.duration > 0) occurrence.duration = *body.duration;
  if (body.topic && !body.topic->empty() && *body.topic != meeting.details.topic) occurrence.details.topic = body.topic;
  if (body.agenda && *body.agenda != meeting.details.agenda) occurrence.details.agenda = body.agenda;
  if (body.settings) {
    if (!occurrence.details.settings) occurrence.details.settings.emplace();
    put_over(*occurrence.details.settings, *body.settings);
    occurrence.details.settings->alternative_hosts.reset();
    occurrence.details.settings->meeting_invitees.reset();
    occurrence.details.settings->use_pmi.reset();
    occurrence.details.settings->approval_type.reset();
  }
  occurrence.changed = true;
  ++meeting.row.sequence;
  settle(meeting);
  return {};
}

void settle(Meeting& meeting) {
  std::optional<sys_seconds> end;
  if (meeting.is_series()) {
    for (const Occurrence& o : meeting.occurrences) {
      if (o.deleted) continue;
      const sys_seconds over = o.start + chrono::minutes{o.duration};
      end = end ? std::max(*end, over) : over;
    }
    if (!end && meeting.row.start_at) end = moment_at(*meeting.row.start_at);
  } else if (meeting.row.type == MeetingType::once && meeting.row.start_at) {
    end = moment_at(*meeting.row.start_at) + chrono::minutes{meeting.row.duration};
  }
  meeting.row.ends_at = end ? std::optional{to_micros(*end)} : std::nullopt;
}

const Occurrence* current_occurrence(const Meeting& meeting, UnixMicros now) {
  const Occurrence* last = nullptr;
  const Occurrence* next = nullptr;
  for (const Occurrence& o : meeting.occurrences) {
    if (o.deleted) continue;
    if (last == nullptr || o.start > last->start) last = &o;
    if (to_micros(o.start + chrono::minutes{o.duration}) <= now) continue;
    if (next == nullptr || o.start < next->start) next = &o;
  }
  return next != nullptr ? next : last;
}

shapes::Settings settings_in(const Meeting& meeting, const Occurrence* occurrence) {
  shapes::Settings out = with_defaults(meeting.details.settings);
  if (occurrence != nullptr && occurrence->details.settings) put_over(out, *occurrence->details.settings);
  return out;
}

shapes::MeetingView view_of(const Meeting& m, const ViewOptions& options) {
  const Occurrence* one = options.occurrence;
  shapes::MeetingView v;
  v.uuid = m.row.uuid;
  v.id = number_of(m.row.id);
  v.host_id = m.row.owner_id;
  if (!m.owner.email.empty()) v.host_email = m.owner.email;
  v.topic = one != nullptr && one->details.topic ? *one->details.topic : m.details.topic;
  v.agenda = one != nullptr && one->details.agenda ? *one->details.agenda : m.details.agenda;
  v.type = static_cast<std::uint32_t>(m.row.type);
  v.status = options.running ? "started" : "waiting";
  v.timezone = m.row.timezone;
  v.created_at = rfc3339(moment_at(m.row.created_at));
  if (one != nullptr) {
    v.start_time = rfc3339(one->start);
    v.duration = one->duration;
    v.occurrence_id = occurrence_id(one->original_start);
  } else if (m.row.start_at) {
    v.start_time = rfc3339(moment_at(*m.row.start_at));
    v.duration = m.row.duration;
  } else {
    // An instant meeting starts now; clients parse this as a time and want one.
    if (m.row.type == MeetingType::instant) v.start_time = v.created_at;
    v.duration = m.row.duration;
  }
  const std::string token = m.passcode_token();
  v.join_url = join_link(options.public_url, m.row.id, token);
  v.password = m.details.passcode.value_or("");
  if (m.details.passcode) {
    v.encrypted_password = token;
    if (is_numeric(*m.details.passcode)) v.h323_password = v.pstn_password = m.details.passcode;
  }
  if (m.wants_registration()) v.registration_url = std::string{options.public_url} + "/register/" + m.row.id;
  if (options.for_host) {
    v.start_url = start_link(options.public_url, m.row.id,
                             start_token(m.details.link_secret, m.row.id, options.host_id,
                                         UnixMicros{static_cast<std::int64_t>(options.now) + start_link_micros}));
  }
  v.settings = settings_in(m, one);
  v.recurrence = m.details.recurrence;
  v.tracking_fields = m.details.tracking_fields;
  if (m.is_series() && one == nullptr) {
    v.occurrences.emplace();
    for (const Occurrence& o : m.occurrences) {
      const bool over = to_micros(o.start + chrono::minutes{o.duration}) <= options.now;
      if (over && !options.all_occurrences) continue;
      v.occurrences->push_back(
          {occurrence_id(o.original_start), rfc3339(o.start), o.duration, o.deleted ? "deleted" : "available"});
    }
  }
  return v;
}

shapes::ListedMeeting listed_view_of(const store::ScheduledMeeting& row, const shapes::Details& details,
                                     std::string_view public_url) {
  shapes::ListedMeeting v;
  v.uuid = row.uuid;
  v.id = number_of(row.id);
  v.host_id = row.owner_id;
  v.topic = details.topic;
  v.type = static_cast<std::uint32_t>(row.type);
  const auto start = row.next_start ? row.next_start : row.start_at;
  if (start) v.start_time = rfc3339(moment_at(*start));
  v.duration = row.duration;
  v.timezone = row.timezone;
  v.agenda = details.agenda;
  v.created_at = rfc3339(moment_at(row.created_at));
  const std::string token =
      details.passcode ? passcode_token(details.link_secret, row.id, *details.passcode) : std::string{};
  v.join_url = join_link(public_url, row.id, token);
  if (row.personal) v.pmi = row.id;
  return v;
}

}  // namespace sealhall::schedule
