#include "store/bbb.h"

namespace sealhall::store {
namespace {

constexpr std::string_view columns =
    "internal_id, account_id, meeting_key, meeting_id, details_sealed, created_at, joined_at, ended_at, callback_at, "
    "callback_attempts";

BbbMeeting meeting_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0),          rows.text(i, 1),
          rows.text(i, 2),          rows.text(i, 3),
          rows.bytes(i, 4),         rows.time(i, 5),
          rows.optional_time(i, 6), rows.optional_time(i, 7),
          rows.optional_time(i, 8), static_cast<std::uint32_t>(rows.integer(i, 9))};
}

std::string select(std::string_view rest) {
  return "SELECT " + std::string{columns} + " FROM bbb_meetings " + std::string{rest};
}

}  // namespace

void Bbb::put_secret(BbbSecret s, Done<void> done) {
  engine_.write(
      {{.sql = "INSERT INTO bbb_secrets(account_id, owner_id, secret_sealed, created_at) VALUES ($1,$2,$3,$4) "
               "ON CONFLICT (account_id) DO UPDATE SET owner_id=$2, secret_sealed=$3, created_at=$4",
        .values = {s.account_id, s.owner_id, s.secret_sealed, s.created_at}}},
      only_done(std::move(done)));
}

void Bbb::secret(std::string account_id, Done<std::optional<BbbSecret>> done) {
  engine_.read({.sql = "SELECT account_id, owner_id, secret_sealed, created_at FROM bbb_secrets WHERE account_id=$1",
                .values = {std::move(account_id)}},
               first_row(
                   [](const Rows& rows, std::size_t i) {
                     return BbbSecret{rows.text(i, 0), rows.text(i, 1), rows.bytes(i, 2), rows.time(i, 3)};
                   },
                   std::move(done)));
}

void Bbb::add_meeting(BbbMeeting m, Done<void> done) {
  engine_.write(
      {{.sql = "INSERT INTO bbb_meetings(internal_id, account_id, meeting_key, meeting_id, details_sealed, "
               "created_at, callback_attempts) VALUES ($1,$2,$3,$4,$5,$6,0)",
        .values = {m.internal_id, m.account_id, m.meeting_key, m.meeting_id, m.details_sealed, m.created_at}}},
      only_done(std::move(done)));
}

void Bbb::change_meeting(BbbMeeting m, Done<void> done) {
  engine_.write(
      {{.sql = "UPDATE bbb_meetings SET joined_at=$2, ended_at=$3, callback_at=$4, callback_attempts=$5 WHERE "
               "internal_id=$1",
        .values = {m.internal_id, m.joined_at, m.ended_at, m.callback_at, m.callback_attempts},
        .none = StoreError::not_found}},
      only_done(std::move(done)));
}

void Bbb::unfinished_meetings(Done<std::vector<BbbMeeting>> done) {
  engine_.read({.sql = select("WHERE ended_at IS NULL OR callback_at IS NOT NULL ORDER BY created_at, internal_id")},
               every_row(&meeting_in, std::move(done)));
}

void Bbb::by_meeting(std::string account_id, std::string meeting_id, Done<std::optional<BbbMeeting>> done) {
  engine_.read({.sql = select("WHERE account_id=$1 AND meeting_id=$2 ORDER BY created_at DESC, internal_id LIMIT 1"),
                .values = {std::move(account_id), std::move(meeting_id)}},
               first_row(&meeting_in, std::move(done)));
}

void Bbb::meetings(std::string account_id, std::optional<std::string> meeting_key, std::uint32_t limit,
                   Done<std::vector<BbbMeeting>> done) {
  engine_.read(
      {.sql = select("WHERE account_id=$1 AND (CAST($2 AS TEXT) IS NULL OR meeting_key=$2) ORDER BY created_at "
                     "DESC, internal_id LIMIT $3"),
       .values = {std::move(account_id), std::move(meeting_key), limit}},
      every_row(&meeting_in, std::move(done)));
}

void Bbb::put_recording(BbbRecording r, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO bbb_recordings(recording_id, account_id, published, metadata_sealed) VALUES "
                         "($1,$2,$3,$4) ON CONFLICT (recording_id) DO UPDATE SET published=$3, metadata_sealed=$4",
                  .values = {r.recording_id, r.account_id, r.published, r.metadata_sealed}}},
                only_done(std::move(done)));
}

void Bbb::recordings(std::string account_id, Done<std::vector<BbbRecording>> done) {
  engine_.read({.sql = "SELECT recording_id, account_id, published, metadata_sealed FROM bbb_recordings WHERE "
                       "account_id=$1 ORDER BY recording_id",
                .values = {std::move(account_id)}},
               every_row(
                   [](const Rows& rows, std::size_t i) {
                     return BbbRecording{rows.text(i, 0), rows.text(i, 1), rows.boolean(i, 2), rows.bytes(i, 3)};
                   },
                   std::move(done)));
}

void Bbb::change_ready(BbbReady r, Done<void> done) {
  engine_.write({{.sql = "UPDATE bbb_ready SET next_at=$2, attempts=$3 WHERE recording_id=$1",
                  .values = {r.recording_id, r.next_at, r.attempts}}},
                only_done(std::move(done)));
}

void Bbb::unfinished_ready(Done<std::vector<BbbReady>> done) {
  engine_.read({.sql = "SELECT recording_id, account_id, meeting_id, next_at, attempts FROM bbb_ready WHERE next_at IS "
                       "NOT NULL ORDER BY next_at, recording_id"},
               every_row(
                   [](const Rows& rows, std::size_t i) {
                     return BbbReady{rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.optional_time(i, 3),
                                     static_cast<std::uint32_t>(rows.integer(i, 4))};
                   },
                   std::move(done)));
}

}  // namespace sealhall::store
