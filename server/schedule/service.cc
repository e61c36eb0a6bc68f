#include "server/schedule/service.h"

#include <algorithm>

#include "io/log/log.h"
#include "server/api/tokens.h"
#include "server/schedule/house_rules.h"
#include "server/schedule/links.h"
#include "server/schedule/meeting_ids.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

using api::ApiError;

ApiError no_host(const std::string& address) {
  return api::wrong_field("settings.alternative_hosts", address + " has no account here.");
}

}  // namespace

ApiError no_meeting(std::string_view id) {
  return {404, "There is no meeting " + std::string{id.substr(0, 64)} + ".", {}, std::nullopt, api::codes::no_meeting};
}
ApiError from_problem(FieldProblem problem) {
  return api::wrong_field(std::move(problem.field), std::move(problem.message));
}

Service::Service(Parts parts)
    : parts_(std::move(parts)),
      zones_(parts_.zone_folder),
      sealing_(parts_.vault),
      letters_({parts_.mailer, zones_, parts_.clock, parts_.public_url, parts_.organisation}) {}

// ---- reading -----------------------------------------------------------------------------------------------------

void Service::policies_of(const HostName& host, api::Done<MeetingPolicies> done) {
  if (!parts_.policies_of) return done(MeetingPolicies{});
  parts_.policies_of(host.account_id, host.user_id, std::move(done));
}

void Service::find_row(std::string id, api::Done<store::ScheduledMeeting> done) {
  auto found = [id, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(api::from_store(row.error())));
    if (!*row) return done(unexpected(no_meeting(id)));
    done(std::move(**row));
  };
  // What could be a number or a name of the first version is one; a uuid has another length.
  if (const auto uuid = id.size() >= 24 ? parse_meeting_uuid(id) : std::nullopt)
    return parts_.store.meeting_by_uuid(*uuid, std::move(found));
  parts_.store.meeting(std::move(id), std::move(found));
}

void Service::load(std::string id, api::Done<Meeting> done) {
  find_row(std::move(id), [this, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(row.error()));
    complete(std::move(*row), std::move(done));
  });
}

/// Occurrences, hosts, the owner; then everything is opened.
void Service::complete(store::ScheduledMeeting row, api::Done<Meeting> done) {
  const std::string id = row.id;
  parts_.store.occurrences(id, [this, id, row = std::move(row), done = std::move(done)](auto occurrences) mutable {
    if (!occurrences) return done(unexpected(api::from_store(occurrences.error())));
    parts_.store.hosts(id, [this, row = std::move(row), occurrences = std::move(*occurrences),
                            done = std::move(done)](auto hosts) mutable {
      if (!hosts) return done(unexpected(api::from_store(hosts.error())));
      hosts->insert(hosts->begin(), row.owner_id);
      people_of(std::move(*hosts), {},
                [this, row = std::move(row), occurrences = std::move(occurrences),
                 done = std::move(done)](auto people) mutable {
                  if (!people) return done(unexpected(people.error()));
                  Meeting meeting;
                  meeting.row = std::move(row);
                  for (Person& p : *people) {
                    (p.id == meeting.row.owner_id ? meeting.owner : meeting.hosts.emplace_back()) = std::move(p);
                  }
                  sealing_.open_meeting(std::move(meeting), std::move(occurrences), std::move(done));
                });
    });
  });
}

void Service::people_of(std::vector<std::string> ids, std::vector<Person> found, api::Done<std::vector<Person>> done) {
  if (ids.empty()) return done(std::move(found));
  const std::string id = std::move(ids.front());
  ids.erase(ids.begin());
  parts_.people.by_id(
      id, [this, ids = std::move(ids), found = std::move(found), done = std::move(done)](auto person) mutable {
        if (!person) return done(unexpected(person.error()));
        if (*person) found.push_back(std::move(**person));
        people_of(std::move(ids), std::move(found), std::move(done));
      });
}

void Service::hosts_by_address(std::string account_id, std::vector<std::string> addresses, std::vector<Person> found,
                               api::Done<std::vector<Person>> done) {
  if (addresses.empty()) return done(std::move(found));
  const std::string address = std::move(addresses.front());
  addresses.erase(addresses.begin());
  parts_.people.by_email(account_id, address,
                         [this, account_id, address, addresses = std::move(addresses), found = std::move(found),
                          done = std::move(done)](auto person) mutable {
                           if (!person) return done(unexpected(person.error()));
                           if (!*person) return done(unexpected(no_host(address)));
                           found.push_back(std::move(**person));
                           hosts_by_address(std::move(account_id), std::move(addresses), std::move(found),
                                            std::move(done));
                         });
}

shapes::MeetingView Service::view(const Meeting& meeting, bool for_host, std::string_view host) const {
  return view_of(meeting, {.public_url = parts_.public_url,
                           .now = parts_.clock.now(),
                           .running = parts_.running(meeting.row.id),
                           .for_host = for_host,
                           .host_id = host.empty() ? std::string_view{meeting.row.owner_id} : host});
}

void Service::get(std::string id, GetOptions options, api::Done<shapes::MeetingView> done) {
  load(std::move(id), [this, options = std::move(options), done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    ViewOptions how{.public_url = parts_.public_url,
                    .now = parts_.clock.now(),
                    .running = parts_.running(meeting->row.id),
                    .for_host = options.for_host,
                    .host_id = meeting->row.owner_id,
                    .all_occurrences = options.previous_occurrences};
    if (options.occurrence) {
      const auto name = parse_occurrence_id(*options.occurrence);
      how.occurrence = name ? meeting->find(*name) : nullptr;
      if (how.occurrence == nullptr || how.occurrence->deleted)
        return done(unexpected(no_meeting(meeting->row.id + " at that time")));
    }
    done(view_of(*meeting, how));
  });
}

void Service::listed(expected<store::Listed<store::ScheduledMeeting>, store::StoreError> rows, api::Window window,
                     api::Done<shapes::MeetingList> done) {
  if (!rows) return done(unexpected(api::from_store(rows.error())));
  const api::Page page = window.page(rows->total);
  auto sealed = rows->rows;
  sealing_.open_details(std::move(sealed),
                        [this, rows = std::move(rows->rows), page, done = std::move(done)](auto details) mutable {
                          if (!details) return done(unexpected(details.error()));
                          shapes::MeetingList list;
                          list.page = page;
                          for (std::size_t i = 0; i < rows.size(); ++i)
                            list.meetings.push_back(listed_view_of(rows[i], (*details)[i], parts_.public_url));
                          done(std::move(list));
                        });
}

void Service::list(std::string owner_id, store::Schedule::Which which, api::Window window,
                   api::Done<shapes::MeetingList> done) {
  parts_.store.list(
      {.owner_id = std::move(owner_id),
       .which = which,
       .now = parts_.clock.now(),
       .limit = window.limit,
       .offset = window.offset},
      [this, window, done = std::move(done)](auto rows) mutable { listed(std::move(rows), window, std::move(done)); });
}

void Service::list_running(std::string owner_id, api::Window window, api::Done<shapes::MeetingList> done) {
  // Nobody runs more than a few at once; they are picked out of the person's own.
  parts_.store.list({.owner_id = std::move(owner_id),
                     .which = store::Schedule::Which::all,
                     .now = parts_.clock.now(),
                     .limit = 100'000,
                     .offset = 0},
                    [this, window, done = std::move(done)](auto rows) mutable {
                      if (rows) {
                        std::erase_if(rows->rows, [this](const auto& row) { return !parts_.running(row.id); });
                        rows->total = rows->rows.size();
                        const auto from = std::min<std::size_t>(window.offset, rows->rows.size());
                        rows->rows.erase(rows->rows.begin(), rows->rows.begin() + static_cast<std::ptrdiff_t>(from));
                        if (rows->rows.size() > window.limit) rows->rows.resize(window.limit);
                      }
                      listed(std::move(rows), window, std::move(done));
                    });
}

// ---- making ------------------------------------------------------------------------------------------------------

void Service::create(Actor actor, std::string owner_id, shapes::MeetingBody body, api::Done<shapes::MeetingView> done) {
  auto with_owner = [this, actor, body, done = std::move(done)](std::string field, std::string named,
                                                                auto person) mutable {
    if (!person) return done(unexpected(person.error()));
    if (!*person || (*person)->account_id != actor.account_id) {
      if (field.empty()) return done(unexpected(api::no_user(named)));
      return done(unexpected(api::wrong_field(field, named + " has no account here.")));
    }
    if (field.empty()) return create_for(std::move(actor), std::move(**person), std::move(body), std::move(done));
    const std::string owner = (*person)->id;
    may_schedule(actor, owner,
                 [this, actor, field, named, owner = std::move(**person), body = std::move(body),
                  done = std::move(done)](auto may) mutable {
                   if (!may) return done(unexpected(may.error()));
                   if (!*may)
                     return done(unexpected(api::wrong_field(field, "You may not schedule for " + named + ".")));
                   create_for(std::move(actor), std::move(owner), std::move(body), std::move(done));
                 });
  };
  const std::string wanted = body.schedule_for.value_or("");
  if (wanted.empty()) {
    parts_.people.by_id(owner_id, [owner_id, with_owner = std::move(with_owner)](auto person) mutable {
      with_owner("", owner_id, std::move(person));
    });
  } else if (wanted.find('@') != std::string::npos) {
    parts_.people.by_email(actor.account_id, wanted, [wanted, with_owner = std::move(with_owner)](auto person) mutable {
      with_owner("schedule_for", wanted, std::move(person));
    });
  } else {
    parts_.people.by_id(wanted, [wanted, with_owner = std::move(with_owner)](auto person) mutable {
      with_owner("schedule_for", wanted, std::move(person));
    });
  }
}

void Service::create_for(Actor actor, Person owner, shapes::MeetingBody body, api::Done<shapes::MeetingView> done) {
  if (body.settings && body.settings->use_pmi.value_or(false)) {
    // The personal meeting has one number and one row: it is given this time and topic.
    body.type = body.type.value_or(2);
    return personal(owner.id, [this, actor, body, done = std::move(done)](auto meeting) mutable {
      if (!meeting) return done(unexpected(meeting.error()));
      const std::string id = meeting->row.id;
      if (!body.password) body.password = meeting->details.passcode.value_or("");
      change(actor, id, std::nullopt, std::move(body), [this, id, done = std::move(done)](auto changed) mutable {
        if (!changed) return done(unexpected(changed.error()));
        get(id, {.for_host = true}, std::move(done));
      });
    });
  }
  Meeting blank = blank_meeting(std::move(owner), parts_.clock.now(), parts_.random);
  start_from_template(
      std::move(blank), body.template_id.value_or(""),
      [this, actor, body, done = std::move(done)](auto meeting) mutable {
        if (!meeting) return done(unexpected(meeting.error()));
        const HostName host{*meeting};
        policies_of(
            host, [this, actor, body, meeting = std::move(*meeting), done = std::move(done)](auto policies) mutable {
              if (!policies) return done(unexpected(policies.error()));
              // Nobody wants one, and nobody asks for one.
              if (!body.password && body.default_password == false && !policies->passcode_required) body.password = "";
              if (auto fine = obey(body, true, meeting.details, *policies, parts_.random); !fine)
                return done(unexpected(from_problem(fine.error())));
              if (auto fine = apply(meeting, body, true, zones_, parts_.clock.now(), parts_.random); !fine)
                return done(unexpected(from_problem(fine.error())));
              auto addresses = addresses_in(meeting.details.settings.alternative_hosts.value_or(""));
              const std::string account = meeting.row.account_id;
              hosts_by_address(account, std::move(addresses), {},
                               [this, actor, meeting = std::move(meeting), done = std::move(done)](auto hosts) mutable {
                                 if (!hosts) return done(unexpected(hosts.error()));
                                 meeting.hosts = std::move(*hosts);
                                 constexpr int attempts = 4;
                                 insert(std::move(actor), std::move(meeting), attempts, std::move(done));
                               });
            });
      });
}

void Service::insert(Actor actor, Meeting meeting, int attempts, api::Done<shapes::MeetingView> done) {
  Meeting copy = meeting;
  sealing_.seal_meeting(std::move(copy), [this, actor, attempts, meeting = std::move(meeting),
                                          done = std::move(done)](auto sealed) mutable {
    if (!sealed) return done(unexpected(sealed.error()));
    std::vector<std::string> hosts;
    for (const Person& p : meeting.hosts) hosts.push_back(p.id);
    parts_.store.create(
        std::move(sealed->first), std::move(sealed->second), std::move(hosts),
        [this, actor, attempts, meeting = std::move(meeting), done = std::move(done)](auto made) mutable {
          if (!made && made.error() == store::StoreError::taken && attempts > 1) {
            meeting.row.id = new_meeting_number(parts_.random);
            return insert(std::move(actor), std::move(meeting), attempts - 1, std::move(done));
          }
          if (!made) return done(unexpected(api::from_store(made.error())));
          publish("meeting.created", meeting, actor);
          letters_.to_invitees(Letter::invited, meeting);
          tell_hosts(meeting, meeting.hosts);
          // Who schedules for somebody else gets no link that lets them in as that person.
          done(view(meeting, actor.user_id == meeting.row.owner_id || actor.for_others));
        });
  });
}

void Service::tell_hosts(const Meeting& meeting, const std::vector<Person>& hosts) {
  if (!*with_defaults(meeting.details.settings).alternative_hosts_email_notification) return;
  for (const Person& p : hosts) {
    if (!p.email.empty()) letters_.send(Letter::alternative_host, meeting, {p.email, p.name, p.language, ""});
  }
}

void Service::publish(std::string name, const Meeting& meeting, const Actor& actor, std::string old_json) {
  Event event;
  event.name = std::move(name);
  event.account_id = meeting.row.account_id;
  event.at = parts_.clock.now();
  shapes::MeetingView told = view(meeting);
  // Whoever listens needs no key to the door.
  told.password.clear();
  told.encrypted_password = told.h323_password = told.pstn_password = std::nullopt;
  event.object_json = api::to_json(told);
  event.beside_json = "{\"operator_id\":\"" + actor.user_id + "\"";
  if (!old_json.empty()) event.beside_json += ",\"old_object\":" + old_json;
  event.beside_json += "}";
  parts_.events.publish(event);
}

void Service::personal(std::string user_id, api::Done<Meeting> done) {
  parts_.store.personal_of(user_id, [this, user_id, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(api::from_store(row.error())));
    if (*row) return complete(std::move(**row), std::move(done));
    parts_.people.by_id(user_id, [this, user_id, done = std::move(done)](auto person) mutable {
      if (!person) return done(unexpected(person.error()));
      if (!*person) return done(unexpected(api::no_user(user_id)));
      Meeting meeting = blank_meeting(std::move(**person), parts_.clock.now(), parts_.random);
      meeting.row.personal = true;
      shapes::MeetingBody body{.topic = meeting.owner.name + "'s personal meeting", .type = 3};
      const HostName host{meeting};
      policies_of(host, [this, user_id, body, meeting, done = std::move(done)](auto policies) mutable {
        if (!policies) return done(unexpected(policies.error()));
        if (auto fine = obey(body, true, meeting.details, *policies, parts_.random); !fine)
          return done(unexpected(from_problem(fine.error())));
        if (auto fine = apply(meeting, body, true, zones_, parts_.clock.now(), parts_.random); !fine)
          return done(unexpected(from_problem(fine.error())));
        sealing_.seal_meeting(meeting, [this, user_id, meeting, done = std::move(done)](auto sealed) mutable {
          if (!sealed) return done(unexpected(sealed.error()));
          parts_.store.create_personal(std::move(sealed->first), [this, user_id, meeting = std::move(meeting),
                                                                  done = std::move(done)](auto made) mutable {
            // Somebody was quicker, or the number was taken: the next look finds one, or makes another.
            if (!made && made.error() == store::StoreError::taken) return personal(user_id, std::move(done));
            if (!made) return done(unexpected(api::from_store(made.error())));
            done(std::move(meeting));
          });
        });
      });
    });
  });
}

// ---- invitations -------------------------------------------------------------------------------------------------

void Service::invitation(std::string id, api::Done<std::string> done) {
  load(std::move(id), [this, done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    done(schedule::invitation(letters_.language(*meeting, ""), letters_.told(*meeting)));
  });
}

void Service::calendar(std::string id, api::Done<std::string> done) {
  load(std::move(id), [this, done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    if (!meeting->row.start_at) return done(unexpected(api::ApiError{409, "This meeting has no time."}));
    const std::string text = schedule::invitation(letters_.language(*meeting, ""), letters_.told(*meeting));
    CalendarEvent event = letters_.event(*meeting, {}, nullptr, text);
    event.attendees.clear();
    done(write_calendar(CalendarMethod::publish, event));
  });
}

void Service::invite_links(std::string id, std::vector<std::string> names, api::Done<std::vector<InviteLink>> done) {
  load(std::move(id), [this, names = std::move(names), done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    std::vector<InviteLink> out;
    for (std::string& name : names) {
      // The name is for the client to fill in; it proves nothing.
      std::string link = join_link(parts_.public_url, meeting->row.id, meeting->passcode_token());
      link += (link.find('?') == std::string::npos ? "?uname=" : "&uname=") + io::percent_encode(name);
      out.push_back({std::move(name), std::move(link)});
    }
    done(std::move(out));
  });
}

}  // namespace sealhall::schedule
