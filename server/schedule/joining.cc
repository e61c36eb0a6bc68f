// Tested in joining_test.cc
// What links and people are worth at a meeting's door; the simple meetings of /api; sealing what is still in the open.
#include <algorithm>

#include "server/schedule/choice.h"
#include "server/schedule/house_rules.h"
#include "server/schedule/links.h"
#include "server/schedule/meeting_ids.h"
#include "server/schedule/service.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

store::Meeting simple_of(const store::ScheduledMeeting& row, const shapes::Details& details) {
  store::Meeting m;
  m.id = row.id;
  m.owner_id = row.owner_id;
  m.account_id = row.account_id;
  m.topic = details.topic;
  m.passcode = details.passcode;
  m.waiting_room = row.waiting_room;
  m.join_before_host = row.join_before_host;
  m.created_at = row.created_at;
  m.ended_at = row.ended_at;
  if (details.passcode) m.link_token = passcode_token(details.link_secret, row.id, *details.passcode);
  return m;
}

/// Whether people other than hosts may come at `now`, and what to say when not.
std::optional<std::string> too_early(const Meeting& m, const shapes::Settings& settings, const Occurrence* one,
                                     UnixMicros now, Zones& zones) {
  const std::uint32_t minutes = settings.jbh_time.value_or(0);
  if (!*settings.join_before_host || minutes == 0 || (one == nullptr && !m.row.start_at)) return std::nullopt;
  const sys_seconds start = one != nullptr ? one->start : moment_at(*m.row.start_at);
  if (now >= to_micros(start - chrono::minutes{minutes})) return std::nullopt;
  const TimeZone* zone = zones.find(m.row.timezone);
  return "This meeting begins on " +
         (zone == nullptr ? rfc3339(start) : told_time(Language::english, start, *zone, m.row.timezone)) +
         ". You can come in " + std::to_string(minutes) + " minutes before.";
}

}  // namespace

void Service::at_the_door(std::string meeting_id, Knock knock, api::Done<std::optional<Door>> done) {
  if (knock.start_token && parts_.starter && knock.start_token->starts_with("zak_")) {
    const std::string token = *std::exchange(knock.start_token, std::nullopt);
    return parts_.starter(token, [this, meeting_id = std::move(meeting_id), knock = std::move(knock),
                                  done = std::move(done)](auto user) mutable {
      if (!user) return done(unexpected(user.error()));
      if (*user) knock.user_id = std::move(**user);
      at_the_door(std::move(meeting_id), std::move(knock), std::move(done));
    });
  }
  load(std::move(meeting_id), [this, knock = std::move(knock), done = std::move(done)](auto meeting) mutable {
    if (!meeting && meeting.error().status == 404) return done(std::optional<Door>{});
    if (!meeting) return done(unexpected(meeting.error()));
    const HostName host{*meeting};
    policies_of(host, [this, knock = std::move(knock), meeting = std::move(*meeting),
                       done = std::move(done)](auto policies) mutable {
      if (!policies) return done(unexpected(policies.error()));
      open_door(meeting, std::move(knock), std::move(*policies), std::move(done));
    });
  });
}

/// Whoever comes first starts the meeting, which needs to know more.
void Service::open_door(const Meeting& m, Knock knock, MeetingPolicies policies, api::Done<std::optional<Door>> done) {
  const shapes::Settings settings = settings_in(m, current_occurrence(m, parts_.clock.now()));
  if (!settings.breakout_room || parts_.running(m.row.id))
    return decide_door(m, std::move(knock), std::move(policies), std::move(done));
  decide_door(m, std::move(knock), std::move(policies),
              [this, meeting = m, settings, done = std::move(done)](auto door) mutable {
                if (!door || !*door || (*door)->answer != DoorAnswer::open) return done(std::move(door));
                planned_rooms(meeting, settings, [door = std::move(*door), done = std::move(done)](auto rooms) mutable {
                  if (!rooms) return done(unexpected(rooms.error()));
                  door->meeting.planned_rooms = std::move(*rooms);
                  done(std::move(door));
                });
              });
}

void Service::decide_door(const Meeting& m, Knock knock, MeetingPolicies policies,
                          api::Done<std::optional<Door>> done) {
  const UnixMicros now = parts_.clock.now();
  const Occurrence* one = current_occurrence(m, now);
  shapes::Settings settings = settings_in(m, one);
  schedule::at_the_door(settings, m.details.passcode.has_value(), policies);
  const std::string& secret = m.details.link_secret;
  Door door;
  door.uuid = m.row.uuid;
  door.meeting = simple_of(m.row, m.details);
  if (one != nullptr && one->details.topic) door.meeting.topic = *one->details.topic;
  door.meeting.waiting_room = *settings.waiting_room;
  door.meeting.join_before_host = *settings.join_before_host;
  door.meeting.auto_record = settings.auto_recording == "cloud";
  door.meeting.mute_on_entry = *settings.mute_upon_entry;
  door.meeting.host_video = *settings.host_video;
  door.meeting.participant_video = *settings.participant_video;
  door.passcode = knock.passcode;
  door.policies = std::move(policies);
  if (knock.passcode && m.details.passcode && same_token(*knock.passcode, m.passcode_token()))
    door.passcode = m.details.passcode;
  if (m.row.ended_at) {
    door.answer = DoorAnswer::ended;
    return done(std::optional{std::move(door)});
  }
  for (const auto* token : {&knock.start_token, &knock.registrant_token}) {
    if (!*token || !(door.visitor = visitor_of(**token, secret, m.row.id, now))) continue;
    door.may_host = door.visitor->host;
    door.name = door.visitor->name;
    door.passcode = m.details.passcode;
    return done(std::optional{std::move(door)});
  }
  door.user_id = knock.user_id;
  if (knock.start_token) {
    if (const auto starter = starter_of(*knock.start_token, secret, m.row.id, now)) door.user_id = starter;
  }
  if (door.user_id) {
    const bool is_host =
        *door.user_id == m.row.owner_id || std::ranges::find(m.hosts, *door.user_id, &Person::id) != m.hosts.end();
    if (is_host) {
      door.may_host = true;
      door.name =
          *door.user_id == m.row.owner_id ? m.owner.name : std::ranges::find(m.hosts, *door.user_id, &Person::id)->name;
      return done(std::optional{std::move(door)});
    }
  }
  // A link that the host has given to one guest is not held back by the meeting's own settings, only by a policy.
  const auto named_guest = guest_in(m, knock);
  if (*settings.meeting_authentication && !door.user_id && !(named_guest && door.policies.guests)) {
    door.answer = DoorAnswer::sign_in_first;
    door.message = "This meeting is for people who are signed in.";
    return done(std::optional{std::move(door)});
  }
  if (auto early = too_early(m, settings, one, now, zones_)) {
    door.answer = DoorAnswer::too_early;
    door.message = std::move(*early);
    return done(std::optional{std::move(door)});
  }
  if (named_guest) return guest_at_the_door(std::move(door), m, *named_guest, std::move(done));
  if (!m.wants_registration()) return done(std::optional{std::move(door)});

  const auto at_this_time = one != nullptr ? std::optional{*one} : std::nullopt;
  auto with_row = [this, account = m.row.account_id, door, public_url = parts_.public_url, id = m.row.id, at_this_time,
                   passcode = m.details.passcode, done = std::move(done)](
                      expected<std::optional<store::MeetingRegistrant>, store::StoreError> row) mutable {
    if (!row) return done(unexpected(api::from_store(row.error())));
    if (!*row || (*row)->status != store::RegistrantStatus::approved) {
      door.answer = DoorAnswer::register_first;
      door.message = *row ? "Your registration was not approved yet."
                          : "Please register for this meeting first: " + public_url + "/register/" + id;
      return done(std::optional{std::move(door)});
    }
    open_registrant(account, std::move(**row),
                    [door, passcode, at_this_time, register_at = public_url + "/register/" + id,
                     done = std::move(done)](auto guest) mutable {
                      if (!guest) return done(unexpected(guest.error()));
                      if (!counts_for(guest->body, at_this_time ? &*at_this_time : nullptr)) {
                        door.answer = DoorAnswer::register_first;
                        door.message =
                            "You are registered for another time of this series. For this one please register here: " +
                            register_at;
                        return done(std::optional{std::move(door)});
                      }
                      door.registrant_id = guest->row.id;
                      door.name = guest->body.first_name + (guest->body.last_name ? " " + *guest->body.last_name : "");
                      // The link of a registrant is proof enough.
                      door.passcode = passcode;
                      done(std::optional{std::move(door)});
                    });
  };
  if (knock.registrant_token) {
    if (const auto id = registrant_of(*knock.registrant_token, secret, m.row.id))
      return parts_.store.registrant(m.row.id, *id, std::move(with_row));
  }
  if (door.user_id) {
    // Somebody with an account who registered with the address of it.
    return parts_.people.by_id(*door.user_id,
                               [this, meeting = m, at_this_time, with_row = std::move(with_row)](auto person) mutable {
                                 if (!person || !*person || (*person)->email.empty())
                                   return with_row(std::optional<store::MeetingRegistrant>{});
                                 const Occurrence* now_on = at_this_time ? &*at_this_time : nullptr;
                                 std::vector keys{registration_key(meeting, (*person)->email, now_on),
                                                  registration_key(meeting, (*person)->email, nullptr)};
                                 const std::string id = meeting.row.id;
                                 registrant_under(id, std::move(keys), std::move(with_row));
                               });
  }
  with_row(std::optional<store::MeetingRegistrant>{});
}

void Service::simple(std::string id, api::Done<std::optional<store::Meeting>> done) {
  find_row(std::move(id), [this, done = std::move(done)](auto row) mutable {
    if (!row && row.error().status == 404) return done(std::optional<store::Meeting>{});
    if (!row) return done(unexpected(row.error()));
    sealing_.open_meeting(Meeting{.row = *row, .details = {}, .occurrences = {}, .owner = {}, .hosts = {}}, {},
                          [done = std::move(done)](auto meeting) mutable {
                            if (!meeting) return done(unexpected(meeting.error()));
                            done(std::optional{simple_of(meeting->row, meeting->details)});
                          });
  });
}

void Service::link_of(std::string id, api::Done<std::string> done) {
  find_row(std::move(id), [this, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(row.error()));
    sealing_.open_meeting(Meeting{.row = *row, .details = {}, .occurrences = {}, .owner = {}, .hosts = {}}, {},
                          [done = std::move(done)](auto meeting) mutable {
                            if (!meeting) return done(unexpected(meeting.error()));
                            done(meeting->passcode_token());
                          });
  });
}

void Service::visitor_link(std::string id, Visitor visitor, UnixMicros expires_at, api::Done<std::string> done) {
  find_row(std::move(id), [this, visitor = std::move(visitor), expires_at, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(row.error()));
    sealing_.open_meeting(
        Meeting{.row = *row, .details = {}, .occurrences = {}, .owner = {}, .hosts = {}}, {},
        [this, visitor = std::move(visitor), expires_at, done = std::move(done)](auto meeting) mutable {
          if (!meeting) return done(unexpected(meeting.error()));
          const std::string token = visitor_token(meeting->details.link_secret, meeting->row.id, visitor, expires_at);
          done(visitor.host ? start_link(parts_.public_url, meeting->row.id, token)
                            : registrant_link(parts_.public_url, meeting->row.id, "", token));
        });
  });
}

void Service::create_simple(std::string owner_id, SimpleMeeting wish, api::Done<store::Meeting> done) {
  parts_.people.by_id(owner_id, [this, owner_id, wish = std::move(wish), done = std::move(done)](auto person) mutable {
    if (!person) return done(unexpected(person.error()));
    if (!*person) return done(unexpected(api::no_user(owner_id)));
    const Actor actor{(*person)->account_id, (*person)->id, false};
    Meeting meeting = blank_meeting(std::move(**person), parts_.clock.now(), parts_.random);
    shapes::MeetingBody body;
    body.topic = std::move(wish.topic);
    body.type = 3;
    body.password = std::move(wish.passcode);
    body.settings = shapes::Settings{.join_before_host = wish.join_before_host, .waiting_room = wish.waiting_room};
    const HostName host{meeting};
    policies_of(host, [this, actor, body = std::move(body), meeting, done = std::move(done)](auto policies) mutable {
      if (!policies) return done(unexpected(policies.error()));
      // These meetings have a passcode when one is given, or when the organisation asks for it.
      if (!body.password && !policies->passcode_required) body.password = "";
      if (auto fine = obey(body, true, meeting.details, *policies, parts_.random); !fine)
        return done(unexpected(from_problem(fine.error())));
      if (auto fine = apply(meeting, body, true, zones_, parts_.clock.now(), parts_.random); !fine)
        return done(unexpected(from_problem(fine.error())));
      constexpr int attempts = 4;
      insert(actor, std::move(meeting), attempts, [this, done = std::move(done)](auto made) mutable {
        if (!made) return done(unexpected(made.error()));
        const std::string id = std::to_string(made->id);
        simple(id, [id, done = std::move(done)](auto found) mutable {
          if (!found) return done(unexpected(found.error()));
          if (!*found) return done(unexpected(no_meeting(id)));
          done(std::move(**found));
        });
      });
    });
  });
}

void Service::list_simple(std::string owner_id, std::uint32_t limit, std::uint32_t offset,
                          api::Done<std::vector<store::Meeting>> done) {
  parts_.store.list({.owner_id = std::move(owner_id),
                     .which = store::Schedule::Which::all,
                     .numbered_only = false,
                     .now = parts_.clock.now(),
                     .limit = limit,
                     .offset = offset},
                    [this, done = std::move(done)](auto rows) mutable {
                      if (!rows) return done(unexpected(api::from_store(rows.error())));
                      auto sealed = rows->rows;
                      sealing_.open_details(std::move(sealed), [rows = std::move(rows->rows),
                                                                done = std::move(done)](auto details) mutable {
                        if (!details) return done(unexpected(details.error()));
                        std::vector<store::Meeting> out;
                        for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(simple_of(rows[i], (*details)[i]));
                        done(std::move(out));
                      });
                    });
}

void Service::seal_old(api::Done<std::size_t> done) {
  constexpr std::uint32_t at_once = 200;
  parts_.store.unsealed(at_once, [this, done = std::move(done)](auto rows) mutable {
    if (!rows) return done(unexpected(api::from_store(rows.error())));
    seal_next(std::move(*rows), 0, std::move(done));
  });
}

void Service::seal_next(std::vector<store::ScheduledMeeting> rows, std::size_t sealed_so_far,
                        api::Done<std::size_t> done) {
  if (rows.empty()) return done(sealed_so_far);
  store::ScheduledMeeting row = std::move(rows.back());
  rows.pop_back();
  shapes::Details details = plain_details(row);
  details.link_secret = new_link_secret(parts_.random);
  sealing_.seal(
      row.account_id, row.id, "details", api::to_json(details),
      [this, id = row.id, rows = std::move(rows), sealed_so_far, done = std::move(done)](auto sealed) mutable {
        if (!sealed) return done(unexpected(sealed.error()));
        parts_.store.seal(id, std::move(*sealed),
                          [this, rows = std::move(rows), sealed_so_far, done = std::move(done)](auto stored) mutable {
                            if (!stored && stored.error() != store::StoreError::not_found)
                              return done(unexpected(api::from_store(stored.error())));
                            seal_next(std::move(rows), sealed_so_far + 1, std::move(done));
                          });
      });
}

}  // namespace sealhall::schedule
