#include "core/rtp/rtx.h"

namespace sealhall::rtp {

expected<std::size_t, RtxError> write_rtx(const HeaderFields& header, const Packet& original,
                                          MutableBytes out) noexcept {
  HeaderFields fields = header;
  // RFC 4588 section 4: timestamp and marker are the original's. Padding of the original is not sent again.
  fields.marker = original.marker;
  fields.timestamp = original.timestamp;
  const auto header_size = write_header(fields, out);
  if (!header_size) return unexpected(RtxError::buffer_too_small);
  ByteWriter writer{out.subspan(*header_size)};
  writer.u16(original.sequence_number);
  writer.bytes(original.payload);
  if (!writer.ok()) return unexpected(RtxError::buffer_too_small);
  return *header_size + writer.size();
}

expected<Packet, RtxError> unwrap_rtx(const Packet& rtx, std::uint32_t original_ssrc,
                                      std::uint8_t original_payload_type) noexcept {
  if (rtx.payload.empty()) return unexpected(RtxError::no_payload);
  if (rtx.payload.size() < rtx_prefix_size) return unexpected(RtxError::truncated);
  Packet original = rtx;
  original.ssrc = original_ssrc;
  original.payload_type = original_payload_type;
  original.sequence_number = load_u16(rtx.payload.data());
  original.payload = rtx.payload.subspan(rtx_prefix_size);
  original.header_size = rtx.header_size + rtx_prefix_size;
  return original;
}

}  // namespace sealhall::rtp
