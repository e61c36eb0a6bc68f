// The client's end of TURN over one stream: allocates, binds a channel a peer, refreshes (RFC 8656).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/ice/address.h"
#include "core/ice/stun.h"
#include "core/ice/turn.h"

namespace sealhall::turn {

struct ClientConfig {
  std::string username;
  std::string password;
  /// An answer must come within this; the stream itself is reliable, so nothing is sent twice.
  Duration answer_timeout = std::chrono::seconds{5};
};

/// What a peer sent to the relay address.
struct ReceivedDatagram {
  ice::Address peer;
  Bytes data;
};
/// What a client wants done. The caller owns it, empties it, and may reuse it.
struct ClientOutbox {
  Bytes to_server;  ///< to append to the stream, in whole frames
  std::vector<ReceivedDatagram> received;
  std::optional<ice::Address> allocated;  ///< the allocation stands; peers may be sent to once they are ready
  std::vector<ice::Address> peers_ready;  ///< permission and channel of these peers stand
  std::optional<TurnError> failed;        ///< close the stream; this client is of no use any more
};

/// Sans-IO, one a TLS connection to the TURN server.
class Client {
 public:
  /// `random` must outlive the client.
  Client(ClientConfig config, RandomSource& random);

  /// Asks for an allocation. The stream must be open. A second call does nothing.
  void start(Instant now, ClientOutbox& out);
  /// Bytes of the stream, cut anywhere. After `out.failed` was set everything is ignored.
  void on_bytes(ByteView stream, Instant now, ClientOutbox& out);
  /// Makes `peer` reachable. May be called before the allocation stands. At most 16 peers; more are ignored.
  void add_peer(const ice::Address& peer, Instant now, ClientOutbox& out);
  /// Sends one datagram to a peer. Returns false, sending nothing, when it is not ready or `data` is larger than
  /// `max_frame_size` - 4 bytes.
  bool send(const ice::Address& peer, ByteView data, ClientOutbox& out);
  /// Gives the allocation back (RFC 8656 section 7.1: a lifetime of 0); nothing when there is none.
  void release(Instant now, ClientOutbox& out);

  /// Whether `send` to this peer would send: its channel is bound.
  [[nodiscard]] bool ready(const ice::Address& peer) const noexcept;
  /// nullopt: nothing to wait for.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  /// Renews what would run out; an answer that did not come in time sets `out.failed`. Too early does no harm.
  void handle_timeout(Instant now, ClientOutbox& out);

 private:
  enum class State : std::uint8_t { idle, allocating, allocated, failed };
  struct Peer {
    ice::Address address;
    std::uint16_t channel = 0;
    bool bound = false;
    Instant renew_at{};
    bool asked = false;
  };
  struct Pending {
    stun::TransactionId transaction{};
    std::uint16_t method = 0;
    std::uint16_t channel = 0;  // of a ChannelBind
    bool releasing = false;
    std::uint32_t tries = 0;
    Instant until{};
  };

  void request_allocation(std::uint32_t tries, Instant now, ClientOutbox& out);
  void request_refresh(Duration lifetime, std::uint32_t tries, Instant now, ClientOutbox& out);
  void request_channel(Peer& peer, std::uint32_t tries, Instant now, ClientOutbox& out);
  void on_message(const stun::Message& message, Instant now, ClientOutbox& out);
  void on_success(const Pending& pending, const stun::Message& message, Instant now, ClientOutbox& out);
  void on_error(const Pending& pending, const stun::Message& message, Instant now, ClientOutbox& out);
  void send_request(stun::Builder& builder, MutableBytes buffer, const Pending& pending, ClientOutbox& out);
  void fail(TurnError error, ClientOutbox& out);

  ClientConfig config_;
  RandomSource& random_;
  StreamParser parser_;
  State state_ = State::idle;
  std::string realm_;
  std::string nonce_;
  std::array<std::uint8_t, 16> key_{};
  std::vector<Peer> peers_;
  std::vector<Pending> pending_;
  Instant refresh_at_{};
};

}  // namespace sealhall::turn
