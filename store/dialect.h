// The few places where the two engines do not read the same SQL, and what neither may be given.
#pragma once

#include <string>
#include <string_view>

#include "store/engine.h"

namespace sealhall::store {

/// `{bytes}` becomes BLOB, `$n` becomes `?n` (SQLite numbers `$n` by where it first stands). Quoted text and comments
/// stay as they are.
std::string sqlite_text(std::string_view sql);

/// `{bytes}` becomes BYTEA.
std::string postgres_text(std::string_view sql);
/// For schema steps: also TEXT becomes `TEXT COLLATE "C"`, so that text compares by bytes whatever the database's
/// locale is.
std::string postgres_schema_text(std::string_view sql);

/// Valid UTF-8 (no surrogates, nothing overlong) without zero bytes: what both engines keep unchanged.
bool is_storable_text(std::string_view text) noexcept;
/// Whether every text among the statement's values is.
bool has_storable_values(const Statement& statement) noexcept;

}  // namespace sealhall::store
