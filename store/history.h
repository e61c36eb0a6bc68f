// Meetings that were held, as rows: each running, and who was there from when to when. What people are called comes and
// goes sealed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/engine.h"
#include "store/schedule.h"

namespace sealhall::store {

/// One running of a meeting.
struct MeetingRun {
  std::string uuid;  ///< base64 of 16 bytes
  std::string account_id;
  std::string meeting_id;
  std::string host_id;
  std::string log_id;  ///< of what was said in it (store/activity.h)
  UnixMicros started_at{};
  UnixMicros seen_at{};
  std::optional<UnixMicros> ended_at{};
  Bytes details_sealed{};
};
/// Somebody's stay in a running. Whoever comes back after leaving makes another one.
struct MeetingVisit {
  std::int64_t visit = 0;  ///< from 1, in the order of coming
  std::int64_t participant = 0;
  std::string user_id{};  ///< "" for guests
  std::string registrant_id{};
  std::string client{};
  std::int64_t used = 0;  ///< bits: see `Used`
  UnixMicros joined_at{};
  std::optional<UnixMicros> left_at{};
  bool removed = false;  ///< by a host
  Bytes name_sealed{};
  std::string login{};  ///< only read: the address of the user, while there is one
};
namespace used {
inline constexpr std::int64_t microphone = 1;
inline constexpr std::int64_t camera = 2;
inline constexpr std::int64_t screen = 4;
}  // namespace used

/// A running with what its visits add up to.
struct RunSummary {
  MeetingRun run;
  std::int64_t visits = 0;
  std::int64_t people = 0;   ///< whoever came twice counts once
  std::int64_t stay_us = 0;  ///< of all visits together, in microseconds
  std::int64_t used = 0;     ///< by anybody
  bool recorded = false;
  std::string host_login;  ///< "" when the host has no account any more
  std::string host_name;
};
/// What somebody's meetings of some time add up to.
struct HostSummary {
  std::string user_id;
  std::string login;
  std::string name;
  std::int64_t meetings = 0;
  std::int64_t visits = 0;
  std::int64_t length_us = 0;  ///< of the meetings
  std::optional<UnixMicros> last_login_at{};
};
struct DaySummary {
  std::int64_t day = 0;  ///< since 1970-01-01, UTC
  std::int64_t meetings = 0;
  std::int64_t visits = 0;
  std::int64_t stay_us = 0;
  std::int64_t new_users = 0;
};

class History {
 public:
  /// The engine must outlive this.
  explicit History(Engine& engine) noexcept : engine_(engine) {}

  /// Each of these writes the running too, when it is not there: nothing depends on an earlier write.
  void start(const MeetingRun& run, Done<void> done);
  void come(const MeetingRun& run, MeetingVisit visit, Done<void> done);
  void leave(std::string uuid, std::int64_t visit, UnixMicros when, bool removed, Done<void> done);
  void use(std::string uuid, std::int64_t visit, std::int64_t used, Done<void> done);
  /// Whoever is still there leaves. One that has ended stays as it is.
  void end(std::string uuid, UnixMicros when, Done<void> done);
  /// Those that run were known to run at `now`.
  void seen(UnixMicros now, Done<void> done);
  /// After the server died: whatever was open ends when it was seen last.
  void close_open(Done<void> done);

  struct Query {
    std::string account_id;
    std::optional<std::string> host_id{};
    std::optional<std::string> meeting_id{};
    bool running = false;  ///< those that run now instead of those that have ended
    UnixMicros from{};
    UnixMicros to{};  ///< exclusive
    UnixMicros now{};
    std::uint32_t limit = 30;
    std::uint32_t offset = 0;
  };
  /// Newest first.
  void list(Query query, Done<Listed<RunSummary>> done);
  /// Also one that runs.
  void find(std::string uuid, UnixMicros now, Done<std::optional<RunSummary>> done);
  /// The newest of a meeting; `running`: that runs now, otherwise that has ended.
  void newest(std::string meeting_id, bool running, UnixMicros now, Done<std::optional<RunSummary>> done);
  /// In the order of coming.
  void visits(std::string uuid, std::uint32_t limit, std::uint32_t offset, Done<Listed<MeetingVisit>> done);
  /// Of every running that shares a log of what was said.
  struct NamedVisit {
    std::string uuid;
    MeetingVisit visit;
  };
  void visits_of_log(std::string account_id, std::string log_id, Done<std::vector<NamedVisit>> done);
  /// By address. `active`: who has held a meeting in that time, otherwise who has not.
  void hosts(std::string account_id, UnixMicros from, UnixMicros to, bool active, std::uint32_t limit,
             std::uint32_t offset, Done<Listed<HostSummary>> done);
  /// Days on which there was something, in order.
  void days(std::string account_id, UnixMicros from, UnixMicros to, Done<std::vector<DaySummary>> done);

  /// Day (since 1970, UTC) and bytes of what was recorded on it and is still there; recordings begun before `to`.
  void recorded_bytes(std::string account_id, UnixMicros to,
                      Done<std::vector<std::pair<std::int64_t, std::int64_t>>> done);

  struct Poll {
    std::string id;
    std::string meeting_id;
    std::int64_t number = 0;  ///< of the meeting, from 1
    Bytes body_sealed;
  };
  /// Gives it the next number. Errors: not_found (the meeting); taken (somebody was quicker).
  void add_poll(Poll poll, Done<void> done);
  /// Error: not_found.
  void change_poll(Poll poll, Done<void> done);
  void remove_poll(std::string meeting_id, std::string id, Done<void> done);
  void polls(std::string meeting_id, Done<std::vector<Poll>> done);

  /// Forgets those that have expired.
  void put_start_token(std::string hash, std::string user_id, UnixMicros expires_at, UnixMicros now, Done<void> done);
  /// Of somebody who is not disabled.
  void user_of_start_token(std::string hash, UnixMicros now, Done<std::optional<std::string>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
