// The schema as a list of named steps. Which were applied is the table `schema_steps`, so that steps which are written
// at the same time do not fight over numbers. A step that was released is never changed; new ones are added at the end.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "store/error.h"
#include "store/schema/step.h"

namespace sealhall::store {

class Database;

/// Every step, in the order in which they are applied.
std::span<const SchemaStep> schema_steps() noexcept;

/// The steps that a database with `applied` lacks, in order. Error: too_new when it has one that we do not know.
expected<std::vector<SchemaStep>, StoreError> steps_to_do(const std::vector<std::string>& applied);

/// Brings a SQLite database to the newest schema, each step in its own transaction. What was refused is left as it is.
/// Error: too_new; damaged when rows would be left that point nowhere.
expected<void, StoreError> migrate(Database& database);

}  // namespace sealhall::store
