// How an account's pages look: its organisation's name, accent colour and logo.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

inline constexpr SchemaStep branding{"branding", R"(
  CREATE TABLE branding (
    account_id TEXT PRIMARY KEY REFERENCES accounts(id) ON DELETE CASCADE,
    organisation TEXT NOT NULL,
    accent TEXT NOT NULL,
    logo_id TEXT NOT NULL,
    logo_type TEXT NOT NULL,
    logo {bytes} NOT NULL
  );
)"};

}  // namespace sealhall::store::schema
