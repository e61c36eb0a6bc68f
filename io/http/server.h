// HTTP/1.1 over any stream: one request at a time, answered now or later, bounded everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/base/time.h"
#include "io/http/message.h"
#include "io/net/loop.h"
#include "io/net/stream.h"

namespace sealhall::io {

struct HttpServerLimits {
  Duration header = std::chrono::seconds{10};      ///< from the first byte of a request to the end of its headers
  Duration body = std::chrono::seconds{30};        ///< from the end of the headers to the end of the body
  Duration first_byte = std::chrono::seconds{10};  ///< for the first byte of a new connection
  Duration keep_alive = std::chrono::seconds{60};  ///< between requests
  Duration answer = std::chrono::seconds{60};      ///< for the handler; then 503
  Duration send = std::chrono::seconds{30};        ///< for the peer to take an answer
  std::size_t default_body = 64U << 10;
  std::size_t requests_per_connection = 10'000;
};

class HttpConnection;

/// The duty to answer one request. Move-only; used on the loop's thread. Exactly one answer: a second is a bug of ours,
/// and dropping it unanswered answers 500. When the client has gone, answering does nothing.
class HttpResponder {
 public:
  HttpResponder() = default;
  HttpResponder(std::shared_ptr<HttpConnection> connection, std::uint64_t request)
      : connection_(std::move(connection)), request_(request) {}
  ~HttpResponder();
  HttpResponder(HttpResponder&&) noexcept = default;
  HttpResponder& operator=(HttpResponder&& other) noexcept;

  void answer(HttpResponse response);
  void operator()(HttpResponse response) { answer(std::move(response)); }

 private:
  std::shared_ptr<HttpConnection> connection_;
  std::uint64_t request_ = 0;
};

/// A request to become something else (RFC 9110 section 7.8), e.g. a WebSocket. Either `answer` (a refusal) or `take`
/// once.
class HttpUpgrade {
 public:
  HttpUpgrade(std::shared_ptr<HttpConnection> connection, std::uint64_t request)
      : connection_(std::move(connection)), request_(request) {}
  ~HttpUpgrade();
  HttpUpgrade(HttpUpgrade&&) noexcept = default;
  HttpUpgrade& operator=(HttpUpgrade&&) = delete;

  void answer(HttpResponse response);
  struct Taken {
    std::shared_ptr<Stream> stream;  ///< null when the client has gone
    Bytes already_read;              ///< bytes after the request, to be treated as if they had arrived first
  };
  /// Leaves HTTP. The caller writes the 101 answer and sets itself as the stream's handler.
  Taken take();

 private:
  std::shared_ptr<HttpConnection> connection_;
  std::uint64_t request_ = 0;
};

struct HttpHandlers {
  /// Called for each whole request.
  std::function<void(HttpRequest, HttpResponder)> on_request = {};
  /// Called for a request with `Connection: upgrade`; without it such requests go to `on_request` and are answered
  /// there.
  std::function<void(HttpRequest, HttpUpgrade)> on_upgrade = {};
  /// Called when the headers are there: the largest body that this route takes, in bytes. Without it `default_body`.
  std::function<std::size_t(const HttpRequest&)> body_limit = {};
  /// First decrypted byte 0x00..0x03: a STUN message (RFC 7983), not HTTP. `first` are the bytes that came already; the
  /// stream has no handler. Without it such connections are closed.
  std::function<void(std::shared_ptr<Stream>, Bytes first)> on_stun_stream = {};
};

/// Serves HTTP on streams that it is given. Destroying it closes every connection that it still has (not those that
/// were upgraded or taken).
class HttpServer {
 public:
  HttpServer(Loop& loop, HttpHandlers handlers, HttpServerLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void serve(std::shared_ptr<Stream> stream);
  /// Finishes the requests that are being answered, then closes; idle connections are closed now.
  void drain();
  [[nodiscard]] std::size_t connections() const noexcept;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::io
