#include "io/http/https_server.h"

namespace sealhall::io {

expected<std::unique_ptr<HttpsServer>, Failure> HttpsServer::listen(Loop& loop, const Endpoint& at,
                                                                    const TlsServerContext& context,
                                                                    HttpHandlers handlers, HttpServerLimits http_limits,
                                                                    TlsListenerOptions tls_options) {
  std::unique_ptr<HttpsServer> server{new HttpsServer};
  server->http_ = std::make_unique<HttpServer>(loop, std::move(handlers), http_limits);
  auto listener = TlsListener::listen(
      loop, at, context, tls_options,
      [http = server->http_.get()](std::shared_ptr<TlsStream> stream) { http->serve(std::move(stream)); });
  if (!listener) return unexpected(listener.error());
  server->listener_ = std::move(*listener);
  server->local_ = server->listener_->local();
  return server;
}

HttpsServer::~HttpsServer() {
  listener_.reset();  // first: it feeds the other
}

TlsListenerStats HttpsServer::stats() const noexcept { return listener_ ? listener_->stats() : TlsListenerStats{}; }

void HttpsServer::drain() {
  listener_.reset();
  http_->drain();
}

}  // namespace sealhall::io
