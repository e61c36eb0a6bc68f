// The recordings that run now: starts and stops them, and carries them over the death of a recorder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/wire/recorder_channel.h"
#include "io/net/clock.h"
#include "io/net/timer.h"
#include "server/api/caller.h"
#include "server/vault/vault.h"
#include "store/recordings.h"

namespace sealhall::recordings {

template <class T>
using Done = api::Done<T>;

/// A meeting that is running.
struct RunningMeeting {
  std::string account_id;
  std::string meeting_id;
  Bytes meeting_uuid;  ///< 16 bytes, of this instance
  std::string host_id;
  std::string topic;
  std::optional<Duration> retention{};  ///< by a policy of the host; none: that of the options
};

enum class LiveState : std::uint8_t { off, starting, on, paused };

struct LiveOptions {
  std::string folder;  ///< absolute; a folder for each recording
  std::string host;    ///< how a recorder reaches signalling
  std::uint16_t port = 443;
  std::string ca_file;
  std::string name = "Recording";                    ///< in the roster
  Duration retry = std::chrono::seconds{1};          ///< before another part is begun, or the vault is asked again
  std::uint32_t alone_ms = 30'000;                   ///< see BeginPart
  std::uint32_t most_failures = 5;                   ///< parts in a row that recorded nothing
  std::optional<Duration> retention = std::nullopt;  ///< from the beginning; none: for ever
};

class LiveRecordings {
 public:
  struct Parts {
    io::Loop& loop;
    store::Recordings& store;
    vault::Vault& vault;
    const io::WallClock& clock;
    RandomSource& random;
  };
  struct Events {
    /// "started", "paused", "resumed": recording.* of that recording.
    std::function<void(const std::string& recording, std::string_view what)> happened;
    /// It is over and in the store; the composer may have it.
    std::function<void(const std::string& recording)> over;
  };
  LiveRecordings(Parts parts, LiveOptions options, Events events);
  ~LiveRecordings();

  /// Done when the recording is in the store and its recorder is on the way; one that is being ended is waited for.
  /// Errors: 409 when one runs already, 404 when the meeting ended or somebody stopped it meanwhile, 503 when no key
  /// can be had.
  void start(RunningMeeting meeting, Done<std::string> done);
  /// For a meeting that is to be recorded from its beginning: nobody waits for an answer, so it is tried again until
  /// the meeting is recorded, has ended, or somebody stops it.
  void start_by_itself(RunningMeeting meeting);
  /// Errors: 404 when nothing is recorded.
  void stop(const std::string& meeting_id, Done<void> done);
  void pause(const std::string& meeting_id, bool paused, Done<void> done);
  [[nodiscard]] LiveState state(const std::string& meeting_id) const;
  /// The meeting has ended: without a recorder that could find out itself, the recording ends here. One that is only
  /// wished for never begins.
  void meeting_ended(const std::string& meeting_id);
  /// True when a recorder with this token may join that meeting now. It holds as long as its part, and never for the
  /// instance after the one that is recorded.
  [[nodiscard]] bool admits(std::string_view token, const std::string& meeting_id) const;
  /// True from `start` until its end is in the store.
  [[nodiscard]] bool has(const std::string& recording) const;

  // The recorder's side. `send` gives it a message.
  void recorder_came(std::function<void(std::string_view)> send);
  void recorder_said(std::string_view text);
  void recorder_gone();

  /// "<folder>/<recording>/<part>"
  [[nodiscard]] std::string part_folder(const std::string& recording, std::uint32_t part) const;

 private:
  struct Live;
  struct Wish;
  using Holder = std::shared_ptr<Live>;
  void wish(const std::shared_ptr<Wish>& wished);
  void not_started(const Holder& live, api::ApiError error, Done<std::string> done);
  void start_next(const Holder& live);
  void begin_part(const Holder& live);
  void with_key(const Holder& live, vault::ObjectKey key);
  void send_part(const Holder& live);
  void part_over(const Holder& live, std::uint64_t recorded_ms, std::uint64_t bytes, bool again);
  void finish(const Holder& live);
  void end_in_store(const Holder& live);
  void on(const wire::recorder::PartBegan& m);
  void on(const wire::recorder::PartProgress& m);
  void on(const wire::recorder::PartEnded& m);
  void on(const wire::recorder::RecorderHello&) {}
  Holder by_recording(const std::string& recording, std::uint32_t part) const;
  std::string random_text(std::size_t bytes);

  Parts parts_;
  LiveOptions options_;
  Events events_;
  std::map<std::string, Holder> by_meeting_;
  std::map<std::string, Holder> ending_;                 ///< by their own ids: over, which the store has not taken yet
  std::map<std::string, std::shared_ptr<Wish>> wishes_;  ///< by their meetings' ids
  std::function<void(std::string_view)> send_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::recordings
