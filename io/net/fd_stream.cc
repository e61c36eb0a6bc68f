#include "io/net/fd_stream.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <optional>

#include "io/net/system.h"
#include "io/net/timer.h"

namespace sealhall::io {
namespace {

using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// Larger costs cache, smaller costs system calls. One for all streams of the thread: an idle stream has no buffer.
constexpr std::size_t read_size = 64U << 10;
// Reads in a row before others get their turn.
constexpr int reads_per_turn = 4;
constexpr Duration close_limit = std::chrono::seconds{5};

MutableBytes read_buffer() {
  thread_local Bytes buffer(read_size);
  return buffer;
}

class FdStream final : public Stream, public std::enable_shared_from_this<FdStream> {
 public:
  FdStream(Loop& loop, int fd, Endpoint peer, Callback on_gone)
      : loop_(loop), descriptor_(loop.context(), fd), peer_(std::move(peer)), on_gone_(std::move(on_gone)) {}
  ~FdStream() override { shut(); }

  void set_handler(StreamHandler* handler) override {
    handler_ = handler;
    wait_readable();
  }

  void write(ByteView data) override {
    if (state_ != State::open || data.empty()) return;
    std::size_t sent = 0;
    if (queued() == 0) {
      const ssize_t n = ::send(descriptor_.native_handle(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN && errno != EINTR) return fail_soon(errno);
      if (n > 0) sent = static_cast<std::size_t>(n);
      if (sent == data.size()) return;
    }
    append(out_, data.subspan(sent));
    wait_writable();
  }

  [[nodiscard]] std::size_t queued() const noexcept override { return out_.size() - out_at_; }

  void set_reading(bool on) override {
    reading_ = on;
    if (on) wait_readable();
  }

  void close() override {
    if (state_ != State::open) return;
    state_ = State::closing;
    // It lives until the peer has ended its direction too: closing at once would reset the connection and could take
    // away what the peer has not read yet.
    loop_.keep(this, shared_from_this());
    timer_.emplace(loop_);
    timer_->after(close_limit, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->finish({NetError::closed_locally, ""});
    });
    if (queued() == 0) ::shutdown(descriptor_.native_handle(), SHUT_WR);
    wait_readable();
  }

  void abort() noexcept override {
    handler_ = nullptr;
    shut();
  }

  [[nodiscard]] const Endpoint& peer() const noexcept override { return peer_; }

 private:
  enum class State : std::uint8_t { open, closing, closed };

  void shut() noexcept {
    if (state_ == State::closed) return;
    const bool kept = state_ == State::closing;
    state_ = State::closed;
    if (kept) loop_.let_go(this);
    timer_.reset();
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    out_ = {};
    out_at_ = 0;
    if (on_gone_) std::exchange(on_gone_, nullptr)();
  }

  void finish(const Failure& why) {
    if (state_ == State::closed) return;
    const auto self = shared_from_this();
    const bool ours = state_ == State::closing;
    shut();
    if (StreamHandler* handler = std::exchange(handler_, nullptr)) {
      handler->on_closed(ours ? Failure{NetError::closed_locally, ""} : why);
    }
  }

  // From inside `write`, whose caller does not expect to be called back.
  void fail_soon(int error) {
    loop_.post(
        [self = shared_from_this(), error] { self->finish(failure_from_errno(error, "The connection was lost")); });
  }

  void wait_readable() {
    const bool wanted = state_ == State::closing || (state_ == State::open && handler_ != nullptr && reading_);
    if (!wanted || read_waiting_) return;
    read_waiting_ = true;
    // Weak: a stream that everybody has dropped closes although the peer never says anything.
    descriptor_.async_wait(Descriptor::wait_read, [weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self) return;
      self->read_waiting_ = false;
      if (!error) self->readable();
    });
  }

  void readable() {
    for (int turn = 0; turn < reads_per_turn; ++turn) {
      if (state_ == State::closed) return;
      if (state_ == State::open && (handler_ == nullptr || !reading_)) return;
      const MutableBytes buffer = read_buffer();
      const ssize_t n = ::recv(descriptor_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n == 0) return finish({NetError::none, "The other side closed the connection."});
      if (n < 0) {
        if (errno == EAGAIN || errno == EINTR) break;
        return finish(failure_from_errno(errno, "The connection was lost"));
      }
      const auto got = static_cast<std::size_t>(n);
      if (state_ == State::open) handler_->on_data(ByteView{buffer}.first(got));
      if (got < buffer.size()) break;
    }
    wait_readable();
  }

  void wait_writable() {
    if (write_waiting_ || state_ == State::closed) return;
    write_waiting_ = true;
    descriptor_.async_wait(Descriptor::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
      self->write_waiting_ = false;
      if (!error) self->writable();
    });
  }

  void writable() {
    if (state_ == State::closed) return;
    const ssize_t n = ::send(descriptor_.native_handle(), out_.data() + out_at_, queued(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      return finish(failure_from_errno(errno, "The connection was lost"));
    }
    if (n > 0) out_at_ += static_cast<std::size_t>(n);
    if (queued() > 0) {
      // Moving the rest to the front now and then keeps the queue at twice its content.
      if (out_at_ > out_.size() / 2) {
        out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(out_at_));
        out_at_ = 0;
      }
      return wait_writable();
    }
    out_ = {};
    out_at_ = 0;
    if (state_ == State::closing) {
      ::shutdown(descriptor_.native_handle(), SHUT_WR);
    } else if (handler_ != nullptr) {
      handler_->on_drained();
    }
  }

  Loop& loop_;
  Descriptor descriptor_;
  Endpoint peer_;
  Callback on_gone_;
  StreamHandler* handler_ = nullptr;
  Bytes out_;
  std::size_t out_at_ = 0;
  std::optional<Timer> timer_;
  State state_ = State::open;
  bool reading_ = true;
  bool read_waiting_ = false;
  bool write_waiting_ = false;
};

}  // namespace

std::shared_ptr<Stream> make_fd_stream(Loop& loop, int fd, Endpoint peer, Callback on_gone) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return std::make_shared<FdStream>(loop, fd, std::move(peer), std::move(on_gone));
}

}  // namespace sealhall::io
