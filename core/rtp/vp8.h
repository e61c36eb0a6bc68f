// VP8 over RTP: the payload descriptor and what its first frame bytes say (RFC 7741 sections 4.2 and 4.3).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::rtp {

enum class Vp8Error : std::uint8_t {
  truncated,         ///< the descriptor announces more bytes than there are, or no payload follows it
  buffer_too_small,  ///< (writing) it does not fit
};

/// RFC 7741 section 4.2. Absent fields are nullopt. Picture ids are always written in the 15-bit form.
struct Vp8Descriptor {
  bool non_reference = false;                       ///< N: the frame may be dropped without harming others
  bool start_of_partition = false;                  ///< S
  std::uint8_t partition_id = 0;                    ///< PID, 0..7
  std::optional<std::uint16_t> picture_id{};        ///< 15 bits
  std::optional<std::uint8_t> tl0_picture_index{};  ///< TL0PICIDX
  std::optional<std::uint8_t> temporal_id{};        ///< TID, 0..3
  bool layer_sync = false;                          ///< Y; written only with `temporal_id`
  std::optional<std::uint8_t> key_index{};          ///< KEYIDX, 0..31
};

struct ParsedVp8 {
  Vp8Descriptor descriptor;
  std::size_t descriptor_size = 0;  ///< where the VP8 bytes start in the RTP payload
  /// True for the first packet of a key frame. The first byte of a frame is always in the clear (`clear_prefix_size`).
  bool key_frame_start = false;
  bool frame_start = false;  ///< S set and PID 0
};

expected<ParsedVp8, Vp8Error> parse_vp8(ByteView rtp_payload) noexcept;
/// Returns the size written, 1..6 bytes.
expected<std::size_t, Vp8Error> write_vp8_descriptor(const Vp8Descriptor& descriptor, MutableBytes out) noexcept;

/// Bytes at the front of an encoded VP8 frame that stay in the clear under SFrame: 10 of a key frame, 3 of another one
/// (packetizers and the media server read them). `frame` begins with the VP8 frame tag (RFC 6386 section 9.1); bit 0 of
/// its first byte is 0 for a key frame. Never more than the frame's size.
std::size_t vp8_clear_prefix_size(ByteView frame) noexcept;
bool vp8_is_key_frame(ByteView frame) noexcept;

struct Vp8Size {
  std::uint16_t width = 0;  ///< 1..16383
  std::uint16_t height = 0;
};
/// What a key frame says of its picture (RFC 6386 section 9.1); nullopt for another frame, and for what is none.
std::optional<Vp8Size> vp8_frame_size(ByteView frame) noexcept;

}  // namespace sealhall::rtp
