// A reliable two-way byte stream: TCP, a Unix socket, or TLS over either.
#pragma once

#include <cstddef>
#include <memory>

#include "core/base/bytes.h"
#include "io/net/endpoint.h"
#include "io/net/error.h"

namespace sealhall::io {

/// Whoever uses a stream. Called on the loop's thread; may close, abort or drop the stream in any call.
class StreamHandler {
 public:
  /// Bytes that arrived, at least one; valid during the call only.
  virtual void on_data(ByteView data) = 0;
  /// Everything that was written has been given to the system.
  virtual void on_drained() {}
  /// The stream is over; called at most once, and nothing is called after it. Not called after `abort`.
  virtual void on_closed(const Failure& why) = 0;

 protected:
  ~StreamHandler() = default;
};

/// Held by shared_ptr by its user; dropping the last pointer closes at once, except after `close`, when the stream
/// keeps itself until what is queued has been sent. Until a handler is set nothing is read.
class Stream {
 public:
  virtual ~Stream() = default;

  /// `handler` must stay valid until `on_closed`, `abort`, or another `set_handler`; nullptr stops the reading.
  virtual void set_handler(StreamHandler* handler) = 0;
  /// Takes a copy of what cannot be sent at once. Ignored after close.
  virtual void write(ByteView data) = 0;
  /// Bytes that wait to be sent. The caller bounds them: a stream never refuses.
  [[nodiscard]] virtual std::size_t queued() const noexcept = 0;
  /// Stops and resumes `on_data`; the peer is then held back by TCP's window.
  virtual void set_reading(bool on) = 0;
  /// Sends what is queued, ends our direction, then closes (at the latest after 5 s); `on_closed` follows.
  virtual void close() = 0;
  /// Closes now; what is queued is lost and the handler is not called again.
  virtual void abort() noexcept = 0;
  /// The peer's address; empty for Unix sockets.
  [[nodiscard]] virtual const Endpoint& peer() const noexcept = 0;
};

}  // namespace sealhall::io
