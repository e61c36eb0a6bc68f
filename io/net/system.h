// What the operating system says, in our words. For the shells in io/ only.
#pragma once

#include <string>

#include "io/net/endpoint.h"
#include "io/net/error.h"

struct sockaddr;

namespace sealhall::io {

/// The kind that belongs to an errno value.
NetError net_error_from_errno(int error) noexcept;
/// "<what>: <the system's words>." with the kind of `error`.
Failure failure_from_errno(int error, const std::string& what);

/// A file descriptor that is closed when it goes.
class FileDescriptor {
 public:
  FileDescriptor() noexcept = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Keeps this process out of core dumps and, where RLIMIT_MEMLOCK is unlimited (or may be made so), out of swap: keys
/// are in here. False when swap may see them; nothing is locked then, since a limit would make later allocations fail.
bool keep_memory_private() noexcept;

/// The numeric address and port in `address`; IPv4-mapped IPv6 addresses are given as IPv4. Empty for other families.
Endpoint endpoint_from_sockaddr(const sockaddr* address);

}  // namespace sealhall::io
