// Everything of a database into a file, and back into any database: how an installation moves between the engines.
#pragma once

#include <string>
#include <vector>

#include "io/net/loop.h"
#include "store/engine.h"
#include "store/export_file.h"

namespace sealhall::store {

struct TransferredTable {
  std::string name;
  std::uint64_t rows = 0;
  RowsHash hash{};
  bool operator==(const TransferredTable&) const = default;
};
/// In the order of the file. The same for every database that holds the same rows.
using TransferReport = std::vector<TransferredTable>;

/// What `engine` holds, without writing it. These three run the loop until they are done; failures are sentences.
expected<TransferReport, std::string> describe(io::Loop& loop, Engine& engine);

/// Writes everything to the file `path` (mode 0600; it holds password hashes). Refuses when the database was changed
/// meanwhile: stop the server first.
expected<TransferReport, std::string> export_to(io::Loop& loop, Engine& engine, const std::string& path);

/// Reads such a file into `engine`, which must be up to date and without users; what set-up wrote is replaced. At the
/// end counts and hashes of all tables are compared with the file's. After a failure the database is to be made anew.
expected<TransferReport, std::string> import_from(io::Loop& loop, Engine& engine, const std::string& path);

}  // namespace sealhall::store
