// deps: core_rtp
// VP9 payload descriptors: the front that is read is written back with the same meaning, and all lies within the
// packet.
#include "core/base/check.h"
#include "core/rtp/vp9.h"

using namespace sealhall;
using namespace sealhall::rtp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload{data, size};
  const auto parsed = parse_vp9(payload);
  if (!parsed) return 0;
  SEALHALL_CHECK(parsed->front_size >= 1 && parsed->front_size <= max_vp9_front_size);
  SEALHALL_CHECK(parsed->front_size <= parsed->descriptor_size && parsed->descriptor_size < size);
  std::array<std::uint8_t, max_vp9_front_size> front{};
  const auto written = write_vp9_front(parsed->front, front);
  SEALHALL_CHECK(written.has_value());
  // What a media server sends: another front before the same rest.
  Bytes sent{front.begin(), front.begin() + static_cast<std::ptrdiff_t>(*written)};
  append(sent, payload.subspan(parsed->front_size));
  const auto again = parse_vp9(sent);
  SEALHALL_CHECK(again.has_value());
  SEALHALL_CHECK(again->frame_start == parsed->frame_start && again->key_frame_start == parsed->key_frame_start);
  SEALHALL_CHECK(again->front.picture_id == parsed->front.picture_id);
  SEALHALL_CHECK(again->front.tl0_picture_index == parsed->front.tl0_picture_index);
  SEALHALL_CHECK(again->front.layer.has_value() == parsed->front.layer.has_value());
  SEALHALL_CHECK(again->descriptor_size - again->front_size == parsed->descriptor_size - parsed->front_size);
  SEALHALL_CHECK(again->size.has_value() == parsed->size.has_value());
  return 0;
}
