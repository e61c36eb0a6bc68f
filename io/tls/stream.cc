#include "io/tls/stream.h"

#include <utility>

#include "io/net/timer.h"
#include "io/tls/engine.h"

namespace sealhall::io {
namespace {

// One TLS record at most comes out of a read (RFC 8446 section 5.1).
constexpr std::size_t record_size = 16U << 10;
// A peer that makes TLS itself answer (key updates, alerts) and does not read the answers is not served for ever.
constexpr std::size_t protocol_queue_limit = 256U << 10;

MutableBytes plain_buffer() {
  thread_local Bytes buffer(record_size);
  return buffer;
}

class TlsConnection final : public TlsStream, public StreamHandler, public std::enable_shared_from_this<TlsConnection> {
 public:
  template <typename... Arguments>
  TlsConnection(Loop& loop, std::shared_ptr<Stream> transport, Arguments&&... arguments)
      : loop_(loop), transport_(std::move(transport)), engine_(std::forward<Arguments>(arguments)...) {}

  ~TlsConnection() {
    if (state_ == State::closing) {
      transport_->set_handler(nullptr);  // it goes on alone until what is queued has been sent
    } else if (state_ != State::closed) {
      transport_->abort();
    }
  }

  void begin(Duration limit, OnTls done) {
    loop_.keep(this, shared_from_this());  // nobody else holds it yet
    handshake_ = std::make_unique<Handshake>(std::move(done), Timer{loop_});
    handshake_->timer.after(limit, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->fail({NetError::timeout, "The TLS handshake took too long."});
      }
    });
    transport_->set_handler(this);
    go_on_with_handshake();
  }

  /// Gives the handshake up without calling back.
  void cancel() {
    if (!handshake_) return;
    const auto self = shared_from_this();
    handshake_.reset();
    loop_.let_go(this);
    abort();
  }

  void set_handler(StreamHandler* handler) override {
    handler_ = handler;
    resume();
  }
  void write(ByteView data) override {
    if (state_ != State::open || data.empty()) return;
    if (const auto result = engine_.write(data); !result) {
      loop_.post([self = shared_from_this(), why = result.error()] { self->fail(why); });
      return;
    }
    if (!pumping_) flush();
  }
  [[nodiscard]] std::size_t queued() const noexcept override { return transport_->queued(); }
  void set_reading(bool on) override {
    reading_ = on;
    if (state_ == State::open) transport_->set_reading(on);
    if (on) resume();
  }
  void close() override {
    if (state_ != State::open) return;
    state_ = State::closing;
    engine_.shutdown();
    flush();
    transport_->set_reading(true);
    transport_->close();
  }
  void abort() noexcept override {
    handler_ = nullptr;
    if (state_ == State::closed) return;
    state_ = State::closed;
    transport_->abort();
  }
  [[nodiscard]] const Endpoint& peer() const noexcept override { return transport_->peer(); }

  [[nodiscard]] std::string version() const override { return SSL_get_version(engine_.ssl()); }
  [[nodiscard]] std::string cipher() const override { return SSL_get_cipher_name(engine_.ssl()); }
  [[nodiscard]] std::string alpn() const override {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(engine_.ssl(), &name, &size);
    return std::string{as_text({name, size})};
  }

  // ---- the transport's side
  void on_data(ByteView data) override {
    if (state_ == State::closed || state_ == State::closing) return;
    const auto self = shared_from_this();
    if (!waiting_.empty()) {
      append(waiting_, data);
      engine_.input(waiting_);
    } else {
      engine_.input(data);
    }
    if (state_ == State::handshaking) {
      go_on_with_handshake();
    }
    if (state_ == State::open && !resume_posted_) pump();
    keep_rest();
  }
  void on_drained() override {
    if (state_ == State::open && handler_ != nullptr) handler_->on_drained();
  }
  void on_closed(const Failure& why) override {
    const auto self = shared_from_this();
    if (state_ == State::closed) return;
    if (why.kind == NetError::none) {
      // RFC 8446 section 6.1: an end without close_notify may be an attacker's cut.
      return fail({NetError::reset, handshake_ ? "The other side closed the connection during the TLS handshake."
                                               : "The connection was cut off."});
    }
    fail(why);
  }

 private:
  enum class State : std::uint8_t { handshaking, open, closing, closed };
  struct Handshake {
    Handshake(OnTls d, Timer t) : done(std::move(d)), timer(std::move(t)) {}
    OnTls done;
    Timer timer;
  };

  void flush() {
    if (engine_.output().empty()) return;
    transport_->write(engine_.output());
    engine_.output() = {};
  }

  void go_on_with_handshake() {
    const auto done = engine_.handshake();
    flush();
    if (!done) return fail(done.error());
    if (!*done) return;
    state_ = State::open;
    const auto self = shared_from_this();
    const auto finished = std::exchange(handshake_, nullptr);
    loop_.let_go(this);
    finished->done(std::shared_ptr<TlsStream>(self));
  }

  // Decrypts what is there for as long as somebody wants it.
  void pump() {
    pumping_ = true;
    while (state_ == State::open && handler_ != nullptr && reading_) {
      const MutableBytes buffer = plain_buffer();
      const std::size_t before = engine_.output().size();
      const auto result = engine_.read(buffer);
      if (!result) {
        pumping_ = false;
        flush();  // the alert that says why
        return fail(result.error());
      }
      if (engine_.output().size() > before && queued() > protocol_queue_limit) {
        pumping_ = false;
        return fail({NetError::slow_consumer, "The other side does not read."});
      }
      if (result->peer_closed) {
        pumping_ = false;
        return peer_closed();
      }
      if (result->size == 0) break;
      handler_->on_data(ByteView{buffer}.first(result->size));
    }
    pumping_ = false;
    if (state_ == State::open || state_ == State::closing) flush();
  }

  // Input that could not be used up now is kept: the caller's bytes are not ours after `on_data`.
  void keep_rest() {
    const ByteView rest = engine_.rest();
    if (state_ == State::closed || state_ == State::closing || rest.empty()) {
      waiting_ = {};
    } else if (waiting_.empty()) {
      waiting_.assign(rest.begin(), rest.end());
    } else {
      waiting_.erase(waiting_.begin(), waiting_.end() - static_cast<std::ptrdiff_t>(rest.size()));
    }
    engine_.input(waiting_);
    // Nobody wants it now: the peer is held back instead of our memory growing.
    if (state_ == State::open && (handler_ == nullptr || !reading_)) transport_->set_reading(false);
  }

  void resume() {
    if (state_ == State::open && handler_ != nullptr && reading_) transport_->set_reading(true);
    // Also decrypted bytes may wait inside OpenSSL, when reading was stopped in the middle of a record.
    if (state_ != State::open || handler_ == nullptr || !reading_ || resume_posted_ || pumping_) return;
    if (waiting_.empty() && SSL_has_pending(engine_.ssl()) == 0) return;
    resume_posted_ = true;
    loop_.post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->resume_posted_ = false;
      if (self->state_ != State::open) return;
      self->engine_.input(self->waiting_);
      self->pump();
      self->keep_rest();
    });
  }

  void peer_closed() {
    engine_.shutdown();
    flush();
    state_ = State::closed;
    transport_->set_handler(nullptr);
    transport_->close();
    if (StreamHandler* handler = std::exchange(handler_, nullptr)) {
      handler->on_closed({NetError::none, "The other side closed the connection."});
    }
  }

  void fail(const Failure& why) {
    if (state_ == State::closed) return;
    const auto self = shared_from_this();
    const bool ours = state_ == State::closing;
    state_ = State::closed;
    if (ours) {
      transport_->abort();
    } else {
      // Not an abort: an alert that is queued should still reach the peer.
      transport_->set_handler(nullptr);
      transport_->close();
    }
    if (const auto finished = std::exchange(handshake_, nullptr)) {
      loop_.let_go(this);
      finished->done(unexpected(why));
    } else if (StreamHandler* handler = std::exchange(handler_, nullptr)) {
      handler->on_closed(ours ? Failure{NetError::closed_locally, ""} : why);
    }
  }

  Loop& loop_;
  std::shared_ptr<Stream> transport_;
  TlsEngine engine_;
  StreamHandler* handler_ = nullptr;
  std::unique_ptr<Handshake> handshake_;
  Bytes waiting_;
  State state_ = State::handshaking;
  bool reading_ = true;
  bool pumping_ = false;
  bool resume_posted_ = false;
};

}  // namespace

void accept_tls(Loop& loop, std::shared_ptr<Stream> transport, const TlsServerContext& context, Duration limit,
                OnTls done) {
  std::make_shared<TlsConnection>(loop, std::move(transport), context.current())->begin(limit, std::move(done));
}

void start_tls(Loop& loop, std::shared_ptr<Stream> transport, const TlsClientContext& context, const std::string& host,
               Duration limit, OnTls done) {
  std::make_shared<TlsConnection>(loop, std::move(transport), context.current(), host)->begin(limit, std::move(done));
}

class TlsConnectAttempt {
 public:
  TlsConnectAttempt() = default;
  ~TlsConnectAttempt() {
    tcp.reset();
    if (const auto connection = handshaking.lock()) connection->cancel();
  }
  TlsConnectAttempt(const TlsConnectAttempt&) = delete;
  TlsConnectAttempt& operator=(const TlsConnectAttempt&) = delete;

  std::shared_ptr<ConnectAttempt> tcp;
  std::weak_ptr<TlsConnection> handshaking;
  OnTls done;
};

std::shared_ptr<TlsConnectAttempt> connect_tls(Loop& loop, const Endpoint& to, const TlsClientContext& context,
                                               Duration limit, OnTls done) {
  auto attempt = std::make_shared<TlsConnectAttempt>();
  attempt->done = std::move(done);
  const Instant deadline = loop.now() + limit;
  attempt->tcp = connect_tcp(loop, to, limit,
                             [&loop, weak = std::weak_ptr{attempt}, shared_context = context.current(),
                              host = to.address, deadline](auto result) {
                               const auto self = weak.lock();
                               if (!self) return;
                               if (!result) return std::exchange(self->done, nullptr)(unexpected(result.error()));
                               const auto connection =
                                   std::make_shared<TlsConnection>(loop, std::move(*result), shared_context, host);
                               self->handshaking = connection;
                               connection->begin(deadline - loop.now(), [weak](auto tls) {
                                 const auto waiting = weak.lock();
                                 if (!waiting) return;
                                 waiting->handshaking.reset();
                                 OnTls call = std::exchange(waiting->done, nullptr);
                                 call(std::move(tls));
                               });
                             });
  return attempt;
}

}  // namespace sealhall::io
