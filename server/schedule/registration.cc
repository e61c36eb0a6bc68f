// Tested in registration_test.cc
// People register for a meeting; the host, or nobody, decides; who may come gets a link of their own.
#include <algorithm>

#include "server/api/tokens.h"
#include "server/schedule/choice.h"
#include "server/schedule/links.h"
#include "server/schedule/service.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {

using store::RegistrantStatus;

namespace {

/// So many registrants are written to when a meeting changes.
constexpr std::uint32_t most_written_to = 5000;

std::string name_of(const shapes::RegistrantBody& body) {
  const std::string last = body.last_name.value_or("");
  return last.empty() ? body.first_name : body.first_name + " " + last;
}

std::string registrant_field(const std::string& id) { return "registrant/" + id; }

std::string_view event_of(RegistrantStatus status) {
  switch (status) {
    case RegistrantStatus::pending:
      return "created";
    case RegistrantStatus::approved:
      return "approved";
    case RegistrantStatus::denied:
      return "denied";
    case RegistrantStatus::cancelled:
      return "cancelled";
  }
  return "";
}

Letter letter_of(RegistrantStatus status) {
  switch (status) {
    case RegistrantStatus::pending:
      return Letter::registration_waits;
    case RegistrantStatus::approved:
      return Letter::registered;
    case RegistrantStatus::denied:
      return Letter::registration_denied;
    case RegistrantStatus::cancelled:
      return Letter::registration_cancelled;
  }
  return Letter::registration_waits;
}

}  // namespace

std::string Service::link_for(const Meeting& m, const std::string& registrant_id) const {
  return registrant_link(parts_.public_url, m.row.id, m.passcode_token(),
                         registrant_token(m.details.link_secret, m.row.id, registrant_id));
}

RegistrantInfo Service::info_of(const Meeting& m, const Guest& guest) const {
  RegistrantInfo info{guest.row.id, guest.body, guest.row.status, rfc3339(moment_at(guest.row.created_at)), {}};
  if (guest.row.status == RegistrantStatus::approved) info.join_url = link_for(m, guest.row.id);
  return info;
}

void Service::open_registrant(const std::string& account_id, store::MeetingRegistrant row, api::Done<Guest> done) {
  const std::string meeting_id = row.meeting_id;
  const std::string field = registrant_field(row.id);
  Bytes sealed = row.details_sealed;
  sealing_.open(account_id, meeting_id, field, std::move(sealed),
                [row = std::move(row), done = std::move(done)](auto json) mutable {
                  if (!json) return done(unexpected(json.error()));
                  auto body = api::from_json<shapes::RegistrantBody>(*json);
                  if (!body) return done(unexpected(body.error()));
                  done(Guest{std::move(row), std::move(*body)});
                });
}

void Service::every_registrant(const Meeting& meeting, std::function<void(const Guest&)> each) {
  if (!meeting.wants_registration()) return;
  parts_.store.registrants(meeting.row.id, RegistrantStatus::approved, most_written_to, 0,
                           [this, account = meeting.row.account_id, each = std::move(each)](auto rows) {
                             if (!rows) return;
                             for (store::MeetingRegistrant& row : rows->rows) {
                               open_registrant(account, std::move(row), [each](auto guest) {
                                 if (guest) each(*guest);
                               });
                             }
                           });
}

void Service::tell_registrant(Letter letter, const Meeting& meeting, const Guest& guest, const Occurrence* occurrence) {
  const shapes::Settings settings = with_defaults(meeting.details.settings);
  const bool wanted = letter == Letter::registered ? *settings.registrants_confirmation_email
                                                   : *settings.registrants_email_notification;
  if (!wanted || !counts_for(guest.body, occurrence)) return;
  const std::string link = guest.row.status == RegistrantStatus::approved ? link_for(meeting, guest.row.id) : "";
  letters_.send(letter, meeting, {guest.body.email, name_of(guest.body), guest.body.language.value_or(""), link},
                occurrence);
}

void Service::publish_registration(std::string_view what, const Meeting& meeting, const Guest& guest) {
  Event event;
  event.name = "meeting.registration_" + std::string{what};
  event.account_id = meeting.row.account_id;
  event.at = parts_.clock.now();
  shapes::MeetingView told = view(meeting);
  told.password.clear();
  told.encrypted_password = told.h323_password = told.pstn_password = std::nullopt;
  std::string object = api::to_json(told);
  std::string registrant = api::to_json(guest.body);
  registrant.insert(1, "\"id\":\"" + guest.row.id + "\",");
  object.insert(object.size() - 1, ",\"registrant\":" + registrant);
  event.object_json = std::move(object);
  parts_.events.publish(event);
}

void Service::register_people(std::string id, std::vector<shapes::RegistrantBody> people, bool auto_approve,
                              api::Done<std::vector<Registered>> done) {
  load(std::move(id), [this, people = std::move(people), auto_approve, done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    if (!meeting->wants_registration())
      return done(unexpected(api::ApiError{400, "Registration is not switched on for this meeting.", {}, {}, 404}));
    if (meeting->row.ended_at) return done(unexpected(api::ApiError{400, "This meeting is over.", {}, {}, 3038}));
    if (meeting->details.settings.close_registration.value_or(false) && meeting->row.start_at &&
        *meeting->row.start_at <= parts_.clock.now()) {
      return done(unexpected(api::ApiError{400, "Registration is closed.", {}, {}, 3043}));
    }
    std::vector<Guest> guests;
    for (shapes::RegistrantBody& body : people) {
      if (auto fine = check(body, meeting->details.questions); !fine)
        return done(unexpected(from_problem(fine.error())));
      if (auto fine = choose_times(body, *meeting); !fine) return done(unexpected(from_problem(fine.error())));
      const auto times = chosen_times(body, *meeting);
      const bool approved = meeting->row.approval == 0 || auto_approve || body.auto_approve.value_or(false);
      body.auto_approve.reset();
      store::MeetingRegistrant row{api::random_text(parts_.random, 16),
                                   meeting->row.id,
                                   registration_key(*meeting, body.email, times.empty() ? nullptr : times.front()),
                                   approved ? RegistrantStatus::approved : RegistrantStatus::pending,
                                   parts_.clock.now(),
                                   {}};
      guests.push_back({std::move(row), std::move(body)});
    }
    add_registrants(std::move(*meeting), std::move(guests), std::move(done));
  });
}

void Service::add_registrants(Meeting meeting, std::vector<Guest> guests, api::Done<std::vector<Registered>> done) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const Guest& g : guests) fields.emplace_back(registrant_field(g.row.id), api::to_json(g.body));
  const std::string account = meeting.row.account_id;
  const std::string id = meeting.row.id;
  sealing_.seal_all(
      account, id, std::move(fields),
      [this, meeting = std::move(meeting), guests = std::move(guests), done = std::move(done)](auto sealed) mutable {
        if (!sealed) return done(unexpected(sealed.error()));
        std::vector<store::MeetingRegistrant> rows;
        for (std::size_t i = 0; i < guests.size(); ++i) {
          guests[i].row.details_sealed = std::move((*sealed)[i]);
          rows.push_back(guests[i].row);
        }
        parts_.store.add_registrants(std::move(rows), [this, meeting = std::move(meeting), guests = std::move(guests),
                                                       done = std::move(done)](auto added) mutable {
          if (!added && added.error() == store::StoreError::taken)
            return done(
                unexpected(api::ApiError{400, "Somebody with this address has registered already.", {}, {}, 3027}));
          if (!added) return done(unexpected(api::from_store(added.error())));
          std::vector<Registered> out;
          for (const Guest& g : guests) {
            const bool approved = g.row.status == RegistrantStatus::approved;
            publish_registration("created", meeting, g);
            const auto times = chosen_times(g.body, meeting);
            if (times.empty()) tell_registrant(letter_of(g.row.status), meeting, g);
            for (const Occurrence* one : times) tell_registrant(letter_of(g.row.status), meeting, g, one);
            if (!approved && !meeting.owner.email.empty()) {
              letters_.send(Letter::registration_asked, meeting,
                            {meeting.owner.email, meeting.owner.name, meeting.owner.language, ""}, nullptr,
                            name_of(g.body));
            }
            Registered r{g.row.id, meeting.row.id, meeting.details.topic, g.body.email, {}, {}, {}};
            if (meeting.row.start_at) r.start_time = rfc3339(moment_at(*meeting.row.start_at));
            if (!times.empty()) r.start_time = rfc3339(times.front()->start);
            for (const Occurrence* one : times)
              r.occurrences.push_back(
                  {occurrence_id(one->original_start), rfc3339(one->start), one->duration, "available"});
            if (approved) r.join_url = link_for(meeting, g.row.id);
            out.push_back(std::move(r));
          }
          done(std::move(out));
        });
      });
}

void Service::registrants(std::string id, RegistrantStatus status, std::optional<std::string> occurrence,
                          api::Window window, api::Done<RegistrantPage> done) {
  load(std::move(id),
       [this, status, occurrence = std::move(occurrence), window, done = std::move(done)](auto meeting) mutable {
         if (!meeting) return done(unexpected(meeting.error()));
         if (!occurrence || occurrence->empty())
           return list_registrants(std::move(*meeting), status, nullptr, window, std::move(done));
         const auto name = parse_occurrence_id(*occurrence);
         const Occurrence* one = name ? meeting->find(*name) : nullptr;
         if (one == nullptr) return done(unexpected(no_meeting(meeting->row.id + " at that time")));
         // Which times somebody chose is sealed: all are opened, and the page is cut out of those who come.
         Meeting kept = std::move(*meeting);
         const Occurrence wanted = *one;
         list_registrants(std::move(kept), status, &wanted, {.limit = most_written_to, .offset = 0},
                          [window, done = std::move(done)](auto page) mutable {
                            if (!page) return done(unexpected(page.error()));
                            auto& all = page->registrants;
                            page->total = all.size();
                            const auto from = std::min<std::size_t>(window.offset, all.size());
                            all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(from));
                            if (all.size() > window.limit) all.resize(window.limit);
                            done(std::move(*page));
                          });
       });
}

void Service::list_registrants(Meeting meeting, RegistrantStatus status, const Occurrence* occurrence,
                               api::Window window, api::Done<RegistrantPage> done) {
  const std::string meeting_id = meeting.row.id;
  const auto only = occurrence != nullptr ? std::optional{*occurrence} : std::nullopt;
  parts_.store.registrants(
      meeting_id, status, window.limit, window.offset,
      [this, only, meeting = std::move(meeting), done = std::move(done)](auto rows) mutable {
        if (!rows) return done(unexpected(api::from_store(rows.error())));
        std::vector<vault::SealedItem> items;
        for (const auto& row : rows->rows)
          items.push_back(
              {{meeting.row.account_id, "meeting", meeting.row.id, registrant_field(row.id)}, row.details_sealed});
        parts_.vault.open_all(std::move(items), [this, only, meeting = std::move(meeting), rows = std::move(*rows),
                                                 done = std::move(done)](auto opened) mutable {
          RegistrantPage page;
          page.total = rows.total;
          for (std::size_t i = 0; i < opened.size(); ++i) {
            if (!opened[i]) return done(unexpected(from_vault(opened[i].error())));
            auto body = api::from_json<shapes::RegistrantBody>(as_text(*opened[i]));
            if (!body || !counts_for(*body, only ? &*only : nullptr)) continue;
            page.registrants.push_back(info_of(meeting, {std::move(rows.rows[i]), std::move(*body)}));
          }
          done(std::move(page));
        });
      });
}

void Service::registrant_under(std::string meeting_id, std::vector<std::string> keys,
                               store::Done<std::optional<store::MeetingRegistrant>> done) {
  if (keys.empty()) return done(std::optional<store::MeetingRegistrant>{});
  const std::string key = std::move(keys.front());
  keys.erase(keys.begin());
  parts_.store.registrant_by_email(
      meeting_id, key, [this, meeting_id, keys = std::move(keys), done = std::move(done)](auto row) mutable {
        if (!row || *row) return done(std::move(row));
        registrant_under(std::move(meeting_id), std::move(keys), std::move(done));
      });
}

void Service::find_guest(std::string id, std::string registrant_id, api::Done<MeetingGuest> done) {
  load(std::move(id), [this, registrant_id, done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    const std::string meeting_id = meeting->row.id;
    parts_.store.registrant(
        meeting_id, registrant_id, [this, meeting = std::move(*meeting), done = std::move(done)](auto row) mutable {
          if (!row) return done(unexpected(api::from_store(row.error())));
          if (!*row) return done(unexpected(api::ApiError{404, "There is no such registrant.", {}, {}, 3000}));
          const std::string account = meeting.row.account_id;
          open_registrant(account, std::move(**row),
                          [meeting = std::move(meeting), done = std::move(done)](auto guest) mutable {
                            if (!guest) return done(unexpected(guest.error()));
                            done(MeetingGuest{std::move(meeting), std::move(*guest)});
                          });
        });
  });
}

void Service::registrant(std::string id, std::string registrant_id, api::Done<RegistrantInfo> done) {
  find_guest(std::move(id), std::move(registrant_id), [this, done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(found.error()));
    done(info_of(found->meeting, found->guest));
  });
}

void Service::decide(std::string id, std::vector<RegistrantName> who, RegistrantStatus status, api::Done<void> done) {
  load(std::move(id), [this, who = std::move(who), status, done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    std::vector<std::string> keys;
    std::vector<std::string> ids;
    for (RegistrantName& name : who) {
      if (!name.id.empty()) {
        ids.push_back(std::move(name.id));
      } else if (!name.email.empty()) {
        // With a registration for each time, an address stands for all of them.
        for (std::string& key : registration_keys(*meeting, name.email)) keys.push_back(std::move(key));
      }
    }
    auto change = [this, meeting = *meeting, status, done = std::move(done)](std::vector<std::string> all) mutable {
      const std::string meeting_id = meeting.row.id;
      parts_.store.set_status(
          meeting_id, std::move(all), status,
          [this, meeting = std::move(meeting), status, done = std::move(done)](auto changed) mutable {
            if (!changed) return done(unexpected(api::from_store(changed.error())));
            for (store::MeetingRegistrant& row : *changed) {
              open_registrant(meeting.row.account_id, std::move(row), [this, meeting, status](auto guest) {
                if (!guest) return;
                publish_registration(event_of(status), meeting, *guest);
                tell_registrant(letter_of(status), meeting, *guest);
              });
            }
            done({});
          });
    };
    if (keys.empty()) return change(std::move(ids));
    // Addresses one after the other: a request has at most 30 (with a registration for each time, times their number).
    struct Finder {
      Service& service;
      std::string meeting_id;
      std::vector<std::string> keys;
      std::vector<std::string> ids;
      std::move_only_function<void(std::vector<std::string>)> change;
      static void next(const std::shared_ptr<Finder>& self) {
        if (self->keys.empty()) return self->change(std::move(self->ids));
        const std::string key = std::move(self->keys.back());
        self->keys.pop_back();
        self->service.parts_.store.registrant_by_email(self->meeting_id, key, [self](auto row) {
          if (row && *row) self->ids.push_back((*row)->id);
          next(self);
        });
      }
    };
    Finder::next(
        std::make_shared<Finder>(Finder{*this, meeting->row.id, std::move(keys), std::move(ids), std::move(change)}));
  });
}

void Service::remove_registrant(std::string id, std::string registrant_id, api::Done<void> done) {
  find_guest(std::move(id), std::move(registrant_id), [this, done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(found.error()));
    const std::string meeting_id = found->meeting.row.id;
    const std::string guest_id = found->guest.row.id;
    parts_.store.remove_registrant(meeting_id, guest_id,
                                   [this, was = std::move(*found), done = std::move(done)](auto removed) mutable {
                                     if (!removed) return done(unexpected(api::from_store(removed.error())));
                                     publish_registration("cancelled", was.meeting, was.guest);
                                     tell_registrant(Letter::registration_cancelled, was.meeting, was.guest);
                                     done({});
                                   });
  });
}

void Service::questions(std::string id, api::Done<shapes::Questions> done) {
  load(std::move(id), [done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    shapes::Questions questions = std::move(meeting->details.questions);
    if (!questions.questions) questions.questions.emplace();
    if (!questions.custom_questions) questions.custom_questions.emplace();
    done(std::move(questions));
  });
}

void Service::set_questions(Actor actor, std::string id, shapes::Questions questions, api::Done<void> done) {
  if (auto fine = check(questions); !fine) return done(unexpected(from_problem(fine.error())));
  load(std::move(id), [this, actor, questions = std::move(questions), done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    const shapes::MeetingView before = view(*meeting);
    if (questions.questions) meeting->details.questions.questions = std::move(questions.questions);
    if (questions.custom_questions) meeting->details.questions.custom_questions = std::move(questions.custom_questions);
    store_change(
        std::move(actor), std::move(*meeting), before, "meeting.updated", [](const Meeting&) {}, std::move(done));
  });
}

}  // namespace sealhall::schedule
