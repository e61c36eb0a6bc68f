#include "client/engine/io/signalling_channel.h"

#include "core/wire/codec.h"
#include "io/log/log.h"

namespace sealhall::client {

SignallingChannel::SignallingChannel(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random,
                                     const std::string& host, std::uint16_t port, Handlers handlers)
    : handlers_(std::move(handlers)) {
  io::Url url;
  url.scheme = "wss";
  url.host = host;
  url.port = port;
  url.target = signalling_path;
  io::WebSocketClientOptions options;
  options.socket.limits.message = wire::max_server_message_size;
  // A server that has gone must be noticed while people still wait for it.
  options.socket.ping_every = std::chrono::seconds{5};
  options.socket.silence_limit = std::chrono::seconds{12};
  options.limit = std::chrono::seconds{8};
  attempt_ = io::connect_websocket(loop, tls, url, std::move(options), random, [this, alive = alive_](auto socket) {
    if (!*alive) return;
    if (!socket) {
      handlers_.closed(socket.error());
      return;
    }
    socket_ = std::move(*socket);
    io::WebSocket::Handlers on;
    on.on_text = [this, alive](std::string_view text) {
      if (!*alive) return;
      auto message = wire::decode_server(text);
      if (!message) {
        // A newer server may say things that this client does not know; what it must know it finds out by other means.
        io::log::warning("a message of the server was not understood",
                         {{"kind", wire::name_of(message.error().kind)}, {"field", message.error().field}});
        return;
      }
      handlers_.message(std::move(*message));
    };
    on.on_closed = [this, alive](const io::WebSocketClosed& closed) {
      if (!*alive) return;
      socket_.reset();
      io::Failure why = closed.failure;
      if (why.reason.empty()) why.reason = closed.reason.empty() ? "The server closed the connection." : closed.reason;
      handlers_.closed(why);
    };
    socket_->start(std::move(on));
    handlers_.opened();
  });
}

SignallingChannel::~SignallingChannel() {
  *alive_ = false;
  if (socket_) socket_->close();
}

void SignallingChannel::send(const wire::ClientMessage& message) {
  if (socket_) socket_->send_text(wire::encode(message));
}

void SignallingChannel::close() {
  if (socket_) socket_->close();
}

}  // namespace sealhall::client
