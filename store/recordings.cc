#include "store/recordings.h"

#include <array>
#include <string_view>
#include <utility>

namespace sealhall::store {
namespace {

constexpr std::array<std::string_view, 4> state_words{"recording", "processing", "completed", "failed"};
std::string_view word_of(RecordingState state) noexcept { return state_words.at(static_cast<std::size_t>(state)); }
RecordingState state_in(std::string_view word) noexcept {
  for (std::size_t i = 0; i < state_words.size(); ++i) {
    if (state_words.at(i) == word) return static_cast<RecordingState>(i);
  }
  return RecordingState::failed;
}

const std::string columns =
    "id, account_id, meeting_id, meeting_uuid, host_id, topic_sealed, started_at, ended_at, state, progress_permille, "
    "duration_ms, trashed_at, legal_hold, delete_at, share_state, share_token_hash, share_token_sealed, "
    "share_passcode_sealed, share_until, viewer_download, speaker, height, moved";
const std::string file_columns =
    "id, recording_id, part, file, kind, participant, name_sealed, size, began_ms, ended_ms, whole, trashed_at";

std::uint64_t count(const Rows& rows, std::size_t i, std::size_t column) {
  return static_cast<std::uint64_t>(rows.integer(i, column));
}

Recording recording_in(const Rows& rows, std::size_t i) {
  Recording r;
  r.id = rows.text(i, 0);
  r.account_id = rows.text(i, 1);
  r.meeting_id = rows.text(i, 2);
  r.meeting_uuid = rows.text(i, 3);
  r.host_id = rows.text(i, 4);
  r.topic_sealed = rows.bytes(i, 5);
  r.started_at = rows.time(i, 6);
  r.ended_at = rows.optional_time(i, 7);
  r.state = state_in(rows.text(i, 8));
  r.progress_permille = static_cast<std::uint32_t>(rows.integer(i, 9));
  r.duration_ms = count(rows, i, 10);
  r.trashed_at = rows.optional_time(i, 11);
  r.legal_hold = rows.boolean(i, 12);
  r.delete_at = rows.optional_time(i, 13);
  r.share = rows.text(i, 14) == "link" ? ShareState::link : ShareState::none;
  r.share_token_hash = rows.optional_text(i, 15);
  r.share_token_sealed = rows.optional_bytes(i, 16);
  r.share_passcode_sealed = rows.optional_bytes(i, 17);
  r.share_until = rows.optional_time(i, 18);
  r.viewer_download = rows.boolean(i, 19);
  r.speaker = rows.boolean(i, 20);
  r.height = static_cast<std::uint32_t>(rows.integer(i, 21));
  r.moved = rows.boolean(i, 22);
  return r;
}

RecordingPart part_in(const Rows& rows, std::size_t i) {
  return {static_cast<std::uint32_t>(rows.integer(i, 0)), rows.time(i, 1), rows.optional_time(i, 2), count(rows, i, 3),
          count(rows, i, 4)};
}

RecordingFile file_in(const Rows& rows, std::size_t i) {
  RecordingFile f;
  f.id = rows.text(i, 0);
  f.recording_id = rows.text(i, 1);
  f.part = static_cast<std::uint32_t>(rows.integer(i, 2));
  f.file = rows.text(i, 3);
  f.kind = rows.text(i, 4);
  f.participant = static_cast<std::uint32_t>(rows.integer(i, 5));
  f.name_sealed = rows.optional_bytes(i, 6);
  f.size = count(rows, i, 7);
  f.began_ms = count(rows, i, 8);
  f.ended_ms = count(rows, i, 9);
  f.whole = rows.boolean(i, 10);
  f.trashed_at = rows.optional_time(i, 11);
  return f;
}

/// What the meeting says about `value`, or else the account; `otherwise` when neither does.
std::string setting(std::string_view value, std::string_view otherwise) {
  const std::string name{value};
  return "COALESCE((SELECT " + name + " FROM recording_settings WHERE account_id=$2 AND meeting_id IN ('',$3) AND " +
         name + " IS NOT NULL ORDER BY meeting_id DESC LIMIT 1)," + std::string{otherwise} + ")";
}

const std::string in_time =
    " FROM recordings WHERE account_id=$1 AND ($2='' OR host_id=$2) AND started_at>=$3 AND started_at<$4 AND "
    "(trashed_at IS NOT NULL)=($5=1)";

}  // namespace

void Recordings::create(Recording r, Done<void> done) {
  const std::string days = setting("retention_days", "0");
  engine_.write(
      {{.sql = "INSERT INTO recordings(id, account_id, meeting_id, meeting_uuid, host_id, topic_sealed, started_at, "
               "state, delete_at, speaker, height) VALUES($1,$2,$3,$4,$5,$6,$7,$8,COALESCE(CAST($9 AS BIGINT),"
               "CASE WHEN " +
               days + ">0 THEN CAST($7 AS BIGINT)+86400000000*" + days + " END)," + setting("speaker", "0") + "," +
               setting("height", "720") + ")",
        .values = {std::move(r.id), std::move(r.account_id), std::move(r.meeting_id), std::move(r.meeting_uuid),
                   std::move(r.host_id), std::move(r.topic_sealed), r.started_at, word_of(r.state), r.delete_at}}},
      only_done(std::move(done)));
}

void Recordings::put_settings(const std::string& account_id, const std::string& meeting_id, RecordingSettings s,
                              Done<void> done) {
  const auto number = [](const std::optional<std::uint32_t>& value) {
    return value ? std::optional<std::int64_t>{*value} : std::nullopt;
  };
  const auto speaker = s.speaker ? std::optional<std::int64_t>{*s.speaker ? 1 : 0} : std::nullopt;
  engine_.write(
      {{.sql = "INSERT INTO recording_settings(account_id, meeting_id, speaker, height, retention_days) VALUES "
               "($1,$2,$3,$4,$5) ON CONFLICT (account_id, meeting_id) DO UPDATE SET speaker=$3, height=$4, "
               "retention_days=$5",
        .values = {account_id, meeting_id, speaker, number(s.height), number(s.retention_days)}}},
      only_done(std::move(done)));
}

void Recordings::settings(const std::string& account_id, const std::string& meeting_id, Done<RecordingSettings> done) {
  engine_.read({.sql = "SELECT speaker, height, retention_days FROM recording_settings WHERE account_id=$1 AND "
                       "meeting_id=$2",
                .values = {account_id, meeting_id}},
               [done = std::move(done)](auto rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 RecordingSettings out;
                 if (rows->empty()) return done(out);
                 const auto number = [&](std::size_t column) {
                   const auto value = rows->optional_integer(0, column);
                   return value ? std::optional{static_cast<std::uint32_t>(*value)} : std::nullopt;
                 };
                 if (const auto speaker = number(0)) out.speaker = *speaker != 0;
                 out.height = number(1);
                 out.retention_days = number(2);
                 done(out);
               });
}

void Recordings::find(const std::string& id, Done<std::optional<Recording>> done) {
  engine_.read({.sql = "SELECT " + columns + " FROM recordings WHERE id=$1", .values = {id}},
               first_row(&recording_in, std::move(done)));
}

void Recordings::of_meeting(const std::string& account_id, const std::string& meeting,
                            Done<std::vector<Recording>> done) {
  engine_.read({.sql = "SELECT " + columns +
                       " FROM recordings WHERE account_id=$1 AND (meeting_id=$2 OR meeting_uuid=$2) ORDER BY "
                       "started_at DESC, id",
                .values = {account_id, meeting}},
               every_row(&recording_in, std::move(done)));
}

void Recordings::of_host(const std::string& account_id, const std::string& host_id, UnixMicros from, UnixMicros to,
                         bool trashed, std::uint32_t limit, std::uint32_t offset, Done<std::vector<Recording>> done) {
  engine_.read({.sql = "SELECT " + columns + in_time + " ORDER BY started_at DESC, id LIMIT $6 OFFSET $7",
                .values = {account_id, host_id, from, to, trashed, limit, offset}},
               every_row(&recording_in, std::move(done)));
}

void Recordings::count_of_host(const std::string& account_id, const std::string& host_id, UnixMicros from,
                               UnixMicros to, bool trashed, Done<std::uint64_t> done) {
  engine_.read({.sql = "SELECT COUNT(*)" + in_time, .values = {account_id, host_id, from, to, trashed}},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(count(*rows, 0, 0));
               });
}

void Recordings::host(const std::string& id_or_login, Done<std::optional<Host>> done) {
  engine_.read({.sql = "SELECT id, account_id FROM users WHERE id=$1 OR login=lower($1) ORDER BY id LIMIT 1",
                .values = {id_or_login}},
               first_row([](const Rows& rows, std::size_t i) { return Host{rows.text(i, 0), rows.text(i, 1)}; },
                         std::move(done)));
}

void Recordings::unfinished(Done<std::vector<Recording>> done) {
  engine_.read({.sql = "SELECT " + columns +
                       " FROM recordings WHERE state IN ('recording','processing') ORDER BY started_at, id"},
               every_row(&recording_in, std::move(done)));
}

void Recordings::add_part(const std::string& id, std::uint32_t part, UnixMicros began_at, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO recording_parts(recording_id, part, began_at) VALUES($1,$2,$3)",
                  .values = {id, part, began_at}}},
                only_done(std::move(done)));
}

void Recordings::end_part(const std::string& id, std::uint32_t part, UnixMicros ended_at, std::uint64_t recorded_ms,
                          std::uint64_t bytes, Done<void> done) {
  engine_.write({{.sql = "UPDATE recording_parts SET ended_at=$3, recorded_ms=$4, bytes=$5 WHERE recording_id=$1 AND "
                         "part=$2",
                  .values = {id, part, ended_at, recorded_ms, bytes},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Recordings::parts(const std::string& id, Done<std::vector<RecordingPart>> done) {
  engine_.read({.sql = "SELECT part, began_at, ended_at, recorded_ms, bytes FROM recording_parts WHERE "
                       "recording_id=$1 ORDER BY part",
                .values = {id}},
               every_row(&part_in, std::move(done)));
}

void Recordings::end(const std::string& id, UnixMicros when, Done<void> done) {
  engine_.write({{.sql = "UPDATE recordings SET state='processing', ended_at=$2 WHERE id=$1 AND state='recording'",
                  .values = {id, when},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Recordings::set_progress(const std::string& id, std::uint32_t permille, Done<void> done) {
  engine_.write({{.sql = "UPDATE recordings SET progress_permille=$2 WHERE id=$1 AND state='processing'",
                  .values = {id, permille}}},
                only_done(std::move(done)));
}

void Recordings::finish(const std::string& id, RecordingState state, std::uint64_t duration_ms,
                        std::vector<RecordingFile> files, Done<void> done) {
  std::vector<Statement> all;
  all.push_back({.sql = "UPDATE recordings SET state=$2, duration_ms=$3, progress_permille=1000 WHERE id=$1",
                 .values = {id, word_of(state), duration_ms},
                 .none = StoreError::not_found});
  all.push_back({.sql = "DELETE FROM recording_files WHERE recording_id=$1", .values = {id}});
  for (RecordingFile& f : files) {
    all.push_back(
        {.sql = "INSERT INTO recording_files(" + file_columns + ") VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
         .values = {std::move(f.id), id, f.part, std::move(f.file), std::move(f.kind), f.participant,
                    std::move(f.name_sealed), f.size, f.began_ms, f.ended_ms, f.whole, f.trashed_at}});
  }
  if (state == RecordingState::completed) {
    all.push_back({.sql = "INSERT INTO bbb_ready(recording_id, account_id, meeting_id, next_at, attempts) SELECT id, "
                          "account_id, meeting_id, 0, 0 FROM recordings WHERE id=$1 AND EXISTS (SELECT 1 FROM "
                          "bbb_meetings b WHERE b.account_id=recordings.account_id AND "
                          "b.meeting_id=recordings.meeting_id) ON CONFLICT (recording_id) DO NOTHING",
                   .values = {id}});
  }
  engine_.write(std::move(all), only_done(std::move(done)));
}

void Recordings::files(const std::string& id, Done<std::vector<RecordingFile>> done) {
  engine_.read({.sql = "SELECT " + file_columns + " FROM recording_files WHERE recording_id=$1 ORDER BY part, file",
                .values = {id}},
               every_row(&file_in, std::move(done)));
}

void Recordings::file(const std::string& file_id, Done<std::optional<RecordingFile>> done) {
  engine_.read({.sql = "SELECT " + file_columns + " FROM recording_files WHERE id=$1", .values = {file_id}},
               first_row(&file_in, std::move(done)));
}

void Recordings::remove_file(const std::string& file_id, Done<void> done) {
  engine_.write(
      {{.sql = "INSERT INTO doomed_blobs(name) SELECT 'recordings/' || recording_id || '/' || part || '/' || "
               "file FROM recording_files WHERE id=$1 ON CONFLICT (name) DO NOTHING",
        .values = {file_id}},
       {.sql = "DELETE FROM recording_files WHERE id=$1", .values = {file_id}, .none = StoreError::not_found}},
      only_done(std::move(done)));
}

void Recordings::trash_file(const std::string& file_id, UnixMicros when, Done<void> done) {
  engine_.write(
      {{.sql = "UPDATE recording_files SET trashed_at=$2 WHERE id=$1 AND trashed_at IS NULL AND EXISTS (SELECT 1 "
               "FROM recordings r WHERE r.id=recording_id AND r.legal_hold=0)",
        .values = {file_id, when},
        .none = StoreError::not_found}},
      only_done(std::move(done)));
}

void Recordings::restore_file(const std::string& file_id, Done<void> done) {
  engine_.write({{.sql = "UPDATE recording_files SET trashed_at=NULL WHERE id=$1 AND trashed_at IS NOT NULL",
                  .values = {file_id},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Recordings::files_due(UnixMicros trashed_before, Done<std::vector<RecordingFile>> done) {
  engine_.read({.sql = "SELECT " + file_columns +
                       " FROM recording_files WHERE trashed_at<=$1 AND EXISTS (SELECT 1 FROM recordings r WHERE "
                       "r.id=recording_id AND r.legal_hold=0) ORDER BY trashed_at, id LIMIT 100",
                .values = {trashed_before}},
               every_row(&file_in, std::move(done)));
}

void Recordings::trash(const std::string& id, UnixMicros when, Done<void> done) {
  engine_.write({{.sql = "UPDATE recordings SET trashed_at=$2 WHERE id=$1 AND trashed_at IS NULL AND legal_hold=0 AND "
                         "state<>'recording'",
                  .values = {id, when},
                  .none = StoreError::not_found},
                 {.sql = "DELETE FROM recording_tokens WHERE recording_id=$1", .values = {id}}},
                only_done(std::move(done)));
}

void Recordings::restore(const std::string& id, Done<void> done) {
  engine_.write({{.sql = "UPDATE recordings SET trashed_at=NULL WHERE id=$1 AND trashed_at IS NOT NULL",
                  .values = {id},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Recordings::keep(const std::string& id, bool legal_hold, std::optional<UnixMicros> delete_at, Done<void> done) {
  engine_.write({{.sql = "UPDATE recordings SET legal_hold=$2, delete_at=$3 WHERE id=$1",
                  .values = {id, legal_hold, delete_at},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Recordings::remove(const std::string& id, Done<void> done) {
  engine_.write(
      {{.sql = "DELETE FROM recordings WHERE id=$1 AND legal_hold=0", .values = {id}, .none = StoreError::not_found},
       {.sql = "INSERT INTO doomed_blobs(name) VALUES($1) ON CONFLICT (name) DO NOTHING",
        .values = {recording_blobs(id)}}},
      only_done(std::move(done)));
}

void Recordings::due(UnixMicros now, UnixMicros trashed_before, Done<std::vector<Recording>> done) {
  engine_.read({.sql = "SELECT " + columns +
                       " FROM recordings WHERE legal_hold=0 AND state IN ('completed','failed') AND (delete_at<=$1 OR "
                       "trashed_at<=$2) ORDER BY started_at, id LIMIT 100",
                .values = {now, trashed_before}},
               every_row(&recording_in, std::move(done)));
}

void Recordings::to_move(std::size_t limit, Done<std::vector<Recording>> done) {
  engine_.read({.sql = "SELECT " + columns +
                       " FROM recordings WHERE moved=0 AND state IN ('completed','failed') ORDER BY started_at, id "
                       "LIMIT $1",
                .values = {limit}},
               every_row(&recording_in, std::move(done)));
}

void Recordings::set_moved(const std::string& id, Done<void> done) {
  engine_.write({{.sql = "UPDATE recordings SET moved=1 WHERE id=$1", .values = {id}, .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Recordings::doomed(std::size_t limit, Done<std::vector<std::string>> done) {
  engine_.read({.sql = "SELECT name FROM doomed_blobs ORDER BY name LIMIT $1", .values = {limit}},
               every_row([](const Rows& rows, std::size_t i) { return rows.text(i, 0); }, std::move(done)));
}

void Recordings::no_longer_doomed(const std::string& name, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM doomed_blobs WHERE name=$1", .values = {name}}}, only_done(std::move(done)));
}

void Recordings::share(const Recording& r, Done<void> done) {
  std::vector<Statement> all;
  // Before the row changes: whoever watches has said the passcode that is there now.
  all.push_back({.sql =
                     "DELETE FROM recording_tokens WHERE recording_id=$1 AND viewing=1 AND ($2=1 OR EXISTS (SELECT 1 "
                     "FROM recordings WHERE id=$1 AND share_passcode_sealed IS DISTINCT FROM $3))",
                 .values = {r.id, r.share == ShareState::none, r.share_passcode_sealed}});
  all.push_back({.sql = "UPDATE recordings SET share_state=$2, share_token_hash=$3, share_token_sealed=$4, "
                        "share_passcode_sealed=$5, share_until=$6, viewer_download=$7 WHERE id=$1",
                 .values = {r.id, r.share == ShareState::link ? "link" : "none", r.share_token_hash,
                            r.share_token_sealed, r.share_passcode_sealed, r.share_until, r.viewer_download},
                 .none = StoreError::not_found});
  engine_.write(std::move(all), only_done(std::move(done)));
}

void Recordings::by_share_token(const std::string& token_hash, UnixMicros now, Done<std::optional<Recording>> done) {
  engine_.read({.sql = "SELECT " + columns +
                       " FROM recordings WHERE share_token_hash=$1 AND share_state='link' AND trashed_at IS NULL AND "
                       "(share_until IS NULL OR share_until>$2)",
                .values = {token_hash, now}},
               first_row(&recording_in, std::move(done)));
}

void Recordings::put_token(std::string token_hash, const Recording& recording, TokenKind kind, UnixMicros expires_at,
                           UnixMicros now, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM recording_tokens WHERE expires_at<=$1", .values = {now}},
                 {.sql = "INSERT INTO recording_tokens(token_hash, recording_id, expires_at, viewing) SELECT "
                         "CAST($1 AS TEXT), id, CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM recordings WHERE id=$2 AND "
                         "($4=0 OR (share_token_hash IS NOT DISTINCT FROM $5 AND share_passcode_sealed IS NOT DISTINCT "
                         "FROM $6))",
                  .values = {std::move(token_hash), recording.id, expires_at, kind == TokenKind::viewer,
                             recording.share_token_hash, recording.share_passcode_sealed},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Recordings::by_token(const std::string& token_hash, UnixMicros now, Done<std::optional<TokenHolder>> done) {
  constexpr std::size_t viewing = 23;  // behind the recording's own columns
  engine_.read({.sql = "SELECT " + columns +
                       ", viewing FROM recordings JOIN recording_tokens ON recording_id=id WHERE token_hash=$1 AND "
                       "expires_at>$2 AND trashed_at IS NULL AND (viewing=0 OR (share_state='link' AND (share_until "
                       "IS NULL OR share_until>$2)))",
                .values = {token_hash, now}},
               first_row(
                   [](const Rows& rows, std::size_t i) {
                     return TokenHolder{recording_in(rows, i),
                                        rows.boolean(i, viewing) ? TokenKind::viewer : TokenKind::program};
                   },
                   std::move(done)));
}

}  // namespace sealhall::store
