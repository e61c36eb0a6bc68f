// The selective forwarding unit of one media worker (RFC 7667 section 3.7). Sans-IO; the way in is a packet or a
// command with a time, the way out is the `Sink`.
//
// The worker's loop: read a batch of datagrams, `on_rtp` / `on_rtcp` / `on_link` for each, then `flush` once; and
// `tick` (which flushes too) whenever `next_deadline` has passed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/rtp/packet.h"
#include "core/rtp/rtcp.h"
#include "core/sfu/sink.h"
#include "core/sfu/types.h"

namespace sealhall::sfu {

class Worker;

class Forwarder {
 public:
  /// `sink` and `random` outlive the Forwarder. `random` gives SSRCs and first sequence numbers.
  Forwarder(const Config& config, Sink& sink, RandomSource& random);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  // ---- commands of control (core/wire/media_channel.h) ----

  struct Opened {
    TransportHandle handle{};
    std::vector<wire::Slot> slots;  ///< audio slots first, then video; their SSRCs are fixed for the transport's life
  };
  /// Makes the transport, and its meeting when it is the first. Nothing is sent to it before `set_connected`.
  expected<Opened, SfuError> open_transport(const wire::media::OpenTransport& command, Instant now);
  /// SRTP is up (true): media may flow. The path changed or was lost (false): nothing is sent until true again.
  void set_connected(TransportHandle transport, bool connected, Instant now);
  /// The handle may be given to another transport after this.
  void close_transport(TransportHandle transport, Instant now);
  expected<void, SfuError> set_published(const wire::media::SetPublished& command, Instant now);
  expected<void, SfuError> set_remote_published(const wire::media::SetRemotePublished& command, Instant now);
  expected<void, SfuError> set_subscribed(const wire::media::SetSubscribed& command, Instant now);
  expected<void, SfuError> set_meeting_workers(const wire::media::MeetingWorkers& command, Instant now);

  // ---- packets ----

  /// One authenticated packet of this transport. Its bytes are copied once; receivers get it at the next `flush`.
  void on_rtp(TransportHandle from, const rtp::Packet& packet, Instant now);
  void on_rtcp(TransportHandle from, std::span<const rtp::rtcp::Message> messages, Instant now);
  /// One datagram of `send_link` from another worker.
  void on_link(std::uint32_t from_worker, ByteView datagram, Instant now);
  /// Sends what the packets since the last flush have brought, one run a receiver.
  void flush(Instant now);

  // ---- time ----

  /// Paced video, gathered audio, feedback, NACKs, key-frame requests, probes, speakers. Flushes.
  void tick(Instant now);
  /// When `tick` must next be called; nullopt when nothing waits.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  // ---- for people who watch ----

  /// What the transports whose interval is over have been through in it. Call about every 500 ms.
  [[nodiscard]] std::vector<wire::media::TransportQuality> take_quality(Instant now);

  [[nodiscard]] const Stats& stats() const noexcept;
  [[nodiscard]] std::size_t transports() const noexcept;
  [[nodiscard]] std::optional<TransportHandle> find(TransportId transport) const noexcept;
  /// What the receiver's bandwidth estimate is.
  [[nodiscard]] DataRate estimate(TransportHandle transport) const noexcept;
  [[nodiscard]] Duration round_trip(TransportHandle transport) const noexcept;
  /// Why every video slot of this receiver shows what it shows.
  [[nodiscard]] std::vector<SlotExplanation> explain(TransportHandle transport) const;
  /// One line a slot: "slot 9: camera of 4: f/2 of f/2, 1480 kbit/s, as_wished".
  [[nodiscard]] std::string explain_text(TransportHandle transport) const;

 private:
  std::unique_ptr<Worker> worker_;
};

}  // namespace sealhall::sfu
