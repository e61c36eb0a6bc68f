#include "server/media/unix_sockets.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sealhall::media {

namespace {

constexpr int socket_buffer = 4 << 20;
constexpr std::size_t link_buffer_size = 64 * 1024;

bool fill(sockaddr_un& address, const std::string& path) noexcept {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return true;
}

void set_buffers(int fd) noexcept {
  for (const int name : {SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE})
    static_cast<void>(::setsockopt(fd, SOL_SOCKET, name, &socket_buffer, sizeof socket_buffer));
}

/// A socket file of our own: what an earlier worker left at the path is replaced.
expected<io::FileDescriptor, io::Failure> bind_unix(const std::string& path, int type) {
  const std::string what = "Cannot make the socket " + path;
  sockaddr_un address{};
  if (!fill(address, path)) return unexpected(io::Failure{io::NetError::internal, what + ": the path is too long."});
  io::FileDescriptor fd{::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return unexpected(io::failure_from_errno(errno, what));
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0)
    return unexpected(io::failure_from_errno(errno, what));
  return fd;
}

io::FileDescriptor connect_unix(const std::string& path, int type) noexcept {
  sockaddr_un address{};
  if (!fill(address, path)) return {};
  io::FileDescriptor fd{::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return fd;
}

bool of_our_user(int fd) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

std::string worker_path(const std::string& run, std::uint32_t worker, std::string_view what) {
  return run + "/media-" + std::to_string(worker) + std::string{what};
}

}  // namespace

std::string link_path(const std::string& run, std::uint32_t worker) { return worker_path(run, worker, ".link"); }
std::string relay_path(const std::string& run, std::uint32_t worker) { return worker_path(run, worker, ".relay"); }
std::string control_path(const std::string& run) { return run + "/control.sock"; }

// ---- links --------------------------------------------------------------------------------------------------------

expected<Links, io::Failure> Links::open(const std::string& run, std::uint32_t worker) {
  auto fd = bind_unix(link_path(run, worker), SOCK_DGRAM);
  if (!fd) return unexpected(std::move(fd.error()));
  set_buffers(fd->get());
  Links links;
  links.run_ = run;
  links.worker_ = worker;
  links.fd_ = std::move(*fd);
  links.buffer_ = std::make_unique<std::uint8_t[]>(link_buffer_size);
  return links;
}

void Links::send(std::uint32_t worker, ByteView head, ByteView body) noexcept {
  if (worker >= peers_.size() || worker == worker_) return;
  if (peers_[worker] == nullptr) peers_[worker] = std::make_unique<Peer>();
  Peer& peer = *peers_[worker];
  if (!peer.packer.add(worker_, head, body)) {
    flush_peer(worker, peer);
    if (!peer.packer.add(worker_, head, body)) {
      ++dropped_;
      return;
    }
  }
  pending_ = true;
}

bool Links::flush_peer(std::uint32_t worker, Peer& peer) noexcept {
  const ByteView datagram = peer.packer.pending();
  if (datagram.empty()) return true;
  for (int tries = 0; tries < 2; ++tries) {
    if (!peer.fd) {
      peer.fd = connect_unix(link_path(run_, worker), SOCK_DGRAM);
      if (!peer.fd) break;
      set_buffers(peer.fd.get());
    }
    if (::send(peer.fd.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      peer.packer.clear();
      return true;
    }
    if (errno == EAGAIN || errno == ENOBUFS) return false;
    peer.fd = {};  // that worker was started anew: its socket is another one now
  }
  ++dropped_;
  peer.packer.clear();
  return true;
}

void Links::flush() noexcept {
  if (!pending_) return;
  pending_ = false;
  for (std::size_t i = 0; i < peers_.size(); ++i)
    if (peers_[i] != nullptr && !flush_peer(static_cast<std::uint32_t>(i), *peers_[i])) pending_ = true;
}

ByteView Links::receive() noexcept {
  const ssize_t size = ::recv(fd_.get(), buffer_.get(), link_buffer_size, MSG_DONTWAIT);
  return size <= 0 ? ByteView{} : ByteView{buffer_.get(), static_cast<std::size_t>(size)};
}

// ---- relays -------------------------------------------------------------------------------------------------------

expected<Relays, io::Failure> Relays::open(const std::string& run, std::uint32_t worker) {
  auto fd = bind_unix(relay_path(run, worker), SOCK_SEQPACKET);
  if (!fd) return unexpected(std::move(fd.error()));
  if (::listen(fd->get(), 128) != 0)
    return unexpected(io::failure_from_errno(errno, "Cannot listen at " + relay_path(run, worker)));
  Relays relays;
  relays.fd_ = std::move(*fd);
  return relays;
}

const Relays::Connection* Relays::accept() noexcept {
  for (;;) {
    io::FileDescriptor fd{::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd) return nullptr;
    if (by_fd_.size() >= max_connections || !of_our_user(fd.get())) continue;
    while (by_client_.contains(relay_address(next_number_))) ++next_number_;
    auto connection = std::make_unique<Connection>();
    connection->client = relay_address(next_number_++);
    const int raw = fd.get();
    connection->fd = std::move(fd);
    by_client_[connection->client] = connection.get();
    return (by_fd_[raw] = std::move(connection)).get();
  }
}

const Relays::Connection* Relays::find(int fd) const noexcept {
  const auto found = by_fd_.find(fd);
  return found == by_fd_.end() ? nullptr : found->second.get();
}

void Relays::close(int fd) noexcept {
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) return;
  by_client_.erase(found->second->client);
  by_fd_.erase(found);
}

void Relays::send(const ice::Address& client, ByteView datagram) noexcept {
  const auto found = by_client_.find(client);
  if (found == by_client_.end()) return;
  if (::send(found->second->fd.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) ++dropped_;
}

// ---- control ------------------------------------------------------------------------------------------------------

bool ControlChannel::connect() noexcept {
  disconnect();
  fd_ = connect_unix(path_, SOCK_STREAM);
  return connected();
}

void ControlChannel::disconnect() noexcept {
  fd_ = {};
  reader_ = {};
  out_.clear();
  sent_ = 0;
}

void ControlChannel::send(std::string_view json) {
  if (!connected()) return;
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
  }
  wire::append_frame(json, out_);
  if (out_.size() - sent_ > max_waiting) return disconnect();
  static_cast<void>(write());
}

bool ControlChannel::write() noexcept {
  while (connected() && waiting()) {
    const ssize_t n = ::send(fd_.get(), &out_[sent_], out_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      sent_ += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      return true;
    } else if (errno != EINTR) {
      disconnect();
      return false;
    }
  }
  return connected();
}

bool ControlChannel::read(std::vector<std::string>& messages) {
  std::array<std::uint8_t, 16 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  for (;;) {
    const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) {
      disconnect();
      return false;
    }
    reader_.push(ByteView{buffer}.first(static_cast<std::size_t>(n)));
  }
  for (;;) {
    auto message = reader_.next();
    if (!message) {
      disconnect();
      return false;
    }
    if (!*message) return true;
    messages.push_back(std::move(**message));
  }
}

}  // namespace sealhall::media
