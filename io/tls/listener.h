// The TLS port: accepts TCP connections, does their handshakes within a deadline, hands over what succeeded.
#pragma once

#include <functional>
#include <memory>

#include "io/net/tcp.h"
#include "io/tls/context.h"
#include "io/tls/stream.h"

namespace sealhall::io {

struct TlsListenerOptions {
  TcpListenerLimits limits = {};
  Duration handshake_limit =
      std::chrono::seconds{10};  ///< larger: slow clients hold memory longer; smaller: bad links fail
};

struct TlsListenerStats {
  std::uint64_t accepted = 0;  ///< handshakes that succeeded
  std::uint64_t failed_handshakes = 0;
  std::uint64_t refused = 0;  ///< over a connection limit
  std::size_t open = 0;
};

class TlsListener {
 public:
  using OnStream = std::move_only_function<void(std::shared_ptr<TlsStream>)>;
  /// `context` must live as long as the listener.
  static expected<std::unique_ptr<TlsListener>, Failure> listen(Loop& loop, const Endpoint& at,
                                                                const TlsServerContext& context,
                                                                TlsListenerOptions options, OnStream on_stream);
  ~TlsListener();
  [[nodiscard]] const Endpoint& local() const noexcept;
  [[nodiscard]] TlsListenerStats stats() const noexcept;

 private:
  struct State;
  explicit TlsListener(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::io
