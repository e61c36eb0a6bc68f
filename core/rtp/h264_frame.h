// A sealed H.264 frame as packetizers see it (ITU-T H.264 annex B). They cut a frame at start codes and read the first
// bytes of each NAL unit, and whoever puts it together again writes start codes of four bytes. So what stands in front
// of the first slice stays in the clear, with all start codes of four bytes, and what is sealed is made to look like
// the rest of that slice: emulation prevention (section 7.4.1) keeps start codes out of it, and a last byte keeps zeros
// from its end.
//
// Sealing: `h264_normal`, `h264_clear_prefix_size`, seal, `h264_hide`. Opening: `h264_clear_prefix_size`, `h264_show`,
// open.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"

namespace sealhall::rtp {

/// Parameter sets, delimiters and the like of one frame may be so large. More would invite leaving content in the
/// clear.
inline constexpr std::size_t max_h264_clear_prefix_size = 256;

/// How many bytes at the front stay in the clear: parameter sets and delimiter, then the first slice's start code, its
/// NAL unit header and three bytes of its slice header (first_mb_in_slice, slice_type and pic_parameter_set_id, which
/// browsers read). nullopt for a frame that is not as `h264_normal` makes it, has no slice, or where it comes too late.
std::optional<std::size_t> h264_clear_prefix_size(ByteView frame) noexcept;

/// The frame as it is sealed: start codes of four bytes up to the first slice, and without what a decoder does not need
/// in front of it (SEI, which may say anything, and filler). nullopt for what is no frame that could be sent.
std::optional<Bytes> h264_normal(ByteView frame);

/// `sealed` is a clear prefix of `clear_prefix_size` bytes and what is not; the latter is hidden from packetizers.
Bytes h264_hide(ByteView sealed, std::size_t clear_prefix_size);
/// Takes it back. nullopt when `hidden` was not made by `h264_hide`.
std::optional<Bytes> h264_show(ByteView hidden, std::size_t clear_prefix_size);

}  // namespace sealhall::rtp
