// Tested in server/keys/keys_test.cc
#include "store/recording_report.h"

namespace sealhall::store {

expected<std::optional<RecordingReport>, StoreError> recording_report(Database& database) {
  const auto table = database.run({"SELECT 1 FROM sqlite_schema WHERE type='table' AND name='doomed_blobs'"});
  if (!table) return unexpected(table.error());
  if (table->empty()) return std::optional<RecordingReport>{};
  const auto counts =
      database.run({"SELECT (SELECT COUNT(*) FROM recordings WHERE moved=0 AND state IN ('completed','failed')), "
                    "(SELECT COUNT(*) FROM recordings WHERE moved=1), (SELECT COUNT(*) FROM doomed_blobs)"});
  if (!counts) return unexpected(counts.error());
  return std::optional{RecordingReport{counts->integer(0, 0), counts->integer(0, 1), counts->integer(0, 2)}};
}

}  // namespace sealhall::store
