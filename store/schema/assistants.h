// Who may schedule meetings for somebody else.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

inline constexpr SchemaStep assistants{"assistants", R"(
  CREATE TABLE assistants (
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    assistant_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, assistant_id)
  );
  CREATE INDEX assistants_by_assistant ON assistants(assistant_id);
)"};

}  // namespace sealhall::store::schema
