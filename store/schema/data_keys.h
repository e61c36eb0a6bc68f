// Wrapped data keys: what seals the content of the other tables. Useless without the keystore, which is not in here.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

inline constexpr SchemaStep data_keys{"data_keys", R"(
  CREATE TABLE data_keys (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    sealing BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    wrapping_key TEXT NOT NULL,
    wrapping_version BIGINT NOT NULL,
    wrapped {bytes} NOT NULL,
    created_at BIGINT NOT NULL
  );
  CREATE INDEX data_keys_by_scope ON data_keys(account_id, scope, sealing);
  CREATE INDEX data_keys_by_wrapping ON data_keys(wrapping_key, wrapping_version, id);
)"};

}  // namespace sealhall::store::schema
