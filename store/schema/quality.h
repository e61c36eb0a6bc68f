// How well media went for those in a meeting: samples of some seconds each.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// `sample` is numbers only, packed by store/quality.cc. Goes with the running.
inline constexpr SchemaStep quality{"quality", R"(
  CREATE TABLE meeting_quality (
    run_uuid TEXT NOT NULL REFERENCES meeting_runs(uuid) ON DELETE CASCADE,
    visit BIGINT NOT NULL,
    at BIGINT NOT NULL,
    sample {bytes} NOT NULL,
    PRIMARY KEY (run_uuid, visit, at)
  );
  CREATE INDEX meeting_quality_by_time ON meeting_quality(at);
)"};

}  // namespace sealhall::store::schema
