// TURN over TLS on the server's one port (RFC 8656): media for people whose network lets no UDP through. Datagrams go
// to our own media workers over `$run/media-K.relay` and nowhere else.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/crypto/hash.h"
#include "core/ice/turn_server.h"
#include "io/channel/seqpacket.h"
#include "io/net/clock.h"
#include "io/net/stream.h"
#include "io/net/timer.h"
#include "server/control/media_pool.h"

namespace sealhall::control {

struct TurnLimits {
  std::size_t sessions = 10'000;
  std::uint32_t allocations_per_user = 3;         ///< one in use, one that a reconnect makes, one that dies
  std::size_t send_queue = 512U << 10;            ///< bytes to a client that does not read; then media is dropped, and
                                                  ///< at twice as many it is cut off
  Duration credentials = std::chrono::hours{24};  ///< how long a meeting may last over TLS
};

class TurnGateway final : public turn::Authority {
 public:
  TurnGateway(io::Loop& loop, const MediaPool& media, const io::WallClock& clock, RandomSource& random,
              std::string run_directory, TurnLimits limits = {});
  ~TurnGateway();
  TurnGateway(const TurnGateway&) = delete;
  TurnGateway& operator=(const TurnGateway&) = delete;

  /// For one participant of one meeting.
  wire::RelayCredentials credentials(const std::string& meeting_key, wire::ParticipantNumber participant) const;
  /// A TLS stream whose first bytes are STUN.
  void accept(std::shared_ptr<io::Stream> stream, Bytes first);
  /// The worker's socket is another one now.
  void worker_gone(std::uint32_t worker);
  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

  std::optional<std::string> password_for(std::string_view username) override;
  bool permits_peer(const ice::Address& peer) override;
  std::optional<ice::Address> claim_allocation(std::string_view username) override;
  void release_allocation(std::string_view username, const ice::Address& relayed) override;

 private:
  class Session;
  [[nodiscard]] std::string password(std::string_view username) const;
  void remove(std::uint64_t id);

  io::Loop& loop_;
  const MediaPool& media_;
  const io::WallClock& clock_;
  RandomSource& random_;
  std::string run_directory_;
  TurnLimits limits_;
  crypto::Hmac key_;  ///< of this start: credentials do not outlive it
  std::map<std::uint64_t, std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<Session>> going_;  ///< have ended, and are perhaps still at work further up
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  std::map<std::string, std::uint32_t, std::less<>> allocations_;
  std::uint64_t next_id_ = 1;
  std::uint32_t next_address_ = 1;
  std::uint64_t dropped_ = 0;
};

}  // namespace sealhall::control
