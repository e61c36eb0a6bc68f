#include "store/file_blobs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "io/files/files.h"
#include "io/log/log.h"

namespace sealhall::store {
namespace {

/// Where unfinished blobs lie: no blob's name can begin with a dot.
constexpr std::string_view unfinished = ".unfinished";

StoreError error_of(int code) noexcept {
  if (code == ENOENT || code == ENOTDIR || code == EISDIR) return StoreError::not_found;
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) return StoreError::full;
  return StoreError::failed;
}
auto failure() noexcept { return unexpected(error_of(errno)); }

class File {
 public:
  File() noexcept = default;
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

expected<void, StoreError> sync_folder(const std::string& path) {
  const File folder{path, O_RDONLY | O_DIRECTORY};
  if (!folder || ::fsync(folder.get()) != 0) return failure();
  return {};
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// Makes the folders between `root` and the file, each known to the disk before something stands in it.
expected<void, StoreError> make_parents(const std::string& root, const std::string& name) {
  for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
    const std::string folder = root + "/" + name.substr(0, at);
    if (::mkdir(folder.c_str(), 0700) == 0) {
      if (auto synced = sync_folder(parent_of(folder)); !synced) return synced;
    } else if (errno != EEXIST) {
      return failure();
    }
  }
  return {};
}

/// An error, and not half of what is there, when a folder cannot be read to its end.
expected<void, StoreError> collect(const std::string& root, const std::string& folder, const std::string& prefix,
                                   std::vector<BlobInfo>& to) {
  std::error_code error;
  const std::filesystem::directory_iterator end;
  // Not a range-for: its ++ throws when the disk cannot be read.
  for (std::filesystem::directory_iterator entry{root + "/" + folder, error}; !error && entry != end;
       entry.increment(error)) {
    const std::string leaf = entry->path().filename().string();
    if (leaf.starts_with('.')) continue;
    const std::string name = folder.empty() ? leaf : folder + "/" + leaf;
    // Only what may still lead to the prefix.
    if (!name.starts_with(prefix) && !prefix.starts_with(name + "/")) continue;
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (auto below = collect(root, name, prefix, to); !below) return below;
    } else if (const auto size = entry->file_size(ignored); !ignored && name.starts_with(prefix)) {
      to.push_back({name, size});
    }
  }
  // A folder that went meanwhile is empty; when the one of all blobs is gone, a disk is missing, and no blob.
  if (!error || (!folder.empty() && error == std::errc::no_such_file_or_directory)) return {};
  return unexpected(StoreError::failed);
}

}  // namespace

bool is_blob_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 200) return false;
  char before = '/';
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!plain && (before == '/' || (c != '.' && c != '/'))) return false;
    before = c;
  }
  return before != '/';
}

class FileBlobs::Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(io::Loop& loop, std::string folder) : root(std::move(folder)), loop_(loop), thread_([this] { run(); }) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void stop() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void add(std::move_only_function<void()> work) {
    {
      const std::lock_guard lock{mutex_};
      queue_.push_back(std::move(work));
    }
    wake_.notify_one();
  }
  /// Runs `work` on the thread and gives its result to `done` on the loop.
  template <class T, class Work>
  void ask(Work work, Done<T> done) {
    add([this, work = std::move(work), done = std::move(done)]() mutable { answer<T>(std::move(done), work()); });
  }
  template <class T>
  void answer(Done<T> done, expected<T, StoreError> result) {
    loop_.post([alive = weak_from_this(), done = std::move(done), result = std::move(result)]() mutable {
      if (!alive.expired()) done(std::move(result));
    });
  }
  /// On the thread only.
  std::string new_path() {
    return root + "/" + std::string{unfinished} + "/" + std::to_string(::getpid()) + "-" + std::to_string(++made_);
  }

  const std::string root;

 private:
  void run() {
    for (;;) {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
    }
  }

  io::Loop& loop_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> queue_;  ///< under mutex_
  bool stopping_ = false;                              ///< under mutex_
  std::uint64_t made_ = 0;                             ///< the thread's alone
  std::thread thread_;
};

class FileBlobs::Writer final : public BlobWriter {
 public:
  Writer(std::weak_ptr<Worker> worker, std::string name)
      : worker_(std::move(worker)), state_(std::make_shared<State>()) {
    state_->name = std::move(name);
  }
  ~Writer() override {
    const auto worker = worker_.lock();
    if (!worker || state_->finishing) return;
    worker->add([state = state_] { state->give_up(); });
  }

  void append(Bytes piece, Done<void> done) override {
    ask([piece = std::move(piece)](State& state, Worker& worker) { return state.append(worker, piece); },
        std::move(done));
  }
  void finish(Done<void> done) override {
    state_->finishing = true;
    ask(
        [](State& state, Worker& worker) {
          auto finished = state.finish(worker);
          if (!finished) state.give_up();
          return finished;
        },
        std::move(done));
  }

 private:
  /// The thread's alone, except `finishing`.
  struct State {
    ~State() { give_up(); }
    expected<void, StoreError> open(Worker& worker) {
      if (!is_blob_name(name)) return unexpected(StoreError::bad_text);
      path = worker.new_path();
      file = File{path, O_WRONLY | O_CREAT | O_TRUNC};
      // Held as long as somebody writes: whoever cleans up leaves it alone.
      if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return failure();
      return {};
    }
    expected<void, StoreError> append(Worker& worker, ByteView piece) {
      if (broken) return unexpected(*broken);
      expected<void, StoreError> done;
      if (!file) done = open(worker);
      if (done && !io::write_all(file.get(), piece)) done = failure();
      if (!done) broken = done.error();  // what comes after a hole is worth nothing
      return done;
    }
    expected<void, StoreError> finish(Worker& worker) {
      if (auto there = append(worker, {}); !there) return there;
      if (::fsync(file.get()) != 0) return failure();
      if (auto made = make_parents(worker.root, name); !made) return made;
      const std::string place = worker.root + "/" + name;
      if (::rename(path.c_str(), place.c_str()) != 0) {
        return unexpected(errno == EISDIR || errno == ENOTDIR ? StoreError::taken : error_of(errno));
      }
      path.clear();
      if (!sync_folder(parent_of(place))) return unexpected(StoreError::uncertain);
      return {};
    }
    void give_up() noexcept {
      if (!path.empty()) ::unlink(path.c_str());
      path.clear();
      file = File{};
    }
    std::string name;
    std::string path;
    File file;
    std::optional<StoreError> broken;
    bool finishing = false;
  };
  template <class Work>
  void ask(Work work, Done<void> done) {
    const auto worker = worker_.lock();
    if (!worker) return;
    worker->template ask<void>(
        [work = std::move(work), state = state_, at = worker.get()] { return work(*state, *at); }, std::move(done));
  }

  std::weak_ptr<Worker> worker_;
  std::shared_ptr<State> state_;
};

expected<std::unique_ptr<FileBlobs>, StoreError> FileBlobs::open(io::Loop& loop, std::string folder) {
  std::error_code ignored;
  folder = std::filesystem::absolute(folder, ignored).lexically_normal().string();
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  const std::string rests = folder + "/" + std::string{unfinished};
  if (!io::make_private_folder(folder) || !io::make_private_folder(rests)) return unexpected(StoreError::open_failed);
  // Without this a power cut may take the whole folder.
  if (!sync_folder(parent_of(folder) + "/") || !sync_folder(folder)) return unexpected(StoreError::open_failed);
  std::error_code error;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator entry{rests, error}; !error && entry != end; entry.increment(error)) {
    const File left{entry->path().string(), O_RDONLY};
    if (left && ::flock(left.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(entry->path().c_str());
  }
  if (error) {
    io::log::warning("what unfinished blobs left behind cannot be looked through; it stays",
                     {{"folder", rests}, {"reason", error.message()}});
  }
  return std::unique_ptr<FileBlobs>{new FileBlobs{std::make_shared<Worker>(loop, std::move(folder))}};
}

FileBlobs::~FileBlobs() { worker_->stop(); }

std::unique_ptr<BlobWriter> FileBlobs::put(std::string name) {
  return std::make_unique<Writer>(worker_, std::move(name));
}

void FileBlobs::get(std::string name, std::uint64_t offset, std::size_t length, Done<Bytes> done) {
  worker_->ask<Bytes>(
      [name = std::move(name), offset, length, root = worker_->root]() -> expected<Bytes, StoreError> {
        if (!is_blob_name(name)) return unexpected(StoreError::bad_text);
        const File file{root + "/" + name, O_RDONLY};
        struct stat info{};
        if (!file || ::fstat(file.get(), &info) != 0) return failure();
        if (!S_ISREG(info.st_mode)) return unexpected(StoreError::not_found);
        const auto size = static_cast<std::uint64_t>(info.st_size);
        Bytes out(static_cast<std::size_t>(std::min<std::uint64_t>(length, size - std::min(size, offset))));
        for (std::size_t at = 0; at < out.size();) {
          const ssize_t n = ::pread(file.get(), &out[at], out.size() - at, static_cast<off_t>(offset + at));
          if (n < 0 && errno == EINTR) continue;
          if (n <= 0) return unexpected(StoreError::failed);
          at += static_cast<std::size_t>(n);
        }
        return out;
      },
      std::move(done));
}

void FileBlobs::size(std::string name, Done<std::uint64_t> done) {
  worker_->ask<std::uint64_t>(
      [name = std::move(name), root = worker_->root]() -> expected<std::uint64_t, StoreError> {
        if (!is_blob_name(name)) return unexpected(StoreError::bad_text);
        struct stat info{};
        if (::stat((root + "/" + name).c_str(), &info) != 0) return failure();
        if (!S_ISREG(info.st_mode)) return unexpected(StoreError::not_found);
        return static_cast<std::uint64_t>(info.st_size);
      },
      std::move(done));
}

void FileBlobs::list(std::string prefix, std::string after, std::size_t limit, Done<std::vector<BlobInfo>> done) {
  worker_->ask<std::vector<BlobInfo>>(
      [prefix = std::move(prefix), after = std::move(after), limit,
       root = worker_->root]() -> expected<std::vector<BlobInfo>, StoreError> {
        std::vector<BlobInfo> all;
        if (auto collected = collect(root, "", prefix, all); !collected) return unexpected(collected.error());
        std::erase_if(all, [&](const BlobInfo& blob) { return blob.name <= after; });
        std::ranges::sort(all);
        if (all.size() > limit) all.resize(limit);
        return all;
      },
      std::move(done));
}

void FileBlobs::remove(std::string name, Done<void> done) {
  worker_->ask<void>(
      [name = std::move(name), root = worker_->root]() -> expected<void, StoreError> {
        if (!is_blob_name(name)) return unexpected(StoreError::bad_text);
        const std::string place = root + "/" + name;
        if (::unlink(place.c_str()) != 0) {
          if (errno == ENOENT || errno == ENOTDIR) return {};
          return failure();
        }
        return sync_folder(parent_of(place));
      },
      std::move(done));
}

void FileBlobs::check(Done<void> done) {
  worker_->ask<void>(
      [at = worker_.get()]() -> expected<void, StoreError> {
        constexpr std::uint8_t byte = 0;
        const std::string path = at->new_path();
        const File file{path, O_WRONLY | O_CREAT | O_TRUNC};
        const bool well = file && io::write_all(file.get(), {&byte, 1}) && ::fsync(file.get()) == 0;
        // A folder that is gone is no blob that is missing.
        const StoreError error = error_of(errno) == StoreError::full ? StoreError::full : StoreError::failed;
        if (file) ::unlink(path.c_str());
        if (!well) return unexpected(error);
        return {};
      },
      std::move(done));
}

}  // namespace sealhall::store
