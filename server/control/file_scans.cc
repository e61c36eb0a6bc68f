// Tested in file_store_test.cc
#include "server/control/file_scans.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <utility>

#include "io/log/log.h"
#include "io/net/system.h"

extern char** environ;

namespace sealhall::control {
namespace {

/// Waiting in steps, so that somebody who wants to end need not wait for a scanner.
class Wait {
 public:
  explicit Wait(const std::function<bool()>& stopped) : stopped_(stopped) {}

  /// True as soon as `ready(milliseconds)` is, which is given so many to wait. False after `limit`, or when stopped.
  template <class Ready>
  bool until(Ready ready, Duration limit) const {
    constexpr std::int64_t longest = 100;
    std::int64_t step = 1;  // most scanners are done at once
    for (auto left = to_millis(limit); left > 0 && !(stopped_ && stopped_());) {
      step = std::min({2 * step, longest, left});
      if (ready(static_cast<int>(step))) return true;
      left -= step;
    }
    return false;
  }

 private:
  const std::function<bool()>& stopped_;
};

enum class Given : std::uint8_t { all, closed, too_slow };

/// A command of the shell that reads a pipe, in a process group of its own. Is killed when it is not finished.
class Command {
 public:
  Command() = default;
  ~Command() {
    if (child_ == 0) return;
    // It was not waited for, so the number of its group can be nobody else's.
    ::kill(-child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  bool start(const std::string& command) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    const io::FileDescriptor its_end{ends[0]};
    input_ = io::FileDescriptor{ends[1]};
    // Ours only: the command's end is another description, which blocks.
    if (::fcntl(input_.get(), F_SETFL, O_NONBLOCK) != 0) return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, its_end.get(), 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    std::string shell = "/bin/sh";
    std::string dash_c = "-c";
    std::string line = command;
    std::array<char*, 4> arguments{shell.data(), dash_c.data(), line.data(), nullptr};
    pid_t child = 0;
    const int spawned = ::posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (spawned != 0) return false;
    child_ = child;
    // A scanner that has seen enough closes its input; this thread must not end the process for it.
    sigset_t only_pipe;
    sigemptyset(&only_pipe);
    sigaddset(&only_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &only_pipe, nullptr);
    return true;
  }

  /// `step`: the longest without that it takes anything.
  Given give(ByteView bytes, Duration step, const Wait& wait) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(input_.get(), bytes.data(), bytes.size());
      if (n > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(n));
      } else if (n < 0 && errno == EINTR) {
        continue;
      } else if (n < 0 && errno == EAGAIN) {
        const auto writable = [this](int milliseconds) {
          pollfd poll{input_.get(), POLLOUT, 0};
          return ::poll(&poll, 1, milliseconds) > 0;
        };
        if (!wait.until(writable, step)) return Given::too_slow;
      } else {
        return Given::closed;
      }
    }
    return Given::all;
  }

  /// Nothing more comes. How it ended; nullopt: it did not.
  std::optional<int> finish(Duration limit, const Wait& wait) {
    input_ = {};
    int status = 0;
    pid_t ended = 0;
    const auto over = [&](int milliseconds) {
      ended = ::waitpid(child_, &status, WNOHANG);
      if (ended == 0) ::poll(nullptr, 0, milliseconds);
      return ended != 0;
    };
    if (!wait.until(over, limit)) return std::nullopt;
    const bool known = ended == std::exchange(child_, 0);
    return known ? std::optional{status} : std::nullopt;
  }

 private:
  io::FileDescriptor input_;
  pid_t child_ = 0;
};

}  // namespace

/// Between a scan's thread and the loop. One piece is on its way at a time.
struct FileScans::Feed {
  std::mutex mutex;
  std::condition_variable wake;
  std::optional<std::optional<Bytes>> piece;  ///< under mutex
  bool closed = false;                        ///< under mutex

  void give(std::optional<Bytes> bytes) {
    {
      const std::lock_guard lock{mutex};
      piece = std::move(bytes);
    }
    wake.notify_one();
  }
  bool is_closed() {
    const std::lock_guard lock{mutex};
    return closed;
  }
  void close() {
    {
      const std::lock_guard lock{mutex};
      closed = true;
    }
    wake.notify_one();
  }
  std::optional<Bytes> take() {
    std::unique_lock lock{mutex};
    wake.wait(lock, [this] { return closed || piece.has_value(); });
    if (closed) return std::nullopt;
    std::optional<Bytes> out = std::move(*piece);
    piece.reset();
    return out;
  }
};

FileScans::~FileScans() {
  alive_.reset();
  for (auto& [number, running] : running_) running.feed->close();
  for (auto& [number, running] : running_) running.thread.join();
}

void FileScans::scan(Read read, Done done) {
  waiting_.push_back({std::move(read), std::move(done)});
  begin_next();
}

void FileScans::begin_next() {
  if (waiting_.empty() || running_.size() >= most_at_once) return;
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  const std::uint64_t number = next_++;
  auto feed = std::make_shared<Feed>();
  const std::weak_ptr<bool> alive = alive_;
  auto content = [&loop = loop_, feed, alive, read = std::move(next.read)](std::uint64_t at) -> std::optional<Bytes> {
    loop.post([feed, alive, read, at] {
      if (alive.expired()) return feed->close();
      read(at, [feed](std::optional<Bytes> bytes) { feed->give(std::move(bytes)); });
    });
    return feed->take();
  };
  Running& running = running_[number];
  running.feed = feed;
  running.thread = std::thread([this, &loop = loop_, options = options_, number, alive, feed,
                                content = std::move(content), done = std::move(next.done)]() mutable {
    const auto stopped = [feed] { return feed->is_closed(); };
    io::ClamdResult result = options.clamd.empty()
                                 ? scan_with_command(options.command, content, options.times, stopped)
                                 : io::scan_with_clamd(options.clamd, content, options.times, stopped);
    loop.post([this, number, alive, result = std::move(result), done = std::move(done)]() mutable {
      if (!alive.expired()) ended(number, std::move(result), done);
    });
  });
}

void FileScans::ended(std::uint64_t number, io::ClamdResult result, const Done& done) {
  running_.at(number).thread.join();
  running_.erase(number);
  if (result.verdict == io::ClamdVerdict::no_verdict) {
    io::log::warning(
        options_.fail_open ? "a file was taken that no scanner has looked at" : "a file could not be scanned",
        {{"reason", result.reason}});
  }
  done(sentence(result));
  begin_next();
}

std::string FileScans::sentence(const io::ClamdResult& result) const {
  if (result.verdict == io::ClamdVerdict::harmful) return "The virus scanner has refused this file.";
  if (result.verdict == io::ClamdVerdict::harmless || options_.fail_open) return {};
  return "The virus scanner could not look at this file, so it was not taken.";
}

io::ClamdResult scan_with_command(const std::string& command, const io::ClamdContent& content,
                                  const io::ClamdTimes& times, const std::function<bool()>& stopped) {
  using io::ClamdVerdict;
  const Wait wait{stopped};
  Command scanner;
  if (!scanner.start(command)) return {ClamdVerdict::no_verdict, "The scanner cannot be started."};
  for (std::uint64_t at = 0;;) {
    const auto bytes = content(at);
    if (!bytes) return {ClamdVerdict::no_verdict, "The content could not be read."};
    if (bytes->empty()) break;
    const Given given = scanner.give(*bytes, times.step, wait);
    if (given == Given::too_slow) return {ClamdVerdict::no_verdict, "The scanner takes nothing."};
    if (given == Given::closed) break;  // it has seen enough, and answers all the same
    at += bytes->size();
  }
  const auto status = scanner.finish(times.verdict, wait);
  if (!status) return {ClamdVerdict::no_verdict, "The scanner has not come to an end in time."};
  if (!WIFEXITED(*status) || WEXITSTATUS(*status) > 1) return {ClamdVerdict::no_verdict, "The scanner has failed."};
  return {WEXITSTATUS(*status) == 0 ? ClamdVerdict::harmless : ClamdVerdict::harmful, {}};
}

}  // namespace sealhall::control
