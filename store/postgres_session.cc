// Tested in engine_test.cc and postgres_engine_test.cc
#include "store/postgres_session.h"

#include <poll.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "io/log/log.h"
#include "io/net/clock.h"
#include "store/dialect.h"
#include "store/migrations.h"

namespace sealhall::store {
namespace {

struct Clearer {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clearer>;

/// The server's sentence as one line.
std::string reason_of(PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

expected<Result, PostgresOpenError> execute(PGconn* connection, const std::string& sql) {
  Result result{PQexec(connection, sql.c_str())};
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return result;
  return unexpected(PostgresOpenError{StoreError::failed, "PostgreSQL says no: " + reason_of(connection)});
}

/// What no operator's setting may weaken, and limits that keep one stuck client from stopping all.
constexpr const char* session_settings = R"(
  SET default_transaction_isolation = 'read committed';
  SET lock_timeout = '5s';
  SET idle_in_transaction_session_timeout = '60s';
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
)";

/// Any number: whoever migrates the same database holds it.
constexpr const char* migration_lock = "SELECT pg_advisory_lock(7352110931)";
constexpr const char* migration_unlock = "SELECT pg_advisory_unlock(7352110931)";

expected<void, PostgresOpenError> apply(PGconn* connection, const SchemaStep& step) {
  const std::string script = "BEGIN;" + postgres_schema_text(step.sql) + ";INSERT INTO schema_steps(name) VALUES('" +
                             std::string{step.name} + "'); COMMIT";
  auto done = execute(connection, script);
  if (done) return {};
  static_cast<void>(execute(connection, "ROLLBACK"));
  return unexpected(
      PostgresOpenError{done.error().error, "Schema step '" + std::string{step.name} + "': " + done.error().reason});
}

expected<void, PostgresOpenError> migrate_locked(PGconn* connection) {
  if (auto made =
          execute(connection, postgres_schema_text("CREATE TABLE IF NOT EXISTS schema_steps(name TEXT PRIMARY KEY)"));
      !made) {
    return unexpected(made.error());
  }
  auto names = execute(connection, "SELECT name FROM schema_steps");
  if (!names) return unexpected(names.error());
  std::vector<std::string> applied;
  for (int i = 0; i < PQntuples(names->get()); ++i) applied.emplace_back(PQgetvalue(names->get(), i, 0));
  auto missing = steps_to_do(applied);
  if (!missing) {
    return unexpected(PostgresOpenError{missing.error(), "A newer version of the program has written this database."});
  }
  for (const SchemaStep& step : *missing) {
    if (auto done = apply(connection, step); !done) return done;
  }
  return {};
}

/// True when the connection stands. Looks at `stop` ten times a second.
bool finish_connecting(PGconn* connection, Duration limit, const std::stop_token& stop) {
  const Instant until = io::steady_now() + limit;
  if (PQstatus(connection) == CONNECTION_BAD) return false;
  for (auto wanted = PGRES_POLLING_WRITING; wanted != PGRES_POLLING_OK;) {
    if (wanted == PGRES_POLLING_FAILED || stop.stop_requested() || io::steady_now() >= until) return false;
    pollfd waiting{PQsocket(connection), static_cast<short>(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (::poll(&waiting, 1, 100) > 0) wanted = PQconnectPoll(connection);
  }
  return true;
}

}  // namespace

expected<PostgresHandle, PostgresOpenError> open_session(const std::string& url, Duration limit,
                                                         const std::stop_token& stop) {
  const char* const keys[] = {"dbname", "client_encoding", "fallback_application_name", "tcp_user_timeout", nullptr};
  const char* const values[] = {url.c_str(), "UTF8", "sealhall", "30000", nullptr};
  constexpr int expand = 1;  // the first is a whole address
  PostgresHandle connection{PQconnectStartParams(keys, values, expand)};
  if (!connection || !finish_connecting(connection.get(), limit, stop)) {
    return unexpected(
        PostgresOpenError{StoreError::unavailable, "PostgreSQL cannot be reached: " + reason_of(connection.get())});
  }
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);  // nothing of libpq's on standard error
  // PostgreSQL always says it; what stands between may not.
  const char* encoding = PQparameterStatus(connection.get(), "server_encoding");
  if (encoding == nullptr || std::string_view{encoding} != "UTF8") {
    return unexpected(PostgresOpenError{StoreError::failed, "The database must have the encoding UTF8."});
  }
  if (PQserverVersion(connection.get()) < 150000) {
    return unexpected(PostgresOpenError{StoreError::failed, "PostgreSQL must be version 15 or newer."});
  }
  if (auto set = execute(connection.get(), session_settings); !set) return unexpected(set.error());
  return connection;
}

expected<PostgresHandle, PostgresOpenError> open_snapshot_session(const std::string& url, Duration limit) {
  auto connection = open_session(url, limit);
  if (!connection) return connection;
  // The moment is that of the first statement. Whoever writes the rows to a slow disk may be idle for longer.
  for (const char* sql :
       {"SET idle_in_transaction_session_timeout = 0", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT 1"}) {
    if (auto done = execute(connection->get(), sql); !done) return unexpected(done.error());
  }
  return connection;
}

expected<void, PostgresOpenError> migrate(PGconn* connection) {
  if (auto locked = execute(connection, std::string{"SET lock_timeout = '60s';"} + migration_lock); !locked) {
    return unexpected(locked.error());
  }
  auto done = migrate_locked(connection);
  static_cast<void>(execute(connection, migration_unlock));
  if (!done) return done;
  auto fsync = execute(connection, "SHOW fsync");
  if (fsync && std::string_view{PQgetvalue(fsync->get(), 0, 0)} == "off") {
    io::log::warning("this PostgreSQL runs with fsync=off: a power cut may destroy it");
  }
  return {};
}

}  // namespace sealhall::store
