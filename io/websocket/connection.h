// A WebSocket over a stream whose handshake is done. For io/websocket only.
#pragma once

#include <memory>
#include <string>

#include "io/websocket/websocket.h"

namespace sealhall::io {

std::shared_ptr<WebSocket> make_websocket(Loop& loop, std::shared_ptr<Stream> stream, WebSocketRole role,
                                          Bytes already_read, std::string protocol, RandomSource& random,
                                          WebSocketOptions options);

}  // namespace sealhall::io
