// The schema as a list of steps. A step that was released is never changed; new ones are added at the end.
#pragma once

#include "core/base/expected.h"
#include "store/sqlite.h"

namespace sealhall::store {

/// Brings the database to the newest schema, each step in its own transaction. `too_new` when it is beyond our list.
expected<void, StoreError> migrate(Database& database);

/// How many steps there are: the version of a database that is up to date.
int newest_version() noexcept;

}  // namespace sealhall::store
