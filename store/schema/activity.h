// What people did in meetings: chat, polls, questions, whiteboards, reports, consents; and who may never come in again.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// A log is of one instance of a meeting; one that was not ended goes on when the server was killed. `who` of a ban is
/// "account:ID" or "device:HASH".
inline constexpr SchemaStep activity{"activity", R"(
  CREATE TABLE activity_logs (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    meeting_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    ended_at BIGINT
  );
  CREATE INDEX activity_logs_by_meeting ON activity_logs(account_id, meeting_id, started_at);
  CREATE TABLE activity_records (
    log_id TEXT NOT NULL REFERENCES activity_logs(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    number BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    body_sealed {bytes} NOT NULL,
    PRIMARY KEY (log_id, kind, number)
  );
  CREATE TABLE meeting_bans (
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    meeting_id TEXT NOT NULL,
    who TEXT NOT NULL,
    banned_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, meeting_id, who)
  );
)"};

}  // namespace sealhall::store::schema
