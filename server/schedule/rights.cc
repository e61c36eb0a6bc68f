// Tested in server/control/scheduling_test.cc
// Who may schedule for whom, and what an account asks of every meeting that is planned in it.
#include <algorithm>

#include "server/schedule/service.h"

namespace sealhall::schedule {

void Service::may_schedule(const Actor& actor, const std::string& owner, api::Done<bool> done) {
  if (actor.for_others || actor.user_id == owner) return done(true);
  if (actor.user_id.empty() || !parts_.assists) return done(false);
  parts_.assists(actor.user_id, owner, std::move(done));
}

void Service::check_tracking(const std::string& account_id, const shapes::MeetingBody& body, bool creating,
                             api::Done<void> done) {
  // What a template brings was checked when the meeting that it was made of was.
  const bool from_template = body.template_id && !body.template_id->empty();
  // What begins now, and a personal room, are not planned: their buttons ask nothing.
  const auto is = [&](store::MeetingType type) { return body.type == static_cast<std::uint32_t>(type); };
  const bool personal_room =
      is(store::MeetingType::recurring_any_time) && body.settings && body.settings->use_pmi.value_or(false);
  const bool unplanned = is(store::MeetingType::instant) || personal_room;
  if (!parts_.required_fields || (!body.tracking_fields && (!creating || from_template || unplanned))) return done({});
  parts_.required_fields(account_id, [given = body.tracking_fields.value_or(std::vector<shapes::TrackingField>{}),
                                      done = std::move(done)](auto required) mutable {
    if (!required) return done(unexpected(required.error()));
    for (const std::string& name : *required) {
      const bool there = std::ranges::any_of(
          given, [&](const shapes::TrackingField& f) { return f.field == name && f.value && !f.value->empty(); });
      if (!there)
        return done(unexpected(api::wrong_field("tracking_fields", "Your organisation asks for \"" + name + "\".")));
    }
    done({});
  });
}

void Service::invite_now(std::string id, std::vector<std::string> addresses, api::Done<void> done) {
  constexpr std::size_t most = 30;
  if (addresses.size() > most)
    return done(unexpected(api::wrong_field("params.contacts", "At most 30 people at once.")));
  for (const std::string& address : addresses) {
    if (!is_address(address) || address.size() > 254)
      return done(
          unexpected(api::wrong_field("params.contacts", "\"" + address.substr(0, 64) + "\" is no mail address.")));
  }
  load(std::move(id), [this, addresses = std::move(addresses), done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    for (const std::string& address : addresses) letters_.send(Letter::invited, *meeting, {address, "", "", ""});
    done({});
  });
}

}  // namespace sealhall::schedule
