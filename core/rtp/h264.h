// H.264 over RTP as far as a media server must read it (RFC 6184 section 5): which NAL units a payload begins or holds.
// Non-interleaved mode (section 6.3) only: single NAL units, STAP-A and FU-A, which is what browsers send.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::rtp {

enum class H264Error : std::uint8_t {
  truncated,    ///< shorter than its type, or a size in it, says
  unsupported,  ///< a payload type of interleaved mode, or one that does not exist
};

/// NAL unit types (ITU-T H.264 table 7-1) that are told apart here.
namespace nal_type {
inline constexpr std::uint8_t slice = 1;
inline constexpr std::uint8_t idr_slice = 5;
inline constexpr std::uint8_t sequence_parameters = 7;
inline constexpr std::uint8_t stap_a = 24;
inline constexpr std::uint8_t fu_a = 28;
}  // namespace nal_type

struct ParsedH264 {
  /// A sequence parameter set is in it: with it a receiver that has nothing yet may begin. An IDR picture without one
  /// is of use only to whoever has the parameters already, so it does not count.
  bool key_frame_start = false;
  bool idr = false;  ///< an IDR slice begins in it
};

/// H.264 payloads do not say where a frame begins; the RTP timestamp does (section 5.1).
expected<ParsedH264, H264Error> parse_h264(ByteView rtp_payload) noexcept;

}  // namespace sealhall::rtp
