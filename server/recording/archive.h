// Carries finished recordings from the local disk into the blob store, and takes away there what was destroyed. What
// there is to do stands in the store, so a process that dies in the middle loses nothing: the next one goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "io/net/timer.h"
#include "store/blobs.h"
#include "store/recordings.h"

namespace sealhall::recordings {

struct ArchiveOptions {
  /// Whether finished recordings leave this disk. Without it only what was destroyed is taken away.
  bool move = false;
  Duration retry = std::chrono::seconds{30};  ///< when the blob store is away
  std::size_t piece = std::size_t{1} << 20;   ///< bytes in memory at a time
};

class Archive {
 public:
  struct Parts {
    io::Loop& loop;
    store::Recordings& store;
    store::Blobs& blobs;
  };
  /// The local folder of a recording; in it a folder for each part.
  using Folder = std::function<std::string(const std::string& recording)>;
  Archive(Parts parts, ArchiveOptions options, Folder folder);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  /// Looks what there is to do; from then on it goes by itself until nothing is left. `local`: recordings that have a
  /// folder on this disk; of those whose blobs are complete it goes.
  void start(const std::vector<std::string>& local);
  /// A recording was finished, or something was destroyed.
  void wake();
  /// It is being destroyed: what is carried of it is left.
  void drop(const std::string& recording);
  /// Nothing is under way, and nothing waits for another attempt.
  [[nodiscard]] bool idle() const noexcept { return !busy_ && !again_.pending(); }

  [[nodiscard]] store::Blobs& blobs() noexcept { return parts_.blobs; }

 private:
  struct Job;
  using Holder = std::shared_ptr<Job>;
  void next();
  void later();
  void take_away(const std::string& name);
  void take_away_below(const std::string& prefix);
  void taken_away(const std::string& name);
  void find_work();
  void look_at_local();
  void carry(store::Recording row);
  void listed(const Holder& job, const std::vector<store::RecordingFile>& files);
  void file(const Holder& job);
  void upload(const Holder& job);
  void verify(const Holder& job);
  void compare(const Holder& job, std::uint64_t at);
  void not_here(const Holder& job);
  void carried(const Holder& job);
  /// Of this one nothing more is done by this process: a person has to look.
  void give_up(const Holder& job, const char* why);
  /// Whether the work was called off, or we are gone. Then nothing may follow.
  bool over(const Holder& job);

  Parts parts_;
  ArchiveOptions options_;
  Folder folder_;
  bool busy_ = false;
  bool woken_ = false;  ///< while it was busy
  Holder job_;
  std::deque<std::string> local_;
  std::set<std::string> given_up_;
  io::Timer again_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::recordings
