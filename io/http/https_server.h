// The server's one TCP port: TLS, and behind it HTTP, WebSocket upgrades, or a TURN stream by the first byte.
#pragma once

#include <memory>

#include "core/base/expected.h"
#include "io/http/server.h"
#include "io/tls/listener.h"

namespace sealhall::io {

class HttpsServer {
 public:
  /// `context` must live as long as the server.
  static expected<std::unique_ptr<HttpsServer>, Failure> listen(Loop& loop, const Endpoint& at,
                                                                const TlsServerContext& context, HttpHandlers handlers,
                                                                HttpServerLimits http_limits = {},
                                                                TlsListenerOptions tls_options = {});
  ~HttpsServer();
  [[nodiscard]] const Endpoint& local() const noexcept { return local_; }
  [[nodiscard]] TlsListenerStats stats() const noexcept;
  /// Stops listening and finishes what is being answered.
  void drain();

 private:
  HttpsServer() = default;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<TlsListener> listener_;
  Endpoint local_;
};

}  // namespace sealhall::io
