#include "store/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <utility>

#include "io/log/log.h"
#include "store/dialect.h"

namespace sealhall::store {
namespace {

/// More different texts than any version has; whoever makes them up at run time pays with preparing them again.
constexpr std::size_t most_statements = 1000;

StoreError error_of(int code) noexcept {
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) return StoreError::taken;
  if (code == SQLITE_CONSTRAINT_FOREIGNKEY) return StoreError::not_found;
  switch (code & 0xFF) {
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

void bind(sqlite3_stmt* statement, int parameter, const Value& value) noexcept {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(statement, parameter, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    sqlite3_bind_text64(statement, parameter, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    // A null pointer would be NULL; no bytes are still a value.
    sqlite3_bind_blob64(statement, parameter, bytes->empty() ? "" : static_cast<const void*>(bytes->data()),
                        bytes->size(), SQLITE_STATIC);
  }  // what is not bound is NULL
}

/// nullopt for a floating-point number: no column and no expression of ours is one.
std::optional<Value> cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return Value{static_cast<std::int64_t>(sqlite3_column_int64(statement, column))};
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return Value{std::string{text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))}};
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
      return Value{ByteView{bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))}};
    }
    case SQLITE_NULL:
      return Value{};
    default:
      return std::nullopt;
  }
}

/// The values are bound without a copy: they go before the statement is used again.
struct Reset {
  sqlite3_stmt* statement;
  ~Reset() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

}  // namespace

void Database::Closer::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void Database::Finalizer::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() { statements_.clear(); }

expected<Database, StoreError> Database::open(const std::string& path, Mode mode) {
  if (mode == Mode::read_write && path != ":memory:") {
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
  std::string settings = "PRAGMA foreign_keys=ON; PRAGMA case_sensitive_like=ON;";
  if (mode == Mode::read_write) settings += "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
  if (auto done = database.execute(settings); !done) return unexpected(done.error());
  return database;
}

StoreError Database::failure(int code, std::string_view sql) const {
  const StoreError error = error_of(code);
  if (error == StoreError::failed || error == StoreError::damaged) {
    // The text of a statement holds no values, and SQLite's sentence names columns at most.
    io::log::error("the database says no",
                   {{"code", code}, {"reason", sqlite3_errmsg(handle_.get())}, {"statement", std::string{sql}}});
  }
  return error;
}

expected<void, StoreError> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return unexpected(failure(code, sql));
  return {};
}

bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }

expected<Rows, StoreError> Database::run(const Statement& statement) {
  auto handle = prepared(statement.sql);
  if (!handle) return unexpected(handle.error());
  sqlite3_stmt* const running = *handle;
  const Reset reset{running};
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(running)) != statement.values.size()) {
    return unexpected(failure(SQLITE_MISUSE, statement.sql));
  }
  int parameter = 0;
  for (const Value& value : statement.values) bind(running, ++parameter, value);
  const int columns = sqlite3_column_count(running);
  std::vector<Value> cells;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(running)) == SQLITE_ROW) {
    for (int column = 0; column < columns; ++column) {
      auto value = cell(running, column);
      if (!value) return unexpected(failure(SQLITE_MISMATCH, statement.sql));
      cells.push_back(std::move(*value));
    }
  }
  if (code != SQLITE_DONE) return unexpected(failure(code, statement.sql));
  const std::int64_t changes = sqlite3_stmt_readonly(running) != 0 ? 0 : sqlite3_changes64(handle_.get());
  return Rows{static_cast<std::size_t>(columns), std::move(cells), changes};
}

expected<sqlite3_stmt*, StoreError> Database::prepared(const std::string& sql) {
  if (const auto it = statements_.find(sql); it != statements_.end()) return it->second.get();
  if (statements_.size() >= most_statements) statements_.clear();
  const std::string text = sqlite_text(sql);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), text.c_str(), static_cast<int>(text.size() + 1),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return unexpected(failure(code, sql));
  if (statement == nullptr) return unexpected(failure(SQLITE_MISUSE, sql));  // nothing but a comment
  statements_[sql].reset(statement);
  return statement;
}

}  // namespace sealhall::store
