#include "store/migrations.h"

#include <algorithm>
#include <array>

#include "store/dialect.h"
#include "store/schema/abuse_reports.h"
#include "store/schema/accounts.h"
#include "store/schema/activity.h"
#include "store/schema/applications.h"
#include "store/schema/assistants.h"
#include "store/schema/bbb.h"
#include "store/schema/branding.h"
#include "store/schema/data_keys.h"
#include "store/schema/first.h"
#include "store/schema/guest_links.h"
#include "store/schema/history.h"
#include "store/schema/identity.h"
#include "store/schema/profiles.h"
#include "store/schema/quality.h"
#include "store/schema/recording_archive.h"
#include "store/schema/recordings.h"
#include "store/schema/restricted_sessions.h"
#include "store/schema/schedule.h"
#include "store/schema/webhooks.h"
#include "store/sqlite.h"

namespace sealhall::store {
namespace {

// Append only.
constexpr std::array steps{
    schema::first,        schema::accounts,           schema::webhooks,
    schema::recordings,   schema::schedule,           schema::bbb,
    schema::activity,     schema::data_keys,          schema::identity,
    schema::applications, schema::profiles,           schema::history,
    schema::bbb_ready,    schema::recording_settings, schema::restricted_sessions,
    schema::guest_links,  schema::abuse_reports,      schema::recording_archive,
    schema::quality,      schema::assistants,         schema::recording_file_trash,
    schema::branding,     schema::recording_viewers,
};

/// Versions before named steps counted in `user_version`, and only ever wrote 1. They refuse what is greater.
constexpr std::int64_t version_of_first = 1;
constexpr const char* mark_named_steps = "PRAGMA user_version=2";

expected<std::vector<std::string>, StoreError> applied_steps(Database& database) {
  auto version = database.run({"PRAGMA user_version"});
  if (!version) return unexpected(version.error());
  auto table = database.run({"SELECT 1 FROM sqlite_schema WHERE type='table' AND name='schema_steps'"});
  if (!table) return unexpected(table.error());
  if (table->empty()) {
    const std::int64_t counted = version->integer(0, 0);
    if (counted > version_of_first) return unexpected(StoreError::too_new);
    std::string script = "BEGIN IMMEDIATE; CREATE TABLE schema_steps(name TEXT PRIMARY KEY);";
    if (counted == version_of_first) script += "INSERT INTO schema_steps(name) VALUES('first');";
    script += mark_named_steps;
    script += "; COMMIT;";
    if (auto made = database.execute(script); !made) {
      static_cast<void>(database.execute("ROLLBACK"));
      return unexpected(made.error());
    }
  }
  auto names = database.run({"SELECT name FROM schema_steps"});
  if (!names) return unexpected(names.error());
  std::vector<std::string> applied;
  for (std::size_t i = 0; i < names->size(); ++i) applied.push_back(names->text(i, 0));
  return applied;
}

expected<void, StoreError> apply(Database& database, const SchemaStep& step) {
  std::string script = "BEGIN IMMEDIATE;" + sqlite_text(step.sql);
  script += ";INSERT INTO schema_steps(name) VALUES('" + std::string{step.name} + "');";
  auto done = database.execute(script);
  if (done) {
    auto lost = database.run({"PRAGMA foreign_key_check"});
    if (lost && !lost->empty()) lost = unexpected(StoreError::damaged);
    done = lost ? database.execute("COMMIT") : unexpected(lost.error());
  }
  if (!done) static_cast<void>(database.execute("ROLLBACK"));
  return done;
}

}  // namespace

std::span<const SchemaStep> schema_steps() noexcept { return steps; }

expected<std::vector<SchemaStep>, StoreError> steps_to_do(const std::vector<std::string>& applied) {
  for (const std::string& name : applied) {
    if (std::ranges::none_of(steps, [&](const SchemaStep& s) { return s.name == name; })) {
      return unexpected(StoreError::too_new);
    }
  }
  std::vector<SchemaStep> missing;
  for (const SchemaStep& step : steps) {
    if (std::ranges::find(applied, step.name) == applied.end()) missing.push_back(step);
  }
  return missing;
}

expected<void, StoreError> migrate(Database& database) {
  auto applied = applied_steps(database);
  if (!applied) return unexpected(applied.error());
  auto missing = steps_to_do(*applied);
  if (!missing) return unexpected(missing.error());
  if (missing->empty()) return {};
  // Off while tables change (SQLite adds no referencing column otherwise); every step ends with a check of all rows.
  if (auto off = database.execute("PRAGMA foreign_keys=OFF"); !off) return off;
  expected<void, StoreError> done;
  for (const SchemaStep& step : *missing) {
    done = apply(database, step);
    if (!done) break;
  }
  if (auto on = database.execute("PRAGMA foreign_keys=ON"); !on) return on;
  return done;
}

}  // namespace sealhall::store
