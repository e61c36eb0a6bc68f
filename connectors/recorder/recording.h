// One recording while it runs: a place in the meeting, and the writer of its part on the disk's thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "client/engine/meeting_session.h"
#include "client/engine/worker_thread.h"
#include "connectors/recorder/part_writer.h"
#include "core/wire/recorder_channel.h"
#include "io/net/timer.h"

namespace sealhall::recorder {

class Recording final : private client::SessionEvents {
 public:
  struct Events {
    std::function<void(const wire::recorder::FromRecorder&)> say;
    /// The part's containers are complete and it has been said; the recording may be destroyed, though not at once.
    std::function<void()> over;
  };
  /// All outlive it. `disk` is shared by all recordings.
  Recording(io::Loop& loop, client::WorkerThread& disk, RandomSource& random, RandomSource& disk_random,
            const wire::recorder::BeginPart& begin, Events events);
  ~Recording() override;

  void start();
  void set_paused(bool paused);
  /// Leaves and completes the files.
  void end(wire::recorder::PartEnd reason, const std::string& message);

 private:
  struct Disk {
    std::unique_ptr<PartWriter> writer;  // the disk's thread only
  };
  struct Known {
    std::string name;
    bool sharing = false;
    bool refused = false;
  };

  void on_state(client::SessionState state) override;
  void on_ended(const client::SessionEnd& end) override;
  void on_roster() override;
  void on_speakers() override;
  void on_frame(const client::OpenedFrame& frame) override;
  void on_activity(const wire::ServerMessage& message) override;

  template <class F>
  void on_disk(F&& job);
  void happened(recording::TimelineLine line);
  void every_second();
  void look_who_is_here();
  void tell_state();
  void progress();
  void complete();

  io::Loop& loop_;
  client::WorkerThread& disk_thread_;
  RandomSource& random_;
  RandomSource& disk_random_;
  wire::recorder::BeginPart begin_;
  Events events_;
  std::unique_ptr<io::TlsClientContext> tls_;
  std::unique_ptr<client::MeetingSession> session_;
  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  std::unique_ptr<io::Ticker> ticker_;
  std::map<wire::ParticipantNumber, Known> people_;
  std::set<std::uint32_t> video_slots_;
  std::optional<Instant> alone_since_;
  std::uint64_t lost_frames_ = 0;
  int seconds_ = 0;
  bool told_began_ = false;
  bool ended_ = false;
  wire::recorder::PartEnd reason_ = wire::recorder::PartEnd::asked;
  std::string message_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::recorder
