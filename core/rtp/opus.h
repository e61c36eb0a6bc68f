// What an Opus packet says about itself without being decoded (RFC 6716 sections 3.1 and 3.2, RFC 7587 section 4.2).
// On the wire our Opus payloads are sealed by SFrame as a whole: this works on plain packets, in clients, before
// sealing and after opening. The media server can call none of it.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"

namespace sealhall::rtp {

enum class OpusError : std::uint8_t {
  empty,      ///< no bytes at all
  truncated,  ///< a length runs past the packet, or the code's length bytes are missing
  malformed,  ///< frames of unequal size under a constant-size code, or a frame over 1275 bytes
  too_long,   ///< no frames, or more than 120 ms of audio
};

enum class OpusMode : std::uint8_t { silk, hybrid, celt };
enum class OpusBandwidth : std::uint8_t { narrow, medium, wide, super_wide, full };

struct OpusInfo {
  OpusMode mode = OpusMode::celt;
  OpusBandwidth bandwidth = OpusBandwidth::full;
  bool stereo = false;
  Duration frame_duration{};     ///< of one frame: 2.5 to 60 ms
  std::uint8_t frame_count = 0;  ///< 1..48
  /// Every frame is empty or one byte: discontinuous transmission, nothing was said (RFC 6716 section 2.1.9).
  bool is_dtx = false;
  /// The packet carries low-bit-rate redundancy for the frame before it (in-band FEC, RFC 6716 section 2.1.7).
  bool has_fec = false;

  [[nodiscard]] Duration duration() const noexcept { return frame_duration * frame_count; }
};

/// Reads the table-of-contents byte and the framing; the compressed audio itself is not checked.
expected<OpusInfo, OpusError> parse_opus(ByteView packet) noexcept;

}  // namespace sealhall::rtp
