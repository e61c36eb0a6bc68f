// deps: core_wire
// A stream of frames, cut wherever the first byte says: the same frames come out as in one piece.
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/wire/frame.h"

using namespace sealhall;

namespace {
std::vector<std::string> frames(ByteView stream, std::size_t piece) {
  wire::FrameReader reader;
  std::vector<std::string> out;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    reader.push(stream.subspan(at, std::min(piece, stream.size() - at)));
    for (;;) {
      auto frame = reader.next();
      if (!frame) return out;
      if (!*frame) break;
      out.push_back(std::move(**frame));
    }
  }
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView stream{data + 1, size - 1};
  SEALHALL_CHECK(frames(stream, 1U + data[0]) == frames(stream, stream.size() + 1));
  return 0;
}
