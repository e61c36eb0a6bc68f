// Meetings that learning platforms made through the BigBlueButton-compatible API, and the secrets that they do it with.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// What a platform said of a recording (shown or not, its metadata) stands beside the recording, not in it.
/// `meeting_key` is the hash of the platform's own id for the meeting: at most one of them is open at a time.
inline constexpr SchemaStep bbb{"bbb", R"(
  CREATE TABLE bbb_secrets (
    account_id TEXT PRIMARY KEY REFERENCES accounts(id) ON DELETE CASCADE,
    owner_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    secret_sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL
  );
  CREATE TABLE bbb_meetings (
    internal_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    meeting_key TEXT NOT NULL,
    meeting_id TEXT NOT NULL,
    details_sealed {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    joined_at BIGINT,
    ended_at BIGINT,
    callback_at BIGINT,
    callback_attempts BIGINT NOT NULL
  );
  CREATE TABLE bbb_recordings (
    recording_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    published BIGINT NOT NULL,
    metadata_sealed {bytes} NOT NULL
  );
  CREATE UNIQUE INDEX bbb_meetings_open ON bbb_meetings(account_id, meeting_key) WHERE ended_at IS NULL;
  CREATE INDEX bbb_meetings_by_key ON bbb_meetings(account_id, meeting_key, created_at);
  CREATE INDEX bbb_meetings_by_callback ON bbb_meetings(callback_at) WHERE callback_at IS NOT NULL;
)"};

/// Platforms hear that a recording can be watched; a row stays, so that each hears it once.
inline constexpr SchemaStep bbb_ready{"bbb_ready", R"(
  CREATE TABLE bbb_ready (
    recording_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    meeting_id TEXT NOT NULL,
    next_at BIGINT,
    attempts BIGINT NOT NULL
  );
  CREATE INDEX bbb_ready_by_time ON bbb_ready(next_at) WHERE next_at IS NOT NULL;
)"};

}  // namespace sealhall::store::schema
