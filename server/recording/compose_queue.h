// What the composer has to do, one recording at a time, again when it died in the middle.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/wire/recorder_channel.h"
#include "io/net/timer.h"
#include "server/vault/vault.h"
#include "store/recordings.h"

namespace sealhall::recordings {

class ComposeQueue {
 public:
  struct Parts {
    io::Loop& loop;
    store::Recordings& store;
    vault::Vault& vault;
    RandomSource& random;
  };
  struct Events {
    /// "<folder>/<recording>/<part>"; part 0 is the composition.
    std::function<std::string(const std::string& recording, std::uint32_t part)> folder;
    /// Its files are in the store.
    std::function<void(const std::string& recording, bool composed)> finished;
  };
  struct Options {
    Duration retry = std::chrono::seconds{5};  ///< when keys cannot be had, or the store is away
    std::uint32_t most_deaths = 5;             ///< of the composer over one recording; then it is left as it is
    std::uint32_t frame_rate = 25;
  };
  ComposeQueue(Parts parts, Options options, Events events);
  ~ComposeQueue();

  /// A recording that is `processing`.
  void add(const std::string& recording);
  /// It was destroyed.
  void drop(const std::string& recording);
  [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }

  void composer_came(std::function<void(std::string_view)> send);
  void composer_said(std::string_view text);
  void composer_gone();

 private:
  struct Job;
  using Holder = std::shared_ptr<Job>;
  void next();
  void later();
  void with_recording(const Holder& job, std::optional<store::Recording> row);
  void open_part(const Holder& job, std::size_t index);
  void open_output(const Holder& job);
  void give(const Holder& job);
  void conclude(const Holder& job);
  void seal_name(const Holder& job, std::size_t index);
  void name_files(const Holder& job);
  void keep(const Holder& job);
  std::string random_id();

  Parts parts_;
  Options options_;
  Events events_;
  std::deque<std::string> queue_;
  Holder job_;  ///< being prepared, in the composer, or being concluded
  std::function<void(std::string_view)> send_;
  io::Timer again_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::recordings
