// deps: core_rtp
// H.264 payloads and frames: nothing is read beyond the end; a frame made normal stays so, and what is hidden behind
// its clear prefix has no start code and comes back.
#include "core/base/check.h"
#include "core/rtp/h264.h"
#include "core/rtp/h264_frame.h"

using namespace sealhall;
using namespace sealhall::rtp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input{data, size};
  static_cast<void>(parse_h264(input));
  if (const auto clear = h264_clear_prefix_size(input)) {
    SEALHALL_CHECK(*clear <= size && *clear <= max_h264_clear_prefix_size);
    if (const auto shown = h264_show(input, *clear)) SEALHALL_CHECK(equal(h264_hide(*shown, *clear), input));
  }
  const auto normal = h264_normal(input);
  if (!normal) return 0;
  const auto clear = h264_clear_prefix_size(*normal);
  SEALHALL_CHECK(clear.has_value());
  SEALHALL_CHECK(h264_normal(*normal) == normal);
  const Bytes hidden = h264_hide(*normal, *clear);
  SEALHALL_CHECK(h264_clear_prefix_size(hidden) == clear);
  for (std::size_t i = *clear - 4; i + 2 < hidden.size(); ++i) {
    SEALHALL_CHECK(hidden[i] != 0 || hidden[i + 1] != 0 || hidden[i + 2] > 1 || i + 2 < *clear);
  }
  SEALHALL_CHECK(h264_show(hidden, *clear) == *normal);
  return 0;
}
