// deps: io_clamd
// Whatever a scanner's daemon answers, only one plain verdict counts, and no more bytes can make a refusal harmless.
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "io/clamd/clamd.h"

using namespace sealhall;
using namespace sealhall::io;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string answer(reinterpret_cast<const char*>(data), size);
  const ClamdVerdict verdict = read_clamd_answer(answer);
  if (verdict == ClamdVerdict::harmless) SEALHALL_CHECK(answer.starts_with("stream: OK"));
  if (verdict == ClamdVerdict::harmful) SEALHALL_CHECK(answer.find(" FOUND") != std::string::npos);
  // What is before or after an answer takes its verdict away, or leaves it as it is.
  SEALHALL_CHECK(read_clamd_answer("x" + answer) == ClamdVerdict::no_verdict);
  if (verdict == ClamdVerdict::harmful) SEALHALL_CHECK(read_clamd_answer(answer + "OK") != ClamdVerdict::harmless);
  return 0;
}
