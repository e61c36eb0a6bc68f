// One end of DTLS 1.2 as datagrams in and datagrams out, for the keys of SRTP (RFC 6347, RFC 5764).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "io/dtls/identity.h"

namespace sealhall::dtls {

enum class Role : std::uint8_t { client, server };

/// What RFC 5764 section 4.2 exports, cut into its four pieces and named from this end's view.
struct SrtpKeys {
  SrtpProfile profile = SrtpProfile::aead_aes_256_gcm;
  SecretBytes send_key;   ///< master key for what this end sends: 16 or 32 bytes
  SecretBytes send_salt;  ///< 12 bytes (AEAD) or 14 bytes
  SecretBytes receive_key;
  SecretBytes receive_salt;

  [[nodiscard]] srtp::MasterKey send() const noexcept { return {send_key.reveal(), send_salt.reveal()}; }
  [[nodiscard]] srtp::MasterKey receive() const noexcept { return {receive_key.reveal(), receive_salt.reveal()}; }
};

/// Datagrams to send, in order; the caller owns the vector, empties it, and may reuse it.
using Datagrams = std::vector<Bytes>;

/// Sans-IO. Feed with `start` (a client), `handle` and, when `next_deadline` has passed, `handle_timeout`.
class Endpoint {
 public:
  enum class State : std::uint8_t {
    handshaking,
    connected,  ///< the peer's certificate is the announced one, and `take_keys` has keys
    failed,     ///< `error` says why
    closed,     ///< by `close` or by the peer's close_notify
  };
  /// The whole of a handshake must be done within this.
  static constexpr Duration handshake_timeout = std::chrono::seconds{20};
  /// First retransmission (RFC 6347 section 4.2.4.1 allows less than 1 s where the round trip is short); doubles each
  /// time.
  static constexpr Duration first_retransmission = std::chrono::milliseconds{250};
  static constexpr Duration last_retransmission = std::chrono::seconds{2};
  /// The largest datagram a handshake sends.
  static constexpr std::size_t max_handshake_datagram = 1200;

  /// `expected_peer` is what signalling announced; another certificate fails the handshake.
  Endpoint(std::shared_ptr<const Identity> identity, Role role, const Fingerprint& expected_peer, Instant now);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  /// A client's first flight. Does nothing for a server.
  void start(Instant now, Datagrams& out);
  /// One datagram of the peer. Broken records are dropped in silence (RFC 6347 section 4.1.2.7).
  void handle(ByteView datagram, Instant now, Datagrams& out);
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  void handle_timeout(Instant now, Datagrams& out);
  /// Sends close_notify. Works after `release`, too.
  void close(Datagrams& out);

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] std::optional<DtlsError> error() const noexcept { return error_; }
  /// The keys, once, after the state became connected.
  std::optional<SrtpKeys> take_keys();
  /// Frees OpenSSL's state (about 40 KiB). Call when the peer's first SRTP packet was authentic: it has finished the
  /// handshake then and nothing needs to be sent again. What `close` sends is made before and kept.
  void release();
  [[nodiscard]] bool released() const noexcept;

 private:
  struct Session;
  void advance(Instant now, Datagrams& out);
  void arm_timer(Instant now) noexcept;
  void fail(DtlsError error);
  expected<SrtpKeys, DtlsError> export_keys() const;

  std::shared_ptr<const Identity> identity_;
  std::unique_ptr<Session> session_;
  Role role_;
  State state_ = State::handshaking;
  std::optional<DtlsError> error_;
  std::optional<SrtpKeys> keys_;
  Bytes close_notify_;  // made by `release`
  Instant give_up_at_;
  Duration retransmission_ = first_retransmission;
  std::optional<Instant> retransmit_at_;
};

}  // namespace sealhall::dtls
