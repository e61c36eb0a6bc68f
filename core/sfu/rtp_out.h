// RTP headers of outgoing packets, written by hand for the hot path: fixed header and one-byte extensions (RFC 3550
// section 5.1, RFC 8285 section 4.2). The same bytes as rtp::write_header makes.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/rtp/extensions.h"
#include "core/rtp/profile.h"

namespace sealhall::sfu {

inline constexpr std::size_t video_header_size = 20;
inline constexpr std::size_t audio_header_size = 24;

struct OutHeader {
  std::uint8_t payload_type = 0;
  bool marker = false;
  bool padding = false;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::uint16_t transport_sequence = 0;
};

inline void write_fixed(const OutHeader& header, std::uint8_t* out) noexcept {
  out[0] = static_cast<std::uint8_t>(0x90 | (header.padding ? 0x20 : 0));  // version 2, X
  out[1] = static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | header.payload_type);
  store_u16(out + 2, header.sequence);
  store_u32(out + 4, header.timestamp);
  store_u32(out + 8, header.ssrc);
}

/// Fixed header and the transport-wide sequence number.
inline void write_video_header(const OutHeader& header, std::span<std::uint8_t, video_header_size> out) noexcept {
  write_fixed(header, out.data());
  store_u32(&out[12], 0xbede0001);
  out[16] = static_cast<std::uint8_t>(rtp::extension_id::transport_sequence << 4 | 1);
  store_u16(&out[17], header.transport_sequence);
  out[19] = 0;
}

/// The same and the sender's audio level (RFC 6464 section 3).
inline void write_audio_header(const OutHeader& header, bool voice, std::uint8_t level,
                               std::span<std::uint8_t, audio_header_size> out) noexcept {
  write_fixed(header, out.data());
  store_u32(&out[12], 0xbede0002);
  out[16] = static_cast<std::uint8_t>(rtp::extension_id::transport_sequence << 4 | 1);
  store_u16(&out[17], header.transport_sequence);
  out[19] = static_cast<std::uint8_t>(rtp::extension_id::audio_level << 4);
  out[20] = static_cast<std::uint8_t>((voice ? 0x80 : 0) | (level & 0x7f));
  out[21] = out[22] = out[23] = 0;
}

}  // namespace sealhall::sfu
