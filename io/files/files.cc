#include "io/files/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

namespace sealhall::io {
namespace {

class Fd {
 public:
  explicit Fd(int fd) noexcept : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  /// Closes; a network file system reports a failed write only here.
  bool close() noexcept { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

FileError failed(const std::string& what, int error) {
  return {error, what + ": " + std::generic_category().message(error) + "."};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

expected<void, FileError> sync_folder(const std::string& folder) {
  const Fd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) {
    return unexpected(failed("The folder " + folder + " cannot be synced", errno));
  }
  return {};
}

}  // namespace

bool write_all(int fd, ByteView data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

expected<void, FileError> write_file_atomically(const std::string& path, ByteView content, unsigned mode) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary = path + ".new-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  Fd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (fd.get() < 0) return unexpected(failed("The file " + path + " cannot be written", errno));
  // The mode before the content: a key is never readable by others, not even for a moment.
  if (::fchmod(fd.get(), mode) != 0 || !write_all(fd.get(), content) || ::fsync(fd.get()) != 0 || !fd.close() ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return unexpected(failed("The file " + path + " cannot be written", error));
  }
  // The rename is durable only when the folder is.
  return sync_folder(folder_of(path));
}

expected<Bytes, FileError> read_file(const std::string& path, std::size_t limit) {
  const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (fd.get() < 0) return unexpected(failed("The file " + path + " cannot be read", errno));
  Bytes content;
  std::array<std::uint8_t, 16384> block{};
  while (true) {
    const ssize_t n = ::read(fd.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return unexpected(failed("The file " + path + " cannot be read", errno));
    if (n == 0) return content;
    if (content.size() + static_cast<std::size_t>(n) > limit) {
      return unexpected(FileError{EFBIG, "The file " + path + " is larger than " + std::to_string(limit) + " bytes."});
    }
    append(content, ByteView{block}.first(static_cast<std::size_t>(n)));
  }
}

expected<void, FileError> make_private_folder(const std::string& path, unsigned mode) {
  if (path.empty()) return unexpected(FileError{EINVAL, "No folder was named."});
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) == 0) {
      if (const auto synced = sync_folder(folder_of(parent)); !synced) return synced;
    } else if (errno != EEXIST) {
      // A read-only parent that is already there is no obstacle; the last step tells.
      struct stat there{};
      const int error = errno;
      if (::stat(parent.c_str(), &there) != 0)
        return unexpected(failed("The folder " + parent + " cannot be made", error));
    }
  }
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0) {
    if (const auto synced = sync_folder(folder_of(path)); !synced) return synced;
  } else if (errno != EEXIST) {
    return unexpected(failed("The folder " + path + " cannot be made", errno));
  }
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return unexpected(failed("The folder " + path + " cannot be used", errno));
  if (!S_ISDIR(info.st_mode)) return unexpected(FileError{ENOTDIR, path + " is not a folder."});
  if (info.st_uid == ::geteuid() && (info.st_mode & 07777) != mode &&
      ::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) {
    return unexpected(failed("The folder " + path + " cannot be made private", errno));
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0)
    return unexpected(failed("The folder " + path + " cannot be written", errno));
  return {};
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

std::string executable_folder() {
  std::array<char, 4096> path{};
  const ssize_t n = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (n <= 0) return ".";
  return folder_of(std::string{path.data(), static_cast<std::size_t>(n)});
}

}  // namespace sealhall::io
