#include "server/control/api.h"

#include <charconv>
#include <ctime>
#include <utility>

#include "core/base/encoding.h"
#include "core/meeting/display_name.h"
#include "server/control/api_types.h"

namespace sealhall::control {
namespace {

constexpr std::size_t body_limit = 16 * 1024;

api::UserView view_of(const store::User& user) {
  return {user.id, user.login, user.name, user.role == store::UserRole::admin};
}

void answer_signed_in(int status, expected<SignedIn, ApiError> signed_in, io::HttpResponder& answer) {
  if (!signed_in) return answer(to_response(signed_in.error()));
  auto response = io::HttpResponse::json(
      status, api::text(api::SignedInView{signed_in->token, rfc3339(signed_in->expires_at), view_of(signed_in->user)}));
  response.headers.set("Cache-Control", "no-store");
  answer(std::move(response));
}

std::optional<std::uint32_t> number_in(const io::HttpRequest& request, std::string_view name, std::uint32_t otherwise) {
  const auto text = request.query_value(name);
  if (!text) return otherwise;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return value;
}

}  // namespace

std::string rfc3339(UnixMicros time) {
  const auto seconds = static_cast<std::time_t>(static_cast<std::int64_t>(time) / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

Api::Api(Parts parts) : parts_(std::move(parts)) {
  add("GET", "/healthz", Access::anyone, &Api::health);
  add("GET", "/api/status", Access::anyone, &Api::status);
  add("POST", "/api/setup", Access::anyone, &Api::set_up);
  add("POST", "/api/sign-in", Access::anyone, &Api::sign_in);
  add("POST", "/api/sign-out", Access::signed_in, &Api::sign_out);
  add("GET", "/api/me", Access::signed_in, &Api::me);
  add("POST", "/api/users", Access::admin, &Api::create_user);
  add("GET", "/api/users", Access::admin, &Api::list_users);
  add("GET", "/api/workers", Access::admin, &Api::list_workers);
  add("POST", "/api/meetings", Access::signed_in, &Api::create_meeting);
  add("GET", "/api/meetings", Access::signed_in, &Api::list_meetings);
  add("GET", "/api/meetings/{}", Access::meeting_owner, &Api::get_meeting);
  add("GET", "/api/meetings/{}/join", Access::anyone, &Api::join_info);
  add("POST", "/api/meetings/{}/end", Access::meeting_owner, &Api::end_meeting);
  add("GET", "/", Access::anyone, &Api::home_page);
  add("GET", "/j/{}", Access::anyone, &Api::join_page);
  add("GET", "/setup", Access::anyone, &Api::setup_page);
  add("POST", "/setup", Access::anyone, &Api::setup_form);
}

void Api::add(std::string_view method, std::string_view pattern, Access access, Handler handler) {
  routes_.push_back({std::string{method}, std::string{pattern}, access});
  router_.add(
      method, pattern,
      [this, access, handler](io::HttpRequest request, io::RouteArguments arguments, io::HttpResponder answer) {
        std::string source = source_of(request.peer);
        authorise(access, handler,
                  {std::move(request), std::move(arguments), std::nullopt, std::nullopt, std::move(source)},
                  std::move(answer));
      },
      body_limit);
}

/// The one place where rights are decided. Every way that is not an explicit yes ends in a refusal.
void Api::authorise(Access access, Handler handler, Call call, io::HttpResponder answer) {
  if (access == Access::anyone) return (this->*handler)(std::move(call), std::move(answer));
  const auto token = call.request.bearer_token();
  if (!token) return answer(to_response(sign_in_needed()));
  parts_.accounts.user_of(
      *token, [this, access, handler, call = std::move(call), answer = std::move(answer)](auto user) mutable {
        if (!user) return answer(to_response(user.error()));
        if (!*user) return answer(to_response(sign_in_needed()));
        call.user = std::move(*user);
        const bool is_admin = call.user->role == store::UserRole::admin;
        switch (access) {
          case Access::signed_in:
            return (this->*handler)(std::move(call), std::move(answer));
          case Access::admin:
            if (is_admin) return (this->*handler)(std::move(call), std::move(answer));
            return answer(to_response(not_allowed()));
          case Access::meeting_owner: {
            const std::string id = call.arguments.at(0);
            return parts_.store.meeting(id, [this, is_admin, handler, call = std::move(call),
                                             answer = std::move(answer)](auto meeting) mutable {
              if (!meeting) return answer(to_response(from_store(meeting.error())));
              if (!*meeting || !(is_admin || (*meeting)->owner_id == call.user->id))
                return answer(to_response(not_found()));
              call.meeting = std::move(*meeting);
              (this->*handler)(std::move(call), std::move(answer));
            });
          }
          case Access::anyone:
            break;
        }
        answer(to_response(not_allowed()));
      });
}

void Api::health(Call, io::HttpResponder answer) { answer(io::HttpResponse::json(200, R"({"status":"ok"})")); }

void Api::status(Call, io::HttpResponder answer) {
  parts_.store.needs_setup([answer = std::move(answer)](auto needed) mutable {
    if (!needed) return answer(to_response(from_store(needed.error())));
    answer(io::HttpResponse::json(200, api::text(api::Status{"Sealhall", "0.1.0", *needed})));
  });
}

void Api::set_up(Call call, io::HttpResponder answer) {
  auto body = api::parse<api::SetUp>(call.request.body);
  if (!body) return answer(to_response(from_wire(body.error())));
  parts_.accounts.set_up(
      std::move(body->token), {body->login, body->name, body->password, store::UserRole::admin}, call.source,
      [answer = std::move(answer)](auto signed_in) mutable { answer_signed_in(201, std::move(signed_in), answer); });
}

void Api::sign_in(Call call, io::HttpResponder answer) {
  auto body = api::parse<api::SignIn>(call.request.body);
  if (!body) return answer(to_response(from_wire(body.error())));
  parts_.accounts.sign_in(
      std::move(body->login), std::move(body->password), call.source,
      [answer = std::move(answer)](auto signed_in) mutable { answer_signed_in(200, std::move(signed_in), answer); });
}

void Api::sign_out(Call call, io::HttpResponder answer) {
  parts_.accounts.sign_out(*call.request.bearer_token(), [answer = std::move(answer)](auto done) mutable {
    if (!done) return answer(to_response(done.error()));
    answer(io::HttpResponse::empty(204));
  });
}

void Api::me(Call call, io::HttpResponder answer) {
  answer(io::HttpResponse::json(200, api::text(view_of(*call.user))));
}

void Api::create_user(Call call, io::HttpResponder answer) {
  auto body = api::parse<api::CreateUser>(call.request.body);
  if (!body) return answer(to_response(from_wire(body.error())));
  const auto role = body->admin.value_or(false) ? store::UserRole::admin : store::UserRole::member;
  parts_.accounts.create({body->login, body->name, body->password, role},
                         [answer = std::move(answer)](auto user) mutable {
                           if (!user) return answer(to_response(user.error()));
                           answer(io::HttpResponse::json(201, api::text(view_of(*user))));
                         });
}

void Api::list_users(Call, io::HttpResponder answer) {
  parts_.store.users([answer = std::move(answer)](auto users) mutable {
    if (!users) return answer(to_response(from_store(users.error())));
    api::UserList list;
    for (const store::User& user : *users) list.users.push_back(view_of(user));
    answer(io::HttpResponse::json(200, api::text(list)));
  });
}

/// What the media workers say of themselves, for whoever watches or balances.
void Api::list_workers(Call, io::HttpResponder answer) {
  std::string body = R"({"workers":[)";
  for (const WorkerStatus& worker : parts_.media.status()) {
    if (body.back() != '[') body += ',';
    body += api::text(worker.stats);
  }
  answer(io::HttpResponse::json(200, body + "]}"));
}

std::string Api::signalling_url() const {
  return "wss" + parts_.public_url.substr(parts_.public_url.find(':')) + "/ws";
}

std::string Api::view(const store::Meeting& m) const {
  const auto presence = parts_.meetings.presence(m.id);
  api::MeetingView v;
  v.id = m.id;
  v.topic = m.topic;
  v.join_url = parts_.public_url + "/j/" + m.id;
  if (m.passcode) v.join_url += "?pwd=" + io::percent_encode(*m.passcode);
  v.passcode = m.passcode;
  v.waiting_room = m.waiting_room;
  v.join_before_host = m.join_before_host;
  v.created_at = rfc3339(m.created_at);
  if (m.ended_at) v.ended_at = rfc3339(*m.ended_at);
  v.participants = static_cast<std::uint32_t>(presence.inside);
  v.waiting = static_cast<std::uint32_t>(presence.waiting);
  return api::text(v);
}

void Api::create_meeting(Call call, io::HttpResponder answer) {
  auto body = api::parse<api::CreateMeeting>(call.request.body.empty() ? std::string_view{"{}"} : call.request.body);
  if (!body) return answer(to_response(from_wire(body.error())));
  store::Meeting meeting;
  std::array<std::uint8_t, 12> id{};
  parts_.random.fill(id);
  meeting.id = to_base64url(id);
  meeting.owner_id = call.user->id;
  meeting.topic = body->topic.value_or("");
  if (meeting.topic.empty()) meeting.topic = call.user->name + "'s meeting";
  if (body->passcode && !body->passcode->empty()) meeting.passcode = std::move(body->passcode);
  meeting.waiting_room = body->waiting_room.value_or(false);
  meeting.join_before_host = body->join_before_host.value_or(true);
  meeting.created_at = parts_.clock.now();
  parts_.store.create_meeting(meeting, [this, meeting, answer = std::move(answer)](auto made) mutable {
    if (!made) return answer(to_response(from_store(made.error())));
    auto response = io::HttpResponse::json(201, view(meeting));
    response.headers.set("Location", "/api/meetings/" + meeting.id);
    answer(std::move(response));
  });
}

void Api::list_meetings(Call call, io::HttpResponder answer) {
  const auto limit = number_in(call.request, "limit", 50);
  const auto offset = number_in(call.request, "offset", 0);
  if (!limit || *limit == 0 || *limit > 200)
    return answer(to_response(wrong_field("limit", "A number from 1 to 200.")));
  if (!offset) return answer(to_response(wrong_field("offset", "A number from 0.")));
  parts_.store.meetings_of(call.user->id, *limit, *offset, [this, answer = std::move(answer)](auto meetings) mutable {
    if (!meetings) return answer(to_response(from_store(meetings.error())));
    std::string body = R"({"meetings":[)";
    for (const store::Meeting& meeting : *meetings) {
      if (body.back() != '[') body += ',';
      body += view(meeting);
    }
    answer(io::HttpResponse::json(200, body + "]}"));
  });
}

void Api::get_meeting(Call call, io::HttpResponder answer) { answer(io::HttpResponse::json(200, view(*call.meeting))); }

void Api::join_info(Call call, io::HttpResponder answer) {
  parts_.store.meeting(call.arguments.at(0), [this, answer = std::move(answer)](auto meeting) mutable {
    if (!meeting) return answer(to_response(from_store(meeting.error())));
    if (!*meeting) return answer(to_response(not_found()));
    if ((*meeting)->ended_at) return answer(to_response({410, "This meeting has ended."}));
    answer(io::HttpResponse::json(
        200, api::text(api::JoinInfo{(*meeting)->id, (*meeting)->topic, (*meeting)->passcode.has_value(),
                                     (*meeting)->waiting_room, signalling_url()})));
  });
}

void Api::end_meeting(Call call, io::HttpResponder answer) {
  const std::string id = call.meeting->id;
  parts_.store.end_meeting(id, parts_.clock.now(), [this, id, answer = std::move(answer)](auto ended) mutable {
    if (!ended && ended.error() == store::StoreError::not_found) {
      return answer(to_response({410, "This meeting has ended already."}));
    }
    if (!ended) return answer(to_response(from_store(ended.error())));
    parts_.meetings.end(id, wire::EndReason::ended_by_host);
    answer(io::HttpResponse::empty(204));
  });
}

}  // namespace sealhall::control
