// deps: io_channel
// Channel framing and addresses: the same messages however the bytes are cut, never more than the limit.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "io/channel/channel.h"
#include "io/net/endpoint.h"

using namespace sealhall;
using namespace sealhall::io;

namespace {

std::vector<std::string> read(ByteView data, std::size_t piece) {
  ChannelReader reader;
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < data.size(); at += piece) {
    reader.feed(data.subspan(at, std::min(piece, data.size() - at)));
    while (true) {
      const auto message = reader.next();
      if (!message) return messages;
      if (!*message) break;
      SEALHALL_CHECK((*message)->size() <= channel_message_limit);
      messages.emplace_back(**message);
    }
  }
  return messages;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const ByteView data{bytes + 1, size - 1};
  SEALHALL_CHECK(read(data, data.size() + 1) == read(data, 1U + bytes[0] % 32U));
  if (const auto endpoint = parse_endpoint(as_text(data), 1))
    SEALHALL_CHECK(parse_endpoint(endpoint->text()) == endpoint);
  return 0;
}
