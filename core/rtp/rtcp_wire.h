// The numbers of RTCP that reading and writing share (RFC 3550 section 12.1, RFC 4585 section 6, RFC 5104 section 4.3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/time.h"

namespace sealhall::rtp::rtcp::wire {

inline constexpr std::size_t header_size = 4;
inline constexpr std::size_t report_block_size = 24;

inline constexpr std::uint8_t type_sr = 200;
inline constexpr std::uint8_t type_rr = 201;
inline constexpr std::uint8_t type_sdes = 202;
inline constexpr std::uint8_t type_bye = 203;
inline constexpr std::uint8_t type_rtpfb = 205;
inline constexpr std::uint8_t type_psfb = 206;

inline constexpr std::uint8_t fmt_nack = 1;
inline constexpr std::uint8_t fmt_transport_feedback = 15;
inline constexpr std::uint8_t fmt_pli = 1;
inline constexpr std::uint8_t fmt_fir = 4;
inline constexpr std::uint8_t fmt_application = 15;

inline constexpr std::uint8_t sdes_cname = 1;
inline constexpr std::uint32_t remb_identifier = 0x52454D42;  // "REMB"

// Packet status symbols of transport feedback.
inline constexpr std::uint8_t symbol_lost = 0;
inline constexpr std::uint8_t symbol_small = 1;
inline constexpr std::uint8_t symbol_large = 2;
inline constexpr std::uint8_t symbol_reserved = 3;
/// The unit of arrival deltas.
inline constexpr Duration feedback_tick{250};

}  // namespace sealhall::rtp::rtcp::wire
