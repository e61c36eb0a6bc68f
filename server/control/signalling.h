// The WebSocket /ws: one session a connection, from its first message (Join) to its close.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "io/net/timer.h"
#include "io/websocket/websocket.h"
#include "server/control/accounts.h"
#include "server/control/live_meetings.h"
#include "server/schedule/service.h"
#include "store/store.h"

namespace sealhall::control {

struct SignallingLimits {
  Duration join = std::chrono::seconds{10};  ///< for the first Join; longer lets strangers hold connections
  double messages_a_second = 50;
  double burst = 200;
  std::size_t send_queue = 4U << 20;  ///< bytes for a client that does not read; then it is closed
  std::size_t sessions = 60'000;
};

class Signalling {
 public:
  Signalling(io::Loop& loop, Accounts& accounts, RandomSource& random, SignallingLimits limits = {})
      : loop_(loop), accounts_(accounts), random_(random), limits_(limits) {}

  /// Set once, before the first connection: the meetings, whose outputs come back through `send` and `close`.
  void use(LiveMeetings& meetings) noexcept { meetings_ = &meetings; }
  /// Set once too: who may join what.
  void use(schedule::Service& schedule) noexcept { schedule_ = &schedule; }
  /// Who says whether a connector of ours may join a meeting with a token.
  using Connectors = std::function<bool(std::string_view token, const std::string& meeting_id)>;
  void use(Connectors connectors) { connectors_ = std::move(connectors); }

  void accept(const io::HttpRequest& request, io::HttpUpgrade upgrade);
  void send(meeting::ConnectionId connection, std::string_view text);
  void close(meeting::ConnectionId connection);
  /// The server stops: those who are in no meeting are told and closed too.
  void close_all();
  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }

 private:
  struct Session {
    std::shared_ptr<io::WebSocket> socket;
    std::string source;
    std::string cookie;  ///< the session of our own page; no other page gets this far
    std::unique_ptr<io::Timer> join_deadline;
    bool joining = false;  ///< a Join is being looked up
    double tokens = 0;     ///< of the message rate
    Instant refilled{};
  };
  void on_text(std::uint64_t id, std::string_view text);
  void on_join(std::uint64_t id, wire::Join join);
  void at_the_door(std::uint64_t id, wire::Join join, std::optional<store::User> user, bool connector = false);
  void let_connector_in(std::uint64_t id, wire::Join join, const schedule::Door& door);
  void let_in(std::uint64_t id, wire::Join join, std::optional<store::User> user, schedule::Door door);
  void refuse(std::uint64_t id, wire::ErrorCode code, std::string_view message, bool fatal,
              std::optional<std::uint32_t> retry_after = std::nullopt);
  void ended(std::uint64_t id);
  bool within_rate(Session& session);
  Session* find(std::uint64_t id);

  io::Loop& loop_;
  Accounts& accounts_;
  RandomSource& random_;
  SignallingLimits limits_;
  LiveMeetings* meetings_ = nullptr;
  schedule::Service* schedule_ = nullptr;
  Connectors connectors_;
  std::unordered_map<std::uint64_t, Session> sessions_;
  meeting::AttemptLimiter unknown_meetings_{{.free_attempts = 20}};
  std::uint64_t next_id_ = 1;
};

}  // namespace sealhall::control
