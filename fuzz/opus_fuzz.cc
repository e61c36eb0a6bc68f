// deps: core_rtp
// Opus framing: whatever is accepted lasts 2.5 to 120 ms.
#include "core/base/check.h"
#include "core/rtp/opus.h"

using namespace sealhall;
using namespace sealhall::rtp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto info = parse_opus({data, size});
  if (!info) return 0;
  SEALHALL_CHECK(info->frame_count >= 1 && info->frame_count <= 48);
  SEALHALL_CHECK(info->duration() >= Duration{2500} && info->duration() <= Duration{120'000});
  SEALHALL_CHECK(!(info->is_dtx && info->has_fec));
  return 0;
}
