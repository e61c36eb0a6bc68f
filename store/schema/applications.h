// API applications, what people granted them, and the tokens of both.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// Secrets, codes and tokens are here as hashes only. `oauth_tokens.user_id` is whom the application acts for.
inline constexpr SchemaStep applications{"applications", R"(
  CREATE TABLE applications (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    for_people BIGINT NOT NULL,
    secret_hash TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    permissions BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL
  );
  CREATE INDEX applications_by_account ON applications(account_id, created_at, id);
  CREATE TABLE oauth_codes (
    code_hash TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES applications(id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    used BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
  );
  CREATE INDEX oauth_codes_by_expiry ON oauth_codes(expires_at);
  CREATE TABLE oauth_tokens (
    token_hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES applications(id) ON DELETE CASCADE,
    user_id TEXT,
    scopes TEXT NOT NULL,
    used BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
  );
  CREATE INDEX oauth_tokens_by_grant ON oauth_tokens(grant_id);
  CREATE INDEX oauth_tokens_by_client ON oauth_tokens(client_id, user_id);
  CREATE INDEX oauth_tokens_by_expiry ON oauth_tokens(expires_at);
)"};

}  // namespace sealhall::store::schema
