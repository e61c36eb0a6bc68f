// Where the forwarding unit puts what it produces: packets, RTCP, link datagrams and events.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/bytes.h"
#include "core/rtp/rtcp.h"
#include "core/sfu/types.h"

namespace sealhall::sfu {

enum class PacketKind : std::uint8_t { audio, video, retransmission, probe };

/// One RTP packet for one receiver, in pieces: header | patch | payload | padding. The views live until `send` returns.
struct OutPacket {
  TransportHandle transport{};
  PacketKind kind = PacketKind::video;
  ByteView header{};   ///< complete RTP header with extensions, at most 32 bytes, SRTP's associated data
  ByteView patch{};    ///< rewritten payload descriptor or RTX's sequence number, at most 8 bytes, may be empty
  ByteView payload{};  ///< shared by all receivers of the packet; may be empty
  std::uint8_t padding =
      0;  ///< RTP padding to write behind the payload (the P bit is set): zeros, the last byte this number

  [[nodiscard]] std::size_t size() const noexcept { return header.size() + patch.size() + payload.size() + padding; }
};

/// Caller-owned. Nothing may be called on the Forwarder from inside these functions.
class Sink {
 public:
  virtual ~Sink() = default;

  /// One packet. All packets for one transport of one `flush` come one after another, audio first, then `end_run`.
  virtual void send(const OutPacket& packet) noexcept = 0;
  /// The run for this transport is over: what was gathered can leave as GSO batches. A run is at most
  /// `max_run_packets` video packets and the audio that waited.
  virtual void end_run(TransportHandle transport) noexcept = 0;
  /// RTCP for this transport, as one compound (or reduced-size, RFC 5506) packet.
  virtual void send_rtcp(TransportHandle transport, std::span<const rtp::rtcp::Message> messages) noexcept = 0;
  /// One datagram head | body to another worker; it hands it to its Forwarder's `on_link`. `head` is at most 64 bytes.
  virtual void send_link(std::uint32_t worker, ByteView head, ByteView body) noexcept = 0;

  /// Slots of this transport that carry something else now.
  virtual void slots_changed(TransportId transport, std::span<const wire::SlotAssignment> changed) noexcept = 0;
  /// Loudest first, at most 8.
  virtual void speakers_changed(const MeetingKey& meeting, std::span<const ParticipantNumber> loudest) noexcept = 0;
  /// The simulcast layers of this publisher that somebody (on any worker) receives or waits for.
  virtual void layers_changed(TransportId publisher, SourceKind kind, std::span<const std::string> rids) noexcept = 0;
};

/// Video packets of one receiver that leave back to back. Larger: fewer system calls; smaller: gentler bursts.
inline constexpr std::size_t max_run_packets = 16;

}  // namespace sealhall::sfu
