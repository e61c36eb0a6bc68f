// The WebSocket to control with messages of core/wire instead of text.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/random.h"
#include "core/wire/signalling.h"
#include "io/net/loop.h"
#include "io/tls/context.h"
#include "io/websocket/websocket.h"

namespace sealhall::client {

/// Where the server listens for signalling.
inline constexpr const char* signalling_path = "/ws";

class SignallingChannel {
 public:
  struct Handlers {
    std::function<void()> opened;
    std::function<void(wire::ServerMessage)> message;
    /// Once, also when it never opened. The channel is of no use then.
    std::function<void(const io::Failure& why)> closed;
  };
  /// `tls` and `random` outlive the channel. Handlers may destroy it.
  SignallingChannel(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random, const std::string& host,
                    std::uint16_t port, Handlers handlers);
  ~SignallingChannel();
  SignallingChannel(const SignallingChannel&) = delete;
  SignallingChannel& operator=(const SignallingChannel&) = delete;

  void send(const wire::ClientMessage& message);
  [[nodiscard]] bool open() const noexcept { return socket_ != nullptr; }
  void close();

 private:
  Handlers handlers_;
  std::shared_ptr<io::WebSocketAttempt> attempt_;
  std::shared_ptr<io::WebSocket> socket_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::client
