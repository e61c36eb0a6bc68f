#include "io/channel/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace sealhall::io {
namespace {

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Failure too_long(const std::string& path) {
  return {NetError::internal, "The socket path " + path + " is longer than the system allows (107 bytes)."};
}

}  // namespace

expected<FileDescriptor, Failure> listen_unix(const std::string& path, int type) {
  const auto address = address_of(path);
  if (!address) return unexpected(too_long(path));
  FileDescriptor fd{::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return unexpected(failure_from_errno(errno, "No socket could be made"));
  if (connect_unix(path, type)) {
    return unexpected(Failure{NetError::address_in_use, "Another process already listens on " + path + "."});
  }
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), 64) != 0) {
    return unexpected(failure_from_errno(errno, "The socket " + path + " cannot be listened on"));
  }
  return fd;
}

expected<FileDescriptor, Failure> connect_unix(const std::string& path, int type) {
  const auto address = address_of(path);
  if (!address) return unexpected(too_long(path));
  FileDescriptor fd{::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return unexpected(failure_from_errno(errno, "No socket could be made"));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return unexpected(failure_from_errno(errno, "The socket " + path + " cannot be connected to"));
  }
  return fd;
}

PeerCredentials peer_credentials(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  return {credentials.pid, credentials.uid == ::geteuid()};
}

}  // namespace sealhall::io
