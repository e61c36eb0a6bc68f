// Tested in guests_test.cc
// Guests with a link of their own: named, for some time, until it is taken back.
#include "server/api/tokens.h"
#include "server/schedule/links.h"
#include "server/schedule/service.h"

namespace sealhall::schedule {
namespace {

/// Sets the token of a guest apart from that of a registrant, whose ids have no colon.
constexpr std::string_view guest_prefix = "guest:";
constexpr std::size_t most_guests = 500;

std::string field_of(std::string_view id) { return std::string{guest_prefix} + std::string{id}; }

}  // namespace

std::string Service::guest_link(const Meeting& meeting, std::string_view id) const {
  return registrant_link(parts_.public_url, meeting.row.id, "",
                         registrant_token(meeting.details.link_secret, meeting.row.id, field_of(id)));
}

std::optional<std::string> Service::guest_in(const Meeting& meeting, const Knock& knock) {
  if (!knock.registrant_token) return std::nullopt;
  const auto id = registrant_of(*knock.registrant_token, meeting.details.link_secret, meeting.row.id);
  if (!id || !id->starts_with(guest_prefix)) return std::nullopt;
  return id->substr(guest_prefix.size());
}

void Service::add_guest(Actor actor, std::string id, std::string name, std::optional<UnixMicros> expires_at,
                        api::Done<GuestLink> done) {
  load(std::move(id), [this, actor, name = std::move(name), expires_at, done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    const HostName host{*meeting};
    policies_of(host, [this, actor, name = std::move(name), expires_at, meeting = std::move(*meeting),
                       done = std::move(done)](auto policies) mutable {
      if (!policies) return done(unexpected(policies.error()));
      if (!policies->guests)
        return done(unexpected(api::ApiError{403, "Your organisation admits signed-in people only."}));
      store::GuestLink row{api::random_text(parts_.random, 16),
                           meeting.row.account_id,
                           meeting.row.id,
                           {},
                           actor.user_id,
                           parts_.clock.now(),
                           expires_at};
      const std::string account = row.account_id;
      const std::string meeting_id = row.meeting_id;
      const std::string field = field_of(row.id);
      sealing_.seal(
          account, meeting_id, field, name,
          [this, row = std::move(row), name, meeting = std::move(meeting),
           done = std::move(done)](auto sealed) mutable {
            if (!sealed) return done(unexpected(sealed.error()));
            row.name_sealed = std::move(*sealed);
            GuestLink made{row.id, std::move(name), guest_link(meeting, row.id), row.created_at, row.expires_at};
            parts_.store.add_guest_link(
                std::move(row), most_guests, [made = std::move(made), done = std::move(done)](auto kept) mutable {
                  if (!kept && kept.error() == store::StoreError::taken)
                    return done(unexpected(
                        api::ApiError{409, "This meeting has very many guest links. Take some back first."}));
                  if (!kept) return done(unexpected(api::from_store(kept.error())));
                  done(std::move(made));
                });
          });
    });
  });
}

void Service::guests(std::string id, api::Done<std::vector<GuestLink>> done) {
  load(std::move(id), [this, done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    const std::string meeting_id = meeting->row.id;
    parts_.store.guest_links(meeting_id, [this, meeting = std::move(*meeting),
                                          done = std::move(done)](auto rows) mutable {
      if (!rows) return done(unexpected(api::from_store(rows.error())));
      std::vector<vault::SealedItem> items;
      std::vector<GuestLink> out;
      for (store::GuestLink& row : *rows) {
        items.push_back({{row.account_id, "meeting", row.meeting_id, field_of(row.id)}, std::move(row.name_sealed)});
        out.push_back({row.id, "", guest_link(meeting, row.id), row.created_at, row.expires_at});
      }
      parts_.vault.open_all(std::move(items), [out = std::move(out), done = std::move(done)](auto opened) mutable {
        for (std::size_t i = 0; i < opened.size(); ++i) {
          if (opened[i]) out[i].name = as_text(*opened[i]);
        }
        done(std::move(out));
      });
    });
  });
}

void Service::remove_guest(std::string id, std::string guest, api::Done<void> done) {
  find_row(std::move(id), [this, guest = std::move(guest), done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(row.error()));
    parts_.store.remove_guest_link(row->id, std::move(guest), [done = std::move(done)](auto removed) mutable {
      if (!removed && removed.error() == store::StoreError::not_found) return done(unexpected(api::not_found()));
      if (!removed) return done(unexpected(api::from_store(removed.error())));
      done({});
    });
  });
}

void Service::guest_at_the_door(Door door, const Meeting& m, std::string guest, api::Done<std::optional<Door>> done) {
  door.registrant_id = field_of(guest);
  const std::string meeting_id = m.row.id;
  parts_.store.guest_link(meeting_id, guest,
                          [this, door = std::move(door), account = m.row.account_id, meeting_id,
                           passcode = m.details.passcode, done = std::move(done)](auto row) mutable {
                            if (!row) return done(unexpected(api::from_store(row.error())));
                            if (!*row || ((*row)->expires_at && *(*row)->expires_at <= parts_.clock.now())) {
                              door.answer = DoorAnswer::register_first;
                              door.message = "This link is not valid any more. Please ask the host for a new one.";
                              return done(std::optional{std::move(door)});
                            }
                            const std::string field = *door.registrant_id;
                            sealing_.open(account, meeting_id, field, std::move((*row)->name_sealed),
                                          [door = std::move(door), passcode = std::move(passcode),
                                           done = std::move(done)](auto name) mutable {
                                            if (!name) return done(unexpected(name.error()));
                                            door.name = std::move(*name);
                                            // The link is proof enough.
                                            door.passcode = std::move(passcode);
                                            done(std::optional{std::move(door)});
                                          });
                          });
}

}  // namespace sealhall::schedule
