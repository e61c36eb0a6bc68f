#include <algorithm>
#include <array>
#include <utility>

#include "core/base/encoding.h"
#include "io/http/response_parser.h"
#include "io/net/timer.h"
#include "io/tls/stream.h"
#include "io/websocket/connection.h"

namespace sealhall::io {

class WebSocketAttempt final : public StreamHandler, public std::enable_shared_from_this<WebSocketAttempt> {
 public:
  WebSocketAttempt(Loop& loop, Url url, WebSocketClientOptions options, RandomSource& random, OnWebSocket done)
      : loop_(loop),
        url_(std::move(url)),
        options_(std::move(options)),
        random_(random),
        done_(std::move(done)),
        timer_(loop) {}
  ~WebSocketAttempt() {
    if (stream_) stream_->abort();
  }
  WebSocketAttempt(const WebSocketAttempt&) = delete;
  WebSocketAttempt& operator=(const WebSocketAttempt&) = delete;

  void start(const TlsClientContext& context) {
    timer_.after(options_.limit, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->fail({NetError::timeout, self->url_.host + " did not answer in time."});
    });
    tls_ = connect_tls(loop_, {url_.host, url_.port}, context, options_.limit, [weak = weak_from_this()](auto result) {
      const auto self = weak.lock();
      if (!self || !self->done_) return;
      if (!result) return self->fail(result.error());
      self->stream_ = std::move(*result);
      self->stream_->set_handler(self.get());
      self->ask();
    });
  }

  void on_data(ByteView data) override {
    const auto self = shared_from_this();
    const auto progress = parser_.feed(data);
    if (!progress) return fail({NetError::protocol, url_.host + " does not answer in HTTP."});
    if (progress->done) answered(data.subspan(progress->consumed));
  }
  void on_closed(const Failure& why) override {
    const auto self = shared_from_this();
    if (why.kind == NetError::none && parser_.response().status >= 200 && parser_.end()) return answered({});
    fail({why.kind == NetError::none ? NetError::reset : why.kind,
          url_.host + " closed the connection instead of answering."});
  }

 private:
  void ask() {
    std::array<std::uint8_t, 16> nonce{};
    random_.fill(nonce);
    key_ = to_base64(nonce);
    std::string text =
        "GET " + url_.target + " HTTP/1.1\r\nHost: " + url_.host_header() +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key_ +
        "\r\n";
    for (const auto& [name, value] : options_.headers) text += name + ": " + value + "\r\n";
    std::string offered;
    for (const std::string& protocol : options_.protocols) offered += (offered.empty() ? "" : ", ") + protocol;
    if (!offered.empty()) text += "Sec-WebSocket-Protocol: " + offered + "\r\n";
    stream_->write(as_bytes(text + "\r\n"));
  }

  void answered(ByteView rest) {
    const HttpResponse& response = parser_.response();
    if (response.status != 101) {
      std::string said = response.body.substr(0, 200);
      for (char& c : said) {
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
      }
      return fail({NetError::refused_by_server, url_.host + " refused: " + std::to_string(response.status) + " " +
                                                    std::string{status_phrase(response.status)} +
                                                    (said.empty() ? "." : ": " + said)});
    }
    const HttpHeaders& headers = response.headers;
    std::string protocol{headers.find("Sec-WebSocket-Protocol").value_or("")};
    // RFC 6455 section 4.1: what the server's answer must say, and what it may not.
    const bool protocol_ok =
        protocol.empty() || std::ranges::find(options_.protocols, protocol) != options_.protocols.end();
    if (!headers.has_token("Upgrade", "websocket") || !headers.has_token("Connection", "upgrade") ||
        headers.find("Sec-WebSocket-Accept") != websocket_accept_value(key_) ||
        headers.find("Sec-WebSocket-Extensions") || !protocol_ok) {
      return fail({NetError::protocol, url_.host + " does not speak WebSocket as it should."});
    }
    timer_.cancel();
    stream_->set_handler(nullptr);
    OnWebSocket done = std::exchange(done_, nullptr);
    done(make_websocket(loop_, std::exchange(stream_, nullptr), WebSocketRole::client, Bytes{rest.begin(), rest.end()},
                        std::move(protocol), random_, std::move(options_.socket)));
  }

  void fail(const Failure& why) {
    if (!done_) return;
    const auto self = shared_from_this();
    timer_.cancel();
    tls_.reset();
    if (const auto stream = std::exchange(stream_, nullptr)) stream->abort();
    OnWebSocket done = std::exchange(done_, nullptr);
    done(unexpected(why));
  }

  Loop& loop_;
  Url url_;
  WebSocketClientOptions options_;
  RandomSource& random_;
  OnWebSocket done_;
  Timer timer_;
  std::shared_ptr<TlsConnectAttempt> tls_;
  std::shared_ptr<Stream> stream_;
  HttpResponseParser parser_{false, 64U << 10};
  std::string key_;
};

std::shared_ptr<WebSocketAttempt> connect_websocket(Loop& loop, const TlsClientContext& context, const Url& url,
                                                    WebSocketClientOptions options, RandomSource& random,
                                                    OnWebSocket done) {
  auto attempt = std::make_shared<WebSocketAttempt>(loop, url, std::move(options), random, std::move(done));
  attempt->start(context);
  return attempt;
}

}  // namespace sealhall::io
