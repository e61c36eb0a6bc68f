// The seam between what the store knows (repositories, SQL) and where it is kept (SQLite or PostgreSQL).
//
// One SQL text a query, for both engines. What both understand and mean alike, and what repositories keep to:
// - Parameters are `$1` .. `$n`, each may stand several times. Types: BIGINT (also 0/1 and UnixMicros), TEXT, and
//   `{bytes}`, which becomes BLOB or BYTEA, in queries as in schema steps. No REAL, no BOOLEAN columns: `disabled=1`.
// - `INSERT .. ON CONFLICT .. DO NOTHING | DO UPDATE`, `RETURNING`, `IS NOT DISTINCT FROM`, CTEs, window functions.
//   No `INSERT OR ..`, `rowid`, AUTOINCREMENT, SERIAL, `::type`, now(), random(): time and chance are parameters.
// - A parameter has the type of its value. One that may be NULL where nothing else shows its type needs a cast:
//   `CAST($3 AS BIGINT) IS NULL OR x=$3`.
// - `CAST(SUM(x) AS BIGINT)`: a sum is NUMERIC in PostgreSQL. `ORDER BY x NULLS LAST` where x may be NULL. Every
// listing
//   has a total order (end with the key). LIKE distinguishes case (use lower()) and names its ESCAPE '!'.
// - Columns of text compare by bytes (the C collation), and lower() of a column knows ASCII only.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/base/expected.h"
#include "core/base/time.h"
#include "store/error.h"

namespace sealhall::store {

template <class T>
using Done = std::move_only_function<void(expected<T, StoreError>)>;

/// One cell or parameter: NULL, a number, text (valid UTF-8 without zero bytes), or bytes. Made implicitly from what
/// repositories hold, so that `.values = {user.id, user.created_at, user.disabled, meeting.passcode}` reads well.
class Value : public std::variant<std::nullptr_t, std::int64_t, std::string, Bytes> {
 public:
  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}
  template <std::integral T>  // bool becomes 0 or 1
  Value(T number) noexcept : variant(static_cast<std::int64_t>(number)) {}
  Value(UnixMicros time) noexcept : variant(static_cast<std::int64_t>(time)) {}
  Value(std::string text) noexcept : variant(std::move(text)) {}
  Value(std::string_view text) : variant(std::string{text}) {}
  Value(const char* text) : variant(std::string{text}) {}
  Value(Bytes bytes) noexcept : variant(std::move(bytes)) {}
  Value(ByteView bytes) : variant(Bytes{bytes.begin(), bytes.end()}) {}
  template <class T>  // nullopt becomes NULL
  Value(std::optional<T> value) : Value(value ? Value{std::move(*value)} : Value{nullptr}) {}
};

/// One SQL statement with its parameters. Statements are prepared once a connection and found again by their text, so
/// the text should be one of few.
struct Statement {
  std::string sql;
  std::vector<Value> values{};
  /// When the statement neither returned nor changed a row, the whole transaction undoes itself with this error. For
  /// "change it if it is still so, else .."; later statements of the transaction have no effect then.
  std::optional<StoreError> none{};
};

/// What a statement gave: its rows, read by number from 0, and how many rows it inserted, updated or deleted itself
/// (without what a foreign key's CASCADE did). Reading a cell as what it is not, or outside, is our own bug and stops
/// the process; NULL reads as 0, "" or no bytes.
class Rows {
 public:
  Rows() = default;
  /// Row after row; `cells.size()` is a multiple of `columns`. For engines and their stand-ins.
  Rows(std::size_t columns, std::vector<Value> cells, std::int64_t changes) noexcept
      : columns_(columns), cells_(std::move(cells)), changes_(changes) {}

  [[nodiscard]] std::size_t size() const noexcept { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  [[nodiscard]] bool empty() const noexcept { return cells_.empty(); }
  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::int64_t changes() const noexcept { return changes_; }

  [[nodiscard]] const Value& at(std::size_t row, std::size_t column) const {
    SEALHALL_CHECK(row < size() && column < columns_);
    return cells_[row * columns_ + column];
  }
  [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const {
    return std::holds_alternative<std::nullptr_t>(at(row, column));
  }
  [[nodiscard]] std::int64_t integer(std::size_t row, std::size_t column) const {
    return is_null(row, column) ? 0 : as<std::int64_t>(row, column);
  }
  [[nodiscard]] bool boolean(std::size_t row, std::size_t column) const { return integer(row, column) != 0; }
  [[nodiscard]] UnixMicros time(std::size_t row, std::size_t column) const { return UnixMicros{integer(row, column)}; }
  [[nodiscard]] std::string text(std::size_t row, std::size_t column) const {
    return is_null(row, column) ? std::string{} : as<std::string>(row, column);
  }
  [[nodiscard]] Bytes bytes(std::size_t row, std::size_t column) const {
    return is_null(row, column) ? Bytes{} : as<Bytes>(row, column);
  }
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::size_t row, std::size_t column) const {
    return maybe<std::int64_t>(row, column);
  }
  [[nodiscard]] std::optional<UnixMicros> optional_time(std::size_t row, std::size_t column) const {
    if (is_null(row, column)) return std::nullopt;
    return time(row, column);
  }
  [[nodiscard]] std::optional<std::string> optional_text(std::size_t row, std::size_t column) const {
    return maybe<std::string>(row, column);
  }
  [[nodiscard]] std::optional<Bytes> optional_bytes(std::size_t row, std::size_t column) const {
    return maybe<Bytes>(row, column);
  }

 private:
  template <class T>
  const T& as(std::size_t row, std::size_t column) const {
    const T* cell = std::get_if<T>(&at(row, column));
    SEALHALL_CHECK(cell != nullptr);
    return *cell;
  }
  template <class T>
  std::optional<T> maybe(std::size_t row, std::size_t column) const {
    if (is_null(row, column)) return std::nullopt;
    return as<T>(row, column);
  }

  std::size_t columns_ = 0;
  std::vector<Value> cells_;
  std::int64_t changes_ = 0;
};

/// A database. Used on the loop's thread only; every callback comes on it, some before the call has returned, each
/// exactly once unless the engine is destroyed first (then: not at all, or with `stopped`).
///
/// Errors of both calls: taken (a UNIQUE or PRIMARY KEY says no), not_found (a foreign key points nowhere), bad_text,
/// busy, full, damaged, failed, stopped, and with a database across a network unavailable and uncertain (see error.h).
class Engine {
 public:
  virtual ~Engine() = default;

  /// One SELECT. It sees every write that was acknowledged before the call, and no half of a transaction.
  virtual void read(Statement statement, Done<Rows> done) = 0;

  /// One transaction: all statements in order or, on an error, none of them. Acknowledged when it survives a power cut.
  /// Writes take effect in the order of the calls, also without waiting for the one before. Gives one `Rows` a
  /// statement.
  virtual void write(std::vector<Statement> statements, Done<std::vector<Rows>> done) = 0;

  /// What the disk said to the newest write that reached it: full, failed or damaged; nullopt when it was well. `probe`
  /// writes a row, so that it is found out when it is well again.
  [[nodiscard]] virtual std::optional<StoreError> trouble() const noexcept { return std::nullopt; }
  void probe(UnixMicros now, Done<void> done);
};

/// Writes that wait for their turn; one more is refused as busy. About as many as a slow disk takes in a minute.
inline constexpr std::size_t most_waiting = 100'000;

/// `make(rows, i)` of the first row, nullopt without rows: `engine.read(.., first_row(&user_in, std::move(done)))`.
template <class T, class Make>
Done<Rows> first_row(Make make, Done<std::optional<T>> done) {
  return [make = std::move(make), done = std::move(done)](expected<Rows, StoreError> rows) mutable {
    if (!rows) return done(unexpected(rows.error()));
    if (rows->empty()) return done(std::optional<T>{});
    done(std::optional<T>{make(*rows, std::size_t{0})});
  };
}

/// `make(rows, i)` of every row.
template <class T, class Make>
Done<Rows> every_row(Make make, Done<std::vector<T>> done) {
  return [make = std::move(make), done = std::move(done)](expected<Rows, StoreError> rows) mutable {
    if (!rows) return done(unexpected(rows.error()));
    std::vector<T> all;
    all.reserve(rows->size());
    for (std::size_t i = 0; i < rows->size(); ++i) all.push_back(make(*rows, i));
    done(std::move(all));
  };
}

/// For a write of which only the success counts.
inline Done<std::vector<Rows>> only_done(Done<void> done) {
  return [done = std::move(done)](expected<std::vector<Rows>, StoreError> rows) mutable {
    if (!rows) return done(unexpected(rows.error()));
    done({});
  };
}

inline void Engine::probe(UnixMicros now, Done<void> done) {
  write({{.sql = "INSERT INTO write_probe(id, at) VALUES(1,$1) ON CONFLICT (id) DO UPDATE SET at=excluded.at",
          .values = {now}}},
        only_done(std::move(done)));
}

}  // namespace sealhall::store
