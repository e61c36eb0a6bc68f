#include "store/history.h"

#include <utility>

namespace sealhall::store {
namespace {

const std::string run_columns =
    "r.uuid, r.account_id, r.meeting_id, r.host_id, r.log_id, r.started_at, r.seen_at, r.ended_at, r.details_sealed";
// $1 is the time that it is.
const std::string summary_columns =
    run_columns +
    ", (SELECT COUNT(*) FROM meeting_visits v WHERE v.run_uuid=r.uuid)"
    ", (SELECT COUNT(DISTINCT CASE WHEN v.user_id='' THEN CAST(v.participant AS TEXT) ELSE v.user_id END) "
    "FROM meeting_visits v WHERE v.run_uuid=r.uuid)"
    ", (SELECT CAST(SUM(COALESCE(v.left_at, $1) - v.joined_at) AS BIGINT) FROM meeting_visits v WHERE "
    "v.run_uuid=r.uuid)"
    ", (SELECT MAX(v.used & 1) + MAX(v.used & 2) + MAX(v.used & 4) FROM meeting_visits v WHERE v.run_uuid=r.uuid)"
    ", CASE WHEN EXISTS(SELECT 1 FROM recordings x WHERE x.account_id=r.account_id AND x.meeting_uuid=r.uuid) THEN 1 "
    "ELSE 0 END, u.login, u.name";
const std::string summary_tables =
    " FROM meeting_runs r LEFT JOIN users u ON u.id=r.host_id AND u.account_id=r.account_id ";
const std::string visit_columns =
    "v.visit, v.participant, v.user_id, v.registrant_id, v.client, v.used, v.joined_at, v.left_at, v.removed, "
    "v.name_sealed, u.login";
const std::string visit_tables =
    " FROM meeting_visits v JOIN meeting_runs r ON r.uuid=v.run_uuid "
    "LEFT JOIN users u ON u.id=v.user_id AND u.account_id=r.account_id ";

RunSummary summary_in(const Rows& r, std::size_t i) {
  RunSummary s;
  s.run = {r.text(i, 0), r.text(i, 1), r.text(i, 2),          r.text(i, 3), r.text(i, 4),
           r.time(i, 5), r.time(i, 6), r.optional_time(i, 7), r.bytes(i, 8)};
  s.visits = r.integer(i, 9);
  s.people = r.integer(i, 10);
  s.stay_us = r.integer(i, 11);
  s.used = r.integer(i, 12);
  s.recorded = r.boolean(i, 13);
  s.host_login = r.text(i, 14);
  s.host_name = r.text(i, 15);
  return s;
}
MeetingVisit visit_from(const Rows& r, std::size_t i, std::size_t c) {
  MeetingVisit v;
  v.visit = r.integer(i, c);
  v.participant = r.integer(i, c + 1);
  v.user_id = r.text(i, c + 2);
  v.registrant_id = r.text(i, c + 3);
  v.client = r.text(i, c + 4);
  v.used = r.integer(i, c + 5);
  v.joined_at = r.time(i, c + 6);
  v.left_at = r.optional_time(i, c + 7);
  v.removed = r.boolean(i, c + 8);
  v.name_sealed = r.bytes(i, c + 9);
  v.login = r.text(i, c + 10);
  return v;
}
MeetingVisit visit_in(const Rows& r, std::size_t i) { return visit_from(r, i, 0); }
History::NamedVisit named_visit_in(const Rows& r, std::size_t i) { return {r.text(i, 0), visit_from(r, i, 1)}; }
HostSummary host_in(const Rows& r, std::size_t i) {
  return {r.text(i, 0),    r.text(i, 1),    r.text(i, 2),         r.integer(i, 3),
          r.integer(i, 4), r.integer(i, 5), r.optional_time(i, 6)};
}
DaySummary day_in(const Rows& r, std::size_t i) {
  return {r.integer(i, 0), r.integer(i, 1), r.integer(i, 2), r.integer(i, 3), r.integer(i, 4)};
}
History::Poll poll_in(const Rows& r, std::size_t i) {
  return {r.text(i, 0), r.text(i, 1), r.integer(i, 2), r.bytes(i, 3)};
}

Statement put(const MeetingRun& r) {
  return {
      .sql =
          "INSERT INTO meeting_runs(uuid, account_id, meeting_id, host_id, log_id, started_at, seen_at, "
          "details_sealed) VALUES($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT(uuid) DO NOTHING",
      .values = {r.uuid, r.account_id, r.meeting_id, r.host_id, r.log_id, r.started_at, r.seen_at, r.details_sealed}};
}
Statement touch(std::string uuid, UnixMicros when) {
  return {.sql = "UPDATE meeting_runs SET seen_at=$2 WHERE uuid=$1 AND seen_at<$2 AND ended_at IS NULL",
          .values = {std::move(uuid), when}};
}

/// `count` says how many there are in all, then `rows` are read.
template <class T, class Make>
void read_listed(Engine& engine, Statement count, Statement rows, Make make, Done<Listed<T>> done) {
  engine.read(std::move(count), [&engine, rows = std::move(rows), make, done = std::move(done)](auto counted) mutable {
    if (!counted) return done(unexpected(counted.error()));
    const auto total = static_cast<std::uint64_t>(counted->integer(0, 0));
    engine.read(std::move(rows), every_row<T>(make, [total, done = std::move(done)](auto found) mutable {
                  if (!found) return done(unexpected(found.error()));
                  done(Listed<T>{std::move(*found), total});
                }));
  });
}

}  // namespace

// ---- writing ------------------------------------------------------------------------------------------------------

void History::start(const MeetingRun& run, Done<void> done) { engine_.write({put(run)}, only_done(std::move(done))); }

void History::come(const MeetingRun& run, MeetingVisit v, Done<void> done) {
  engine_.write(
      {put(run),
       {.sql = "INSERT INTO meeting_visits(run_uuid, visit, participant, user_id, registrant_id, client, used, "
               "joined_at, removed, name_sealed) VALUES($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)",
        .values = {run.uuid, v.visit, v.participant, std::move(v.user_id), std::move(v.registrant_id),
                   std::move(v.client), v.used, v.joined_at, std::move(v.name_sealed)}},
       touch(run.uuid, v.joined_at)},
      only_done(std::move(done)));
}

void History::leave(std::string uuid, std::int64_t visit, UnixMicros when, bool removed, Done<void> done) {
  engine_.write({{.sql = "UPDATE meeting_visits SET left_at=$3, removed=$4 WHERE run_uuid=$1 AND visit=$2 AND left_at "
                         "IS NULL",
                  .values = {uuid, visit, when, removed}},
                 touch(uuid, when)},
                only_done(std::move(done)));
}

void History::use(std::string uuid, std::int64_t visit, std::int64_t used, Done<void> done) {
  engine_.write({{.sql = "UPDATE meeting_visits SET used=used | $3 WHERE run_uuid=$1 AND visit=$2",
                  .values = {std::move(uuid), visit, used}}},
                only_done(std::move(done)));
}

void History::end(std::string uuid, UnixMicros when, Done<void> done) {
  engine_.write(
      {{.sql = "UPDATE meeting_visits SET left_at=$2 WHERE run_uuid=$1 AND left_at IS NULL", .values = {uuid, when}},
       {.sql = "UPDATE meeting_runs SET ended_at=$2, seen_at=$2 WHERE uuid=$1 AND ended_at IS NULL",
        .values = {uuid, when}}},
      only_done(std::move(done)));
}

void History::seen(UnixMicros now, Done<void> done) {
  engine_.write({{.sql = "UPDATE meeting_runs SET seen_at=$1 WHERE ended_at IS NULL AND seen_at<$1", .values = {now}}},
                only_done(std::move(done)));
}

void History::close_open(Done<void> done) {
  engine_.write(
      {{.sql =
            "UPDATE meeting_visits SET left_at=(SELECT CASE WHEN r.seen_at<joined_at THEN joined_at ELSE r.seen_at END "
            "FROM meeting_runs r WHERE r.uuid=run_uuid) WHERE left_at IS NULL AND run_uuid IN "
            "(SELECT uuid FROM meeting_runs WHERE ended_at IS NULL)"},
       {.sql = "UPDATE meeting_runs SET ended_at=seen_at WHERE ended_at IS NULL"}},
      only_done(std::move(done)));
}

// ---- reading ------------------------------------------------------------------------------------------------------

void History::list(Query q, Done<Listed<RunSummary>> done) {
  static const std::string where =
      "WHERE r.account_id=$2 AND (CAST($3 AS TEXT) IS NULL OR r.host_id=$3) AND (CAST($4 AS TEXT) IS NULL OR "
      "r.meeting_id=$4) AND ((CAST($5 AS BIGINT)=1 AND r.ended_at IS NULL) OR (CAST($5 AS BIGINT)=0 AND r.ended_at IS "
      "NOT NULL AND r.started_at>=$6 AND r.started_at<$7)) ";
  std::vector<Value> values{q.now, q.account_id, q.host_id, q.meeting_id, q.running, q.from, q.to};
  // The time is a parameter of the count too, so that both have the same numbers.
  Statement count{.sql = "SELECT COUNT(*)" + summary_tables + where + "AND CAST($1 AS BIGINT) IS NOT NULL",
                  .values = values};
  values.emplace_back(q.limit);
  values.emplace_back(q.offset);
  Statement rows{.sql = "SELECT " + summary_columns + summary_tables + where +
                        "ORDER BY r.started_at DESC, r.uuid LIMIT $8 OFFSET $9",
                 .values = std::move(values)};
  read_listed<RunSummary>(engine_, std::move(count), std::move(rows), &summary_in, std::move(done));
}

void History::find(std::string uuid, UnixMicros now, Done<std::optional<RunSummary>> done) {
  engine_.read(
      {.sql = "SELECT " + summary_columns + summary_tables + "WHERE r.uuid=$2", .values = {now, std::move(uuid)}},
      first_row<RunSummary>(&summary_in, std::move(done)));
}

void History::newest(std::string meeting_id, bool running, UnixMicros now, Done<std::optional<RunSummary>> done) {
  engine_.read({.sql = "SELECT " + summary_columns + summary_tables +
                       "WHERE r.meeting_id=$2 AND ((CAST($3 AS BIGINT)=1 AND r.ended_at IS NULL) OR (CAST($3 AS "
                       "BIGINT)=0 AND r.ended_at IS NOT NULL)) ORDER BY r.started_at DESC, r.uuid LIMIT 1",
                .values = {now, std::move(meeting_id), running}},
               first_row<RunSummary>(&summary_in, std::move(done)));
}

void History::visits(std::string uuid, std::uint32_t limit, std::uint32_t offset, Done<Listed<MeetingVisit>> done) {
  Statement count{.sql = "SELECT COUNT(*) FROM meeting_visits WHERE run_uuid=$1", .values = {uuid}};
  Statement rows{
      .sql = "SELECT " + visit_columns + visit_tables + "WHERE v.run_uuid=$1 ORDER BY v.visit LIMIT $2 OFFSET $3",
      .values = {std::move(uuid), limit, offset}};
  read_listed<MeetingVisit>(engine_, std::move(count), std::move(rows), &visit_in, std::move(done));
}

void History::visits_of_log(std::string account_id, std::string log_id, Done<std::vector<NamedVisit>> done) {
  engine_.read({.sql = "SELECT v.run_uuid, " + visit_columns + visit_tables +
                       "WHERE r.account_id=$1 AND r.log_id=$2 ORDER BY r.started_at, v.run_uuid, v.visit",
                .values = {std::move(account_id), std::move(log_id)}},
               every_row<NamedVisit>(&named_visit_in, std::move(done)));
}

void History::hosts(std::string account_id, UnixMicros from, UnixMicros to, bool active, std::uint32_t limit,
                    std::uint32_t offset, Done<Listed<HostSummary>> done) {
  static const std::string one =
      "FROM meeting_runs r WHERE r.account_id=u.account_id AND r.host_id=u.id AND r.ended_at IS NOT NULL AND "
      "r.started_at>=$2 AND r.started_at<$3";
  static const std::string where =
      " FROM users u WHERE u.account_id=$1 AND ((CAST($4 AS BIGINT)=1 AND EXISTS(SELECT 1 " + one +
      ")) OR (CAST($4 AS BIGINT)=0 AND NOT EXISTS(SELECT 1 " + one + "))) ";
  std::vector<Value> values{std::move(account_id), from, to, active};
  Statement count{.sql = "SELECT COUNT(*)" + where, .values = values};
  values.emplace_back(limit);
  values.emplace_back(offset);
  Statement rows{.sql = "SELECT u.id, u.login, u.name, (SELECT COUNT(*) " + one +
                        "), (SELECT COUNT(*) FROM meeting_visits v WHERE v.run_uuid IN (SELECT r.uuid " + one +
                        ")), (SELECT CAST(SUM(r.ended_at - r.started_at) AS BIGINT) " + one +
                        "), (SELECT MAX(s.created_at) FROM sessions s WHERE s.user_id=u.id)" + where +
                        "ORDER BY u.login, u.id LIMIT $5 OFFSET $6",
                 .values = std::move(values)};
  read_listed<HostSummary>(engine_, std::move(count), std::move(rows), &host_in, std::move(done));
}

void History::days(std::string account_id, UnixMicros from, UnixMicros to, Done<std::vector<DaySummary>> done) {
  // Whole numbers divide alike in both engines.
  engine_.read(
      {.sql =
           "SELECT d.day, CAST(SUM(d.meetings) AS BIGINT), CAST(SUM(d.visits) AS BIGINT), CAST(SUM(d.stay) AS BIGINT), "
           "CAST(SUM(d.people) AS BIGINT) FROM ("
           "SELECT r.started_at / 86400000000 AS day, 1 AS meetings, (SELECT COUNT(*) FROM meeting_visits v WHERE "
           "v.run_uuid=r.uuid) AS visits, COALESCE((SELECT CAST(SUM(v.left_at - v.joined_at) AS BIGINT) FROM "
           "meeting_visits v WHERE v.run_uuid=r.uuid), 0) AS stay, 0 AS people FROM meeting_runs r WHERE "
           "r.account_id=$1 AND r.ended_at IS NOT NULL AND r.started_at>=$2 AND r.started_at<$3 "
           "UNION ALL SELECT u.created_at / 86400000000 AS day, 0, 0, 0, 1 FROM users u WHERE u.account_id=$1 AND "
           "u.created_at>=$2 AND u.created_at<$3) d GROUP BY d.day ORDER BY d.day",
       .values = {std::move(account_id), from, to}},
      every_row<DaySummary>(&day_in, std::move(done)));
}

void History::recorded_bytes(std::string account_id, UnixMicros to,
                             Done<std::vector<std::pair<std::int64_t, std::int64_t>>> done) {
  engine_.read({.sql = "SELECT x.started_at / 86400000000, CAST(SUM(f.size) AS BIGINT) FROM recordings x JOIN "
                       "recording_files f ON f.recording_id=x.id WHERE x.account_id=$1 AND x.started_at<$2 GROUP BY "
                       "x.started_at / 86400000000 ORDER BY x.started_at / 86400000000",
                .values = {std::move(account_id), to}},
               every_row<std::pair<std::int64_t, std::int64_t>>(
                   [](const Rows& rows, std::size_t i) { return std::pair{rows.integer(i, 0), rows.integer(i, 1)}; },
                   std::move(done)));
}

// ---- polls, start tokens --------------------------------------------------------------------------------------------

void History::add_poll(Poll poll, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO meeting_polls(id, meeting_id, number, body_sealed) SELECT CAST($1 AS TEXT), "
                         "CAST($2 AS TEXT), COALESCE(MAX(number), 0) + 1, CAST($3 AS {bytes}) FROM meeting_polls WHERE "
                         "meeting_id=$2",
                  .values = {std::move(poll.id), std::move(poll.meeting_id), std::move(poll.body_sealed)}}},
                only_done(std::move(done)));
}
void History::change_poll(Poll poll, Done<void> done) {
  engine_.write({{.sql = "UPDATE meeting_polls SET body_sealed=$3 WHERE id=$1 AND meeting_id=$2",
                  .values = {std::move(poll.id), std::move(poll.meeting_id), std::move(poll.body_sealed)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}
void History::remove_poll(std::string meeting_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM meeting_polls WHERE id=$1 AND meeting_id=$2",
                  .values = {std::move(id), std::move(meeting_id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}
void History::polls(std::string meeting_id, Done<std::vector<Poll>> done) {
  engine_.read(
      {.sql = "SELECT id, meeting_id, number, body_sealed FROM meeting_polls WHERE meeting_id=$1 ORDER BY number",
       .values = {std::move(meeting_id)}},
      every_row<Poll>(&poll_in, std::move(done)));
}

void History::put_start_token(std::string hash, std::string user_id, UnixMicros expires_at, UnixMicros now,
                              Done<void> done) {
  engine_.write({{.sql = "DELETE FROM start_tokens WHERE expires_at<=$1", .values = {now}},
                 {.sql = "INSERT INTO start_tokens(token_hash, user_id, expires_at) VALUES($1, $2, $3)",
                  .values = {std::move(hash), std::move(user_id), expires_at}}},
                only_done(std::move(done)));
}
void History::user_of_start_token(std::string hash, UnixMicros now, Done<std::optional<std::string>> done) {
  engine_.read(
      {.sql = "SELECT u.id FROM start_tokens t JOIN users u ON u.id=t.user_id WHERE t.token_hash=$1 AND "
              "t.expires_at>$2 AND u.disabled=0",
       .values = {std::move(hash), now}},
      first_row<std::string>([](const Rows& rows, std::size_t i) { return rows.text(i, 0); }, std::move(done)));
}

}  // namespace sealhall::store
