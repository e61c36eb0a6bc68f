// What people did in meetings, as sealed records, and who is banned from them. Nothing here can be read without the
// vault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/engine.h"

namespace sealhall::store {

/// Of one instance of a meeting.
struct ActivityLog {
  std::string id;
  std::string account_id;
  std::string meeting_id;
  UnixMicros started_at{};
  UnixMicros changed_at{};
  std::optional<UnixMicros> ended_at;
};
struct ActivityRecord {
  std::string kind;         ///< "chat", "poll", ..
  std::int64_t number = 0;  ///< unique with the kind
  UnixMicros changed_at{};
  Bytes body_sealed;
};

/// A report of abuse, wherever in the account it was made.
struct AbuseReport {
  std::string log_id;
  std::string meeting_id;
  ActivityRecord record;
  std::string resolved_by{};  ///< "" while nobody has dealt with it
  std::optional<UnixMicros> resolved_at{};
};

class Activity {
 public:
  explicit Activity(Engine& engine) noexcept : engine_(engine) {}

  /// Writes the record, instead of the one of the same kind and number; makes the log when it is not there. The record
  /// names `blobs`: they are unclaimed no more. Error: not_found (the account).
  void put(const ActivityLog& log, ActivityRecord record, Done<void> done, const std::vector<std::string>& blobs = {});
  /// A log that was never made, or has ended before, is no error.
  void end(std::string log_id, UnixMicros when, Done<void> done);
  /// The newest log of the meeting that has not ended.
  void unfinished(const std::string& account_id, const std::string& meeting_id, Done<std::optional<ActivityLog>> done);
  /// Newest first.
  void logs(const std::string& account_id, const std::string& meeting_id, std::uint32_t limit, std::uint32_t offset,
            Done<std::vector<ActivityLog>> done);
  /// Every record of every kind, the oldest numbers first.
  void records(const std::string& log_id, Done<std::vector<ActivityRecord>> done);
  /// Records of one kind with smaller numbers than `before`, the newest first.
  void page(const std::string& log_id, const std::string& kind, std::int64_t before, std::uint32_t limit,
            Done<std::vector<ActivityRecord>> done);

  /// Also when it is there already. Error: not_found (the account).
  void ban(std::string account_id, std::string meeting_id, std::string who, UnixMicros when, Done<void> done);
  void unban(std::string account_id, std::string meeting_id, std::string who, Done<void> done);
  void bans(const std::string& account_id, const std::string& meeting_id, Done<std::vector<std::string>> done);

  /// Newest first; `open`: those that nobody has dealt with.
  void reports(std::string account_id, bool open, std::uint32_t limit, std::uint32_t offset,
               Done<std::vector<AbuseReport>> done);
  /// Once more changes nothing. Error: not_found (also of another account).
  void resolve_report(std::string account_id, std::string log_id, std::int64_t number, std::string by, UnixMicros when,
                      Done<void> done);
  /// Error: not_found, also when nobody had dealt with it.
  void reopen_report(std::string account_id, std::string log_id, std::int64_t number, Done<void> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
