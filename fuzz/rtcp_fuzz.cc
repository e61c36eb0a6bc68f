// deps: core_rtp
// RTCP compounds: what is read can be written, and writing it again gives the same bytes.
#include "core/base/check.h"
#include "core/rtp/rtcp.h"

using namespace sealhall;
using namespace sealhall::rtp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto messages = rtcp::parse({data, size});
  if (!messages) return 0;
  SEALHALL_CHECK(messages->size() <= 64);
  if (messages->empty()) return 0;
  Bytes first(200'000);
  const auto written = rtcp::write(*messages, first);
  SEALHALL_CHECK(written.has_value());
  first.resize(*written);
  const auto again = rtcp::parse(first);
  SEALHALL_CHECK(again.has_value() && again->size() == messages->size());
  Bytes second(first.size());
  SEALHALL_CHECK(rtcp::write(*again, second) == first.size());
  SEALHALL_CHECK(first == second);
  return 0;
}
