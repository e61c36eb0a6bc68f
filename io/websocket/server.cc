#include <algorithm>
#include <utility>

#include "io/websocket/connection.h"

namespace sealhall::io {
namespace {

bool same_origin(std::string_view origin, const HttpRequest& request) {
  const auto host = request.headers.find("Host");
  return host && origin == "https://" + std::string{*host};
}

std::string choose_protocol(const HttpRequest& request, const std::vector<std::string>& ours) {
  for (const std::string& protocol : ours) {
    if (request.headers.has_token("Sec-WebSocket-Protocol", protocol)) return protocol;
  }
  return {};
}

}  // namespace

std::shared_ptr<WebSocket> accept_websocket(Loop& loop, const HttpRequest& request, HttpUpgrade upgrade,
                                            RandomSource& random, WebSocketOptions options) {
  const HttpHeaders& headers = request.headers;
  // RFC 6455 section 4.2.1
  if (request.method != "GET" || !headers.has_token("Upgrade", "websocket") ||
      !headers.has_token("Connection", "upgrade")) {
    upgrade.answer(HttpResponse::error(400, "This address takes WebSocket connections only."));
    return nullptr;
  }
  if (headers.count("Sec-WebSocket-Version") != 1 || headers.find("Sec-WebSocket-Version") != "13") {
    HttpResponse response = HttpResponse::error(426, "Only WebSocket version 13 is spoken here.");
    response.headers.set("Sec-WebSocket-Version", "13");
    response.headers.set("Upgrade", "websocket");
    upgrade.answer(std::move(response));
    return nullptr;
  }
  const auto key = headers.find("Sec-WebSocket-Key");
  if (headers.count("Sec-WebSocket-Key") != 1 || !websocket_key_is_valid(*key)) {
    upgrade.answer(HttpResponse::error(400, "The WebSocket key is not valid."));
    return nullptr;
  }
  // RFC 6455 section 10.2: a browser tells from where; native clients send no origin.
  if (const auto origin = headers.find("Origin")) {
    const bool allowed =
        options.origin_allowed ? options.origin_allowed(*origin, request) : same_origin(*origin, request);
    if (!allowed || headers.count("Origin") != 1) {
      upgrade.answer(HttpResponse::error(403, "Pages of this origin may not connect."));
      return nullptr;
    }
  }
  std::string protocol = choose_protocol(request, options.protocols);
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      websocket_accept_value(*key) + "\r\n";
  if (!protocol.empty()) answer += "Sec-WebSocket-Protocol: " + protocol + "\r\n";
  HttpUpgrade::Taken taken = upgrade.take();
  if (!taken.stream) return nullptr;
  taken.stream->write(as_bytes(answer + "\r\n"));
  return make_websocket(loop, std::move(taken.stream), WebSocketRole::server, std::move(taken.already_read),
                        std::move(protocol), random, std::move(options));
}

}  // namespace sealhall::io
