// Sessions that may only set up a second factor.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

inline constexpr SchemaStep restricted_sessions{"restricted_sessions", R"(
  ALTER TABLE sessions ADD COLUMN restricted BIGINT NOT NULL DEFAULT 0;
)"};

}  // namespace sealhall::store::schema
