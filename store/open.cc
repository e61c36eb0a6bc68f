// Tested in engine_test.cc
#include "store/open.h"

#include <algorithm>
#include <utility>

#include "io/files/files.h"
#include "store/postgres_engine.h"
#include "store/sqlite_engine.h"

namespace sealhall::store {

namespace {

expected<std::string, std::string> address_of(const std::string& database) {
  if (!database.starts_with("file:")) return database;
  auto content = io::read_file(database.substr(5), 4096);
  if (!content) return unexpected(content.error().reason);
  std::string text{as_text(*content)};
  text.erase(std::min(text.find_first_of("\r\n"), text.size()));
  return text;
}

}  // namespace

expected<std::unique_ptr<Engine>, std::string> open_engine(io::Loop& loop, const std::string& named) {
  auto address = address_of(named);
  if (!address) return unexpected(address.error());
  const std::string& database = *address;
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
