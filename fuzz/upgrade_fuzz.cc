// deps: io_http io_websocket
// The HTTP server with a WebSocket behind it, on a stream in memory: whatever a stranger sends, what goes back is whole
// answers, and a 101 is given only for a request that RFC 6455 section 4.2.1 allows.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/base/random.h"
#include "io/http/server.h"
#include "io/net/loop.h"
#include "io/websocket/websocket.h"

namespace {
using namespace sealhall;
using namespace sealhall::io;

/// Keeps what is written; what the peer sends is given to it by hand.
class MemoryStream final : public Stream {
 public:
  void set_handler(StreamHandler* handler) override { handler_ = handler; }
  void write(ByteView data) override { written_ += as_text(data); }
  [[nodiscard]] std::size_t queued() const noexcept override { return 0; }
  void set_reading(bool /*on*/) override {}
  void close() override { over_ = true; }
  void abort() noexcept override {
    over_ = true;
    handler_ = nullptr;
  }
  [[nodiscard]] const Endpoint& peer() const noexcept override { return peer_; }

  [[nodiscard]] std::string_view written() const noexcept { return written_; }
  void arrive(ByteView data) {
    if (handler_ != nullptr && !over_ && !data.empty()) handler_->on_data(data);
  }
  void end() {
    if (handler_ != nullptr) std::exchange(handler_, nullptr)->on_closed({});
  }

 private:
  std::string written_;
  StreamHandler* handler_ = nullptr;
  Endpoint peer_{.address = "192.0.2.1", .port = 4711};
  bool over_ = false;
};

void may_be_accepted(const HttpRequest& request) {
  const HttpHeaders& headers = request.headers;
  SEALHALL_CHECK(request.method == "GET");
  SEALHALL_CHECK(headers.count("Sec-WebSocket-Version") == 1 && headers.find("Sec-WebSocket-Version") == "13");
  SEALHALL_CHECK(headers.count("Sec-WebSocket-Key") == 1 && headers.find("Sec-WebSocket-Key")->size() == 24);
  SEALHALL_CHECK(headers.count("Origin") <= 1);
  // A browser is let in from our own pages only (RFC 6455 section 10.2).
  const auto origin = headers.find("Origin");
  SEALHALL_CHECK(!origin || (headers.find("Host") && *origin == "https://" + std::string{*headers.find("Host")}));
}

// RFC 9112 section 2.1: the head of an answer is lines of text that end in CR LF, and nothing of ours has two.
void is_whole(std::string_view head) {
  SEALHALL_CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  SEALHALL_CHECK(head.ends_with("\r\n\r\n") && head.find("\r\n\r\n") == head.size() - 4);
  std::size_t lines = 0;
  for (std::size_t at = 0; at < head.size(); ++at) {
    if (head[at] == '\n') SEALHALL_CHECK(at > 0 && head[at - 1] == '\r');
    lines += head[at] == '\n' ? 1 : 0;
  }
  // Status, Upgrade, Connection, Accept, maybe Protocol, the empty line.
  SEALHALL_CHECK(lines == 5 || lines == 6);
}

// What was posted up to now is done: requests that follow one another, sockets that begin to read.
void settle(Loop& loop) {
  bool reached = false;
  loop.post([&reached] { reached = true; });
  SEALHALL_CHECK(loop.run_until([&reached] { return reached; }, std::chrono::seconds{5}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1U + data[0];
  const ByteView input{data + 1, size - 1};
  static Loop loop;
  static SeededRandom random{1};
  const auto stream = std::make_shared<MemoryStream>();
  std::shared_ptr<WebSocket> socket;
  HttpHandlers handlers;
  handlers.on_request = [](const HttpRequest&, HttpResponder responder) { responder(HttpResponse::empty(204)); };
  handlers.on_upgrade = [&](const HttpRequest& request, HttpUpgrade upgrade) {
    const std::size_t before = stream->written().size();
    WebSocketOptions options;
    options.protocols = {"sealhall.1", "sealhall.2"};
    socket = accept_websocket(loop, request, std::move(upgrade), random, std::move(options));
    if (!socket) {
      SEALHALL_CHECK(stream->written().substr(before).starts_with("HTTP/1.1 4"));
      return;
    }
    may_be_accepted(request);
    is_whole(stream->written().substr(before));
    SEALHALL_CHECK(socket->protocol().empty() || socket->protocol().starts_with("sealhall."));
    socket->start({.on_text = [](std::string_view) {}, .on_binary = [](ByteView) {}, .on_closed = [](const auto&) {}});
  };
  {
    HttpServer server{loop, std::move(handlers)};
    server.serve(stream);
    for (std::size_t at = 0; at < input.size(); at += piece) {
      stream->arrive(input.subspan(at, std::min(piece, input.size() - at)));
      settle(loop);
    }
    SEALHALL_CHECK(stream->written().empty() || stream->written().starts_with("HTTP/1.1 "));
    stream->end();
    if (socket) socket->abort();
  }
  socket.reset();
  settle(loop);
  return 0;
}
