// TCP: listening with bounds and back-off, connecting with name resolution and a deadline.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/base/expected.h"
#include "io/net/endpoint.h"
#include "io/net/error.h"
#include "io/net/loop.h"
#include "io/net/stream.h"

namespace sealhall::io {

struct TcpListenerLimits {
  std::size_t connections = 60'000;  ///< at once; larger costs memory and descriptors, smaller turns people away
  std::size_t connections_per_address =
      1'000;  ///< at once from one IPv4 address or IPv6 /64; a conference room shares one
};

/// Accepts connections. A connection over a limit is closed at once. When the process has no descriptors left,
/// accepting pauses for 100 ms instead of spinning. Destroying it stops listening; accepted streams live on.
class TcpListener {
 public:
  using OnStream = std::move_only_function<void(std::shared_ptr<Stream>)>;

  /// Listens on `at`. The failure says which address and why ("Port 8443 on 127.0.0.1 is used by another program.").
  static expected<std::unique_ptr<TcpListener>, Failure> listen(Loop& loop, const Endpoint& at,
                                                                TcpListenerLimits limits, OnStream on_stream);
  ~TcpListener();

  /// Where it listens; the port is the real one when 0 was asked for.
  [[nodiscard]] const Endpoint& local() const noexcept;
  /// Streams that were accepted and still exist.
  [[nodiscard]] std::size_t open_connections() const noexcept;
  /// Connections that were closed because of a limit, since the start.
  [[nodiscard]] std::uint64_t refused_connections() const noexcept;

 private:
  struct State;
  explicit TcpListener(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Resolves `to.address` when it is a name, tries each address in turn, and calls `done` exactly once, never before it
/// returned. Dropping the returned handle cancels: `done` is then not called.
class ConnectAttempt;
using OnConnected = std::move_only_function<void(expected<std::shared_ptr<Stream>, Failure>)>;
std::shared_ptr<ConnectAttempt> connect_tcp(Loop& loop, const Endpoint& to, Duration limit, OnConnected done);

}  // namespace sealhall::io
