// The media worker without its sockets: datagrams, commands and a time in; datagrams and messages out through
// `Outside`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/rtp/packet.h"
#include "core/sfu/forwarder.h"
#include "core/wire/media_channel.h"
#include "io/dtls/identity.h"
#include "server/media/counters.h"
#include "server/media/outside.h"
#include "server/media/sender.h"
#include "server/media/transport.h"

namespace sealhall::media {

struct WorkerConfig {
  std::uint32_t worker = 0;  ///< its number among the workers of this server
  /// Where clients reach the UDP port, told to them.
  std::vector<wire::TransportParameters::Candidate> candidates;
  std::shared_ptr<const dtls::Identity> identity;  ///< whose fingerprint control tells clients
  sfu::Config sfu;
};

/// Sans-IO. The loop: `on_datagram`, `on_relay_*`, `on_link`, `on_control` as they come, `flush` once they are through,
/// `handle_timeout` when `next_deadline` has passed.
class Worker {
 public:
  /// `outside` and `random` outlive the worker; `random` must be fit for secrets.
  Worker(WorkerConfig config, Outside& outside, RandomSource& random, Instant now);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// What came to the UDP port, 0..65507 bytes of anything. Changed in place. `arrived` is at most now. Whatever is not
  /// STUN, DTLS or authentic SRTP of a known path is counted and dropped; nothing larger than the datagram is answered
  /// to an address that is not validated.
  void on_datagram(const ice::Address& from, MutableBytes datagram, Instant arrived);
  /// What came over a relay connection, whose virtual address is `client` (`relay_address`).
  void on_relay_datagram(const ice::Address& client, MutableBytes datagram, Instant now);
  /// That path is gone; its transport goes on over another one, or waits for one.
  void on_relay_closed(const ice::Address& client, Instant now);
  /// One message of another worker of this server (core/sfu/link.h). A malformed one is counted and dropped.
  void on_link(std::uint32_t from_worker, ByteView datagram, Instant now);
  /// A command. One for a transport that is gone changes nothing; one that the forwarder refuses is logged.
  void on_control(const wire::media::ControlMessage& message, Instant now);
  /// Sends what the input since the last flush has brought.
  void flush(Instant now);

  /// The first message of a control connection; `pid` is our process.
  [[nodiscard]] wire::media::Hello hello(std::uint32_t pid) const;
  /// Closes everything politely: RTCP BYE (RFC 3550 section 6.6) and close_notify. Also when control was replaced.
  void close_all(Instant now);
  /// True after control sent Stop.
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }

  /// There always is one: broken transports are looked for twice a second.
  [[nodiscard]] Instant next_deadline() const;
  /// Handshakes, lost transports, paced packets, reports: whatever is due, and sent at once. Too early does no harm.
  void handle_timeout(Instant now);

  /// Open ones, connected or not.
  [[nodiscard]] std::size_t transports() const noexcept { return by_id_.size(); }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  /// What control is told once a second; `cpu_permille` of one core is the caller's measurement.
  [[nodiscard]] wire::media::WorkerStats stats(std::uint32_t cpu_permille) const;
  [[nodiscard]] const sfu::Forwarder& forwarder() const noexcept { return forwarder_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  using ByUfrag = std::unordered_map<std::string, Transport*, TextHash, std::equal_to<>>;

  void on_input(const ice::Address& from, MutableBytes datagram, Instant now);
  void on_stun(const ice::Address& from, ByteView datagram, Instant now);
  void on_dtls(Transport& transport, const ice::Address& from, ByteView datagram, Instant now);
  void on_srtp(Transport& transport, const ice::Address& from, MutableBytes datagram, bool rtcp, Instant now);
  void on_authentic(Transport& transport, const ice::Address& from, Instant now);
  void after_dtls(Transport& transport, Instant now);
  /// False when the keys are of no use.
  bool establish(Transport& transport, const dtls::SrtpKeys& keys, Instant now);
  void follow_path(Transport& transport, Instant now);

  void open(const wire::media::OpenTransport& command, Instant now);
  void say_goodbye(Transport& transport);
  void close(Transport& transport, Instant now);
  void lose(Transport& transport, std::string reason, Instant now);
  void sweep(Instant now);
  void run_handshakes(Instant now);

  WorkerConfig config_;
  Outside& outside_;
  RandomSource& random_;
  Counters counters_;
  Transports transports_;
  Sender sender_;
  sfu::Forwarder forwarder_;
  std::unordered_map<sfu::TransportId, Transport*> by_id_;
  ByUfrag by_ufrag_;
  std::unordered_map<ice::Address, Transport*, ice::AddressHash> by_path_;
  std::vector<Transport*> handshaking_;
  dtls::Datagrams dtls_out_;
  Instant latest_{};  // times given to the forwarding unit never go back
  Instant next_sweep_{};
  bool stopping_ = false;
};

}  // namespace sealhall::media
