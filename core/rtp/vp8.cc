#include "core/rtp/vp8.h"

#include "core/base/check.h"

namespace sealhall::rtp {

expected<ParsedVp8, Vp8Error> parse_vp8(ByteView rtp_payload) noexcept {
  // RFC 7741 section 4.2, figure 1: X R N S R PID, then I L T K RSV when X is set.
  ByteReader reader{rtp_payload};
  ParsedVp8 result;
  Vp8Descriptor& descriptor = result.descriptor;
  const std::uint8_t first = reader.u8();
  descriptor.non_reference = (first & 0x20) != 0;
  descriptor.start_of_partition = (first & 0x10) != 0;
  descriptor.partition_id = first & 0x07;
  if ((first & 0x80) != 0) {
    const std::uint8_t present = reader.u8();
    if ((present & 0x80) != 0) {
      const std::uint8_t high = reader.u8();
      // M: the picture id takes 15 bits instead of 7.
      descriptor.picture_id =
          (high & 0x80) != 0 ? static_cast<std::uint16_t>(((high & 0x7F) << 8) | reader.u8()) : std::uint16_t{high};
    }
    if ((present & 0x40) != 0) descriptor.tl0_picture_index = reader.u8();
    if ((present & 0x30) != 0) {  // one byte carries TID, Y and KEYIDX; T and K say which of them count
      const std::uint8_t byte = reader.u8();
      if ((present & 0x20) != 0) {
        descriptor.temporal_id = static_cast<std::uint8_t>(byte >> 6);
        descriptor.layer_sync = (byte & 0x20) != 0;
      }
      if ((present & 0x10) != 0) descriptor.key_index = byte & 0x1F;
    }
  }
  if (!reader.ok() || reader.remaining() == 0) return unexpected(Vp8Error::truncated);
  result.descriptor_size = reader.position();
  result.frame_start = descriptor.start_of_partition && descriptor.partition_id == 0;
  // RFC 7741 section 4.3: the payload header starts with the inverse key frame flag P in bit 0.
  result.key_frame_start = result.frame_start && vp8_is_key_frame(rtp_payload.subspan(result.descriptor_size));
  return result;
}

expected<std::size_t, Vp8Error> write_vp8_descriptor(const Vp8Descriptor& descriptor, MutableBytes out) noexcept {
  SEALHALL_CHECK(descriptor.partition_id <= 7);
  SEALHALL_CHECK(descriptor.picture_id.value_or(0) <= 0x7FFF);
  SEALHALL_CHECK(descriptor.temporal_id.value_or(0) <= 3);
  SEALHALL_CHECK(descriptor.key_index.value_or(0) <= 31);
  const bool has_temporal_byte = descriptor.temporal_id || descriptor.key_index;
  const bool extended = descriptor.picture_id || descriptor.tl0_picture_index || has_temporal_byte;

  ByteWriter writer{out};
  writer.u8(static_cast<std::uint8_t>((extended ? 0x80 : 0) | (descriptor.non_reference ? 0x20 : 0) |
                                      (descriptor.start_of_partition ? 0x10 : 0) | descriptor.partition_id));
  if (extended) {
    writer.u8(static_cast<std::uint8_t>((descriptor.picture_id ? 0x80 : 0) | (descriptor.tl0_picture_index ? 0x40 : 0) |
                                        (descriptor.temporal_id ? 0x20 : 0) | (descriptor.key_index ? 0x10 : 0)));
    if (descriptor.picture_id) writer.u16(static_cast<std::uint16_t>(0x8000 | *descriptor.picture_id));
    if (descriptor.tl0_picture_index) writer.u8(*descriptor.tl0_picture_index);
    if (has_temporal_byte) {
      const bool sync = descriptor.temporal_id && descriptor.layer_sync;
      writer.u8(static_cast<std::uint8_t>((descriptor.temporal_id.value_or(0) << 6) | (sync ? 0x20 : 0) |
                                          descriptor.key_index.value_or(0)));
    }
  }
  if (!writer.ok()) return unexpected(Vp8Error::buffer_too_small);
  return writer.size();
}

std::size_t vp8_clear_prefix_size(ByteView frame) noexcept {
  return std::min<std::size_t>(vp8_is_key_frame(frame) ? 10 : 3, frame.size());
}

bool vp8_is_key_frame(ByteView frame) noexcept { return !frame.empty() && (frame[0] & 0x01) == 0; }

std::optional<Vp8Size> vp8_frame_size(ByteView frame) noexcept {
  if (frame.size() < 10 || !vp8_is_key_frame(frame)) return std::nullopt;
  if (frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a) return std::nullopt;
  // Little-endian; the two highest bits say how to scale.
  const auto dimension = [&](std::size_t at) {
    return static_cast<std::uint16_t>((frame[at] | frame[at + 1] << 8) & 0x3fff);
  };
  const Vp8Size size{dimension(6), dimension(8)};
  if (size.width == 0 || size.height == 0) return std::nullopt;
  return size;
}

}  // namespace sealhall::rtp
