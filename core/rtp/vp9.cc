#include "core/rtp/vp9.h"

#include "core/base/check.h"

namespace sealhall::rtp {
namespace {

/// RFC 9628 section 4.2.1: how many spatial layers there are, perhaps their sizes, perhaps the pictures of a group.
std::optional<Vp9Size> read_structure(ByteReader& reader) noexcept {
  std::optional<Vp9Size> size;
  const std::uint8_t head = reader.u8();  // N_S Y G, three bits reserved
  if ((head & 0x10) != 0) {
    for (unsigned k = 0; k <= static_cast<unsigned>(head >> 5); ++k) {
      const std::uint16_t width = reader.u16();
      const std::uint16_t height = reader.u16();
      if (width != 0 && height != 0) size = Vp9Size{width, height};  // the last layer is the largest
    }
  }
  if ((head & 0x08) != 0) {
    const std::uint8_t pictures = reader.u8();
    for (unsigned k = 0; k < pictures && reader.ok(); ++k) {
      const std::uint8_t picture = reader.u8();  // TID U R, two bits reserved
      reader.skip((picture >> 2) & 0x03);        // R times P_DIFF
    }
  }
  return size;
}

}  // namespace

expected<ParsedVp9, Vp9Error> parse_vp9(ByteView rtp_payload) noexcept {
  ByteReader reader{rtp_payload};
  ParsedVp9 result;
  Vp9Front& front = result.front;
  const std::uint8_t flags = reader.u8();  // I P L F B E V Z
  front.inter_predicted = (flags & 0x40) != 0;
  front.flexible = (flags & 0x10) != 0;
  front.start_of_frame = (flags & 0x08) != 0;
  front.end_of_frame = (flags & 0x04) != 0;
  front.has_structure = (flags & 0x02) != 0;
  front.not_for_upper = (flags & 0x01) != 0;
  if ((flags & 0x80) != 0) {
    const std::uint8_t high = reader.u8();
    // M: the picture id takes 15 bits instead of 7.
    front.picture_id =
        (high & 0x80) != 0 ? static_cast<std::uint16_t>(((high & 0x7F) << 8) | reader.u8()) : std::uint16_t{high};
  }
  if ((flags & 0x20) != 0) {
    const std::uint8_t layer = reader.u8();  // TID U SID D
    front.layer = Vp9Layer{.temporal_id = static_cast<std::uint8_t>(layer >> 5),
                           .switching_up = (layer & 0x10) != 0,
                           .spatial_id = static_cast<std::uint8_t>((layer >> 1) & 0x07),
                           .inter_layer = (layer & 0x01) != 0};
    if (!front.flexible) front.tl0_picture_index = reader.u8();
  }
  result.front_size = reader.position();
  if (front.flexible && front.inter_predicted) {
    // P_DIFF of 7 bits, and N: another one follows.
    unsigned references = 0;
    while ((reader.u8() & 0x01) != 0 && reader.ok()) {
      if (++references == 3) return unexpected(Vp9Error::too_many_references);
    }
  }
  if (front.has_structure) result.size = read_structure(reader);
  if (!reader.ok() || reader.remaining() == 0) return unexpected(Vp9Error::truncated);
  result.descriptor_size = reader.position();
  result.frame_start = front.start_of_frame && (!front.layer || front.layer->spatial_id == 0);
  result.key_frame_start = result.frame_start && !front.inter_predicted;
  return result;
}

expected<std::size_t, Vp9Error> write_vp9_front(const Vp9Front& front, MutableBytes out) noexcept {
  SEALHALL_CHECK(front.picture_id.value_or(0) <= 0x7FFF);
  SEALHALL_CHECK(front.tl0_picture_index.has_value() == (front.layer.has_value() && !front.flexible));
  ByteWriter writer{out};
  writer.u8(static_cast<std::uint8_t>((front.picture_id ? 0x80 : 0) | (front.inter_predicted ? 0x40 : 0) |
                                      (front.layer ? 0x20 : 0) | (front.flexible ? 0x10 : 0) |
                                      (front.start_of_frame ? 0x08 : 0) | (front.end_of_frame ? 0x04 : 0) |
                                      (front.has_structure ? 0x02 : 0) | (front.not_for_upper ? 0x01 : 0)));
  if (front.picture_id) writer.u16(static_cast<std::uint16_t>(0x8000 | *front.picture_id));
  if (front.layer) {
    SEALHALL_CHECK(front.layer->temporal_id <= 7 && front.layer->spatial_id <= 7);
    writer.u8(front.layer->byte());
  }
  if (front.tl0_picture_index) writer.u8(*front.tl0_picture_index);
  if (!writer.ok()) return unexpected(Vp9Error::buffer_too_small);
  return writer.size();
}

}  // namespace sealhall::rtp
