// Preloaded into a program: while the file FAULT_SWITCH is there, what is written to or synced of regular files below
// FAULT_ROOT fails with EIO, as on a disk that goes bad. The first word of the switch says what fails: "write", "sync"
// or "both". A sync that fails leaves the data in the system's memory, as the kernel does.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

/// Whether that kind of call fails now on that file.
bool fails(int fd, const char* kind) {
  static const char* const root = std::getenv("FAULT_ROOT");
  static const char* const at = std::getenv("FAULT_SWITCH");
  if (root == nullptr || at == nullptr) return false;
  const int before = errno;
  bool bad = false;
  if (const int file = ::open(at, O_RDONLY | O_CLOEXEC); file >= 0) {
    std::array<char, 16> word{};
    const ssize_t size = ::read(file, word.data(), word.size() - 1);
    ::close(file);
    const bool wanted = size > 0 && (std::strncmp(word.data(), kind, std::strlen(kind)) == 0 ||
                                     std::strncmp(word.data(), "both", 4) == 0);
    struct stat info{};
    std::array<char, 64> link{};
    std::array<char, 4096> path{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
    if (wanted && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
        ::readlink(link.data(), path.data(), path.size() - 1) > 0) {
      bad = std::strncmp(path.data(), root, std::strlen(root)) == 0;
    }
  }
  errno = bad ? EIO : before;
  return bad;
}

}  // namespace

extern "C" ssize_t write(int fd, const void* data, size_t size) {
  if (fails(fd, "write")) return -1;
  return real<ssize_t(int, const void*, size_t)>("write")(fd, data, size);
}
extern "C" ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  if (fails(fd, "write")) return -1;
  return real<ssize_t(int, const void*, size_t, off_t)>("pwrite")(fd, data, size, at);
}
extern "C" ssize_t pwrite64(int fd, const void* data, size_t size, off_t at) {
  if (fails(fd, "write")) return -1;
  return real<ssize_t(int, const void*, size_t, off_t)>("pwrite64")(fd, data, size, at);
}
extern "C" int fsync(int fd) {
  if (fails(fd, "sync")) return -1;
  return real<int(int)>("fsync")(fd);
}
extern "C" int fdatasync(int fd) {
  if (fails(fd, "sync")) return -1;
  return real<int(int)>("fdatasync")(fd);
}
