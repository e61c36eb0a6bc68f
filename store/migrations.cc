#include "store/migrations.h"

#include <array>
#include <string>

namespace sealhall::store {
namespace {

constexpr std::array steps{
    R"(
    CREATE TABLE users (
      id TEXT PRIMARY KEY,
      login TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      role TEXT NOT NULL,
      password_hash TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      disabled INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE sessions (
      token_hash TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    );
    CREATE INDEX sessions_by_expiry ON sessions(expires_at);
    CREATE TABLE setup_links (
      token_hash TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    );
    CREATE TABLE meetings (
      id TEXT PRIMARY KEY,
      owner_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      topic TEXT NOT NULL,
      passcode TEXT,
      waiting_room INTEGER NOT NULL,
      join_before_host INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      ended_at INTEGER
    );
    CREATE INDEX meetings_by_owner ON meetings(owner_id, created_at);
    )",
};

}  // namespace

int newest_version() noexcept { return static_cast<int>(steps.size()); }

expected<void, StoreError> migrate(Database& database) {
  int version = 0;
  {
    auto query = database.query("PRAGMA user_version");
    if (!query) return unexpected(query.error());
    auto row = query->next();
    if (!row) return unexpected(row.error());
    version = static_cast<int>(query->integer(0));
  }
  if (version > newest_version()) return unexpected(StoreError::too_new);
  for (; version < newest_version(); ++version) {
    const std::string script = std::string{"BEGIN IMMEDIATE;"} + steps.at(static_cast<std::size_t>(version)) +
                               "PRAGMA user_version=" + std::to_string(version + 1) + "; COMMIT;";
    if (auto done = database.execute(script.c_str()); !done) {
      static_cast<void>(database.execute("ROLLBACK"));
      return unexpected(done.error());
    }
  }
  return {};
}

}  // namespace sealhall::store
