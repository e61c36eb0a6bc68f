// What a person's profile says beyond the name, and the tracking fields of an account.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

inline constexpr SchemaStep profiles{"profiles", R"(
  CREATE TABLE user_profiles (
    user_id TEXT PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    department TEXT NOT NULL,
    job_title TEXT NOT NULL,
    company TEXT NOT NULL,
    phone TEXT NOT NULL,
    timezone TEXT NOT NULL,
    language TEXT NOT NULL
  );
  CREATE TABLE tracking_fields (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id),
    field TEXT NOT NULL,
    required BIGINT NOT NULL,
    visible BIGINT NOT NULL,
    recommended_values TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, field)
  );
)"};

}  // namespace sealhall::store::schema
