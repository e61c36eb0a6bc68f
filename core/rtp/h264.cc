#include "core/rtp/h264.h"

namespace sealhall::rtp {
namespace {

constexpr std::uint8_t type_mask = 0x1F;
constexpr std::uint8_t last_single_type = 23;

void note(std::uint8_t type, ParsedH264& result) noexcept {
  if (type == nal_type::sequence_parameters) result.key_frame_start = true;
  if (type == nal_type::idr_slice) result.idr = true;
}

}  // namespace

expected<ParsedH264, H264Error> parse_h264(ByteView rtp_payload) noexcept {
  ByteReader reader{rtp_payload};
  const auto type = static_cast<std::uint8_t>(reader.u8() & type_mask);
  if (!reader.ok() || reader.remaining() == 0) return unexpected(H264Error::truncated);
  ParsedH264 result;
  if (type >= nal_type::slice && type <= last_single_type) {
    note(type, result);
    return result;
  }
  if (type == nal_type::stap_a) {
    // RFC 6184 section 5.7.1: 16 bits of size in front of every unit.
    while (reader.remaining() != 0) {
      const std::uint16_t size = reader.u16();
      const ByteView unit = reader.bytes(size);
      if (!reader.ok() || unit.empty()) return unexpected(H264Error::truncated);
      note(unit[0] & type_mask, result);
    }
    return result;
  }
  if (type == nal_type::fu_a) {
    // RFC 6184 section 5.8: S E R and the type of the unit that is in pieces.
    const std::uint8_t header = reader.u8();
    if (reader.remaining() == 0) return unexpected(H264Error::truncated);
    if ((header & 0x80) != 0) note(header & type_mask, result);
    return result;
  }
  return unexpected(H264Error::unsupported);
}

}  // namespace sealhall::rtp
