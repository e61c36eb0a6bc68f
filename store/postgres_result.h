// What PostgreSQL answers, in the store's words: rows and errors.
#pragma once

#include <libpq-fe.h>

#include <optional>
#include <string_view>

#include "store/engine.h"

namespace sealhall::store {

/// Why a statement did not do its work.
struct PostgresFailure {
  enum class Kind : std::uint8_t {
    error,    ///< the database said no: `error` says why
    skipped,  ///< an earlier statement of the same group failed
    again,    ///< a deadlock or a conflict of transactions: undone, and may go well the next time
    lost,     ///< the connection broke, or is of no use any more
  };
  Kind kind = Kind::error;
  StoreError error = StoreError::failed;
};

/// The type by which a parameter is sent; 0 for NULL: what the statement makes of it.
Oid type_of(const Value& value) noexcept;

/// SQLSTATE (five characters) as a failure. `kind` is never skipped.
PostgresFailure failure_of(std::string_view sqlstate) noexcept;

/// The rows of a result in the binary format. nullopt when a column has a type that no column of ours has (see the
/// rules in engine.h: a cast is missing), or a cell is not as its type says.
std::optional<Rows> rows_of(const PGresult& result);

}  // namespace sealhall::store
