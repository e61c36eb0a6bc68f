// deps: core_rtp
// VP8 payload descriptors: what is read is written back with the same meaning.
#include "core/base/check.h"
#include "core/rtp/vp8.h"

using namespace sealhall;
using namespace sealhall::rtp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload{data, size};
  SEALHALL_CHECK(vp8_clear_prefix_size(payload) <= size);
  const auto parsed = parse_vp8(payload);
  if (!parsed) return 0;
  SEALHALL_CHECK(parsed->descriptor_size >= 1 && parsed->descriptor_size < size);
  std::array<std::uint8_t, 7> out{};
  const auto written = write_vp8_descriptor(parsed->descriptor, out);
  SEALHALL_CHECK(written && *written <= 6);
  out[*written] = payload[parsed->descriptor_size];
  const auto again = parse_vp8(ByteView{out}.first(*written + 1));
  SEALHALL_CHECK(again.has_value());
  SEALHALL_CHECK(again->key_frame_start == parsed->key_frame_start && again->frame_start == parsed->frame_start);
  SEALHALL_CHECK(again->descriptor.picture_id == parsed->descriptor.picture_id);
  SEALHALL_CHECK(again->descriptor.tl0_picture_index == parsed->descriptor.tl0_picture_index);
  SEALHALL_CHECK(again->descriptor.temporal_id == parsed->descriptor.temporal_id);
  SEALHALL_CHECK(again->descriptor.layer_sync == parsed->descriptor.layer_sync);
  SEALHALL_CHECK(again->descriptor.key_index == parsed->descriptor.key_index);
  return 0;
}
