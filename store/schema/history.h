// Meetings that were held: each running with who was there from when to when; polls prepared for a meeting; tokens by
// which a person starts meetings from elsewhere.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// `seen_at` is when the running was known to go on last: what it ends with when the server dies in it. `used` of a
/// visit: 1 microphone, 2 camera, 4 screen. Names and topics are sealed; empty where the key service was away.
inline constexpr SchemaStep history{"history", R"(
  CREATE TABLE meeting_runs (
    uuid TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    meeting_id TEXT NOT NULL,
    host_id TEXT NOT NULL,
    log_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT,
    details_sealed {bytes} NOT NULL
  );
  CREATE INDEX meeting_runs_by_meeting ON meeting_runs(account_id, meeting_id, started_at);
  CREATE INDEX meeting_runs_by_host ON meeting_runs(account_id, host_id, started_at);
  CREATE INDEX meeting_runs_by_time ON meeting_runs(account_id, started_at, uuid);
  CREATE INDEX meeting_runs_open ON meeting_runs(uuid) WHERE ended_at IS NULL;
  CREATE TABLE meeting_visits (
    run_uuid TEXT NOT NULL REFERENCES meeting_runs(uuid) ON DELETE CASCADE,
    visit BIGINT NOT NULL,
    participant BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    registrant_id TEXT NOT NULL,
    client TEXT NOT NULL,
    used BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    left_at BIGINT,
    removed BIGINT NOT NULL,
    name_sealed {bytes} NOT NULL,
    PRIMARY KEY (run_uuid, visit)
  );
  CREATE TABLE meeting_polls (
    id TEXT PRIMARY KEY,
    meeting_id TEXT NOT NULL REFERENCES meetings(id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    body_sealed {bytes} NOT NULL,
    UNIQUE (meeting_id, number)
  );
  CREATE TABLE start_tokens (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
  );
  CREATE INDEX start_tokens_by_expiry ON start_tokens(expires_at);
)"};

}  // namespace sealhall::store::schema
