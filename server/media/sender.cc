#include "server/media/sender.h"

#include <algorithm>
#include <cstring>

namespace sealhall::media {

namespace {

constexpr std::size_t max_rtcp_size = 1400;

std::uint8_t* put(std::uint8_t* to, ByteView bytes) noexcept {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

/// A padded packet has bytes behind the shared payload, so it is joined first (RFC 3550 section 5.1: the last byte
/// counts).
expected<std::size_t, srtp::SrtpError> protect_padded(srtp::SrtpSender& sender, const sfu::OutPacket& packet,
                                                      MutableBytes out) {
  std::uint8_t* end = put(put(put(out.data(), packet.header), packet.patch), packet.payload);
  std::fill_n(end, packet.padding, std::uint8_t{0});
  end[packet.padding - 1] = packet.padding;
  return sender.protect_in_place(out, packet.size());
}

}  // namespace

Sender::Sender(const Transports& transports, Outside& outside, Counters& counters)
    : transports_(transports), outside_(outside), counters_(counters), batch_(outside) {}

Transport* Sender::find(sfu::TransportHandle handle) const noexcept {
  const std::size_t index = sfu::value(handle);
  return index < transports_.size() ? transports_[index].get() : nullptr;
}

MutableBytes Sender::room(const Transport& transport) noexcept {
  return transport.relayed ? MutableBytes{relay_} : batch_.prepare(transport.destination);
}

void Sender::leave(Transport& transport, std::size_t size) noexcept {
  if (transport.limited) {
    if (!transport.ice.may_send(transport.destination, size)) {
      ++counters_.dropped_amplification;
      return;
    }
    transport.ice.on_sent(transport.destination, size);
  }
  ++counters_.packets_out;
  counters_.bytes_out += size;
  if (transport.relayed) {
    outside_.send_relay(transport.destination, ByteView{relay_}.first(size));
  } else {
    batch_.commit(size);
  }
}

void Sender::send(const sfu::OutPacket& packet) noexcept {
  Transport* transport = find(packet.transport);
  if (transport == nullptr || !transport->sender || !transport->has_destination) return;
  const MutableBytes out = room(*transport);
  if (packet.size() + srtp::max_overhead > out.size()) {
    ++counters_.dropped_unsealable;
    return;
  }
  const auto size = packet.padding == 0 ? transport->sender->protect(packet.header, packet.patch, packet.payload, out)
                                        : protect_padded(*transport->sender, packet, out);
  if (!size) {
    ++counters_.dropped_unsealable;
    return;
  }
  leave(*transport, *size);
}

void Sender::end_run(sfu::TransportHandle) noexcept { batch_.end_run(); }

void Sender::send_rtcp(sfu::TransportHandle handle, std::span<const rtp::rtcp::Message> messages) noexcept {
  if (Transport* transport = find(handle)) send_rtcp_to(*transport, messages);
}

void Sender::send_rtcp_to(Transport& transport, std::span<const rtp::rtcp::Message> messages) noexcept {
  if (!transport.sender || !transport.has_destination || messages.empty()) return;
  std::array<std::uint8_t, max_rtcp_size> plain{};
  const auto plain_size = rtp::rtcp::write(messages, plain);
  if (!plain_size) {  // too large as one compound packet: each on its own (RFC 5506)
    if (messages.size() == 1) {
      ++counters_.dropped_unsealable;
      return;
    }
    for (const rtp::rtcp::Message& message : messages) send_rtcp_to(transport, {&message, 1});
    return;
  }
  const MutableBytes out = room(transport);
  const auto size = transport.sender->protect_rtcp(ByteView{plain}.first(*plain_size), out);
  if (!size) {
    ++counters_.dropped_unsealable;
    return;
  }
  leave(transport, *size);
}

void Sender::send_plain(Transport& transport, const ice::Address& to, ByteView datagram) noexcept {
  if (!transport.ice.may_send(to, datagram.size())) {
    ++counters_.dropped_amplification;
    return;
  }
  transport.ice.on_sent(to, datagram.size());
  send_answer(to, datagram);
}

void Sender::send_answer(const ice::Address& to, ByteView datagram) noexcept {
  if (datagram.empty() || datagram.size() > io::SendBatch::max_datagram) return;
  ++counters_.packets_out;
  counters_.bytes_out += datagram.size();
  if (is_relay_address(to)) {
    outside_.send_relay(to, datagram);
    return;
  }
  put(batch_.prepare(to).data(), datagram);
  batch_.commit(datagram.size());
}

void Sender::send_link(std::uint32_t worker, ByteView head, ByteView body) noexcept {
  outside_.send_link(worker, head, body);
}

void Sender::slots_changed(sfu::TransportId transport, std::span<const wire::SlotAssignment> changed) noexcept {
  outside_.to_control(wire::media::SlotsChanged{transport, {changed.begin(), changed.end()}});
}

void Sender::speakers_changed(const sfu::MeetingKey& meeting,
                              std::span<const sfu::ParticipantNumber> loudest) noexcept {
  outside_.to_control(wire::media::SpeakersChanged{meeting, {loudest.begin(), loudest.end()}});
}

void Sender::layers_changed(sfu::TransportId publisher, sfu::SourceKind kind,
                            std::span<const std::string> rids) noexcept {
  outside_.to_control(wire::media::LayersChanged{publisher, kind, {rids.begin(), rids.end()}});
}

}  // namespace sealhall::media
