// The fixed media profile: payload types, clock rates, sizes. Every peer of the product uses these values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/time.h"

namespace sealhall::rtp {

namespace payload_type {
inline constexpr std::uint8_t opus = 111;
inline constexpr std::uint8_t vp8 = 96;
inline constexpr std::uint8_t vp8_rtx = 97;
inline constexpr std::uint8_t vp9 = 98;
inline constexpr std::uint8_t vp9_rtx = 99;
inline constexpr std::uint8_t h264 = 102;
inline constexpr std::uint8_t h264_rtx = 103;
/// Padding-only probe packets that the server or a client makes by itself; never decoded.
inline constexpr std::uint8_t probe = 126;
}  // namespace payload_type

inline constexpr std::uint32_t opus_clock_rate = 48'000;   ///< RFC 7587 section 4.1
inline constexpr std::uint32_t video_clock_rate = 90'000;  ///< RFC 7741 section 4.1
inline constexpr Duration audio_frame_duration = std::chrono::milliseconds{20};

/// The largest RTP packet before SRTP, in bytes: with SRTP's tag (16), and TURN, UDP and IPv6 headers it stays below
/// 1280. Smaller costs more headers, larger risks fragments on tunnels.
inline constexpr std::size_t max_rtp_packet_size = 1200;
/// What a datagram on the UDP port may at most hold, with SRTP tag and SRTCP index.
inline constexpr std::size_t max_datagram_size = 1500;

}  // namespace sealhall::rtp
