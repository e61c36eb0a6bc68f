// Tested in engine_test.cc
#include "store/open.h"

#include <utility>

#include "store/postgres_engine.h"
#include "store/sqlite_engine.h"

namespace sealhall::store {

expected<std::unique_ptr<Engine>, std::string> open_engine(io::Loop& loop, const std::string& database) {
  if (database.starts_with("postgres://") || database.starts_with("postgresql://")) {
    auto engine = PostgresEngine::open(loop, {.url = database});
    if (!engine) return unexpected("The database cannot be used. " + engine.error().reason);
    return std::move(*engine);
  }
  auto engine = SqliteEngine::open(database, [&loop](auto callback) { loop.post(std::move(callback)); });
  if (!engine) {
    return unexpected("The database " + database + " cannot be used (" + std::string{name_of(engine.error())} + ").");
  }
  return std::move(*engine);
}

}  // namespace sealhall::store
