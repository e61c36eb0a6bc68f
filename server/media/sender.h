// The way out: packets of the forwarding unit, sealed for each receiver straight into the batch that the kernel gets.
#pragma once

#include <array>
#include <vector>

#include "core/sfu/sink.h"
#include "io/udp/send_batch.h"
#include "server/media/counters.h"
#include "server/media/outside.h"
#include "server/media/transport.h"

namespace sealhall::media {

/// Indexed by TransportHandle; places of closed transports are empty.
using Transports = std::vector<std::unique_ptr<Transport>>;

class Sender final : public sfu::Sink {
 public:
  /// All outlive the sender.
  Sender(const Transports& transports, Outside& outside, Counters& counters);

  /// One datagram that is ready, over any path of the transport that may be sent to (STUN answers, DTLS).
  void send_plain(Transport& transport, const ice::Address& to, ByteView datagram) noexcept;
  /// To an address that is no path: the caller has made sure that this may be answered.
  void send_answer(const ice::Address& to, ByteView datagram) noexcept;
  void send_rtcp_to(Transport& transport, std::span<const rtp::rtcp::Message> messages) noexcept;
  /// Hands what was gathered to the kernel.
  void flush() noexcept { batch_.flush(); }

  void send(const sfu::OutPacket& packet) noexcept override;
  void end_run(sfu::TransportHandle transport) noexcept override;
  void send_rtcp(sfu::TransportHandle transport, std::span<const rtp::rtcp::Message> messages) noexcept override;
  void send_link(std::uint32_t worker, ByteView head, ByteView body) noexcept override;
  void slots_changed(sfu::TransportId transport, std::span<const wire::SlotAssignment> changed) noexcept override;
  void speakers_changed(const sfu::MeetingKey& meeting,
                        std::span<const sfu::ParticipantNumber> loudest) noexcept override;
  void layers_changed(sfu::TransportId publisher, sfu::SourceKind kind,
                      std::span<const std::string> rids) noexcept override;

 private:
  [[nodiscard]] Transport* find(sfu::TransportHandle handle) const noexcept;
  /// Where the next datagram of this transport is written.
  MutableBytes room(const Transport& transport) noexcept;
  /// The datagram in `room` is `size` bytes: queues or sends it, or drops it for the amplification limit.
  void leave(Transport& transport, std::size_t size) noexcept;

  const Transports& transports_;
  Outside& outside_;
  Counters& counters_;
  io::SendBatch batch_;
  std::array<std::uint8_t, io::SendBatch::max_datagram> relay_{};
};

}  // namespace sealhall::media
