// What of the mail waits and what was given up, for whoever looks at a database file without its server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/engine.h"
#include "store/sqlite.h"

namespace sealhall::store {

struct MailReport {
  std::int64_t waiting = 0;   ///< tried at least once in vain, or not yet
  std::int64_t troubled = 0;  ///< of those: tried in vain
  std::int64_t given_up = 0;
  std::optional<UnixMicros> oldest{};  ///< since when the oldest waits
  std::string problem{};               ///< of the newest attempt that failed: a word
};
/// nullopt: the database is older than the outbox.
expected<std::optional<MailReport>, StoreError> mail_report(Database& database);
/// The same of the database that a server has open.
void mail_report(Engine& engine, Done<MailReport> done);

}  // namespace sealhall::store
