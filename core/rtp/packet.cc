#include "core/rtp/packet.h"

#include "core/base/check.h"

namespace sealhall::rtp {
namespace {

constexpr std::size_t fixed_header_size = 12;
constexpr std::uint16_t one_byte_profile = 0xBEDE;  // RFC 8285 section 4.2
constexpr std::uint16_t two_byte_profile = 0x1000;  // RFC 8285 section 4.3: the low four bits are "appbits"
constexpr std::uint16_t two_byte_mask = 0xFFF0;

// Walks the elements of an extension block; `visit(id, data)` returns true to stop. False: an element overruns the
// block.
template <typename Visit>
bool walk_elements(std::uint16_t profile, ByteView block, Visit visit) noexcept {
  const bool one_byte = profile == one_byte_profile;
  if (!one_byte && (profile & two_byte_mask) != two_byte_profile) return true;
  std::size_t at = 0;
  while (at < block.size()) {
    if (block[at] == 0) {  // padding byte
      ++at;
      continue;
    }
    ExtensionId id = 0;
    std::size_t size = 0;
    if (one_byte) {
      id = static_cast<ExtensionId>(block[at] >> 4);
      // RFC 8285 section 4.2: id 15 ends the processing of the block. Id 0 with a length is no valid padding byte, so
      // what follows it cannot be trusted either.
      if (id == 15 || id == 0) return true;
      size = (block[at] & 0x0FU) + 1U;
      at += 1;
    } else {
      if (block.size() - at < 2) return false;
      id = block[at];
      size = block[at + 1];
      at += 2;
    }
    if (size > block.size() - at) return false;
    if (visit(id, block.subspan(at, size))) return true;
    at += size;
  }
  return true;
}

}  // namespace

DatagramKind classify(ByteView datagram) noexcept {
  if (datagram.size() < 2) return DatagramKind::unknown;
  const std::uint8_t first = datagram[0];
  // RFC 7983 section 7.
  if (first <= 3) return DatagramKind::stun;
  if (first >= 20 && first <= 63) return DatagramKind::dtls;
  if (first >= 64 && first <= 79) return DatagramKind::turn_channel;
  if (first >= 128 && first <= 191) {
    // RFC 5761 section 4: RTCP packet types 192..223 are RTP payload types 64..95, which RTP must not use here.
    return datagram[1] >= 192 && datagram[1] <= 223 ? DatagramKind::rtcp : DatagramKind::rtp;
  }
  return DatagramKind::unknown;
}

std::optional<ByteView> Packet::find_extension(ExtensionId id) const noexcept {
  std::optional<ByteView> found;
  if (id == 0) return found;
  walk_elements(extension_profile, extension, [&](ExtensionId element, ByteView data) {
    if (element != id) return false;
    found = data;
    return true;
  });
  return found;
}

expected<Packet, PacketError> parse_packet(ByteView datagram) noexcept {
  if (datagram.size() < fixed_header_size) return unexpected(PacketError::truncated);
  if ((datagram[0] >> 6) != 2) return unexpected(PacketError::wrong_version);
  const bool has_padding = (datagram[0] & 0x20) != 0;
  const bool has_extension = (datagram[0] & 0x10) != 0;
  const std::size_t csrc_size = std::size_t{4} * (datagram[0] & 0x0FU);

  Packet packet;
  packet.marker = (datagram[1] & 0x80) != 0;
  packet.payload_type = datagram[1] & 0x7F;
  packet.sequence_number = load_u16(&datagram[2]);
  packet.timestamp = load_u32(&datagram[4]);
  packet.ssrc = load_u32(&datagram[8]);
  std::size_t at = fixed_header_size;
  if (csrc_size > datagram.size() - at) return unexpected(PacketError::truncated);
  packet.csrcs = datagram.subspan(at, csrc_size);
  at += csrc_size;

  if (has_extension) {  // RFC 3550 section 5.3.1
    if (datagram.size() - at < 4) return unexpected(PacketError::truncated);
    packet.extension_profile = load_u16(&datagram[at]);
    const std::size_t size = std::size_t{load_u16(&datagram[at + 2])} * 4;
    at += 4;
    if (size > datagram.size() - at) return unexpected(PacketError::truncated);
    packet.extension = datagram.subspan(at, size);
    at += size;
    if (!walk_elements(packet.extension_profile, packet.extension, [](ExtensionId, ByteView) { return false; })) {
      return unexpected(PacketError::bad_extension);
    }
  }
  packet.header_size = at;

  std::size_t payload_size = datagram.size() - at;
  if (has_padding) {  // RFC 3550 section 5.1: the last byte counts the padding, itself included
    const std::uint8_t padding = datagram.back();
    if (payload_size == 0 || padding == 0 || padding > payload_size) return unexpected(PacketError::bad_padding);
    packet.padding_size = padding;
    payload_size -= padding;
  }
  packet.payload = datagram.subspan(at, payload_size);
  return packet;
}

expected<std::size_t, PacketError> write_header(const HeaderFields& fields, MutableBytes out) noexcept {
  SEALHALL_CHECK(fields.payload_type <= 127);
  std::size_t elements_size = 0;
  for (const ExtensionElement& element : fields.extensions) {
    SEALHALL_CHECK(element.id >= 1 && element.id <= 14);
    SEALHALL_CHECK(!element.data.empty() && element.data.size() <= 16);
    elements_size += 1 + element.data.size();
  }
  const bool has_extension = !fields.extensions.empty();
  const std::size_t padded = (elements_size + 3) / 4 * 4;
  const std::size_t size = fixed_header_size + (has_extension ? 4 + padded : 0);
  if (out.size() < size) return unexpected(PacketError::buffer_too_small);

  out[0] = has_extension ? 0x90 : 0x80;
  out[1] = static_cast<std::uint8_t>((fields.marker ? 0x80 : 0) | fields.payload_type);
  store_u16(&out[2], fields.sequence_number);
  store_u32(&out[4], fields.timestamp);
  store_u32(&out[8], fields.ssrc);
  if (has_extension) {
    store_u16(&out[12], one_byte_profile);
    store_u16(&out[14], static_cast<std::uint16_t>(padded / 4));
    std::size_t at = 16;
    for (const ExtensionElement& element : fields.extensions) {
      out[at] = static_cast<std::uint8_t>((element.id << 4) | (element.data.size() - 1));
      std::memcpy(&out[at + 1], element.data.data(), element.data.size());
      at += 1 + element.data.size();
    }
    while (at < size) out[at++] = 0;
  }
  return size;
}

}  // namespace sealhall::rtp
