// Has files looked at by a scanner: a command that gets them on its standard input, or ClamAV's daemon. Each scan has a
// thread of its own, which asks the loop for the content piece by piece.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "core/base/bytes.h"
#include "io/clamd/clamd.h"
#include "io/net/loop.h"

namespace sealhall::control {

struct ScannerOptions {
  std::string command = {};  ///< 0: harmless, 1: harmful. Empty: none
  std::string clamd = {};    ///< as io::scan_with_clamd takes it; empty: none. Before `command`
  bool fail_open = false;    ///< what no scanner could look at is taken all the same
  io::ClamdTimes times = {};
};

class FileScans {
 public:
  /// Gives the content from an offset on to the callback, which may be called at once: empty at the end, nullopt when
  /// it cannot be read.
  using Read = std::function<void(std::uint64_t offset, std::function<void(std::optional<Bytes>)> done)>;
  /// An empty sentence: it may be taken. Otherwise the sentence says why not.
  using Done = std::function<void(std::string refused)>;

  FileScans(io::Loop& loop, ScannerOptions options) : loop_(loop), options_(std::move(options)) {}
  /// Waits for scans under way; their callbacks do not come any more.
  ~FileScans();
  FileScans(const FileScans&) = delete;
  FileScans& operator=(const FileScans&) = delete;

  [[nodiscard]] bool wanted() const noexcept { return !options_.command.empty() || !options_.clamd.empty(); }
  /// At most `most_at_once` at once, the others wait. `read` and `done` are called on the loop.
  void scan(Read read, Done done);

  static constexpr std::size_t most_at_once = 4;

 private:
  struct Feed;
  struct Waiting {
    Read read;
    Done done;
  };
  void begin_next();
  void ended(std::uint64_t number, io::ClamdResult result, const Done& done);
  [[nodiscard]] std::string sentence(const io::ClamdResult& result) const;

  io::Loop& loop_;
  ScannerOptions options_;
  std::deque<Waiting> waiting_;
  struct Running {
    std::thread thread;
    std::shared_ptr<Feed> feed;
  };
  std::map<std::uint64_t, Running> running_;
  std::uint64_t next_ = 1;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Gives `content` piece by piece to the command's standard input. Blocks, but not long after `stopped` gives true. One
/// that takes a piece or comes to its end more slowly than `times` allow is killed, with all that it has started.
io::ClamdResult scan_with_command(const std::string& command, const io::ClamdContent& content,
                                  const io::ClamdTimes& times = {}, const std::function<bool()>& stopped = {});

}  // namespace sealhall::control
