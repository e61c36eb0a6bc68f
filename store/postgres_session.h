// Opening a connection to PostgreSQL, and bringing its schema up to date. These block: call them at start-up or on a
// thread of their own (looking up a host name may take seconds).
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <stop_token>
#include <string>

#include "core/base/expected.h"
#include "core/base/time.h"
#include "store/error.h"

namespace sealhall::store {

struct PostgresCloser {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
using PostgresHandle = std::unique_ptr<PGconn, PostgresCloser>;

struct PostgresOpenError {
  StoreError error = StoreError::unavailable;
  std::string reason;  ///< a sentence for the person who runs the server; never the password
};

/// Connects (`url`: postgres://.. or "host=.. dbname=..") and sets what we rely on: UTF-8, READ COMMITTED, commits that
/// wait for the disk, limits for locks. Gives up after `limit`, or soon after it was asked to stop.
expected<PostgresHandle, PostgresOpenError> open_session(const std::string& url, Duration limit,
                                                         const std::stop_token& stop = {});

/// The same, in a transaction that only reads and sees one moment: that of this call.
expected<PostgresHandle, PostgresOpenError> open_snapshot_session(const std::string& url, Duration limit);

/// Brings the schema up to date, one transaction a step; several processes may do it at once. Error: too_new.
expected<void, PostgresOpenError> migrate(PGconn* connection);

}  // namespace sealhall::store
