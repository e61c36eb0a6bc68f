// What the first version had: people, their sessions, their meetings.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

inline constexpr SchemaStep first{"first", R"(
  CREATE TABLE users (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled BIGINT NOT NULL DEFAULT 0
  );
  CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
  );
  CREATE INDEX sessions_by_expiry ON sessions(expires_at);
  CREATE TABLE setup_links (
    token_hash TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
  );
  CREATE TABLE meetings (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    topic TEXT NOT NULL,
    passcode TEXT,
    waiting_room BIGINT NOT NULL,
    join_before_host BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
  );
  CREATE INDEX meetings_by_owner ON meetings(owner_id, created_at);
)"};

}  // namespace sealhall::store::schema
