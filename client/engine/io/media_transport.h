// The media path of one participant: SecureTransport over UDP sockets, and over a TLS relay when UDP does not work.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/engine/io/turn_relay.h"
#include "client/engine/io/udp_socket.h"
#include "core/wire/signalling.h"
#include "io/dtls/secure_transport.h"
#include "io/net/loop.h"
#include "io/net/timer.h"
#include "io/tls/context.h"

namespace sealhall::client {

struct MediaTransportConfig {
  ice::Credentials local;                          ///< fresh ones for each transport (RFC 8445 section 5.3)
  std::shared_ptr<const dtls::Identity> identity;  ///< whose fingerprint the server was told
  wire::TransportParameters remote;  ///< as signalling sent it; checked by `create`. Four candidates are used
  wire::RelayCredentials relay;      ///< for TURN
  io::Endpoint relay_server;         ///< the HTTPS address of the server
  bool relay_only = false;           ///< no UDP at all
  bool relay_allowed = true;         ///< false: UDP or nothing
  ice::AgentConfig ice;
};

/// One transport, from its first check to its end; a new one is made after `failed`. On the loop's thread.
class MediaTransport {
 public:
  struct Handlers {
    /// What arrived, opened by SRTP (RFC 3711); the view holds during the call.
    std::function<void(ByteView packet, Instant now)> rtp;
    std::function<void(ByteView packet, Instant now)> rtcp;
    std::function<void()> connected;                 ///< media may be sent
    std::function<void(ice::PathKind kind)> path;    ///< media goes this way from now on
    std::function<void(std::string reason)> failed;  ///< once; ask signalling for a new transport
  };
  /// `tls` and `random` outlive the transport. An error names what signalling sent that cannot be used. Handlers may
  /// destroy the transport in `failed` only.
  static expected<std::unique_ptr<MediaTransport>, std::string> create(io::Loop& loop, const io::TlsClientContext& tls,
                                                                       RandomSource& random,
                                                                       MediaTransportConfig config, Handlers handlers);
  ~MediaTransport();
  MediaTransport(const MediaTransport&) = delete;
  MediaTransport& operator=(const MediaTransport&) = delete;

  /// Seals one packet and sends it over the path of today. Dropped without a word before `connected` and after
  /// `failed`: media that is late is of no use.
  void send_rtp(ByteView packet);
  void send_rtcp(ByteView packet);
  /// Says good-bye to the server (DTLS close_notify). `failed` is not called any more.
  void close();

  /// Whether media can be sent.
  [[nodiscard]] bool connected() const noexcept;
  /// nullopt before the first path works.
  [[nodiscard]] std::optional<ice::PathKind> path() const noexcept { return transport_->selected_kind(); }
  /// Of the checks on the selected path, smoothed; nullopt before the first answer.
  [[nodiscard]] std::optional<Duration> round_trip() const noexcept { return transport_->round_trip(); }
  [[nodiscard]] std::string cipher() const;  ///< "AEAD_AES_256_GCM", empty before the handshake
  /// Since `create`; all paths together.
  [[nodiscard]] const dtls::SecureTransport::Counters& counters() const noexcept { return transport_->counters(); }
  /// The port of the server's end of the selected path; 0 when there is none.
  [[nodiscard]] std::uint16_t server_port() const noexcept;
  /// How often a path was selected, the first time included.
  [[nodiscard]] std::uint64_t path_changes() const noexcept { return path_changes_; }

 private:
  struct UdpPath {
    std::unique_ptr<UdpSocket> socket;
    ice::PathId id{};
    std::uint16_t port = 0;
  };
  struct RelayPath {
    ice::Address peer;
    ice::PathId id{};
  };
  MediaTransport(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random, MediaTransportConfig config,
                 Handlers handlers);
  void start();
  void open_udp(const ice::Address& candidate);
  void start_relay();
  void drop_relay();
  void on_relay_failed();
  void on_event(const dtls::SecureTransport::Event& event);
  void transmit(const dtls::SecureTransport::Transmit& transmit);
  void flush();
  void arm();

  io::Loop& loop_;
  const io::TlsClientContext& tls_;
  RandomSource& random_;
  MediaTransportConfig config_;
  Handlers handlers_;
  std::vector<ice::Address> candidates_;
  std::unique_ptr<dtls::SecureTransport> transport_;
  std::vector<UdpPath> udp_;
  std::unique_ptr<TurnRelay> relay_;
  std::unique_ptr<TurnRelay> old_relay_;  // destroyed outside of its own callbacks
  std::vector<RelayPath> relay_paths_;
  dtls::SecureTransport::Outbox out_;
  dtls::SecureTransport::Outbox work_;
  bool flushing_ = false;
  bool failed_ = false;
  io::Timer timer_;
  std::optional<Instant> armed_;
  io::Timer relay_timer_;
  io::Timer relay_end_timer_;
  std::uint64_t path_changes_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::client
