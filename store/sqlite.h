// A small owner of SQLite: connections, cached statements, rows. No exceptions; every failure is a StoreError.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"
#include "store/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sealhall::store {

/// A running statement. Reset when it goes, so that it can be used again; read rows with `next`.
class Query {
 public:
  explicit Query(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  /// Steps to the next row. false: no more rows.
  expected<bool, StoreError> next();

  // Columns of the current row, from 0.
  [[nodiscard]] std::int64_t integer(int column) const noexcept;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] bool is_null(int column) const noexcept;
  [[nodiscard]] UnixMicros time(int column) const noexcept { return UnixMicros{integer(column)}; }

  // Parameters, from 1. Text and bytes are copied.
  void bind(int parameter, std::int64_t value) noexcept;
  void bind(int parameter, bool value) noexcept { bind(parameter, std::int64_t{value ? 1 : 0}); }
  void bind(int parameter, UnixMicros value) noexcept { bind(parameter, static_cast<std::int64_t>(value)); }
  void bind(int parameter, std::string_view value) noexcept;
  void bind(int parameter, const std::string& value) noexcept { bind(parameter, std::string_view{value}); }
  void bind(int parameter, const char* value) noexcept { bind(parameter, std::string_view{value}); }
  void bind(int parameter, ByteView value) noexcept;
  template <class T>
  void bind(int parameter, const std::optional<T>& value) noexcept {
    if (value) bind(parameter, *value);  // unbound parameters are NULL
  }

 private:
  sqlite3_stmt* statement_;
};

/// One connection, used by one thread at a time.
class Database {
 public:
  enum class Mode : std::uint8_t { read_write, read_only };
  /// WAL, synchronous=FULL, foreign keys on. A file that is made is readable by its owner only.
  static expected<Database, StoreError> open(const std::string& path, Mode mode);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// Statements without parameters and rows, several with ';' between them.
  expected<void, StoreError> execute(const char* sql);
  /// A cached statement with its parameters bound. `sql` must be a literal or live as long.
  template <class... Values>
  expected<Query, StoreError> query(std::string_view sql, const Values&... values) {
    auto statement = prepared(sql);
    if (!statement) return unexpected(statement.error());
    Query query{*statement};
    int parameter = 0;
    (query.bind(++parameter, values), ...);
    return query;
  }
  /// `query` for statements without rows; gives the number of rows that changed.
  template <class... Values>
  expected<std::int64_t, StoreError> run(std::string_view sql, const Values&... values) {
    auto running = query(sql, values...);
    if (!running) return unexpected(running.error());
    if (auto stepped = running->next(); !stepped) return unexpected(stepped.error());
    return changes();
  }
  [[nodiscard]] std::int64_t changes() const noexcept;

 private:
  struct Closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Database(sqlite3* handle) noexcept : handle_(handle) {}
  expected<sqlite3_stmt*, StoreError> prepared(std::string_view sql);

  std::unique_ptr<sqlite3, Closer> handle_;
  std::unordered_map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalizer>> statements_;
};

}  // namespace sealhall::store
