// The server's end of TURN over one stream: bytes of a TLS connection in; bytes and datagrams out (RFC 8656).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/ice/address.h"
#include "core/ice/stun.h"
#include "core/ice/turn.h"

namespace sealhall::turn {

/// What a TURN server asks of the program around it. Called only from inside the server's own calls.
class Authority {
 public:
  virtual ~Authority() = default;
  /// The password of a user who may allocate now; nullopt when unknown or expired.
  virtual std::optional<std::string> password_for(std::string_view username) = 0;
  /// True when datagrams may go to this peer: the predicate that keeps this from being an open relay.
  virtual bool permits_peer(const ice::Address& peer) = 0;
  /// Reserves an allocation for the user, by quota; the relay address that the client is told; nullopt: 486.
  virtual std::optional<ice::Address> claim_allocation(std::string_view username) = 0;
  /// The allocation that was claimed has ended; called once for each.
  virtual void release_allocation(std::string_view username, const ice::Address& relayed) = 0;
};

struct ServerConfig {
  std::string realm;  ///< RFC 8489 section 9.2: what clients are asked to authenticate for
  /// Names this server in SOFTWARE; empty leaves the attribute out.
  std::string software;
  /// The client's address as the server sees it, for XOR-MAPPED-ADDRESS.
  ice::Address client;
  /// Longer lets a request that was overheard be sent again for longer (on the same connection only).
  Duration nonce_lifetime = std::chrono::hours{1};
  /// A connection without an allocation is closed after this. Larger lets idle strangers hold connections longer.
  Duration unallocated_timeout = std::chrono::seconds{10};
  /// Of an allocation; then 508 (RFC 8656 section 9.2). More cost memory a client, fewer refuse servers with many
  /// workers.
  std::size_t max_permissions = 16;
  std::size_t max_channels = 16;
  /// Errors answered before the connection is closed. Larger lets passwords be guessed longer.
  std::uint32_t max_errors = 24;
};

/// One UDP datagram for a peer, as if from the relay address.
struct PeerDatagram {
  ice::Address peer;
  Bytes data;
};
/// What a server session wants done. The caller owns it, empties it, and may reuse it.
struct ServerOutbox {
  Bytes to_client;  ///< to append to the stream, in whole frames
  std::vector<PeerDatagram> to_peers;
  std::optional<TurnError> close;         ///< close the stream after `to_client` has been written
  std::optional<ice::Address> allocated;  ///< an allocation has begun
  bool released = false;                  ///< the allocation has ended
};

/// Sans-IO, one a TLS connection.
class ServerSession {
 public:
  /// `authority` and `random` must outlive the session.
  ServerSession(ServerConfig config, Authority& authority, RandomSource& random, Instant now);
  ~ServerSession();
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;

  /// Bytes of the stream, cut anywhere. After `out.close` was set everything is ignored.
  void on_bytes(ByteView stream, Instant now, ServerOutbox& out);
  /// A datagram of `peer` for the relay address. Dropped when there is no permission for it (RFC 8656 section 11.3).
  /// Returns true when it was passed on.
  bool on_peer_datagram(const ice::Address& peer, ByteView data, Instant now, ServerOutbox& out);

  /// The relay address while there is an allocation.
  [[nodiscard]] std::optional<ice::Address> relayed() const noexcept;
  /// The user of the allocation; empty before.
  [[nodiscard]] std::string_view username() const noexcept { return username_; }
  /// When the allocation, or the time to make one, ends.
  [[nodiscard]] Instant next_deadline() const noexcept;
  /// Ends what has run out: the allocation is given back and the stream is to be closed. Too early does no harm.
  void handle_timeout(Instant now, ServerOutbox& out);

 private:
  struct Permission {
    ice::Address peer;  // port 0: permissions are by IP address (RFC 8656 section 9)
    Instant until{};
  };
  struct Channel {
    std::uint16_t number = 0;
    ice::Address peer;
    Instant until{};
  };
  struct Allocation {
    ice::Address relayed;
    Instant until{};
    std::vector<Permission> permissions;
    std::vector<Channel> channels;
  };

  void on_frame(const Frame& frame, Instant now, ServerOutbox& out);
  void on_request(const stun::Message& request, Instant now, ServerOutbox& out);
  void on_send(const stun::Message& indication, Instant now, ServerOutbox& out);
  void on_channel_data(const Frame& frame, Instant now, ServerOutbox& out);
  void allocate(const stun::Message& request, std::string_view username, Instant now, ServerOutbox& out);
  void refresh(const stun::Message& request, Instant now, ServerOutbox& out);
  void create_permission(const stun::Message& request, Instant now, ServerOutbox& out);
  void channel_bind(const stun::Message& request, Instant now, ServerOutbox& out);
  void challenge(const stun::Message& request, int code, Instant now, ServerOutbox& out);
  void refuse(const stun::Message& request, int code, bool authenticated, ServerOutbox& out);
  void release(ServerOutbox& out);
  void renew_nonce(Instant now);
  [[nodiscard]] bool permitted(const ice::Address& peer, Instant now) const noexcept;
  /// Installs or refreshes a permission; the error is the code to answer with.
  expected<void, int> permit(const ice::Address& peer, Instant now);
  /// MESSAGE-INTEGRITY and the end of a success answer.
  void finish_success(stun::Builder& builder, MutableBytes buffer, ServerOutbox& out) const;

  ServerConfig config_;
  Authority& authority_;
  RandomSource& random_;
  StreamParser parser_;
  std::string nonce_;
  Instant nonce_until_{};
  std::string username_;
  std::array<std::uint8_t, 16> key_{};
  std::optional<Allocation> allocation_;
  Instant started_{};
  std::uint32_t errors_ = 0;
  bool closed_ = false;
};

}  // namespace sealhall::turn
