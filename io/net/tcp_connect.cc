#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <optional>
#include <vector>

#include "io/net/fd_stream.h"
#include "io/net/system.h"
#include "io/net/tcp.h"
#include "io/net/timer.h"

namespace sealhall::io {
namespace {
using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
using boost::asio::ip::tcp;
}  // namespace

class ConnectAttempt : public std::enable_shared_from_this<ConnectAttempt> {
 public:
  ConnectAttempt(Loop& loop, Endpoint to, Duration limit, OnConnected done)
      : loop_(loop),
        to_(std::move(to)),
        deadline_(loop.now() + limit),
        done_(std::move(done)),
        resolver_(loop.context()),
        timer_(loop) {}

  void start() {
    // Weak references throughout: dropping the handle is the way to cancel.
    timer_.at(deadline_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->finish_with(NetError::timeout, self->to_.text() + " does not answer.");
    });
    boost::system::error_code error;
    const auto numeric = boost::asio::ip::make_address(to_.address, error);
    if (!error) {
      targets_.emplace_back(numeric, to_.port);
      loop_.post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->try_next();
      });
      return;
    }
    resolver_.async_resolve(to_.address, std::to_string(to_.port), tcp::resolver::numeric_service,
                            [weak = weak_from_this()](const boost::system::error_code& failed, const auto& results) {
                              const auto self = weak.lock();
                              if (!self || !self->done_) return;
                              if (failed) {
                                return self->finish_with(NetError::not_found,
                                                         "The name " + self->to_.address + " is not known.");
                              }
                              for (const auto& entry : results) self->targets_.push_back(entry.endpoint());
                              self->try_next();
                            });
  }

 private:
  void finish_with(NetError kind, std::string reason) { finish(unexpected(Failure{kind, std::move(reason)})); }

  void finish(expected<std::shared_ptr<Stream>, Failure> result) {
    if (!done_) return;
    const auto self = shared_from_this();
    timer_.cancel();
    share_.reset();
    descriptor_.reset();
    OnConnected done = std::exchange(done_, nullptr);
    done(std::move(result));
  }

  void try_next() {
    if (!done_) return;
    descriptor_.reset();
    if (next_ == targets_.size()) {
      return finish(
          unexpected(last_ ? *last_ : Failure{NetError::not_found, "The name " + to_.address + " has no address."}));
    }
    const tcp::endpoint target = targets_[next_++];
    FileDescriptor fd{::socket(target.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) {
      last_ = failure_from_errno(errno, "No socket could be made");
      return try_next();
    }
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd.get(), target.data(), static_cast<socklen_t>(target.size())) != 0 && errno != EINPROGRESS) {
      note(errno);
      return try_next();
    }
    current_ = endpoint_from_sockaddr(target.data());
    descriptor_.emplace(loop_.context(), fd.release());
    // An address that swallows packets must leave time for the others.
    if (next_ < targets_.size()) {
      share_.emplace(loop_);
      const auto others = static_cast<std::int64_t>(targets_.size() - next_ + 1);
      share_->after((deadline_ - loop_.now()) / others, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self || !self->done_) return;
        self->note(ETIMEDOUT);
        self->try_next();
      });
    }
    descriptor_->async_wait(Descriptor::wait_write, [weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error && self->done_) self->writable();
    });
  }

  void writable() {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(descriptor_->native_handle(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      note(error);
      return try_next();
    }
    share_.reset();
    const int fd = descriptor_->release();
    finish(make_fd_stream(loop_, fd, current_));
  }

  void note(int error) {
    const NetError kind = net_error_from_errno(error);
    if (kind == NetError::refused) {
      last_ = Failure{kind, "Nobody answers at " + to_.text() + " (connection refused)."};
    } else {
      last_ = failure_from_errno(error, to_.text() + " cannot be reached");
    }
  }

  Loop& loop_;
  Endpoint to_;
  Instant deadline_;
  OnConnected done_;
  tcp::resolver resolver_;
  Timer timer_;
  std::optional<Timer> share_;
  std::vector<tcp::endpoint> targets_;
  std::size_t next_ = 0;
  std::optional<Descriptor> descriptor_;
  Endpoint current_;
  std::optional<Failure> last_;
};

std::shared_ptr<ConnectAttempt> connect_tcp(Loop& loop, const Endpoint& to, Duration limit, OnConnected done) {
  auto attempt = std::make_shared<ConnectAttempt>(loop, to, limit, std::move(done));
  attempt->start();
  return attempt;
}

}  // namespace sealhall::io
