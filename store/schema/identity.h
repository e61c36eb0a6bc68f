// Roles, groups, policies; second factors; sessions that can be listed; who signed in; invitations; mail that waits.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// `users.role` is "owner", "admin", "member" or the id of a row of `roles`; the first administrator becomes the owner.
/// Tokens and codes are here as hashes only, secrets and mails sealed.
inline constexpr SchemaStep identity{"identity", R"(
  UPDATE users SET role='owner' WHERE id=(SELECT id FROM users WHERE role='admin' ORDER BY created_at, id LIMIT 1);
  CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
  );
  CREATE TABLE groups (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
  );
  CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES groups(id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    is_primary BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, user_id)
  );
  CREATE INDEX group_members_by_user ON group_members(user_id, group_id);
  CREATE TABLE policies (
    account_id TEXT NOT NULL REFERENCES accounts(id),
    level TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    locked BIGINT NOT NULL,
    PRIMARY KEY (account_id, level, subject_id, name)
  );
  ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
  ALTER TABLE sessions ADD COLUMN method TEXT NOT NULL DEFAULT 'password';
  ALTER TABLE sessions ADD COLUMN source TEXT NOT NULL DEFAULT '';
  ALTER TABLE sessions ADD COLUMN client TEXT NOT NULL DEFAULT '';
  CREATE INDEX sessions_by_user ON sessions(user_id, created_at);
  CREATE TABLE known_devices (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
  );
  CREATE INDEX known_devices_by_user ON known_devices(user_id);
  CREATE TABLE user_totp (
    user_id TEXT PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
    secret_sealed {bytes} NOT NULL,
    confirmed BIGINT NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
  );
  CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
  );
  CREATE TABLE passkeys (
    credential_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    algorithm BIGINT NOT NULL,
    public_key {bytes} NOT NULL,
    sign_count BIGINT NOT NULL,
    backed_up BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
  );
  CREATE INDEX passkeys_by_user ON passkeys(user_id, created_at);
  CREATE TABLE provider_identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
  );
  CREATE INDEX provider_identities_by_user ON provider_identities(user_id);
  CREATE TABLE password_resets (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
  );
  CREATE INDEX password_resets_by_user ON password_resets(user_id);
  CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    token_hash TEXT NOT NULL UNIQUE,
    login TEXT NOT NULL,
    role TEXT NOT NULL,
    group_id TEXT REFERENCES groups(id) ON DELETE SET NULL,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (account_id, login)
  );
  CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    user_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    method TEXT NOT NULL,
    source TEXT NOT NULL,
    client TEXT NOT NULL
  );
  CREATE INDEX sign_ins_by_time ON sign_ins(account_id, at, id);
  CREATE TABLE operations (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    category TEXT NOT NULL,
    object_id TEXT NOT NULL
  );
  CREATE INDEX operations_by_time ON operations(account_id, at, id);
  CREATE TABLE mail_outbox (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    mail_sealed {bytes} NOT NULL,
    attempts BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    given_up BIGINT NOT NULL,
    problem TEXT NOT NULL
  );
  CREATE INDEX mail_outbox_by_time ON mail_outbox(given_up, not_before);
)"};

}  // namespace sealhall::store::schema
