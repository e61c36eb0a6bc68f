// The few fields of RTP and RTCP headers that SRTP needs (RFC 3550 sections 5.1 and 6.4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"

namespace sealhall::srtp {

inline constexpr std::size_t rtp_fixed_header_size = 12;

/// Size of fixed header, CSRC list and extension: what SRTP leaves in the clear. nullopt: not an RTP packet, or cut
/// short.
inline std::optional<std::size_t> rtp_header_size(ByteView packet) noexcept {
  if (packet.size() < rtp_fixed_header_size || (packet[0] >> 6) != 2) return std::nullopt;
  std::size_t size = rtp_fixed_header_size + std::size_t{4} * (packet[0] & 0x0FU);
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < size + 4) return std::nullopt;
    size += 4 + std::size_t{load_u16(&packet[size + 2])} * 4;
  }
  if (packet.size() < size) return std::nullopt;
  return size;
}

inline std::uint16_t rtp_sequence_number(ByteView header) noexcept { return load_u16(&header[2]); }
inline std::uint32_t rtp_ssrc(ByteView header) noexcept { return load_u32(&header[8]); }
inline std::uint32_t rtcp_ssrc(ByteView packet) noexcept { return load_u32(&packet[4]); }

}  // namespace sealhall::srtp
