// Tested in engine_test.cc
#include "store/open.h"

#include <algorithm>
#include <utility>

#include "io/files/files.h"
#include "store/postgres_engine.h"
#include "store/postgres_session.h"
#include "store/sqlite.h"
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

expected<std::unique_ptr<Engine>, std::string> open_postgres(io::Loop& loop, PostgresOptions options) {
  auto engine = PostgresEngine::open(loop, std::move(options));
  if (!engine) return unexpected("The database cannot be used. " + engine.error().reason);
  return std::move(*engine);
}

}  // namespace

bool is_postgres(const std::string& named) {
  const auto address = address_of(named);
  return address && (address->starts_with("postgres://") || address->starts_with("postgresql://"));
}

std::string try_database(const std::string& named) {
  const auto address = address_of(named);
  if (!address) return address.error();
  if (is_postgres(named)) {
    const auto session = open_session(*address, std::chrono::seconds{10});
    return session ? "" : "The database cannot be used. " + session.error().reason;
  }
  const auto database = Database::open(*address, Database::Mode::read_only);
  return database ? ""
                  : "The database " + *address + " cannot be read (" + std::string{name_of(database.error())} + ").";
}

expected<std::unique_ptr<Engine>, std::string> open_engine(io::Loop& loop, const std::string& named) {
  auto address = address_of(named);
  if (!address) return unexpected(address.error());
  const std::string& database = *address;
  if (is_postgres(named)) {
    return open_postgres(loop, {.url = database});
  }
  auto engine = SqliteEngine::open(database, [&loop](auto callback) { loop.post(std::move(callback)); });
  if (!engine) {
    return unexpected("The database " + database + " cannot be used (" + std::string{name_of(engine.error())} + ").");
  }
  return std::move(*engine);
}

expected<std::unique_ptr<Engine>, std::string> open_snapshot(io::Loop& loop, const std::string& named) {
  if (!is_postgres(named)) return open_engine(loop, named);
  auto address = address_of(named);
  if (!address) return unexpected(address.error());
  return open_postgres(loop, {.url = *address, .snapshot = true});
}

}  // namespace sealhall::store
