#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "io/net/fd_stream.h"
#include "io/net/system.h"
#include "io/net/tcp.h"
#include "io/net/timer.h"

namespace sealhall::io {
namespace {

using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// Larger lets a flood of connections hold up those that exist.
constexpr int accepts_per_turn = 64;
// While descriptors are short: smaller spins, larger makes people wait.
constexpr Duration pause_when_exhausted = std::chrono::milliseconds{100};

// What one customer of a provider has: an IPv4 address, or an IPv6 /64 (RFC 6177).
std::string address_key(const sockaddr_storage& address) {
  std::array<char, 9> key{};
  if (address.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    std::memcpy(key.data(), &in.sin_addr, 4);
    return {key.data(), 4};
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &address, sizeof in);
  if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) return {reinterpret_cast<const char*>(&in.sin6_addr.s6_addr[12]), 4};
  return {reinterpret_cast<const char*>(in.sin6_addr.s6_addr), 8};
}

expected<FileDescriptor, Failure> open_listener(const Endpoint& at) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(at.port);
  if (const int error = ::getaddrinfo(at.address.c_str(), port.c_str(), &hints, &found); error != 0) {
    return unexpected(
        Failure{NetError::not_found, "The address " + at.address + " is not known: " + ::gai_strerror(error) + "."});
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
  FileDescriptor fd{::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return unexpected(failure_from_errno(errno, "No socket could be made"));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd.get(), 4096) != 0) {
    const int error = errno;
    if (error == EADDRINUSE) {
      return unexpected(
          Failure{NetError::address_in_use, "Port " + port + " on " + at.address + " is used by another program."});
    }
    if (error == EACCES) {
      return unexpected(
          Failure{NetError::permission, "Port " + port + " on " + at.address +
                                            " may not be used without the right to (CAP_NET_BIND_SERVICE); "
                                            "choose a port above 1023."});
    }
    return unexpected(failure_from_errno(error, at.text() + " cannot be listened on"));
  }
  return fd;
}

}  // namespace

struct TcpListener::State : std::enable_shared_from_this<TcpListener::State> {
  State(Loop& l, int fd, TcpListenerLimits m, OnStream s)
      : loop(l), descriptor(l.context(), fd), limits(m), on_stream(std::move(s)), pause(l) {}

  void wait() {
    descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->gone) self->accept_some();
    });
  }

  void accept_some() {
    for (int i = 0; i < accepts_per_turn && !gone; ++i) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      FileDescriptor fd{::accept4(descriptor.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!fd) {
        if (errno == EAGAIN) break;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          // The connection stays in the kernel's queue, so waiting for it would return at once, again and again.
          pause.after(pause_when_exhausted, [weak = weak_from_this()] {
            if (const auto self = weak.lock(); self && !self->gone) self->accept_some();
          });
          return;
        }
        continue;  // that connection is gone already; the next one may be well
      }
      take(std::move(fd), address);
    }
    if (!gone) wait();
  }

  void take(FileDescriptor fd, const sockaddr_storage& address) {
    const std::string key = address_key(address);
    std::size_t& of_address = per_address[key];
    if (open >= limits.connections || of_address >= limits.connections_per_address) {
      if (of_address == 0) per_address.erase(key);
      ++refused;
      // No lingering: whoever is over a limit costs nothing more.
      const linger now{1, 0};
      ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      return;
    }
    ++of_address;
    ++open;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Endpoint peer = endpoint_from_sockaddr(reinterpret_cast<const sockaddr*>(&address));
    on_stream(make_fd_stream(loop, fd.release(), std::move(peer), [self = shared_from_this(), key] {
      --self->open;
      const auto it = self->per_address.find(key);
      if (it != self->per_address.end() && --it->second == 0) self->per_address.erase(it);
    }));
  }

  Loop& loop;
  Descriptor descriptor;
  TcpListenerLimits limits;
  OnStream on_stream;
  Timer pause;
  Endpoint local;
  std::unordered_map<std::string, std::size_t> per_address;
  std::size_t open = 0;
  std::uint64_t refused = 0;
  bool gone = false;
};

TcpListener::TcpListener(std::shared_ptr<State> state) : state_(std::move(state)) {}

TcpListener::~TcpListener() {
  state_->gone = true;
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
  state_->pause.cancel();
}

expected<std::unique_ptr<TcpListener>, Failure> TcpListener::listen(Loop& loop, const Endpoint& at,
                                                                    TcpListenerLimits limits, OnStream on_stream) {
  auto fd = open_listener(at);
  if (!fd) return unexpected(fd.error());
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd->get(), reinterpret_cast<sockaddr*>(&address), &size);
  auto state = std::make_shared<State>(loop, fd->release(), limits, std::move(on_stream));
  state->local = endpoint_from_sockaddr(reinterpret_cast<const sockaddr*>(&address));
  state->wait();
  return std::unique_ptr<TcpListener>(new TcpListener(std::move(state)));
}

const Endpoint& TcpListener::local() const noexcept { return state_->local; }
std::size_t TcpListener::open_connections() const noexcept { return state_->open; }
std::uint64_t TcpListener::refused_connections() const noexcept { return state_->refused; }

}  // namespace sealhall::io
