#include "io/websocket/connection.h"

#include <utility>

#include "io/net/timer.h"

namespace sealhall::io {
namespace {

class WebSocketConnection final : public WebSocket,
                                  public StreamHandler,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(Loop& loop, std::shared_ptr<Stream> stream, WebSocketRole role, Bytes already_read,
                      std::string protocol, RandomSource& random, WebSocketOptions options)
      : loop_(loop),
        stream_(std::move(stream)),
        role_(role),
        reader_(role, options.limits),
        already_read_(std::move(already_read)),
        protocol_(std::move(protocol)),
        random_(random),
        send_queue_(options.send_queue),
        ping_every_(options.ping_every),
        silence_limit_(options.silence_limit),
        close_limit_(options.close_limit),
        deadline_(loop, [this] { due(); }) {}

  ~WebSocketConnection() {
    if (state_ != State::over) stream_->abort();
  }

  void start(Handlers handlers) override {
    if (state_ != State::open || started_) return;
    handlers_ = std::move(handlers);
    started_ = true;
    const auto self = shared_from_this();
    // The handlers may hold the last pointers to us: they go when the loop lets go, or ends.
    loop_.keep(this, std::shared_ptr<void>(this, [self](void*) { self->handlers_ = {}; }));
    last_heard_ = loop_.now();
    watch();
    if (already_read_.empty()) return stream_->set_handler(this);
    loop_.post([self] {
      if (self->state_ == State::over) return;
      const Bytes first = std::exchange(self->already_read_, {});
      self->on_data(first);
      if (self->state_ != State::over) self->stream_->set_handler(self.get());
    });
  }

  void send_text(std::string_view text) override { send(WebSocketEvent::Kind::text, as_bytes(text)); }
  void send_binary(ByteView data) override { send(WebSocketEvent::Kind::binary, data); }

  void close(std::uint16_t code, std::string_view reason) override {
    if (state_ != State::open) return;
    write_close(code, reason);
    state_ = State::close_sent;
    deadline_.set_after(close_limit_);
  }

  void abort() noexcept override {
    if (state_ == State::over) return;
    state_ = State::over;
    deadline_.clear();
    stream_->abort();
    release();
  }

  [[nodiscard]] std::size_t queued() const noexcept override { return stream_->queued(); }
  [[nodiscard]] const std::string& protocol() const noexcept override { return protocol_; }
  [[nodiscard]] const Endpoint& peer() const noexcept override { return stream_->peer(); }

  // ---- the stream's side
  void on_data(ByteView data) override {
    const auto self = shared_from_this();
    last_heard_ = loop_.now();
    std::vector<WebSocketEvent> events;
    const auto result = reader_.feed(data, events);
    for (WebSocketEvent& event : events) {
      if (state_ == State::over) return;
      handle(event);
    }
    if (state_ == State::over || result) return;
    fail_protocol(result.error());
  }
  void on_closed(const Failure& why) override {
    const auto self = shared_from_this();
    finish(
        {close_code::abnormal, why.reason.empty() ? "The connection was lost." : why.reason,
         why.kind == NetError::none ? Failure{NetError::reset, "The connection ended without a close frame."} : why});
  }

 private:
  enum class State : std::uint8_t { open, close_sent, over };

  void send(WebSocketEvent::Kind kind, ByteView payload) {
    if (state_ != State::open) return;
    Bytes frame;
    write_websocket_frame(frame, role_, kind, payload, random_);
    stream_->write(frame);
    if (stream_->queued() <= send_queue_) return;
    // Not from inside the caller's call. What waits is lost: a peer that came back would need a new start anyway.
    state_ = State::close_sent;
    loop_.post([self = shared_from_this()] {
      self->give_up({close_code::abnormal,
                     "The peer is too slow.",
                     {NetError::slow_consumer, "The other side does not read what is sent to it."}});
    });
  }

  void write_close(std::uint16_t code, std::string_view reason) {
    Bytes frame;
    write_websocket_close(frame, role_, code, reason, random_);
    stream_->write(frame);
  }

  void handle(WebSocketEvent& event) {
    switch (event.kind) {
      case WebSocketEvent::Kind::text:
        if (state_ == State::open && handlers_.on_text) handlers_.on_text(event.data);
        return;
      case WebSocketEvent::Kind::binary:
        if (state_ != State::open) return;
        if (handlers_.on_binary) return handlers_.on_binary(as_bytes(event.data));
        return fail_protocol(close_code::unsupported_data);
      case WebSocketEvent::Kind::ping:
        return send(WebSocketEvent::Kind::pong, as_bytes(event.data));
      case WebSocketEvent::Kind::pong:
        return;
      case WebSocketEvent::Kind::close:
        // RFC 6455 section 5.5.1: answered with the code that came.
        if (state_ == State::open) write_close(event.code, {});
        stream_->set_handler(nullptr);
        stream_->close();
        return finish({event.code, event.data, {}});
    }
  }

  void fail_protocol(std::uint16_t code) {
    const char* reason = code == close_code::message_too_big    ? "The message is too big."
                         : code == close_code::invalid_payload  ? "The text is not valid UTF-8."
                         : code == close_code::unsupported_data ? "Binary messages are not taken here."
                                                                : "The WebSocket protocol was broken.";
    if (state_ == State::open) write_close(code, reason);
    stream_->set_handler(nullptr);
    stream_->close();
    finish({code, reason, {NetError::protocol, reason}});
  }

  void watch() {
    const Instant now = loop_.now();
    deadline_.set(std::min(now + ping_every_, std::max(now, last_heard_ + silence_limit_)));
  }

  void due() {
    const auto self = shared_from_this();
    if (state_ == State::over) return;
    if (state_ == State::close_sent) {
      // The peer did not answer our close frame: the TCP connection ends all the same (RFC 6455 section 7.1.1).
      stream_->set_handler(nullptr);
      stream_->close();
      return finish({close_code::abnormal, "The peer did not answer the close.", {NetError::closed_locally, ""}});
    }
    if (loop_.now() - last_heard_ >= silence_limit_) {
      return give_up({close_code::abnormal,
                      "The connection is silent.",
                      {NetError::timeout, "Nothing was heard from the other side for too long."}});
    }
    send(WebSocketEvent::Kind::ping, {});
    watch();
  }

  void give_up(const WebSocketClosed& closed) {
    if (state_ == State::over) return;
    stream_->abort();
    finish(closed);
  }

  void finish(const WebSocketClosed& closed) {
    if (state_ == State::over) return;
    const auto self = shared_from_this();
    state_ = State::over;
    deadline_.clear();
    if (handlers_.on_closed) handlers_.on_closed(closed);
    release();
  }

  // In a call of its own: a handler may be running.
  void release() noexcept { loop_.let_go(this); }

  Loop& loop_;
  std::shared_ptr<Stream> stream_;
  WebSocketRole role_;
  State state_ = State::open;
  WebSocketReader reader_;
  Bytes already_read_;
  std::string protocol_;
  RandomSource& random_;
  std::size_t send_queue_;
  Duration ping_every_;
  Duration silence_limit_;
  Duration close_limit_;
  Instant last_heard_{};
  Handlers handlers_;
  bool started_ = false;
  Deadline deadline_;
};

}  // namespace

std::shared_ptr<WebSocket> make_websocket(Loop& loop, std::shared_ptr<Stream> stream, WebSocketRole role,
                                          Bytes already_read, std::string protocol, RandomSource& random,
                                          WebSocketOptions options) {
  return std::make_shared<WebSocketConnection>(loop, std::move(stream), role, std::move(already_read),
                                               std::move(protocol), random, std::move(options));
}

}  // namespace sealhall::io
