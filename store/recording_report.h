// Where recordings lie, for whoever looks at a database file without its server.
#pragma once

#include <cstdint>
#include <optional>

#include "store/sqlite.h"

namespace sealhall::store {

struct RecordingReport {
  std::int64_t here = 0;    ///< finished, on the local disk
  std::int64_t moved = 0;   ///< in the blob store
  std::int64_t doomed = 0;  ///< names of blobs that were deleted and have to go yet
};
/// nullopt: the database is older than this.
expected<std::optional<RecordingReport>, StoreError> recording_report(Database& database);

}  // namespace sealhall::store
