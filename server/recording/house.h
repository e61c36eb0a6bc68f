// Everything of recording, put together: what runs, what is composed, what is kept. Control has one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/registry.h"
#include "server/recording/archive.h"
#include "server/recording/compose_queue.h"
#include "server/recording/endpoints.h"
#include "server/recording/library.h"
#include "server/recording/live_recordings.h"

namespace sealhall::recordings {

struct HouseOptions {
  LiveOptions live;
  ComposeQueue::Options compose;
  LibraryOptions library;
  ArchiveOptions archive;
};

class House {
 public:
  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    vault::Vault& vault;
    EventBus& events;
    const io::WallClock& clock;
    RandomSource& random;
    /// The meeting when it runs now, by its number or its uuid.
    std::function<std::optional<RunningMeeting>(const std::string&)> running;
    /// Whether a host's recordings may be shared by a link. None: they may.
    std::function<void(const std::string& account_id, const std::string& host_id, Done<bool>)> may_share = nullptr;
    store::Blobs& blobs;
  };
  House(const Parts& parts, HouseOptions options);
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  /// What a process before us left unfinished is finished; called once, when the store is there.
  void take_up();
  void add_endpoints(api::Registry& registry, Invite invite = nullptr, WaitingRoom waiting_room = nullptr);

  [[nodiscard]] LiveRecordings& live() noexcept { return *live_; }
  [[nodiscard]] ComposeQueue& composing() noexcept { return *composing_; }
  [[nodiscard]] Library& library() noexcept { return *library_; }
  [[nodiscard]] Archive& archive() noexcept { return *archive_; }

 private:
  [[nodiscard]] std::vector<std::string> local_recordings() const;
  void look_for_unfinished();
  void look_again(const char* why);
  void take_up_one(const store::Recording& row);

  Parts parts_;
  std::string folder_;
  store::Recordings store_;
  std::unique_ptr<LiveRecordings> live_;
  std::unique_ptr<ComposeQueue> composing_;
  std::unique_ptr<Archive> archive_;
  std::unique_ptr<Library> library_;
  Duration retry_;
  io::Timer again_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::recordings
