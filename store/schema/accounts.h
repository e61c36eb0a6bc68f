// Accounts: who shares an installation without seeing each other. Every owned table has an `account_id`.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// The default account is there from the start, under the same id everywhere (16 zero bytes as base64url).
inline constexpr SchemaStep accounts{"accounts", R"(
  CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
  );
  INSERT INTO accounts(id, name, created_at) VALUES ('AAAAAAAAAAAAAAAAAAAAAA', 'default account', 0);
  ALTER TABLE users ADD COLUMN account_id TEXT NOT NULL DEFAULT 'AAAAAAAAAAAAAAAAAAAAAA' REFERENCES accounts(id);
  ALTER TABLE meetings ADD COLUMN account_id TEXT NOT NULL DEFAULT 'AAAAAAAAAAAAAAAAAAAAAA' REFERENCES accounts(id);
  CREATE INDEX users_by_account ON users(account_id, login);
  CREATE INDEX meetings_by_account ON meetings(account_id, created_at);
)"};

}  // namespace sealhall::store::schema
