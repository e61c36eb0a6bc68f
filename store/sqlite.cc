#include "store/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <utility>

namespace sealhall::store {
namespace {

StoreError error_of(int code) noexcept {
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
      return StoreError::taken;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreError::busy;
    case SQLITE_FULL:
      return StoreError::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return StoreError::damaged;
    case SQLITE_CANTOPEN:
      return StoreError::open_failed;
    default:
      return StoreError::failed;
  }
}

}  // namespace

Query::Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

expected<bool, StoreError> Query::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return unexpected(error_of(code));
}

std::int64_t Query::integer(int column) const noexcept { return sqlite3_column_int64(statement_, column); }
std::string Query::text(int column) const {
  const auto* characters = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (characters == nullptr) return {};
  return {characters, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}
std::optional<std::string> Query::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}
bool Query::is_null(int column) const noexcept { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

void Query::bind(int parameter, std::int64_t value) noexcept { sqlite3_bind_int64(statement_, parameter, value); }
void Query::bind(int parameter, std::string_view value) noexcept {
  sqlite3_bind_text64(statement_, parameter, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}
void Query::bind(int parameter, ByteView value) noexcept {
  sqlite3_bind_blob64(statement_, parameter, value.data(), value.size(), SQLITE_TRANSIENT);
}

void Database::Closer::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void Database::Finalizer::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() { statements_.clear(); }

expected<Database, StoreError> Database::open(const std::string& path, Mode mode) {
  if (mode == Mode::read_write) {
    // Made by us first, so that no moment exists in which others could read it.
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return unexpected(StoreError::open_failed);
    ::close(fd);
  }
  sqlite3* handle = nullptr;
  const int flags = (mode == Mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database{handle};
  if (code != SQLITE_OK) return unexpected(error_of(code));
  sqlite3_busy_timeout(handle, 5000);
  sqlite3_extended_result_codes(handle, 1);
  // FULL: measured, NORMAL loses acknowledged rows when the power is cut.
  const char* settings = mode == Mode::read_write
                             ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                             : "PRAGMA foreign_keys=ON;";
  if (auto done = database.execute(settings); !done) return unexpected(done.error());
  return database;
}

expected<void, StoreError> Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return unexpected(error_of(code));
  return {};
}

std::int64_t Database::changes() const noexcept { return sqlite3_changes64(handle_.get()); }

expected<sqlite3_stmt*, StoreError> Database::prepared(std::string_view sql) {
  if (const auto it = statements_.find(sql); it != statements_.end()) return it->second.get();
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return unexpected(error_of(code));
  statements_[sql].reset(statement);
  return statement;
}

}  // namespace sealhall::store
