// Tested in service_test.cc
// Meetings change, end, go and come back.
#include <algorithm>

#include "server/schedule/house_rules.h"
#include "server/schedule/service.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

/// How long a deleted meeting can be had back.
constexpr std::int64_t recovery_micros = std::int64_t{30} * 24 * 3600 * 1'000'000;

api::ApiError somebody_was_quicker() {
  return {409, "Somebody else has just changed this meeting. Please look at it again."};
}

/// What invited people see of a meeting: when none of it changes they need not hear of it.
bool looks_the_same(const shapes::MeetingView& a, const shapes::MeetingView& b) {
  const auto same_recurrence = [](const auto& x, const auto& y) {
    return x.has_value() == y.has_value() && (!x || api::to_json(*x) == api::to_json(*y));
  };
  return a.topic == b.topic && a.agenda == b.agenda && a.start_time == b.start_time && a.duration == b.duration &&
         a.timezone == b.timezone && a.join_url == b.join_url && a.type == b.type &&
         same_recurrence(a.recurrence, b.recurrence);
}

std::vector<std::string> addresses_of(const shapes::Settings& settings) {
  std::vector<std::string> out;
  for (const shapes::Invitee& i : settings.meeting_invitees.value_or(std::vector<shapes::Invitee>{}))
    out.push_back(i.email);
  return out;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::ranges::find(list, item) != list.end();
}

}  // namespace

void Service::change(Actor actor, std::string id, std::optional<std::string> occurrence, shapes::MeetingBody body,
                     api::Done<void> done) {
  load(std::move(id), [this, actor, occurrence, body, done = std::move(done)](auto loaded) mutable {
    if (!loaded) return done(unexpected(loaded.error()));
    const HostName host{*loaded};
    policies_of(host, [this, actor, occurrence, body, meeting = std::move(*loaded),
                       done = std::move(done)](auto policies) mutable {
      if (!policies) return done(unexpected(policies.error()));
      change_to(std::move(actor), std::move(meeting), std::move(occurrence), std::move(body), *policies,
                std::move(done));
    });
  });
}

void Service::change_to(Actor actor, Meeting meeting, std::optional<std::string> occurrence, shapes::MeetingBody body,
                        const MeetingPolicies& policies, api::Done<void> done) {
  const Meeting before = meeting;
  const shapes::MeetingView old_view = view(before);
  if (occurrence && !occurrence->empty()) {
    const auto name = parse_occurrence_id(*occurrence);
    Occurrence* one = name ? meeting.find(*name) : nullptr;
    if (one == nullptr || one->deleted) return done(unexpected(no_meeting(meeting.row.id + " at that time")));
    if (body.settings) {
      if (auto fine = obey(*body.settings, policies); !fine) return done(unexpected(from_problem(fine.error())));
    }
    if (auto fine = apply_to_occurrence(meeting, *one, body, zones_); !fine)
      return done(unexpected(from_problem(fine.error())));
    meeting.row.updated_at = parts_.clock.now();
    return store_change(
        std::move(actor), std::move(meeting), old_view, "meeting.updated",
        [this, name = *name](const Meeting& changed) {
          tell_everybody(Letter::occurrence_changed, changed, changed.find(name));
        },
        std::move(done));
  }
  if (auto fine = obey(body, false, meeting.details, policies, parts_.random); !fine)
    return done(unexpected(from_problem(fine.error())));
  if (auto fine = apply(meeting, body, false, zones_, parts_.clock.now(), parts_.random); !fine)
    return done(unexpected(from_problem(fine.error())));
  hosts_by_address(meeting.row.account_id, addresses_in(meeting.details.settings.alternative_hosts.value_or("")), {},
                   [this, actor, meeting, before, old_view, done = std::move(done)](auto hosts) mutable {
                     if (!hosts) return done(unexpected(hosts.error()));
                     meeting.hosts = std::move(*hosts);
                     auto after = [this, before, old_view](const Meeting& changed) {
                       const bool same = looks_the_same(old_view, view(changed));
                       tell_invitees_of_change(before, changed, same);
                       if (!same) {
                         every_registrant(changed, [this, changed](const Guest& guest) {
                           tell_registrant(Letter::changed, changed, guest);
                         });
                       }
                       std::vector<Person> new_hosts;
                       for (const Person& p : changed.hosts) {
                         if (std::ranges::find(before.hosts, p.id, &Person::id) == before.hosts.end())
                           new_hosts.push_back(p);
                       }
                       tell_hosts(changed, new_hosts);
                     };
                     store_change(std::move(actor), std::move(meeting), old_view, "meeting.updated", std::move(after),
                                  std::move(done));
                   });
}

void Service::store_change(Actor actor, Meeting meeting, shapes::MeetingView before, std::string what,
                           std::function<void(const Meeting&)> after, api::Done<void> done) {
  sealing_.seal_meeting(
      meeting, [this, actor, meeting, before, what, after, done = std::move(done)](auto sealed) mutable {
        if (!sealed) return done(unexpected(sealed.error()));
        std::vector<std::string> hosts;
        for (const Person& p : meeting.hosts) hosts.push_back(p.id);
        parts_.store.update(std::move(sealed->first), std::move(sealed->second), std::move(hosts),
                            [this, actor, meeting, before, what, after, done = std::move(done)](auto stored) mutable {
                              if (!stored && stored.error() == store::StoreError::not_found)
                                return done(unexpected(somebody_was_quicker()));
                              if (!stored) return done(unexpected(api::from_store(stored.error())));
                              before.password.clear();
                              before.encrypted_password = before.h323_password = before.pstn_password = std::nullopt;
                              publish(what, meeting, actor, api::to_json(before));
                              after(meeting);
                              done({});
                            });
      });
}

void Service::remove(Actor actor, std::string id, Cancelling what, api::Done<void> done) {
  load(std::move(id), [this, actor, what = std::move(what), done = std::move(done)](auto loaded) mutable {
    if (!loaded) return done(unexpected(loaded.error()));
    Meeting meeting = std::move(*loaded);
    const bool hear = what.registrants_hear;
    if (what.occurrence && !what.occurrence->empty()) {
      const auto name = parse_occurrence_id(*what.occurrence);
      Occurrence* one = name ? meeting.find(*name) : nullptr;
      if (one == nullptr || one->deleted) return done(unexpected(no_meeting(meeting.row.id + " at that time")));
      const shapes::MeetingView old_view = view(meeting);
      one->deleted = true;
      ++meeting.row.sequence;
      meeting.row.updated_at = parts_.clock.now();
      settle(meeting);
      return store_change(
          std::move(actor), std::move(meeting), old_view, "meeting.deleted",
          [this, name = *name, hear](const Meeting& changed) {
            tell_everybody(Letter::occurrence_cancelled, changed, changed.find(name), hear);
          },
          std::move(done));
    }
    const std::string meeting_id = meeting.row.id;
    // The cancellation is one more message about the meeting (RFC 5546 section 3.2.5).
    ++meeting.row.sequence;
    parts_.store.remove(
        meeting_id, parts_.clock.now(),
        [this, actor, meeting = std::move(meeting), hear, done = std::move(done)](auto removed) mutable {
          if (!removed && removed.error() == store::StoreError::not_found)
            return done(unexpected(no_meeting(meeting.row.id)));
          if (!removed) return done(unexpected(api::from_store(removed.error())));
          parts_.end_running(meeting.row.id);
          publish("meeting.deleted", meeting, actor);
          const bool over = meeting.row.ends_at && *meeting.row.ends_at <= parts_.clock.now();
          if (!over) tell_everybody(Letter::cancelled, meeting, nullptr, hear);
          done({});
        });
  });
}

/// Who is new is invited, who was taken off the list is told, the others hear of changes that they can see. Whoever was
/// written to before is told that they are off the list also when the same change switches letters off.
void Service::tell_invitees_of_change(const Meeting& before, const Meeting& changed, bool same) {
  const bool heard_before = with_defaults(before.details.settings).email_notification == true;
  const bool hear_after = with_defaults(changed.details.settings).email_notification == true;
  const auto was = addresses_of(before.details.settings);
  const auto is = addresses_of(changed.details.settings);
  for (const std::string& email : hear_after ? is : std::vector<std::string>{}) {
    const bool is_new = !contains(was, email);
    if (is_new || !same) letters_.send(is_new ? Letter::invited : Letter::changed, changed, {email, "", "", ""});
  }
  if (!heard_before && !hear_after) return;
  for (const std::string& email : was) {
    if (!contains(is, email)) letters_.send(Letter::cancelled, changed, {email, "", "", ""});
  }
}

void Service::tell_everybody(Letter letter, const Meeting& meeting, const Occurrence* occurrence, bool registrants) {
  letters_.to_invitees(letter, meeting, occurrence);
  if (!registrants) return;
  std::optional<sys_seconds> name;
  if (occurrence != nullptr) name = occurrence->original_start;
  every_registrant(meeting, [this, meeting, letter, name](const Guest& guest) {
    tell_registrant(letter, meeting, guest, name ? meeting.find(*name) : nullptr);
  });
}

void Service::end(std::string id, api::Done<void> done) {
  find_row(std::move(id), [this, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(row.error()));
    parts_.end_running(row->id);
    // What was planned can be started again; what was made for now is over.
    if (row->type != store::MeetingType::instant) return done({});
    parts_.store.end(row->id, parts_.clock.now(), [done = std::move(done)](auto ended) mutable {
      if (!ended && ended.error() != store::StoreError::not_found)
        return done(unexpected(api::from_store(ended.error())));
      done({});
    });
  });
}

void Service::recover(Actor actor, std::string id, api::Done<void> done) {
  parts_.store.deleted(id, [this, actor, id, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(api::from_store(row.error())));
    const bool allowed =
        *row && (*row)->account_id == actor.account_id && ((*row)->owner_id == actor.user_id || actor.for_others);
    if (!allowed) return done(unexpected(no_meeting(id)));
    const UnixMicros since{static_cast<std::int64_t>(parts_.clock.now()) - recovery_micros};
    parts_.store.recover(id, since, [id, done = std::move(done)](auto recovered) mutable {
      if (!recovered && recovered.error() == store::StoreError::not_found) return done(unexpected(no_meeting(id)));
      if (!recovered) return done(unexpected(api::from_store(recovered.error())));
      done({});
    });
  });
}

}  // namespace sealhall::schedule
