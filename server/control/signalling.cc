#include "server/control/signalling.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/meeting/display_name.h"
#include "core/meeting/sentences.h"
#include "core/wire/codec.h"
#include "io/log/log.h"
#include "server/api/registry.h"
#include "server/api/session_cookie.h"

namespace sealhall::control {

void Signalling::accept(const io::HttpRequest& request, io::HttpUpgrade upgrade) {
  if (sessions_.size() >= limits_.sessions) {
    return upgrade.answer(to_response({503, "The server is full at the moment.", {}, 30}));
  }
  io::WebSocketOptions options;
  options.limits.message = wire::max_client_message_size;
  options.send_queue = limits_.send_queue;
  // A page of another site must not speak for its visitor. Native clients send no Origin.
  options.origin_allowed = [](std::string_view origin, const io::HttpRequest& r) {
    const auto host = r.headers.find("Host");
    return host && origin == "https://" + std::string{*host};
  };
  // Only with an Origin, which is then our own (above): whoever sends none is no browser and has a token.
  std::string cookie;
  if (request.headers.find("Origin")) cookie = api::cookie_in(request, api::session_cookie).value_or("");
  auto socket = io::accept_websocket(loop_, request, std::move(upgrade), random_, std::move(options));
  if (!socket) return;
  const std::uint64_t id = next_id_++;
  Session& session = sessions_[id];
  session.cookie = std::move(cookie);
  session.socket = socket;
  session.source = api::source_of(socket->peer());
  session.tokens = limits_.burst;
  session.refilled = loop_.now();
  session.join_deadline = std::make_unique<io::Timer>(loop_);
  session.join_deadline->after(
      limits_.join, [this, id] { refuse(id, wire::ErrorCode::not_joined, "Nothing was asked for in time.", true); });
  socket->start({.on_text = [this, id](std::string_view text) { on_text(id, text); },
                 .on_binary = nullptr,
                 .on_closed = [this, id](const io::WebSocketClosed&) { ended(id); }});
}

void Signalling::send(meeting::ConnectionId connection, std::string_view text) {
  if (const Session* session = find(static_cast<std::uint64_t>(connection))) session->socket->send_text(text);
}

void Signalling::close(meeting::ConnectionId connection) {
  if (const Session* session = find(static_cast<std::uint64_t>(connection))) session->socket->close();
}

void Signalling::close_all() {
  const std::string text = wire::encode(wire::ServerMessage{
      wire::Ended{wire::EndReason::server_stopping, std::string{meeting::sentence(wire::EndReason::server_stopping)}}});
  // Closing may end a session at once, so by a copy.
  std::vector<std::pair<std::shared_ptr<io::WebSocket>, bool>> sockets;
  for (const auto& [id, session] : sessions_) sockets.emplace_back(session.socket, session.join_deadline != nullptr);
  for (const auto& [socket, in_no_meeting] : sockets) {
    if (in_no_meeting) socket->send_text(text);
    socket->close();
  }
}

bool Signalling::within_rate(Session& session) {
  const Instant now = loop_.now();
  session.tokens =
      std::min(limits_.burst, session.tokens + to_seconds(now - session.refilled) * limits_.messages_a_second);
  session.refilled = now;
  if (session.tokens < 1) return false;
  session.tokens -= 1;
  return true;
}

void Signalling::on_text(std::uint64_t id, std::string_view text) {
  Session* session = find(id);
  if (session == nullptr) return;
  if (!within_rate(*session)) {
    return refuse(id, wire::ErrorCode::rate_limited, "Too many messages.", true, 5);
  }
  auto message = wire::decode_client(text);
  if (!message) {
    const wire::WireError& error = message.error();
    std::string sentence{meeting::sentence(wire::ErrorCode::bad_message)};
    sentence += " (" + std::string{wire::name_of(error.kind)};
    if (!error.field.empty()) sentence += ": " + std::string{error.field};
    return refuse(id, wire::ErrorCode::bad_message, sentence + ")", false);
  }
  if (auto* join = std::get_if<wire::Join>(&*message)) return on_join(id, std::move(*join));
  if (const auto* ping = std::get_if<wire::Ping>(&*message)) {
    return session->socket->send_text(wire::encode(wire::ServerMessage{wire::Pong{ping->id}}));
  }
  if (session->join_deadline)
    return refuse(id, wire::ErrorCode::not_joined, meeting::sentence(wire::ErrorCode::not_joined), false);
  meetings_->message(meeting::ConnectionId{id}, std::move(*message));
}

void Signalling::on_join(std::uint64_t id, wire::Join join) {
  Session& session = *find(id);
  if (session.joining) return refuse(id, wire::ErrorCode::bad_message, "One join at a time.", false);
  if (const Duration wait = unknown_meetings_.wait(session.source, loop_.now()); wait > Duration::zero()) {
    return refuse(id, wire::ErrorCode::rate_limited, meeting::sentence(wire::ErrorCode::rate_limited), true,
                  meeting::retry_after_seconds(wait));
  }
  session.joining = true;
  const bool by_cookie = !join.token && !session.cookie.empty();
  if (!join.token && !by_cookie) return at_the_door(id, std::move(join), std::nullopt);
  const std::string token = by_cookie ? session.cookie : *join.token;
  if (join.client == wire::ClientKind::recorder && connectors_ && connectors_(token, join.meeting_id)) {
    return at_the_door(id, std::move(join), std::nullopt, true);
  }
  accounts_.user_of(token, [this, id, by_cookie, join = std::move(join)](auto user) mutable {
    if (find(id) == nullptr) return;
    if (!user) return refuse(id, wire::ErrorCode::internal, user.error().message, true);
    // A page whose session is over is a guest's: it did not say that it is anybody.
    if (!*user && !by_cookie) {
      return refuse(id, wire::ErrorCode::unauthorised, meeting::sentence(wire::ErrorCode::unauthorised), true);
    }
    at_the_door(id, std::move(join), std::move(*user));
  });
}

void Signalling::at_the_door(std::uint64_t id, wire::Join join, std::optional<store::User> user, bool connector) {
  schedule::Knock knock{.passcode = join.passcode, .registrant_token = join.registrant, .start_token = join.start};
  if (user) knock.user_id = user->id;
  const std::string meeting_id = join.meeting_id;
  schedule_->at_the_door(meeting_id, std::move(knock),
                         [this, id, connector, join = std::move(join), user = std::move(user)](auto door) mutable {
                           Session* s = find(id);
                           if (s == nullptr) return;
                           if (!door) return refuse(id, wire::ErrorCode::internal, door.error().message, true);
                           if (!*door) {
                             unknown_meetings_.failed(s->source, loop_.now());
                             return refuse(id, wire::ErrorCode::not_found,
                                           meeting::sentence(wire::ErrorCode::not_found), true);
                           }
                           if (connector) return let_connector_in(id, std::move(join), **door);
                           let_in(id, std::move(join), std::move(user), std::move(**door));
                         });
}

/// A host has asked for it: neither passcode nor registration holds it back, and everybody sees it in the roster.
void Signalling::let_connector_in(std::uint64_t id, wire::Join join, const schedule::Door& door) {
  // It comes to a meeting that runs, and never begins one; nor does it come to the next instance, when the one that it
  // was given ended while the door was asked.
  if (meetings_->running(door.meeting.id) == nullptr || (join.token && !connectors_(*join.token, join.meeting_id))) {
    return refuse(id, wire::ErrorCode::meeting_ended, meeting::sentence(wire::ErrorCode::meeting_ended), true);
  }
  Session& session = *find(id);
  session.joining = false;
  session.join_deadline.reset();
  meeting::Account account{"", "Recording", false, true};
  meetings_->join(door.meeting, door.policies,
                  {meeting::ConnectionId{id}, std::move(join), session.source, std::move(account)});
}

void Signalling::let_in(std::uint64_t id, wire::Join join, std::optional<store::User> user, schedule::Door door) {
  using enum schedule::DoorAnswer;
  switch (door.answer) {
    case open:
      break;
    case ended:
      return refuse(id, wire::ErrorCode::meeting_ended, meeting::sentence(wire::ErrorCode::meeting_ended), true);
    case too_early:
    case register_first:
      return refuse(id, wire::ErrorCode::not_allowed, door.message, true);
    case sign_in_first:
      return refuse(id, wire::ErrorCode::unauthorised, door.message, true);
  }
  Session& session = *find(id);
  session.joining = false;
  session.join_deadline.reset();
  join.passcode = std::move(door.passcode);
  std::optional<meeting::Account> account;
  if (door.visitor) {
    // Whatever the client says of itself: the program that made the link has said who this is.
    join.name = meeting::display_name(door.visitor->name);
    account = meeting::Account{"", *join.name, door.may_host, false, !door.visitor->waits};
  } else if (user) {
    account = meeting::Account{user->id, user->name, door.may_host, false};
  } else if (door.user_id) {
    account = meeting::Account{*door.user_id, door.name.value_or(""), door.may_host, false};
  }
  // Who registered is called what was registered.
  if (door.registrant_id && door.name) join.name = meeting::display_name(*door.name);
  meetings_->join(door.meeting, door.policies,
                  {meeting::ConnectionId{id}, std::move(join), session.source, std::move(account),
                   door.registrant_id.value_or("")});
}

void Signalling::refuse(std::uint64_t id, wire::ErrorCode code, std::string_view message, bool fatal,
                        std::optional<std::uint32_t> retry_after) {
  Session* session = find(id);
  if (session == nullptr) return;
  session->joining = false;
  session->socket->send_text(
      wire::encode(wire::ServerMessage{wire::Error{code, std::string{message}, fatal, retry_after}}));
  if (fatal) session->socket->close();
}

void Signalling::ended(std::uint64_t id) {
  // The session may be what the caller stands on.
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return;
  const Session session = std::move(it->second);
  sessions_.erase(it);
  if (meetings_ != nullptr) meetings_->disconnected(meeting::ConnectionId{id});
}

Signalling::Session* Signalling::find(std::uint64_t id) {
  const auto it = sessions_.find(id);
  return it == sessions_.end() ? nullptr : &it->second;
}

}  // namespace sealhall::control
