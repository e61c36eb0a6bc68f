#include <cstdlib>
#include <memory>
#include <vector>

#include "bench/server/servers.h"
#include "core/crypto/random.h"
#include "io/http/https_server.h"
#include "io/http/router.h"
#include "io/websocket/websocket.h"

namespace sealhall::bench {

std::string rest_body() {
  return R"({"id":"01H8XGJWBWBAQ4","email":"somebody@example.org","display_name":"Somebody Anybody","role":"member",)"
         R"("created_at":"2026-11-24T08:00:00Z","status":"active","timezone":"Europe/Berlin","language":"en"})";
}

void run_io_server(const ServerFiles& files, const std::function<void(std::uint16_t)>& ready) {
  io::Loop loop;
  crypto::SystemRandom random;
  auto context = io::TlsServerContext::load({files.chain, files.key});
  if (!context) std::abort();
  io::Router router;
  router.add("GET", "/v2/users/{}", [](io::HttpRequest request, const io::RouteArguments&, io::HttpResponder answer) {
    if (!request.bearer_token()) return answer(io::HttpResponse::error(401, "Sign in."));
    answer(io::HttpResponse::json(200, rest_body()));
  });
  std::vector<std::shared_ptr<io::WebSocket>> sockets;
  io::HttpHandlers handlers;
  handlers.on_request = [&](io::HttpRequest request, io::HttpResponder answer) {
    router.route(std::move(request), std::move(answer));
  };
  handlers.body_limit = [&](const io::HttpRequest& request) { return router.body_limit(request); };
  handlers.on_upgrade = [&](const io::HttpRequest& request, io::HttpUpgrade upgrade) {
    auto socket = io::accept_websocket(loop, request, std::move(upgrade), random);
    if (!socket) return;
    socket->start(
        {.on_text = [](std::string_view) {}, .on_binary = {}, .on_closed = [](const io::WebSocketClosed&) {}});
    sockets.push_back(std::move(socket));
  };
  io::TlsListenerOptions options;
  options.limits.connections_per_address = 100'000;
  auto server = io::HttpsServer::listen(loop, {"127.0.0.1", 0}, **context, std::move(handlers),
                                        {.requests_per_connection = 100'000'000}, options);
  if (!server) std::abort();
  ready((*server)->local().port);
  loop.run();
  std::abort();
}

}  // namespace sealhall::bench
