// deps: io_websocket
// WebSocket frames: however the bytes are cut, the same events come out, within their bounds and valid.
#include <cstddef>
#include <cstdint>

#include "core/base/check.h"
#include "io/websocket/protocol.h"

using namespace sealhall;
using namespace sealhall::io;

namespace {

constexpr WebSocketLimits limits{.message = 500, .fragments = 4};

struct Outcome {
  std::vector<WebSocketEvent> events;
  std::uint16_t error = 0;
};

Outcome read(ByteView data, std::size_t piece, WebSocketRole role) {
  WebSocketReader reader{role, limits};
  Outcome out;
  for (std::size_t at = 0; at < data.size() && out.error == 0; at += piece) {
    const auto result = reader.feed(data.subspan(at, std::min(piece, data.size() - at)), out.events);
    if (!result) out.error = result.error();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1U + bytes[0] % 32U;
  const WebSocketRole role = (bytes[0] & 0x80) != 0 ? WebSocketRole::client : WebSocketRole::server;
  const ByteView data{bytes + 1, size - 1};

  const Outcome whole = read(data, data.size() + 1, role);
  const Outcome cut = read(data, piece, role);
  SEALHALL_CHECK(whole.error == cut.error && whole.events.size() == cut.events.size());
  for (std::size_t i = 0; i < whole.events.size(); ++i) {
    const WebSocketEvent& event = whole.events[i];
    SEALHALL_CHECK(event.kind == cut.events[i].kind && event.data == cut.events[i].data &&
                   event.code == cut.events[i].code);
    SEALHALL_CHECK(event.data.size() <= limits.message);
    if (event.kind != WebSocketEvent::Kind::text) continue;
    Utf8Check check;
    SEALHALL_CHECK(check.feed(as_bytes(event.data)) && check.complete());
  }

  // What we write, the other side reads.
  SeededRandom random{size};
  Bytes frame;
  write_websocket_frame(frame, role, WebSocketEvent::Kind::binary, data.first(std::min<std::size_t>(data.size(), 500)),
                        random);
  const Outcome back =
      read(frame, piece, role == WebSocketRole::server ? WebSocketRole::client : WebSocketRole::server);
  SEALHALL_CHECK(back.error == 0 && back.events.size() == 1);
  return 0;
}
