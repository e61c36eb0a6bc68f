#include "io/channel/seqpacket.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <deque>
#include <utility>

#include "io/channel/unix_socket.h"
#include "io/net/timer.h"

namespace sealhall::io {
namespace {
using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
constexpr int packets_per_turn = 64;

MutableBytes packet_buffer() {
  thread_local Bytes buffer(64U << 10);
  return buffer;
}
}  // namespace

struct SeqPacket::State : std::enable_shared_from_this<SeqPacket::State> {
  State(Loop& l, int fd) : loop(l), descriptor(l.context(), fd) {}

  void wait_readable() {
    descriptor.async_wait(Descriptor::wait_read, [weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error && !self->over) self->readable();
    });
  }
  void readable() {
    for (int i = 0; i < packets_per_turn && !over; ++i) {
      const MutableBytes buffer = packet_buffer();
      const ssize_t n = ::recv(descriptor.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
      // The end of a SEQPACKET connection reads like an empty packet, which we therefore never send.
      if (n == 0) return end({NetError::none, "The other process closed the connection."});
      if (n < 0) return end(failure_from_errno(errno, "The connection was lost"));
      if (on_packet) on_packet(ByteView{buffer}.first(static_cast<std::size_t>(n)));
    }
    if (!over) wait_readable();
  }
  bool send_now(ByteView packet) {
    const ssize_t n = ::send(descriptor.native_handle(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return true;
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) return false;
    // Reading finds out about the end and reports it; the packet is lost either way.
    ++dropped;
    return true;
  }
  void wait_writable() {
    if (std::exchange(write_waiting, true)) return;
    descriptor.async_wait(Descriptor::wait_write, [weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self || error || self->over) return;
      self->write_waiting = false;
      while (!self->queue.empty() && self->send_now(self->queue.front())) self->queue.pop_front();
      if (!self->queue.empty()) self->wait_writable();
    });
  }
  void shut() {
    over = true;
    queue.clear();
    boost::system::error_code ignored;
    descriptor.close(ignored);
  }
  void end(const Failure& why) {
    if (over) return;
    const auto self = shared_from_this();
    shut();
    if (SeqPacket::OnClosed closed = std::exchange(on_closed, nullptr)) closed(why);
  }

  Loop& loop;
  Descriptor descriptor;
  SeqPacket::OnPacket on_packet;
  SeqPacket::OnClosed on_closed;
  std::deque<Bytes> queue;
  std::uint64_t dropped = 0;
  bool write_waiting = false;
  bool over = false;
};

SeqPacket::SeqPacket(Loop& loop, int fd) : state_(std::make_shared<State>(loop, fd)) {}

SeqPacket::~SeqPacket() {
  state_->on_closed = nullptr;
  if (!state_->over) state_->shut();
}

expected<std::unique_ptr<SeqPacket>, Failure> SeqPacket::connect(Loop& loop, const std::string& path) {
  auto fd = connect_unix(path, SOCK_SEQPACKET);
  if (!fd) return unexpected(fd.error());
  return std::make_unique<SeqPacket>(loop, fd->release());
}

void SeqPacket::start(OnPacket on_packet, OnClosed on_closed) {
  state_->on_packet = std::move(on_packet);
  state_->on_closed = std::move(on_closed);
  state_->wait_readable();
}

void SeqPacket::send(ByteView packet) {
  if (state_->over || packet.empty()) return;
  if (state_->queue.empty() && state_->send_now(packet)) return;
  if (state_->queue.size() >= seqpacket_queue_limit) {
    state_->queue.pop_front();
    ++state_->dropped;
  }
  state_->queue.emplace_back(packet.begin(), packet.end());
  state_->wait_writable();
}

std::uint64_t SeqPacket::dropped() const noexcept { return state_->dropped; }

struct SeqPacketServer::State : std::enable_shared_from_this<SeqPacketServer::State> {
  State(Loop& l, int fd, OnConnection c)
      : loop(l), descriptor(l.context(), fd), on_connection(std::move(c)), pause(l) {}
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
      if (!peer_credentials(fd.get()).same_user) continue;
      on_connection(std::make_unique<SeqPacket>(loop, fd.release()));
    }
  }
  Loop& loop;
  Descriptor descriptor;
  OnConnection on_connection;
  Timer pause;
  bool gone = false;
};

SeqPacketServer::SeqPacketServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
SeqPacketServer::~SeqPacketServer() {
  state_->gone = true;
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
  state_->pause.cancel();
}

expected<std::unique_ptr<SeqPacketServer>, Failure> SeqPacketServer::listen(Loop& loop, const std::string& path,
                                                                            OnConnection on_connection) {
  auto fd = listen_unix(path, SOCK_SEQPACKET);
  if (!fd) return unexpected(fd.error());
  auto state = std::make_shared<State>(loop, fd->release(), std::move(on_connection));
  state->wait();
  return std::unique_ptr<SeqPacketServer>(new SeqPacketServer(std::move(state)));
}

}  // namespace sealhall::io
