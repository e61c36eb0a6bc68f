// Preloaded into a program: logs what changes files below POWER_ROOT to the file POWER_LOG, in the order in which it
// happened, so that run.py can rebuild the disk of any moment.
//
// One line a record: C path ino (created) | D path (folder made) | W ino offset length, then the bytes | T ino size |
// S ino (file synced) | Y path (folder synced) | R from to | U path (removed) | A length, then text (acknowledged:
// written to POWER_ROOT/acks). Paths have no blanks.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

namespace {

template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

struct Open {
  std::string path;
  ino_t ino = 0;
  bool folder = false;
  bool acks = false;
};

struct Recorder {
  std::recursive_mutex mutex;  // held over the real call and its record: the order of the log is the truth
  std::string root;
  int log = -1;
  std::map<int, Open> open;

  Recorder() {
    const char* where = std::getenv("POWER_ROOT");
    const char* to = std::getenv("POWER_LOG");
    if (where == nullptr || to == nullptr) return;
    root = where;
    log = real<int(const char*, int, ...)>("open")(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  }
  [[nodiscard]] bool ours(const char* path) const {
    return log >= 0 && path != nullptr && std::strncmp(path, root.c_str(), root.size()) == 0;
  }
  void record(const std::string& line, const void* data = nullptr, std::size_t size = 0) const {
    std::string whole = line + "\n";
    if (data != nullptr) whole.append(static_cast<const char*>(data), size);
    const char* at = whole.data();
    for (std::size_t left = whole.size(); left > 0;) {
      const ssize_t n = real<ssize_t(int, const void*, size_t)>("write")(log, at, left);
      if (n <= 0) std::abort();
      at += n;
      left -= static_cast<std::size_t>(n);
    }
  }
  Open* find(int fd) {
    const auto it = open.find(fd);
    return it == open.end() ? nullptr : &it->second;
  }
};
Recorder& recorder() {
  static auto* const instance = new Recorder;  // never destroyed: programs write until they are gone
  return *instance;
}

int opened(const char* name, const char* path, int flags, mode_t mode) {
  Recorder& r = recorder();
  const auto call = [&] { return real<int(const char*, int, ...)>(name)(path, flags, mode); };
  if (!r.ours(path)) return call();
  const std::lock_guard lock{r.mutex};
  struct stat info{};
  const bool before = ::stat(path, &info) == 0;
  const int fd = call();
  if (fd < 0 || ::fstat(fd, &info) != 0) return fd;
  Open entry{path, info.st_ino, S_ISDIR(info.st_mode), std::string{path} == r.root + "/acks"};
  if (!entry.acks && !before) r.record("C " + entry.path + " " + std::to_string(info.st_ino));
  if (!entry.acks && before && (flags & O_TRUNC) != 0) r.record("T " + std::to_string(info.st_ino) + " 0");
  r.open[fd] = std::move(entry);
  return fd;
}

template <class Call>
ssize_t written(int fd, const void* data, off_t offset, Call call) {
  Recorder& r = recorder();
  const std::lock_guard lock{r.mutex};
  const Open* file = r.find(fd);
  if (file == nullptr) return call();
  const ssize_t n = call();
  if (n <= 0) return n;
  if (offset < 0) offset = ::lseek(fd, 0, SEEK_CUR) - n;  // right for O_APPEND as well
  const auto size = static_cast<std::size_t>(n);
  if (file->acks) {
    r.record("A " + std::to_string(size), data, size);
  } else {
    r.record("W " + std::to_string(file->ino) + " " + std::to_string(offset) + " " + std::to_string(size), data, size);
  }
  return n;
}

template <class Call>
int truncated(int fd, off_t size, Call call) {
  Recorder& r = recorder();
  const std::lock_guard lock{r.mutex};
  const int result = call();
  if (const Open* file = r.find(fd); file != nullptr && result == 0) {
    r.record("T " + std::to_string(file->ino) + " " + std::to_string(size));
  }
  return result;
}

template <class Call>
int synced(int fd, Call call) {
  Recorder& r = recorder();
  const std::lock_guard lock{r.mutex};
  const int result = call();
  if (const Open* file = r.find(fd); file != nullptr && result == 0) {
    r.record(file->folder ? "Y " + file->path : "S " + std::to_string(file->ino));
  }
  return result;
}

mode_t mode_of(int flags, va_list list) { return (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0; }

}  // namespace

#define POWER_OPEN(name)                                  \
  extern "C" int name(const char* path, int flags, ...) { \
    va_list list;                                         \
    va_start(list, flags);                                \
    const mode_t mode = mode_of(flags, list);             \
    va_end(list);                                         \
    return opened(#name, path, flags, mode);              \
  }
POWER_OPEN(open)
POWER_OPEN(open64)

extern "C" int close(int fd) {
  Recorder& r = recorder();
  const std::lock_guard lock{r.mutex};
  r.open.erase(fd);
  return real<int(int)>("close")(fd);
}
extern "C" ssize_t write(int fd, const void* data, size_t size) {
  return written(fd, data, -1, [&] { return real<ssize_t(int, const void*, size_t)>("write")(fd, data, size); });
}
extern "C" ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return written(fd, data, at,
                 [&] { return real<ssize_t(int, const void*, size_t, off_t)>("pwrite")(fd, data, size, at); });
}
extern "C" ssize_t pwrite64(int fd, const void* data, size_t size, off_t at) {
  return written(fd, data, at,
                 [&] { return real<ssize_t(int, const void*, size_t, off_t)>("pwrite64")(fd, data, size, at); });
}
extern "C" int ftruncate(int fd, off_t size) noexcept {
  return truncated(fd, size, [&] { return real<int(int, off_t)>("ftruncate")(fd, size); });
}
extern "C" int ftruncate64(int fd, off_t size) noexcept {
  return truncated(fd, size, [&] { return real<int(int, off_t)>("ftruncate64")(fd, size); });
}
extern "C" int fsync(int fd) {
  return synced(fd, [&] { return real<int(int)>("fsync")(fd); });
}
extern "C" int fdatasync(int fd) {
  return synced(fd, [&] { return real<int(int)>("fdatasync")(fd); });
}
extern "C" int rename(const char* from, const char* to) noexcept {
  Recorder& r = recorder();
  const std::lock_guard lock{r.mutex};
  const int result = real<int(const char*, const char*)>("rename")(from, to);
  if (result == 0 && r.ours(to)) r.record(std::string{"R "} + from + " " + to);
  return result;
}
extern "C" int unlink(const char* path) noexcept {
  Recorder& r = recorder();
  const std::lock_guard lock{r.mutex};
  const int result = real<int(const char*)>("unlink")(path);
  if (result == 0 && r.ours(path)) r.record(std::string{"U "} + path);
  return result;
}
extern "C" int mkdir(const char* path, mode_t mode) noexcept {
  Recorder& r = recorder();
  const std::lock_guard lock{r.mutex};
  const int result = real<int(const char*, mode_t)>("mkdir")(path, mode);
  if (result == 0 && r.ours(path)) r.record(std::string{"D "} + path);
  return result;
}
