// A WebSocket connection (RFC 6455), as server after an HTTP upgrade and as client.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "io/http/client.h"
#include "io/http/server.h"
#include "io/net/error.h"
#include "io/net/loop.h"
#include "io/websocket/protocol.h"

namespace sealhall::io {

struct WebSocketOptions {
  WebSocketLimits limits = {};
  std::size_t send_queue = 1U << 20;  ///< bytes; a peer that does not take them is closed as a slow consumer
  Duration ping_every = std::chrono::seconds{25};     ///< below the 30-60 s after which middleboxes forget a connection
  Duration silence_limit = std::chrono::seconds{60};  ///< nothing heard, not even a pong: the connection is lost
  Duration close_limit = std::chrono::seconds{5};     ///< for the peer to answer our close frame
  /// Server only: the subprotocols that we speak, in order of preference; the first that the client offers is chosen.
  std::vector<std::string> protocols = {};
  /// Server only: may a page of this origin connect? Not called for clients that send no Origin (native ones).
  std::function<bool(std::string_view origin, const HttpRequest&)> origin_allowed = {};
};

/// Why and how it ended.
struct WebSocketClosed {
  std::uint16_t code = close_code::abnormal;  ///< the peer's close code; `abnormal` when the connection was lost
  std::string reason;                         ///< the peer's words, or ours
  Failure failure;                            ///< kind `none` when closed in good order
};

/// Used on the loop's thread. Held by whoever talks; the connection also keeps itself until it is closed.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  struct Handlers {
    std::move_only_function<void(std::string_view)> on_text;
    std::move_only_function<void(ByteView)> on_binary;                ///< without it binary messages close with 1003
    std::move_only_function<void(const WebSocketClosed&)> on_closed;  ///< once; nothing is called after it
  };
  /// Starts reading. The handlers may close the socket and drop their own pointer to it.
  virtual void start(Handlers handlers) = 0;

  virtual void send_text(std::string_view text) = 0;
  virtual void send_binary(ByteView data) = 0;
  /// Sends a close frame, waits for the peer's, closes. What is queued is sent first.
  virtual void close(std::uint16_t code = close_code::normal, std::string_view reason = {}) = 0;
  /// Lets go at once; the handlers are not called again.
  virtual void abort() noexcept = 0;
  [[nodiscard]] virtual std::size_t queued() const noexcept = 0;
  [[nodiscard]] virtual const std::string& protocol() const noexcept = 0;  ///< the agreed subprotocol, or empty
  [[nodiscard]] virtual const Endpoint& peer() const noexcept = 0;
};

/// Server: checks the upgrade request (version 13, key, origin) and answers it. nullptr when it was refused (already
/// answered: 400, 403, or 426 with the version that we speak) or when the client has gone.
std::shared_ptr<WebSocket> accept_websocket(Loop& loop, const HttpRequest& request, HttpUpgrade upgrade,
                                            RandomSource& random, WebSocketOptions options = {});

using OnWebSocket = std::move_only_function<void(expected<std::shared_ptr<WebSocket>, Failure>)>;

struct WebSocketClientOptions {
  WebSocketOptions socket = {};
  HttpHeaders headers = {};                   ///< e.g. Authorization
  std::vector<std::string> protocols = {};    ///< offered subprotocols
  Duration limit = std::chrono::seconds{10};  ///< from the TCP connection to the 101 answer
};
/// Client: connects to a wss:// address. `done` is called exactly once; dropping the handle cancels.
class WebSocketAttempt;
std::shared_ptr<WebSocketAttempt> connect_websocket(Loop& loop, const TlsClientContext& context, const Url& url,
                                                    WebSocketClientOptions options, RandomSource& random,
                                                    OnWebSocket done);

}  // namespace sealhall::io
