#include "store/activity.h"

#include <utility>

namespace sealhall::store {
namespace {

ActivityLog log_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),
          rows.time(i, 3), rows.time(i, 4), rows.optional_time(i, 5)};
}
ActivityRecord record_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.integer(i, 1), rows.time(i, 2), rows.bytes(i, 3)};
}
std::string ban_in(const Rows& rows, std::size_t i) { return rows.text(i, 0); }

}  // namespace

void Activity::put(const ActivityLog& log, ActivityRecord record, Done<void> done) {
  engine_.write(
      {{.sql =
            "INSERT INTO activity_logs(id, account_id, meeting_id, started_at, changed_at) VALUES($1, $2, $3, $4, $5) "
            "ON CONFLICT(id) DO UPDATE SET changed_at=excluded.changed_at",
        .values = {log.id, log.account_id, log.meeting_id, log.started_at, record.changed_at}},
       {.sql = "INSERT INTO activity_records(log_id, kind, number, changed_at, body_sealed) VALUES($1, $2, $3, $4, $5) "
               "ON CONFLICT(log_id, kind, number) DO UPDATE SET changed_at=excluded.changed_at, "
               "body_sealed=excluded.body_sealed",
        .values = {log.id, std::move(record.kind), record.number, record.changed_at, std::move(record.body_sealed)}}},
      only_done(std::move(done)));
}

void Activity::end(std::string log_id, UnixMicros when, Done<void> done) {
  engine_.write({{.sql = "UPDATE activity_logs SET ended_at=$2 WHERE id=$1 AND ended_at IS NULL",
                  .values = {std::move(log_id), when}}},
                only_done(std::move(done)));
}

void Activity::unfinished(const std::string& account_id, const std::string& meeting_id,
                          Done<std::optional<ActivityLog>> done) {
  engine_.read({.sql = "SELECT id, account_id, meeting_id, started_at, changed_at, ended_at FROM activity_logs "
                       "WHERE account_id=$1 AND meeting_id=$2 AND ended_at IS NULL "
                       "ORDER BY started_at DESC, id LIMIT 1",
                .values = {account_id, meeting_id}},
               first_row<ActivityLog>(&log_in, std::move(done)));
}

void Activity::logs(const std::string& account_id, const std::string& meeting_id, std::uint32_t limit,
                    std::uint32_t offset, Done<std::vector<ActivityLog>> done) {
  engine_.read({.sql = "SELECT id, account_id, meeting_id, started_at, changed_at, ended_at FROM activity_logs "
                       "WHERE account_id=$1 AND meeting_id=$2 ORDER BY started_at DESC, id LIMIT $3 OFFSET $4",
                .values = {account_id, meeting_id, limit, offset}},
               every_row<ActivityLog>(&log_in, std::move(done)));
}

void Activity::records(const std::string& log_id, Done<std::vector<ActivityRecord>> done) {
  engine_.read({.sql = "SELECT kind, number, changed_at, body_sealed FROM activity_records WHERE log_id=$1 "
                       "ORDER BY number, kind",
                .values = {log_id}},
               every_row<ActivityRecord>(&record_in, std::move(done)));
}

void Activity::page(const std::string& log_id, const std::string& kind, std::int64_t before, std::uint32_t limit,
                    Done<std::vector<ActivityRecord>> done) {
  engine_.read({.sql = "SELECT kind, number, changed_at, body_sealed FROM activity_records "
                       "WHERE log_id=$1 AND kind=$2 AND number<$3 ORDER BY number DESC LIMIT $4",
                .values = {log_id, kind, before, limit}},
               every_row<ActivityRecord>(&record_in, std::move(done)));
}

void Activity::ban(std::string account_id, std::string meeting_id, std::string who, UnixMicros when, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO meeting_bans(account_id, meeting_id, who, banned_at) VALUES($1, $2, $3, $4) "
                         "ON CONFLICT(account_id, meeting_id, who) DO NOTHING",
                  .values = {std::move(account_id), std::move(meeting_id), std::move(who), when}}},
                only_done(std::move(done)));
}

void Activity::unban(std::string account_id, std::string meeting_id, std::string who, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM meeting_bans WHERE account_id=$1 AND meeting_id=$2 AND who=$3",
                  .values = {std::move(account_id), std::move(meeting_id), std::move(who)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Activity::bans(const std::string& account_id, const std::string& meeting_id, Done<std::vector<std::string>> done) {
  engine_.read({.sql = "SELECT who FROM meeting_bans WHERE account_id=$1 AND meeting_id=$2 ORDER BY who",
                .values = {account_id, meeting_id}},
               every_row<std::string>(&ban_in, std::move(done)));
}

}  // namespace sealhall::store
