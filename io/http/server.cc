#include "io/http/server.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <unordered_set>
#include <utility>

#include "core/base/check.h"
#include "io/http/request_parser.h"
#include "io/net/timer.h"

namespace sealhall::io {
namespace {

// Bytes of further requests that are kept while one is answered (pipelining); then the peer is held back.
constexpr std::size_t pipelined_limit = 16U << 10;

// RFC 9110 section 5.5: what a field value may not contain. It could come from outside, as a redirect does.
std::string clean(std::string_view value) {
  std::string out{value};
  std::erase_if(out, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
  return out;
}

// A name that somebody owns: neither an address nor this machine.
bool is_public_name(std::string_view host) {
  const auto endpoint = parse_endpoint(host, 443);
  return endpoint && !is_numeric_address(endpoint->address) && endpoint->address.find('.') != std::string::npos &&
         !endpoint->address.ends_with(".localhost");
}

std::string_view error_message(HttpError error) {
  switch (error) {
    case HttpError::bad_request:
      return "The request is not valid HTTP.";
    case HttpError::length_required:
      return "The request announces content without its length.";
    case HttpError::content_too_large:
      return "The content is larger than this address takes.";
    case HttpError::uri_too_long:
      return "The address is too long.";
    case HttpError::expectation_failed:
      return "Only 100-continue can be expected.";
    case HttpError::headers_too_large:
      return "The header is too large.";
    case HttpError::not_implemented:
      return "The method or the transfer coding is not known here.";
    case HttpError::version_not_supported:
      return "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
  }
  return "The request cannot be answered.";
}

}  // namespace

struct HttpServer::State {
  State(Loop& l, HttpHandlers h, HttpServerLimits m) : loop(l), handlers(std::move(h)), limits(m) {}

  // RFC 9110 section 6.6.1, made once a second.
  const std::string& date() {
    const std::time_t now = std::time(nullptr);
    if (now != date_second) {
      date_second = now;
      std::tm t{};
      ::gmtime_r(&now, &t);
      std::array<char, 40> text{};
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &t);
      date_text = text.data();
    }
    return date_text;
  }

  Loop& loop;
  HttpHandlers handlers;
  HttpServerLimits limits;
  std::unordered_set<std::shared_ptr<HttpConnection>> connections;
  std::time_t date_second = 0;
  std::string date_text;
  bool draining = false;
};

class HttpConnection final : public StreamHandler, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<HttpServer::State> server, std::shared_ptr<Stream> stream)
      : server_(std::move(server)), stream_(std::move(stream)), deadline_(server_->loop, [this] { too_late(); }) {}

  void start() {
    deadline_.set_after(server_->limits.first_byte);
    stream_->set_handler(this);
  }

  /// The server goes: close without a word.
  void shut() {
    const auto self = shared_from_this();
    phase_ = Phase::over;
    deadline_.clear();
    if (stream_) stream_->abort();
  }

  void drain() {
    if (phase_ == Phase::idle) close();
  }

  void answer(std::uint64_t request, HttpResponse response) {
    if (phase_ != Phase::answering || request != request_number_) return;
    respond(std::move(response),
            keep_alive_ && !server_->draining && request_number_ < server_->limits.requests_per_connection);
    // The next request is not handled inside the call that answers this one.
    if (pending_.empty()) return go_on();
    server_->loop.post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->go_on();
    });
  }

  HttpUpgrade::Taken take(std::uint64_t request) {
    if (phase_ != Phase::answering || request != request_number_) return {};
    const auto self = shared_from_this();
    phase_ = Phase::over;
    deadline_.clear();
    stream_->set_handler(nullptr);
    server_->connections.erase(self);
    Bytes already_read{unprocessed_.begin(), unprocessed_.end()};
    append(already_read, pending_);
    pending_ = {};
    return {std::exchange(stream_, nullptr), std::move(already_read)};
  }

  // ---- the stream's side
  void on_data(ByteView data) override {
    const auto self = shared_from_this();
    if (phase_ == Phase::closing || phase_ == Phase::over) return;
    if (phase_ == Phase::answering || phase_ == Phase::sending || !pending_.empty()) {
      append(pending_, data);
      if (phase_ == Phase::answering || phase_ == Phase::sending) {
        if (pending_.size() > pipelined_limit) stream_->set_reading(false);
        return;
      }
      return go_on();
    }
    const std::size_t used = process(data);
    if (stream_ && phase_ != Phase::over && phase_ != Phase::closing && used < data.size()) {
      const ByteView rest = data.subspan(used);
      pending_.assign(rest.begin(), rest.end());
    }
  }
  void on_drained() override {
    if (phase_ != Phase::sending) return;
    const auto self = shared_from_this();
    if (source_) return send_pieces();
    sent();
    go_on();
  }
  void on_closed(const Failure&) override {
    const auto self = shared_from_this();
    phase_ = Phase::over;
    deadline_.clear();
    source_ = nullptr;
    server_->connections.erase(self);
  }

 private:
  enum class Phase : std::uint8_t {
    idle,       ///< between requests
    header,     ///< a request has begun
    body,       ///< its header is there
    answering,  ///< a handler has it
    sending,    ///< the answer waits for the peer to take it
    closing,
    over,
  };

  // Works off what was kept while a request was answered.
  void go_on() {
    if (processing_) return;  // the loop below us does it
    while (!pending_.empty() && (phase_ == Phase::idle || phase_ == Phase::header || phase_ == Phase::body)) {
      const Bytes data = std::exchange(pending_, {});
      const std::size_t used = process(data);
      if (phase_ == Phase::over || phase_ == Phase::closing) return;
      Bytes rest{data.begin() + static_cast<std::ptrdiff_t>(used), data.end()};
      append(rest, pending_);
      pending_ = std::move(rest);
      if (used == 0) break;
    }
    if (phase_ == Phase::idle && stream_) stream_->set_reading(true);
  }

  // Takes bytes until a request is with its handler; returns how many were taken.
  std::size_t process(ByteView data) {
    const auto self = shared_from_this();
    processing_ = true;
    std::size_t used = 0;
    while (used < data.size() && (phase_ == Phase::idle || phase_ == Phase::header || phase_ == Phase::body)) {
      const ByteView rest = data.subspan(used);
      if (request_number_ == 0 && phase_ == Phase::idle && rest[0] <= 3) {
        hand_over_stun(rest);
        used = data.size();
        break;
      }
      if (phase_ == Phase::idle) {
        parser_.emplace();
        phase_ = Phase::header;
        deadline_.set_after(server_->limits.header);
      }
      const auto progress = parser_->feed(rest);
      if (!progress) {
        refuse(static_cast<int>(progress.error()), error_message(progress.error()));
        break;
      }
      used += progress->consumed;
      if (progress->step == HttpRequestParser::Step::need_more) {
        // Empty lines alone are no request: they must not keep a connection open.
        if (!parser_->started()) {
          parser_.reset();
          phase_ = Phase::idle;
        }
        break;
      }
      if (progress->step == HttpRequestParser::Step::header_ready) {
        header_ready();
        // A request without a body is done by its header: the parser says so when it is asked again.
        if (used == data.size() && !finish_if_whole()) break;
        continue;
      }
      unprocessed_ = data.subspan(used);
      dispatch();
      unprocessed_ = {};
    }
    processing_ = false;
    return used;
  }

  // Asks the parser, without new bytes, whether the request is complete. False: an error was answered or more is
  // needed.
  bool finish_if_whole() {
    const auto progress = parser_->feed({});
    if (!progress) {
      refuse(static_cast<int>(progress.error()), error_message(progress.error()));
      return false;
    }
    if (progress->step != HttpRequestParser::Step::done) {
      if (parser_->expects_continue()) stream_->write(as_bytes("HTTP/1.1 100 Continue\r\n\r\n"));
      return false;
    }
    dispatch();
    return false;
  }

  void header_ready() {
    phase_ = Phase::body;
    deadline_.set_after(server_->limits.body);
    const auto& limit = server_->handlers.body_limit;
    parser_->request().peer = stream_->peer();
    parser_->set_body_limit(limit ? limit(parser_->request()) : server_->limits.default_body);
  }

  void dispatch() {
    const auto self = shared_from_this();
    phase_ = Phase::answering;
    ++request_number_;
    deadline_.set_after(server_->limits.answer);
    keep_alive_ = parser_->keep_alive();
    HttpRequest request = std::move(parser_->request());
    head_ = request.method == "HEAD";
    http_1_0_ = request.http_1_0;
    named_host_ = is_public_name(request.headers.find("Host").value_or(""));
    const bool upgrade = parser_->is_upgrade();
    parser_.reset();
    if (upgrade && server_->handlers.on_upgrade) {
      server_->handlers.on_upgrade(std::move(request), HttpUpgrade{self, request_number_});
    } else {
      server_->handlers.on_request(std::move(request), HttpResponder{self, request_number_});
    }
  }

  void hand_over_stun(ByteView first) {
    const auto self = shared_from_this();
    phase_ = Phase::over;
    deadline_.clear();
    stream_->set_handler(nullptr);
    server_->connections.erase(self);
    auto stream = std::exchange(stream_, nullptr);
    if (server_->handlers.on_stun_stream) {
      server_->handlers.on_stun_stream(std::move(stream), Bytes{first.begin(), first.end()});
    } else {
      stream->abort();
    }
  }

  // An answer to something that is no whole request: what follows it cannot be understood, so the connection ends.
  void refuse(int status, std::string_view message) {
    parser_.reset();
    phase_ = Phase::answering;
    head_ = false;
    respond(HttpResponse::error(status, message), false);
  }

  void respond(HttpResponse response, bool keep) {
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text.reserve(512 + response.body.size());
    text += status_phrase(response.status);
    text += "\r\nDate: " + server_->date();
    const bool bodiless =
        response.status == 204 || response.status == 304 || (response.status >= 100 && response.status < 200);
    const std::uint64_t length = response.source ? response.source_size : response.body.size();
    if (!bodiless) text += "\r\nContent-Length: " + std::to_string(length);
    if (!keep) {
      text += "\r\nConnection: close";
    } else if (http_1_0_) {
      text += "\r\nConnection: keep-alive";
    }
    for (const auto& [name, value] : response.headers) text += "\r\n" + clean(name) + ": " + clean(value);
    const auto standard = [&](std::string_view name, std::string_view value) {
      if (response.headers.find(name)) return;
      text += "\r\n";
      text += name;
      text += ": ";
      text += value;
    };
    standard("Cache-Control", "no-store");
    standard("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    standard("X-Content-Type-Options", "nosniff");
    standard("Referrer-Policy", "no-referrer");
    // The web client needs shared memory, which a page has only when it is isolated from the first day.
    standard("Cross-Origin-Opener-Policy", "same-origin");
    standard("Cross-Origin-Embedder-Policy", "require-corp");
    standard("Cross-Origin-Resource-Policy", "same-origin");
    // RFC 6797; on localhost it would lock other programs of the same machine out of plain HTTP.
    if (named_host_) standard("Strict-Transport-Security", "max-age=31536000");
    text += "\r\n\r\n";
    const bool with_body = !head_ && !bodiless;
    if (with_body && !response.source) text += response.body;
    keep_alive_ = keep;
    phase_ = Phase::sending;
    stream_->write(as_bytes(text));
    if (with_body && response.source && length > 0) {
      source_ = std::move(response.source);
      source_left_ = length;
      return send_pieces();
    }
    if (stream_->queued() > 0) {
      deadline_.set_after(server_->limits.send);
    } else {
      sent();
    }
  }

  // Asks for pieces until the peer has to take some; `on_drained` comes back here. A source that answers at once must
  // not grow the stack, so its answers are looped over.
  void send_pieces() {
    const auto self = shared_from_this();
    asking_ = true;
    do {
      asked_again_ = false;
      deadline_.set_after(server_->limits.send);
      const auto source = source_;  // it may be dropped inside of its own call
      source->next([weak = weak_from_this()](Bytes piece) {
        if (const auto connection = weak.lock()) connection->on_piece(std::move(piece));
      });
    } while (asked_again_ && source_);
    asking_ = false;
  }

  void on_piece(Bytes piece) {
    if (phase_ != Phase::sending || !source_) return;
    const auto self = shared_from_this();
    if (piece.empty() || piece.size() > source_left_) {
      // The length was promised: only a cut connection says that it will not come.
      const auto source = std::exchange(source_, nullptr);
      shut();
      server_->connections.erase(self);
      return;
    }
    source_left_ -= piece.size();
    const std::shared_ptr<HttpSource> done = source_left_ == 0 ? std::exchange(source_, nullptr) : nullptr;
    stream_->write(piece);
    if (phase_ != Phase::sending) return;
    if (stream_->queued() > 0) return deadline_.set_after(server_->limits.send);
    if (done) {
      sent();
      if (!pending_.empty()) {
        server_->loop.post([weak = weak_from_this()] {
          if (const auto connection = weak.lock()) connection->go_on();
        });
      } else {
        go_on();
      }
      return;
    }
    if (asking_) {
      asked_again_ = true;
    } else {
      send_pieces();
    }
  }

  void sent() {
    if (!keep_alive_) return close();
    phase_ = Phase::idle;
    deadline_.set_after(server_->limits.keep_alive);
  }

  void close() {
    phase_ = Phase::closing;
    deadline_.clear();
    pending_ = {};
    stream_->close();
  }

  void too_late() {
    const auto self = shared_from_this();
    switch (phase_) {
      case Phase::header:
        return refuse(408, "The request did not arrive in time.");
      case Phase::body:
        return refuse(408, "The content did not arrive in time.");
      case Phase::answering:
        return respond(HttpResponse::error(503, "The server could not answer in time."), false);
      case Phase::idle:
        return close();
      case Phase::sending:
        shut();
        server_->connections.erase(self);
        return;
      case Phase::closing:
      case Phase::over:
        return;
    }
  }

  std::shared_ptr<HttpServer::State> server_;
  std::shared_ptr<Stream> stream_;
  Deadline deadline_;
  std::optional<HttpRequestParser> parser_;
  Bytes pending_;
  ByteView unprocessed_;                // what follows the request that is being dispatched
  std::shared_ptr<HttpSource> source_;  // content that is still to be sent
  std::uint64_t source_left_ = 0;
  bool asking_ = false;
  bool asked_again_ = false;
  std::uint64_t request_number_ = 0;
  Phase phase_ = Phase::idle;
  bool keep_alive_ = true;
  bool head_ = false;
  bool http_1_0_ = false;
  bool named_host_ = false;
  bool processing_ = false;
};

HttpResponder::~HttpResponder() {
  if (connection_) answer(HttpResponse::error(500, "The server failed to answer."));
}
HttpResponder& HttpResponder::operator=(HttpResponder&& other) noexcept {
  if (this != &other) {
    if (connection_) answer(HttpResponse::error(500, "The server failed to answer."));
    connection_ = std::move(other.connection_);
    request_ = other.request_;
  }
  return *this;
}
void HttpResponder::answer(HttpResponse response) {
  SEALHALL_CHECK(connection_ != nullptr);
  std::exchange(connection_, nullptr)->answer(request_, std::move(response));
}

HttpUpgrade::~HttpUpgrade() {
  if (connection_) answer(HttpResponse::error(500, "The server failed to answer."));
}
void HttpUpgrade::answer(HttpResponse response) {
  SEALHALL_CHECK(connection_ != nullptr);
  std::exchange(connection_, nullptr)->answer(request_, std::move(response));
}
HttpUpgrade::Taken HttpUpgrade::take() {
  SEALHALL_CHECK(connection_ != nullptr);
  return std::exchange(connection_, nullptr)->take(request_);
}

HttpServer::HttpServer(Loop& loop, HttpHandlers handlers, HttpServerLimits limits)
    : state_(std::make_shared<State>(loop, std::move(handlers), limits)) {
  SEALHALL_CHECK(state_->handlers.on_request != nullptr);
}

HttpServer::~HttpServer() {
  for (const auto& connection : std::exchange(state_->connections, {})) connection->shut();
}

void HttpServer::serve(std::shared_ptr<Stream> stream) {
  auto connection = std::make_shared<HttpConnection>(state_, std::move(stream));
  state_->connections.insert(connection);
  connection->start();
}

void HttpServer::drain() {
  state_->draining = true;
  for (const auto& connection :
       std::vector<std::shared_ptr<HttpConnection>>{state_->connections.begin(), state_->connections.end()}) {
    connection->drain();
  }
}

std::size_t HttpServer::connections() const noexcept { return state_->connections.size(); }

}  // namespace sealhall::io
