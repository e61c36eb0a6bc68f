// RTP packets: reading without copying, writing into a caller's buffer (RFC 3550 section 5.1, RFC 8285 extensions).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::rtp {

enum class PacketError : std::uint8_t {
  truncated,         ///< shorter than the fixed header, the CSRC list, the extension or the padding announce
  wrong_version,     ///< the version field is not 2
  bad_padding,       ///< the padding length is zero or larger than what follows the header
  bad_extension,     ///< an extension element runs past the extension's end
  buffer_too_small,  ///< (writing) the packet does not fit into the buffer
};

/// Which kind of packet a datagram on a shared port is (RFC 7983, RFC 5761 section 4).
enum class DatagramKind : std::uint8_t { stun, dtls, turn_channel, rtp, rtcp, unknown };
/// Looks at the first two bytes only; says nothing about validity.
DatagramKind classify(ByteView datagram) noexcept;

/// Extension ids 1..14 in the one-byte form (RFC 8285 section 4.2); two-byte form is read too, never written.
using ExtensionId = std::uint8_t;

/// A parsed RTP packet. All views point into the datagram given to `parse`.
struct Packet {
  bool marker = false;
  std::uint8_t payload_type = 0;  ///< 0..127
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  ByteView csrcs{};                     ///< 4 bytes each, at most 15
  std::uint16_t extension_profile = 0;  ///< 0xBEDE one-byte, 0x100x two-byte, 0 when there is no extension
  ByteView extension{};                 ///< the extension's elements, without the 4-byte extension header
  ByteView payload{};                   ///< without padding
  std::uint8_t padding_size = 0;        ///< including the length byte itself
  std::size_t header_size = 0;          ///< fixed header, CSRCs and extension: where `payload` starts

  /// The data of the first extension element with this id; nullopt when there is none. Never reads past `extension`.
  [[nodiscard]] std::optional<ByteView> find_extension(ExtensionId id) const noexcept;
};

/// Reads `datagram` as one RTP packet. Unknown extension profiles are accepted and have no elements.
expected<Packet, PacketError> parse_packet(ByteView datagram) noexcept;

/// One extension element to write: 1..16 bytes of data under an id of 1..14.
struct ExtensionElement {
  ExtensionId id = 0;
  ByteView data{};
};

/// The fields of a header to write; no CSRCs (nothing here mixes).
struct HeaderFields {
  bool marker = false;
  std::uint8_t payload_type = 0;
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::span<const ExtensionElement> extensions{};  ///< written in the one-byte form, padded to 4 bytes
};

/// Writes the header and returns its size in bytes. Error: buffer_too_small. Aborts on ids or sizes out of range (our
/// bug).
expected<std::size_t, PacketError> write_header(const HeaderFields& fields, MutableBytes out) noexcept;

}  // namespace sealhall::rtp
