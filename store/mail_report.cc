// Tested in server/keys/keys_test.cc
#include "store/mail_report.h"

#include <utility>

namespace sealhall::store {
namespace {

constexpr std::string_view count =
    "SELECT (SELECT COUNT(*) FROM mail_outbox WHERE given_up=0), "
    "(SELECT COUNT(*) FROM mail_outbox WHERE given_up=0 AND attempts>0), "
    "(SELECT COUNT(*) FROM mail_outbox WHERE given_up=1), "
    "(SELECT MIN(created_at) FROM mail_outbox WHERE given_up=0)";
constexpr std::string_view newest_problem =
    "SELECT problem FROM mail_outbox WHERE problem<>'' ORDER BY not_before DESC LIMIT 1";

MailReport report_of(const Rows& counts, const Rows& newest) {
  return {counts.integer(0, 0), counts.integer(0, 1), counts.integer(0, 2), counts.optional_time(0, 3),
          newest.empty() ? "" : newest.text(0, 0)};
}

}  // namespace

void mail_report(Engine& engine, Done<MailReport> done) {
  engine.read({.sql = std::string{count}}, [&engine, done = std::move(done)](auto counts) mutable {
    if (!counts) return done(unexpected(counts.error()));
    engine.read({.sql = std::string{newest_problem}},
                [counts = std::move(*counts), done = std::move(done)](auto newest) mutable {
                  if (!newest) return done(unexpected(newest.error()));
                  done(report_of(counts, *newest));
                });
  });
}

expected<std::optional<MailReport>, StoreError> mail_report(Database& database) {
  const auto table = database.run({"SELECT 1 FROM sqlite_schema WHERE type='table' AND name='mail_outbox'"});
  if (!table) return unexpected(table.error());
  if (table->empty()) return std::optional<MailReport>{};
  const auto counts = database.run({std::string{count}});
  if (!counts) return unexpected(counts.error());
  const auto newest = database.run({std::string{newest_problem}});
  if (!newest) return unexpected(newest.error());
  return std::optional{report_of(*counts, *newest)};
}

}  // namespace sealhall::store
