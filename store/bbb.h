// What server/bbb keeps: the secret of each account, and the meetings that were made with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/engine.h"

namespace sealhall::store {

struct BbbSecret {
  std::string account_id;
  std::string owner_id;  ///< whose meetings they are
  Bytes secret_sealed;
  UnixMicros created_at{};
};
struct BbbMeeting {
  std::string internal_id;
  std::string account_id;
  std::string meeting_key;  ///< hash of the id by which the platform calls it
  std::string meeting_id;   ///< ours
  Bytes details_sealed;
  UnixMicros created_at{};
  std::optional<UnixMicros> joined_at = std::nullopt;  ///< when the first person came
  std::optional<UnixMicros> ended_at = std::nullopt;
  std::optional<UnixMicros> callback_at = std::nullopt;  ///< when the platform has to be told that it ended; none: told
  std::uint32_t callback_attempts = 0;
};
/// What a platform said of a recording. None was said: published, with the meeting's metadata.
struct BbbRecording {
  std::string recording_id;
  std::string account_id;
  bool published = true;
  Bytes metadata_sealed;
};

/// A recording of which the platform has to be told that it can be watched. `Recordings::finish` notes it.
struct BbbReady {
  std::string recording_id;
  std::string account_id;
  std::string meeting_id;               ///< ours
  std::optional<UnixMicros> next_at{};  ///< when it is told; none: it was, or is given up
  std::uint32_t attempts = 0;
};

class Bbb {
 public:
  explicit Bbb(Engine& engine) noexcept : engine_(engine) {}

  void put_secret(BbbSecret secret, Done<void> done);
  void secret(std::string account_id, Done<std::optional<BbbSecret>> done);
  /// Error: taken, when one with this key is open.
  void add_meeting(BbbMeeting meeting, Done<void> done);
  /// joined_at, ended_at and the callback's two. Error: not_found.
  void change_meeting(BbbMeeting meeting, Done<void> done);
  /// Those that are open and those whose end was not told yet.
  void unfinished_meetings(Done<std::vector<BbbMeeting>> done);
  /// By our own meeting id, the newest.
  void by_meeting(std::string account_id, std::string meeting_id, Done<std::optional<BbbMeeting>> done);
  /// All that had this key or, without one, all of the account; newest first.
  void meetings(std::string account_id, std::optional<std::string> meeting_key, std::uint32_t limit,
                Done<std::vector<BbbMeeting>> done);
  void put_recording(BbbRecording recording, Done<void> done);
  void recordings(std::string account_id, Done<std::vector<BbbRecording>> done);
  /// next_at and attempts.
  void change_ready(BbbReady ready, Done<void> done);
  void unfinished_ready(Done<std::vector<BbbReady>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
