#include "io/channel/channel.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <utility>

#include "io/channel/unix_socket.h"
#include "io/log/log.h"
#include "io/net/fd_stream.h"
#include "io/net/timer.h"

namespace sealhall::io {
namespace {
using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// What one peer may leave unread; smaller closes a worker that is busy for a moment, larger is memory.
constexpr std::size_t queue_limit = 64U << 20;
}  // namespace

struct Channel::State final : StreamHandler, std::enable_shared_from_this<Channel::State> {
  State(Loop& l, std::shared_ptr<Stream> s) : loop(l), stream(std::move(s)) {}

  void on_data(ByteView data) override {
    const auto self = shared_from_this();
    reader.feed(data);
    while (!over) {
      const auto message = reader.next();
      if (!message) return end({message.error(), "A message on the channel is larger than 1 MiB."});
      if (!*message) return;
      if (on_message) on_message(**message);
    }
  }

  void on_closed(const Failure& why) override {
    const auto self = shared_from_this();
    end(why);
  }

  void end(const Failure& why) {
    if (over) return;
    over = true;
    stream->abort();
    if (Channel::OnClosed closed = std::exchange(on_closed_callback, nullptr)) closed(why);
  }

  Loop& loop;
  std::shared_ptr<Stream> stream;
  ChannelReader reader;
  Channel::OnMessage on_message;
  Channel::OnClosed on_closed_callback;
  bool over = false;
};

Channel::Channel(Loop& loop, std::shared_ptr<Stream> stream)
    : state_(std::make_shared<State>(loop, std::move(stream))) {}

Channel::~Channel() {
  // The callbacks stay until the last pointer goes: one of them may be running now.
  state_->on_closed_callback = nullptr;
  if (!std::exchange(state_->over, true)) state_->stream->abort();
}

void Channel::start(OnMessage on_message, OnClosed on_closed) {
  state_->on_message = std::move(on_message);
  state_->on_closed_callback = std::move(on_closed);
  state_->stream->set_handler(state_.get());
}

void Channel::send(std::string_view message) {
  if (state_->over) return;
  if (message.size() > channel_message_limit) {
    // What it carries may come from a table that has grown: no reason to end the process. Later, as below: whoever
    // calls may be what the end destroys.
    log::error("a message is larger than its channel takes, which is closed", {{"bytes", message.size()}});
    state_->loop.post(
        [state = state_] { state->end({NetError::protocol, "A message for the channel is larger than 1 MiB."}); });
    return;
  }
  Bytes frame(4);
  store_u32(frame.data(), static_cast<std::uint32_t>(message.size()));
  append(frame, as_bytes(message));
  state_->stream->write(frame);
  if (state_->stream->queued() > queue_limit) {
    state_->loop.post(
        [state = state_] { state->end({NetError::slow_consumer, "The other process does not read its channel."}); });
  }
}

void Channel::close() {
  if (state_->over) return;
  state_->stream->close();
}

std::size_t Channel::queued() const noexcept { return state_->over ? 0 : state_->stream->queued(); }

struct ChannelServer::State : std::enable_shared_from_this<ChannelServer::State> {
  State(Loop& l, int fd, OnChannel c) : loop(l), descriptor(l.context(), fd), on_channel(std::move(c)), pause(l) {}

  void wait() {
    descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->gone) self->accept_some();
    });
  }
  void accept_some() {
    while (!gone) {
      FileDescriptor fd{::accept4(descriptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!fd) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EAGAIN) return wait();
        pause.after(std::chrono::milliseconds{100}, [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->accept_some();
        });
        return;
      }
      const PeerCredentials peer = peer_credentials(fd.get());
      if (!peer.same_user) continue;
      on_channel(std::make_unique<Channel>(loop, make_fd_stream(loop, fd.release(), {})), peer.pid);
    }
  }

  Loop& loop;
  Descriptor descriptor;
  OnChannel on_channel;
  Timer pause;
  std::string path;
  bool gone = false;
};

ChannelServer::ChannelServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
ChannelServer::~ChannelServer() {
  state_->gone = true;
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
  state_->pause.cancel();
}

expected<std::unique_ptr<ChannelServer>, Failure> ChannelServer::listen(Loop& loop, const std::string& path,
                                                                        OnChannel on_channel) {
  auto fd = listen_unix(path, SOCK_STREAM);
  if (!fd) return unexpected(fd.error());
  auto state = std::make_shared<State>(loop, fd->release(), std::move(on_channel));
  state->wait();
  return std::unique_ptr<ChannelServer>(new ChannelServer(std::move(state)));
}

struct ChannelClient::State : std::enable_shared_from_this<ChannelClient::State> {
  State(Loop& l, std::string p, Events e, Duration r)
      : loop(l), path(std::move(p)), events(std::move(e)), retry(r), timer(l) {}

  void connect() {
    if (gone) return;
    auto fd = connect_unix(path, SOCK_STREAM);
    if (!fd || !peer_credentials(fd->get()).same_user) return again();
    channel = std::make_shared<Channel>(loop, make_fd_stream(loop, fd->release(), {}));
    channel->start(
        [weak = weak_from_this()](std::string_view message) {
          if (const auto self = weak.lock(); self && !self->gone && self->events.on_message)
            self->events.on_message(message);
        },
        [weak = weak_from_this()](const Failure&) {
          const auto self = weak.lock();
          if (!self || self->gone) return;
          self->channel.reset();
          self->again();
          if (self->events.on_lost) self->events.on_lost();
        });
    if (events.on_open) events.on_open();
  }
  void again() {
    timer.after(retry, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->connect();
    });
  }

  Loop& loop;
  std::string path;
  Events events;
  Duration retry;
  Timer timer;
  std::shared_ptr<Channel> channel;
  bool gone = false;
};

ChannelClient::ChannelClient(Loop& loop, std::string path, Events events, Duration retry)
    : state_(std::make_shared<State>(loop, std::move(path), std::move(events), retry)) {
  // Not at once: `on_open` must not be called before the constructor is done.
  state_->timer.after(Duration{0}, [weak = std::weak_ptr<State>(state_)] {
    if (const auto state = weak.lock()) state->connect();
  });
}
ChannelClient::~ChannelClient() {
  state_->gone = true;
  state_->timer.cancel();
  state_->channel.reset();
}

bool ChannelClient::send(std::string_view message) {
  if (!state_->channel) return false;
  state_->channel->send(message);
  return true;
}
bool ChannelClient::connected() const noexcept { return state_->channel != nullptr; }

}  // namespace sealhall::io
