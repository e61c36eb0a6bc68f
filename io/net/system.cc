#include "io/net/system.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace sealhall::io {

bool keep_memory_private() noexcept {
  const rlimit no_core{0, 0};
  static_cast<void>(!::setrlimit(RLIMIT_CORE, &no_core));
  rlimit locked{RLIM_INFINITY, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_MEMLOCK, &locked) != 0 &&
      (::getrlimit(RLIMIT_MEMLOCK, &locked) != 0 || locked.rlim_cur != RLIM_INFINITY)) {
    return false;
  }
  // On fault: what is reserved and not used yet costs nothing.
  return ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

NetError net_error_from_errno(int error) noexcept {
  switch (error) {
    case 0:
      return NetError::none;
    case ECONNREFUSED:
    case ENOENT:
      return NetError::refused;  // ENOENT: a Unix socket path where nobody listens yet
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      return NetError::reset;
    case ETIMEDOUT:
      return NetError::timeout;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return NetError::unreachable;
    case EADDRINUSE:
      return NetError::address_in_use;
    case EACCES:
    case EPERM:
      return NetError::permission;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return NetError::too_many;
    default:
      return NetError::internal;
  }
}

Failure failure_from_errno(int error, const std::string& what) {
  return {net_error_from_errno(error), what + ": " + std::generic_category().message(error) + "."};
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}
FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Endpoint endpoint_from_sockaddr(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(in.sin_port)};
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
      ::inet_ntop(AF_INET, &in.sin6_addr.s6_addr[12], text.data(), text.size());
    } else {
      ::inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
    }
    return {text.data(), ntohs(in.sin6_port)};
  }
  return {};
}

}  // namespace sealhall::io
