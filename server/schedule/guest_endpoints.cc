// Tested in server/control/scheduling_test.cc
// Links that a host gives to one guest each, and the file for the host's own calendar.
#include "server/api/text.h"
#include "server/schedule/api_shapes.h"
#include "server/schedule/endpoints.h"

namespace sealhall::schedule {
namespace {

using api::Access;
using api::Answer;
using api::Call;
using enum api::Permission;

shapes::GuestView guest_view(const GuestLink& guest) {
  shapes::GuestView view{guest.id, guest.name, guest.join_url, api::rfc3339(guest.created_at), std::nullopt};
  if (guest.expires_at) view.expires_at = api::rfc3339(*guest.expires_at);
  return view;
}

}  // namespace

void add_guest_endpoints(api::Registry& registry, Service& service, const io::WallClock& clock) {
  registry.add({"POST", "/api/meetings/{meeting_id}/guests", "Meetings", "Give a guest a link of their own",
                Access::owner("meeting_id", meetings_write), 201},
               [&service, &clock](Call<shapes::MeetingPath, shapes::NewGuest> call, Answer<shapes::GuestView> answer) {
                 const Actor actor{call.caller.account_id, call.caller.user_id, true};
                 std::optional<UnixMicros> expires;
                 if (call.body.expires_in_hours) {
                   const std::int64_t after = std::int64_t{*call.body.expires_in_hours} * 3'600'000'000;
                   expires = UnixMicros{static_cast<std::int64_t>(clock.now()) + after};
                 }
                 service.add_guest(actor, call.subject.id, call.body.name, expires,
                                   std::move(answer).from(&guest_view));
               });
  registry.add({"GET", "/api/meetings/{meeting_id}/guests", "Meetings", "Guests who have a link of their own",
                Access::owner("meeting_id", meetings_read)},
               [&service](Call<shapes::MeetingPath> call, Answer<shapes::GuestList> answer) {
                 service.guests(call.subject.id, std::move(answer).from([](const std::vector<GuestLink>& guests) {
                   shapes::GuestList list;
                   for (const GuestLink& guest : guests) list.guests.push_back(guest_view(guest));
                   return list;
                 }));
               });
  registry.add({.method = "GET",
                .path = "/api/meetings/{meeting_id}/calendar",
                .tag = "Meetings",
                .summary = "The meeting as a calendar file",
                .access = Access::owner("meeting_id", meetings_read),
                .produces = "text/calendar"},
               [&service](Call<shapes::MeetingPath> call, Answer<api::Http> answer) {
                 service.calendar(call.subject.id, [answer = std::move(answer)](auto file) mutable {
                   if (!file) return answer(file.error());
                   io::HttpResponse response;
                   response.headers.set("Content-Type", "text/calendar; charset=utf-8; method=PUBLISH");
                   response.headers.set("Content-Disposition", "attachment; filename=\"meeting.ics\"");
                   response.headers.set("Cache-Control", "no-store");
                   response.body = std::move(*file);
                   answer(std::move(response));
                 });
               });
  registry.add({"DELETE", "/api/meetings/{meeting_id}/guests/{guest_id}", "Meetings", "Take a guest's link back",
                Access::owner("meeting_id", meetings_write)},
               [&service](Call<shapes::GuestPath> call, Answer<> answer) {
                 service.remove_guest(call.subject.id, std::move(call.query.guest_id), std::move(answer).done());
               });
}

}  // namespace sealhall::schedule
