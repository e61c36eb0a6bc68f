// What this API needs of the rest of the server: rooms to meet in, who is in them, links into them, recordings. An
// interface, so that the calls are tested without any of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "core/base/time.h"

namespace sealhall::bbb {

enum class HouseError : std::uint8_t {
  not_found,
  refused,  ///< under legal hold, or not allowed by a policy
  away,     ///< the store or the key service does not answer
};
template <class T>
using HouseDone = std::move_only_function<void(expected<T, HouseError>)>;

struct RoomWanted {
  std::string account_id;
  std::string owner_id;
  std::string topic;
  bool waiting_room = false;
  std::string welcome{};
  bool mute_on_start = false;
  bool auto_record = false;
};
struct RoomPerson {
  std::string id;
  std::string name;
  bool moderator = false;
  bool presenter = false;  ///< shares a screen now
  bool audio = false;
  bool video = false;
};
struct RoomNow {
  std::vector<RoomPerson> people;
  bool recording = false;
};
/// Who may come in by a link.
struct RoomPass {
  std::string account_id;
  std::string room_id;
  std::string name;
  bool moderator = false;
  bool waits = false;  ///< in the waiting room, where there is one
};
struct RoomRecording {
  std::string id;
  std::string room_id;
  UnixMicros started_at{};
  UnixMicros ended_at{};
  std::uint64_t bytes = 0;
  std::uint64_t duration_ms = 0;
  bool processing = false;
  std::string play_url{};  ///< where everybody who has it can watch; "": nowhere
};

class House {
 public:
  virtual ~House() = default;
  /// Gives the room's id.
  virtual void make_room(RoomWanted wanted, HouseDone<std::string> done) = 0;
  /// Everybody leaves, nobody comes in again.
  virtual void end_room(const std::string& account_id, const std::string& room_id, HouseDone<void> done) = 0;
  [[nodiscard]] virtual RoomNow now(const std::string& room_id) const = 0;
  /// For one person, for as long as the meeting goes on but at most half a day.
  virtual void link(RoomPass pass, HouseDone<std::string> done) = 0;

  /// Of these rooms; of all rooms of the account with an empty list. Newest first, at most 500.
  virtual void recordings(const std::string& account_id, std::vector<std::string> room_ids,
                          HouseDone<std::vector<RoomRecording>> done) = 0;
  /// Whether everybody with the address can watch it. Gives the address, "" when not.
  virtual void show_recording(const std::string& account_id, const std::string& recording_id, bool shown,
                              HouseDone<std::string> done) = 0;
  /// Into the trash, as the owner would.
  virtual void delete_recording(const std::string& account_id, const std::string& recording_id,
                                HouseDone<void> done) = 0;
};

}  // namespace sealhall::bbb
