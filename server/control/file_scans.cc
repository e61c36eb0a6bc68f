// Tested in file_store_test.cc
#include "server/control/file_scans.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <utility>

#include "io/log/log.h"

extern char** environ;

namespace sealhall::control {

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
    io::ClamdResult result = options.clamd.empty() ? scan_with_command(options.command, content)
                                                   : io::scan_with_clamd(options.clamd, content, options.times,
                                                                         [feed] { return feed->is_closed(); });
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

io::ClamdResult scan_with_command(const std::string& command, const io::ClamdContent& content) {
  using io::ClamdVerdict;
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return {ClamdVerdict::no_verdict, "There is no pipe for the scanner."};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[0], 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::string shell = "/bin/sh";
  std::string dash_c = "-c";
  std::string line = command;
  std::array<char*, 4> arguments{shell.data(), dash_c.data(), line.data(), nullptr};
  pid_t child = 0;
  const int spawned = ::posix_spawn(&child, "/bin/sh", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[0]);
  bool all_given = spawned == 0;
  if (spawned == 0) {
    // A scanner that has seen enough closes its input; this thread must not end the process for it.
    sigset_t only_pipe;
    sigemptyset(&only_pipe);
    sigaddset(&only_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &only_pipe, nullptr);
    for (std::uint64_t at = 0; all_given;) {
      const auto bytes = content(at);
      if (!bytes) all_given = false;
      if (!bytes || bytes->empty()) break;
      std::size_t sent = 0;
      while (sent < bytes->size()) {
        const ssize_t n = ::write(pipe_ends[1], bytes->data() + sent, bytes->size() - sent);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
      }
      at += bytes->size();
      if (sent < bytes->size()) break;  // it answers all the same
    }
  }
  ::close(pipe_ends[1]);
  if (spawned != 0) return {ClamdVerdict::no_verdict, "The scanner cannot be started."};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!all_given) return {ClamdVerdict::no_verdict, "The content could not be read."};
  if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) return {ClamdVerdict::no_verdict, "The scanner has failed."};
  return {WEXITSTATUS(status) == 0 ? ClamdVerdict::harmless : ClamdVerdict::harmful, {}};
}

}  // namespace sealhall::control
