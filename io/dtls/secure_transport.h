// A client's media transport in one piece: ICE, DTLS and SRTP over any number of paths (RFC 8445, RFC 5764, RFC 3711).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/ice/agent.h"
#include "io/dtls/endpoint.h"

namespace sealhall::dtls {

struct SecureTransportConfig {
  ice::Credentials local;
  ice::Credentials remote;
  Fingerprint remote_fingerprint{};
  std::shared_ptr<const Identity> identity;
  /// Frees DTLS's memory (about 40 KiB) once media flows. Then the server's close_notify is not understood any more,
  /// only its RTCP BYE: for load generators.
  bool frugal = false;
  /// Intervals of the ICE agent; its credentials are taken from above.
  ice::AgentConfig ice;
};

/// Sans-IO. Datagrams of every path go in by `on_datagram`; plain RTP and RTCP come out, and the other way round. DTLS
/// client and controlling agent. The caller owns sockets and relays and names them by the path ids it was given.
class SecureTransport {
 public:
  enum class State : std::uint8_t {
    connecting,
    connected,
    failed,  ///< see `error`: the caller asks signalling for a new transport
    closed,
  };
  enum class Error : std::uint8_t { ice_failed, dtls_failed, closed_by_peer };
  enum class SendError : std::uint8_t {
    not_connected,
    too_large,
    refused,  ///< not an RTP or RTCP packet, or its sequence number was sent before
  };

  struct Transmit {
    ice::PathId path{};
    ice::Address to;
    Bytes data;
  };
  struct Received {
    bool rtcp = false;
    Bytes packet;  ///< plain RTP or a plain RTCP compound packet
  };
  enum class EventKind : std::uint8_t {
    connected,      ///< keys are there; media may be sent
    path_selected,  ///< media goes over `path` from now on
    path_suspect,   ///< the selected path answers late: make a relay ready if there is none
    path_dead,
    failed,
    closed,
  };
  struct Event {
    EventKind kind{};
    ice::PathId path{};
  };
  struct Outbox {
    std::vector<Transmit> transmits;
    std::vector<Received> received;
    std::vector<Event> events;
    void clear() {
      transmits.clear();
      received.clear();
      events.clear();
    }
  };
  struct Counters {
    std::uint64_t packets_in = 0;
    std::uint64_t packets_out = 0;
    std::uint64_t bytes_in = 0;  ///< of datagrams
    std::uint64_t bytes_out = 0;
    std::uint64_t dropped_unauthenticated = 0;
    std::uint64_t dropped_replayed = 0;
    std::uint64_t dropped_other = 0;
  };

  /// `random` must outlive the transport and be fit for secrets.
  SecureTransport(SecureTransportConfig config, RandomSource& random, Instant now);
  ~SecureTransport();
  SecureTransport(const SecureTransport&) = delete;
  SecureTransport& operator=(const SecureTransport&) = delete;

  /// A way to the server: a UDP socket with a candidate, or a TURN allocation with a permission for it.
  std::optional<ice::PathId> add_path(ice::PathKind kind, const ice::Address& remote, Instant now, Outbox& out);
  void remove_path(ice::PathId path, Instant now, Outbox& out);

  /// A datagram of any kind that came over `path`. `datagram` is used as scratch.
  void on_datagram(ice::PathId path, const ice::Address& from, MutableBytes datagram, Instant now, Outbox& out);
  /// Protects one plain packet, at most rtp::max_rtp_packet_size bytes, and sends it over the path that works best.
  expected<void, SendError> send_rtp(ByteView packet, Instant now, Outbox& out);
  expected<void, SendError> send_rtcp(ByteView packet, Instant now, Outbox& out);

  /// See ice::Agent::set_media_expected. On while connected unless told otherwise.
  void set_media_expected(bool expected, Instant now) noexcept;
  /// Sends close_notify and ends.
  void close(Instant now, Outbox& out);

  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  void handle_timeout(Instant now, Outbox& out);

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] std::optional<Error> error() const noexcept { return error_; }
  [[nodiscard]] std::optional<ice::PathId> selected() const noexcept { return agent_.selected(); }
  [[nodiscard]] std::optional<ice::PathKind> selected_kind() const noexcept;
  [[nodiscard]] std::optional<Duration> round_trip() const noexcept;
  [[nodiscard]] std::optional<SrtpProfile> profile() const noexcept { return profile_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

 private:
  struct Srtp;
  void start_dtls(Instant now, Outbox& out);
  void flush_ice(Instant now, Outbox& out);
  void flush_dtls(Instant now, Outbox& out);
  void on_dtls_progress(Instant now, Outbox& out);
  expected<void, SendError> send(ByteView packet, bool rtcp, Outbox& out);
  void fail(Error error, Outbox& out);

  SecureTransportConfig config_;
  ice::Agent agent_;
  Endpoint dtls_;
  std::unique_ptr<Srtp> srtp_;
  ice::AgentOutbox ice_out_;
  Datagrams dtls_out_;
  State state_ = State::connecting;
  std::optional<Error> error_;
  std::optional<SrtpProfile> profile_;
  bool dtls_started_ = false;
  Counters counters_;
};

}  // namespace sealhall::dtls
