// Recordings that have left the local disk for the blob store, blobs that have to go, and those that nothing names yet.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// `name` is one blob or, with '/' at its end, all below it.
inline constexpr SchemaStep recording_archive{"recording_archive", R"(
  ALTER TABLE recordings ADD COLUMN moved BIGINT NOT NULL DEFAULT 0;
  CREATE TABLE doomed_blobs (
    name TEXT PRIMARY KEY
  );
  CREATE TABLE unclaimed_blobs (
    name TEXT PRIMARY KEY,
    since BIGINT NOT NULL
  );
  CREATE INDEX unclaimed_blobs_by_time ON unclaimed_blobs(since);
  CREATE TABLE write_probe (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
  );
)"};

/// One file of a recording may be in the trash by itself.
inline constexpr SchemaStep recording_file_trash{"recording_file_trash", R"(
  ALTER TABLE recording_files ADD COLUMN trashed_at BIGINT;
  CREATE INDEX recording_files_by_trash ON recording_files(trashed_at);
)"};

}  // namespace sealhall::store::schema
