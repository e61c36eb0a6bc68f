// A small owner of SQLite: a connection, its prepared statements, rows. No exceptions; every failure is a StoreError.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/base/expected.h"
#include "store/engine.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sealhall::store {

/// One connection, used by one thread at a time.
class Database {
 public:
  enum class Mode : std::uint8_t { read_write, read_only };
  /// WAL, synchronous=FULL, foreign keys on, LIKE distinguishes case. A file that is made is readable by its owner
  /// only.
  static expected<Database, StoreError> open(const std::string& path, Mode mode);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// SQLite's own SQL, without parameters and rows, several statements with ';' between them.
  expected<void, StoreError> execute(const std::string& sql);
  /// One statement in the common SQL of store/engine.h; `none` is the caller's affair.
  expected<Rows, StoreError> run(const Statement& statement);
  /// Whether a transaction is open: some errors end it by themselves.
  [[nodiscard]] bool in_transaction() const noexcept;

 private:
  struct Closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Database(sqlite3* handle) noexcept : handle_(handle) {}
  expected<sqlite3_stmt*, StoreError> prepared(const std::string& sql);
  StoreError failure(int code, std::string_view sql) const;

  std::unique_ptr<sqlite3, Closer> handle_;
  std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Finalizer>> statements_;
};

}  // namespace sealhall::store
