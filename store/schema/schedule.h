// Scheduling: the simple meetings of the first version become scheduled ones, with occurrences, registrants and
// templates.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// `type`: 1 instant, 2 once, 3 recurring without times, 8 recurring. Meetings of the first version have no time: 3.
/// Their topic and passcode stay readable in `topic` and `passcode` until control has sealed them into
/// `details_sealed`, which it does when it starts; newer rows have '' and NULL there.
inline constexpr SchemaStep schedule{"schedule", R"(
  ALTER TABLE meetings ADD COLUMN uuid TEXT NOT NULL DEFAULT '';
  ALTER TABLE meetings ADD COLUMN type BIGINT NOT NULL DEFAULT 3;
  ALTER TABLE meetings ADD COLUMN start_at BIGINT;
  ALTER TABLE meetings ADD COLUMN ends_at BIGINT;
  ALTER TABLE meetings ADD COLUMN duration BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE meetings ADD COLUMN timezone TEXT NOT NULL DEFAULT 'UTC';
  ALTER TABLE meetings ADD COLUMN personal BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE meetings ADD COLUMN approval BIGINT NOT NULL DEFAULT 2;
  ALTER TABLE meetings ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE meetings ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE meetings ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE meetings ADD COLUMN deleted_at BIGINT;
  ALTER TABLE meetings ADD COLUMN details_sealed {bytes};
  CREATE INDEX meetings_by_end ON meetings(owner_id, ends_at);
  CREATE TABLE meeting_occurrences (
    meeting_id TEXT NOT NULL REFERENCES meetings(id) ON DELETE CASCADE,
    original_start BIGINT NOT NULL,
    start_at BIGINT NOT NULL,
    duration BIGINT NOT NULL,
    deleted BIGINT NOT NULL DEFAULT 0,
    changed BIGINT NOT NULL DEFAULT 0,
    details_sealed {bytes},
    PRIMARY KEY (meeting_id, original_start)
  );
  CREATE TABLE meeting_hosts (
    meeting_id TEXT NOT NULL REFERENCES meetings(id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    PRIMARY KEY (meeting_id, user_id)
  );
  CREATE INDEX meeting_hosts_by_user ON meeting_hosts(user_id);
  CREATE TABLE meeting_registrants (
    id TEXT PRIMARY KEY,
    meeting_id TEXT NOT NULL REFERENCES meetings(id) ON DELETE CASCADE,
    email_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    details_sealed {bytes} NOT NULL,
    UNIQUE (meeting_id, email_hash)
  );
  CREATE TABLE meeting_templates (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    owner_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    details_sealed {bytes} NOT NULL
  );
  CREATE INDEX meeting_templates_by_owner ON meeting_templates(owner_id, created_at);
  CREATE TABLE personal_meetings (
    user_id TEXT PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
    meeting_id TEXT NOT NULL UNIQUE REFERENCES meetings(id) ON DELETE CASCADE
  );
)"};

}  // namespace sealhall::store::schema
