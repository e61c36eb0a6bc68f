// Which reports of abuse an administrator has dealt with. The reports are records of a meeting's log.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

inline constexpr SchemaStep abuse_reports{"abuse_reports", R"(
  CREATE TABLE resolved_reports (
    log_id TEXT NOT NULL REFERENCES activity_logs(id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    resolved_by TEXT NOT NULL,
    resolved_at BIGINT NOT NULL,
    PRIMARY KEY (log_id, number)
  );
  CREATE INDEX activity_records_by_kind ON activity_records(kind, changed_at);
)"};

}  // namespace sealhall::store::schema
