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

void Activity::put(const ActivityLog& log, ActivityRecord record, Done<void> done,
                   const std::vector<std::string>& blobs) {
  std::vector<Statement> all{
      {{.sql =
            "INSERT INTO activity_logs(id, account_id, meeting_id, started_at, changed_at) VALUES($1, $2, $3, $4, $5) "
            "ON CONFLICT(id) DO UPDATE SET changed_at=excluded.changed_at",
        .values = {log.id, log.account_id, log.meeting_id, log.started_at, record.changed_at}},
       {.sql = "INSERT INTO activity_records(log_id, kind, number, changed_at, body_sealed) VALUES($1, $2, $3, $4, $5) "
               "ON CONFLICT(log_id, kind, number) DO UPDATE SET changed_at=excluded.changed_at, "
               "body_sealed=excluded.body_sealed",
        .values = {log.id, std::move(record.kind), record.number, record.changed_at, std::move(record.body_sealed)}}}};
  for (const std::string& blob : blobs)
    all.push_back({.sql = "DELETE FROM unclaimed_blobs WHERE name=$1", .values = {blob}});
  engine_.write(std::move(all), only_done(std::move(done)));
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

void Activity::reports(std::string account_id, bool open, std::uint32_t limit, std::uint32_t offset,
                       Done<std::vector<AbuseReport>> done) {
  engine_.read({.sql = "SELECT r.kind, r.number, r.changed_at, r.body_sealed, l.id, l.meeting_id, x.resolved_by, "
                       "x.resolved_at FROM activity_records r JOIN activity_logs l ON l.id=r.log_id LEFT JOIN "
                       "resolved_reports x ON x.log_id=r.log_id AND x.number=r.number WHERE r.kind='report' AND "
                       "l.account_id=$1 AND (CAST($2 AS BIGINT)=0 OR x.log_id IS NULL) ORDER BY r.changed_at DESC, "
                       "l.id, r.number LIMIT $3 OFFSET $4",
                .values = {std::move(account_id), open, limit, offset}},
               every_row<AbuseReport>(
                   [](const Rows& rows, std::size_t i) {
                     return AbuseReport{rows.text(i, 4), rows.text(i, 5), record_in(rows, i), rows.text(i, 6),
                                        rows.optional_time(i, 7)};
                   },
                   std::move(done)));
}

void Activity::resolve_report(std::string account_id, std::string log_id, std::int64_t number, std::string by,
                              UnixMicros when, Done<void> done) {
  // An update that changes nothing, so that one that is there already is no "nothing was written".
  engine_.write(
      {{.sql = "INSERT INTO resolved_reports(log_id, number, resolved_by, resolved_at) SELECT l.id, r.number, "
               "CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM activity_logs l JOIN activity_records r ON "
               "r.log_id=l.id WHERE l.account_id=$1 AND l.id=$2 AND r.kind='report' AND r.number=$3 ON "
               "CONFLICT(log_id, number) DO UPDATE SET resolved_by=resolved_reports.resolved_by",
        .values = {std::move(account_id), std::move(log_id), number, std::move(by), when},
        .none = StoreError::not_found}},
      only_done(std::move(done)));
}

void Activity::reopen_report(std::string account_id, std::string log_id, std::int64_t number, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM resolved_reports WHERE log_id=$2 AND number=$3 AND log_id IN (SELECT id FROM "
                         "activity_logs WHERE account_id=$1)",
                  .values = {std::move(account_id), std::move(log_id), number},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

}  // namespace sealhall::store
