#include "server/control/api.h"

#include <utility>

#include "core/base/encoding.h"
#include "core/meeting/display_name.h"
#include "server/api/caller_cache.h"
#include "server/api/session_cookie.h"
#include "server/api/text.h"
#include "server/identity/endpoints.h"
#include "server/identity/roles.h"

namespace sealhall::control {
namespace {

constexpr std::size_t body_limit = 16 * 1024;

shapes::UserView view_of(const store::User& user) {
  return {user.id, user.login, user.name, user.role == store::UserRole::admin};
}

}  // namespace

Api::Api(api::Registry& registry, Parts parts) : parts_(std::move(parts)) {
  using api::Access;
  using enum api::Permission;
  constexpr auto owner = Access::owner("meeting_id", meetings_write);
  registry.add({"GET", "/healthz", "Server", "Whether this process answers", Access::anyone()},
               [](Call<>, Answer<shapes::Health> answer) { answer(shapes::Health{"ok"}); });
  registry.add({"GET", "/api/status", "Server", "What runs here", Access::anyone()}, this, &Api::status);
  registry.add({"POST", "/api/setup", "Sign-in", "Make the first administrator by the set-up link", Access::anyone(),
                201, body_limit},
               this, &Api::set_up);
  registry.add({"POST", "/api/sign-in", "Sign-in", "Sign in", Access::anyone(), 200, body_limit}, this, &Api::sign_in);
  registry.add({"POST", "/api/sign-out", "Sign-in", "End this session", Access::signed_in().also_restricted()}, this,
               &Api::sign_out);
  registry.add({"GET", "/api/me", "Sign-in", "Who I am", Access::signed_in().also_restricted()}, this, &Api::me);
  registry.add({"POST", "/api/users", "Users", "Make a user", Access::permission(users_write), 201, body_limit}, this,
               &Api::create_user);
  registry.add({"GET", "/api/users", "Users", "All users", Access::permission(users_read)}, this, &Api::list_users);
  registry.add(
      {"GET", "/api/workers", "Server", "What the media workers say of themselves", Access::permission(server)}, this,
      &Api::list_workers);
  registry.add({"POST", "/api/meetings", "Meetings", "Make a meeting", Access::signed_in(), 201, body_limit}, this,
               &Api::create_meeting);
  registry.add({"GET", "/api/meetings", "Meetings", "My meetings", Access::signed_in()}, this, &Api::list_meetings);
  registry.add({"GET", "/api/meetings/{meeting_id}", "Meetings", "A meeting", owner}, this, &Api::get_meeting);
  registry.add({"GET", "/api/meetings/{meeting_id}/join", "Meetings", "What is needed to join", Access::anyone()}, this,
               &Api::join_info);
  registry.add({"POST", "/api/meetings/{meeting_id}/end", "Meetings", "End a meeting for everybody", owner}, this,
               &Api::end_meeting);
  add_pages(registry);
}

void Api::status(Call<>, Answer<shapes::Status> answer) {
  parts_.store.needs_setup(
      std::move(answer).from([](bool needed) { return shapes::Status{"Sealhall", "0.1.0", needed}; }));
}

void Api::set_up(Call<api::None, shapes::SetUp> call, Answer<identity::shapes::SignedInView> answer) {
  auto& body = call.body;
  if (const auto refused = identity::cookie_refused(call, body.cookie)) return answer(*refused);
  parts_.accounts.set_up(std::move(body.token), {body.login, body.name, body.password, store::UserRole::admin},
                         identity::source_of(call),
                         identity::answer_sign_in(parts_.accounts, body.cookie, std::move(answer)));
}

void Api::sign_in(Call<api::None, shapes::SignIn> call, Answer<identity::shapes::SignedInView> answer) {
  auto& body = call.body;
  if (const auto refused = identity::cookie_refused(call, body.cookie)) return answer(*refused);
  identity::SignInSource source = identity::source_of(call, body.device.value_or(""));
  parts_.accounts.sign_in(std::move(body.login), std::move(body.password), body.code.value_or(""), std::move(source),
                          identity::answer_sign_in(parts_.accounts, body.cookie, std::move(answer)));
}

void Api::sign_out(Call<> call, Answer<> answer) {
  parts_.accounts.sign_out(call.caller.token_hash, call.caller.user_id, call.caller.account_id, call.caller.source,
                           [this, hash = call.caller.token_hash, answer = std::move(answer)](auto ended) mutable {
                             if (!ended) return answer(ended.error());
                             parts_.callers.forget_token(hash);
                             answer.header("Set-Cookie", api::no_session_cookie());
                             answer();
                           });
}

namespace {

shapes::Me me_of(const api::Caller& caller, const api::CallerPerson& person) {
  shapes::Me me{caller.user_id, person.login, person.name, person.admin, person.role_id, {}, {}};
  if (caller.restricted) {
    me.second_factor_missing = true;
  } else {
    me.permissions = identity::list_of(caller.permissions);
  }
  return me;
}

}  // namespace

void Api::me(Call<> call, Answer<shapes::Me> answer) {
  // Every page asks this first: what the session's look-up found is remembered with it.
  if (call.caller.person) return answer(me_of(call.caller, *call.caller.person));
  const std::string id = call.caller.user_id;
  parts_.store.user(id, std::move(answer).from([caller = std::move(call.caller)](
                                                   std::optional<store::User> user) -> expected<shapes::Me, ApiError> {
    if (!user) return unexpected(sign_in_needed());
    return me_of(caller, {user->login, user->name, user->role_id, user->role == store::UserRole::admin});
  }));
}

void Api::create_user(Call<api::None, shapes::CreateUser> call, Answer<shapes::UserView> answer) {
  const bool admin = call.body.admin.value_or(false);
  const auto role = admin ? store::UserRole::admin : store::UserRole::member;
  // Nobody makes somebody who may do more than they may themselves.
  const auto all = api::Permissions::all().without(api::Permission::server);
  if (admin && !identity::includes(call.caller.permissions, all)) return answer(not_allowed());
  parts_.accounts.create({call.body.login, call.body.name, call.body.password, role, call.caller.account_id},
                         std::move(answer).from([this, caller = call.caller](const store::User& user) {
                           parts_.accounts.log_operation(caller, "add", "user", user.id);
                           return view_of(user);
                         }));
}

void Api::list_users(Call<> call, Answer<shapes::UserList> answer) {
  parts_.store.users(std::move(answer).from([account = call.caller.account_id](const std::vector<store::User>& users) {
    shapes::UserList list;
    for (const store::User& user : users) {
      if (user.account_id == account) list.users.push_back(view_of(user));
    }
    return list;
  }));
}

/// For whoever watches or balances.
void Api::list_workers(Call<>, Answer<shapes::WorkerList> answer) {
  shapes::WorkerList list;
  for (const WorkerStatus& worker : parts_.media.status()) list.workers.push_back(worker.stats);
  answer(list);
}

std::string Api::signalling_url() const {
  return "wss" + parts_.public_url.substr(parts_.public_url.find(':')) + "/ws";
}

shapes::MeetingView Api::view(const store::Meeting& m) const {
  const auto presence = parts_.meetings.presence(m.id);
  shapes::MeetingView v;
  v.id = m.id;
  v.topic = m.topic;
  v.join_url = parts_.public_url + "/j/" + m.id;
  if (m.passcode) v.join_url += "?pwd=" + m.link_token;
  v.passcode = m.passcode;
  v.waiting_room = m.waiting_room;
  v.join_before_host = m.join_before_host;
  v.created_at = api::rfc3339(m.created_at);
  if (m.ended_at) v.ended_at = api::rfc3339(*m.ended_at);
  v.participants = static_cast<std::uint32_t>(presence.inside);
  v.waiting = static_cast<std::uint32_t>(presence.waiting);
  return v;
}

void Api::create_meeting(Call<api::None, shapes::CreateMeeting> call, Answer<shapes::MeetingView> answer) {
  auto& body = call.body;
  parts_.schedule.create_simple(call.caller.user_id,
                                {.topic = std::move(body.topic),
                                 .passcode = std::move(body.passcode),
                                 .waiting_room = body.waiting_room,
                                 .join_before_host = body.join_before_host},
                                [this, answer = std::move(answer)](auto meeting) mutable {
                                  if (!meeting) return answer(meeting.error());
                                  answer.header("Location", "/api/meetings/" + meeting->id);
                                  answer(view(*meeting));
                                });
}

void Api::list_meetings(Call<shapes::MeetingQuery> call, Answer<shapes::MeetingList> answer) {
  const std::uint32_t limit = call.query.limit.value_or(50);
  if (limit == 0 || limit > 200) return answer(wrong_field("limit", "A number from 1 to 200."));
  parts_.schedule.list_simple(call.caller.user_id, limit, call.query.offset.value_or(0),
                              std::move(answer).from([this](const std::vector<store::Meeting>& meetings) {
                                shapes::MeetingList list;
                                for (const store::Meeting& meeting : meetings) list.meetings.push_back(view(meeting));
                                return list;
                              }));
}

void Api::get_meeting(Call<shapes::MeetingPath> call, Answer<shapes::MeetingView> answer) {
  answer(view(call.subject.as<store::Meeting>()));
}

void Api::join_info(Call<shapes::MeetingPath> call, Answer<shapes::JoinInfo> answer) {
  parts_.schedule.simple(call.query.meeting_id, [this, answer = std::move(answer)](auto meeting) mutable {
    if (!meeting) return answer(meeting.error());
    if (!*meeting) return answer(not_found());
    if ((*meeting)->ended_at) return answer(ApiError{410, "This meeting has ended."});
    answer(shapes::JoinInfo{(*meeting)->id, (*meeting)->topic, (*meeting)->passcode.has_value(),
                            (*meeting)->waiting_room, signalling_url()});
  });
}

void Api::end_meeting(Call<shapes::MeetingPath> call, Answer<> answer) {
  const std::string id = call.subject.id;
  parts_.store.end_meeting(id, parts_.clock.now(), [this, id, answer = std::move(answer)](auto ended) mutable {
    if (!ended && ended.error() == store::StoreError::not_found) {
      return answer(ApiError{410, "This meeting has ended already."});
    }
    if (!ended) return answer(from_store(ended.error()));
    parts_.meetings.end(id, wire::EndReason::ended_by_host);
    answer();
  });
}

}  // namespace sealhall::control
