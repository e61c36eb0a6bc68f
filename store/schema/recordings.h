// Recordings: what was recorded, in which parts, and the files that came of it. Contents lie sealed in the data folder.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

inline constexpr SchemaStep recordings{"recordings", R"(
  CREATE TABLE recordings (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    meeting_id TEXT NOT NULL,
    meeting_uuid TEXT NOT NULL,
    host_id TEXT NOT NULL,
    topic_sealed {bytes} NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    state TEXT NOT NULL,
    progress_permille BIGINT NOT NULL DEFAULT 0,
    duration_ms BIGINT NOT NULL DEFAULT 0,
    trashed_at BIGINT,
    legal_hold BIGINT NOT NULL DEFAULT 0,
    delete_at BIGINT,
    share_state TEXT NOT NULL DEFAULT 'none',
    share_token_hash TEXT UNIQUE,
    share_token_sealed {bytes},
    share_passcode_sealed {bytes},
    share_until BIGINT,
    viewer_download BIGINT NOT NULL DEFAULT 1
  );
  CREATE INDEX recordings_by_meeting ON recordings(account_id, meeting_id, started_at);
  CREATE INDEX recordings_by_uuid ON recordings(account_id, meeting_uuid);
  CREATE INDEX recordings_by_host ON recordings(account_id, host_id, started_at);
  CREATE INDEX recordings_by_state ON recordings(state);
  CREATE INDEX recordings_by_deletion ON recordings(delete_at);
  CREATE TABLE recording_parts (
    recording_id TEXT NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    part BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    recorded_ms BIGINT NOT NULL DEFAULT 0,
    bytes BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (recording_id, part)
  );
  CREATE TABLE recording_files (
    id TEXT PRIMARY KEY,
    recording_id TEXT NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    part BIGINT NOT NULL,
    file TEXT NOT NULL,
    kind TEXT NOT NULL,
    participant BIGINT NOT NULL,
    name_sealed {bytes},
    size BIGINT NOT NULL,
    began_ms BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL,
    whole BIGINT NOT NULL,
    UNIQUE (recording_id, part, file)
  );
  CREATE TABLE recording_tokens (
    token_hash TEXT PRIMARY KEY,
    recording_id TEXT NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
  );
  CREATE INDEX recording_tokens_by_expiry ON recording_tokens(expires_at);
)"};

/// How recordings look and how long they are kept: of the account (meeting_id '') and of meetings.
inline constexpr SchemaStep recording_settings{"recording_settings", R"(
  CREATE TABLE recording_settings (
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    meeting_id TEXT NOT NULL,
    speaker BIGINT,
    height BIGINT,
    retention_days BIGINT,
    PRIMARY KEY (account_id, meeting_id)
  );
  ALTER TABLE recordings ADD COLUMN speaker BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE recordings ADD COLUMN height BIGINT NOT NULL DEFAULT 720;
)"};

/// Tokens of people who watch by a link are apart from those of programs: they end with the link and its passcode. Of
/// those that there are nobody knows which is which: where there is a link they are taken for viewers'.
inline constexpr SchemaStep recording_viewers{"recording_viewers", R"(
  ALTER TABLE recording_tokens ADD COLUMN viewing BIGINT NOT NULL DEFAULT 0;
  UPDATE recording_tokens SET viewing=1 WHERE recording_id IN (SELECT id FROM recordings WHERE share_state='link');
)"};

}  // namespace sealhall::store::schema
