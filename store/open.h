// Opens the database that a configuration names.
#pragma once

#include <memory>
#include <string>

#include "io/net/loop.h"
#include "store/engine.h"

namespace sealhall::store {

/// `database` is the path of a SQLite file (made when missing) or the address of a PostgreSQL database
/// ("postgres://.." or "postgresql://.."); "file:PATH" names where the address stands, since one with a password should
/// not be seen in a list of processes. Brings the schema up to date; blocks meanwhile. The failure is a sentence for
/// the person who runs the server.
expected<std::unique_ptr<Engine>, std::string> open_engine(io::Loop& loop, const std::string& database);

/// For exports: with PostgreSQL one that reads as of one moment while others write, and writes nothing itself.
expected<std::unique_ptr<Engine>, std::string> open_snapshot(io::Loop& loop, const std::string& database);

/// Whether `database` can be reached and read; changes nothing. "" or a sentence for the person who runs the server.
std::string try_database(const std::string& database);
/// Whether that is the address of a PostgreSQL database, or a file that holds one.
bool is_postgres(const std::string& database);

}  // namespace sealhall::store
