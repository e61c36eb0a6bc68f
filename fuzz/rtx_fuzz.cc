// deps: core_rtp
// Retransmissions: what is unwrapped and wrapped again carries the same original.
#include "core/base/check.h"
#include "core/rtp/rtx.h"

using namespace sealhall;
using namespace sealhall::rtp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rtx = parse_packet({data, size});
  if (!rtx) return 0;
  const auto original = unwrap_rtx(*rtx, 1, 96);
  if (!original) return 0;
  SEALHALL_CHECK(original->header_size + original->payload.size() + original->padding_size == size);
  Bytes out(size + 16);
  const auto written = write_rtx({.payload_type = 97, .sequence_number = 3, .ssrc = 2}, *original, out);
  SEALHALL_CHECK(written.has_value());
  const auto again = parse_packet(ByteView{out}.first(*written));
  SEALHALL_CHECK(again.has_value());
  const auto back = unwrap_rtx(*again, 1, 96);
  SEALHALL_CHECK(back && back->sequence_number == original->sequence_number && back->marker == original->marker);
  SEALHALL_CHECK(back->timestamp == original->timestamp && equal(back->payload, original->payload));
  return 0;
}
