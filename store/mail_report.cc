// Tested in server/keys/keys_test.cc
#include "store/mail_report.h"

namespace sealhall::store {

expected<std::optional<MailReport>, StoreError> mail_report(Database& database) {
  const auto table = database.run({"SELECT 1 FROM sqlite_schema WHERE type='table' AND name='mail_outbox'"});
  if (!table) return unexpected(table.error());
  if (table->empty()) return std::optional<MailReport>{};
  const auto counts =
      database.run({"SELECT (SELECT COUNT(*) FROM mail_outbox WHERE given_up=0), "
                    "(SELECT COUNT(*) FROM mail_outbox WHERE given_up=0 AND attempts>0), "
                    "(SELECT COUNT(*) FROM mail_outbox WHERE given_up=1), "
                    "(SELECT MIN(created_at) FROM mail_outbox WHERE given_up=0)"});
  if (!counts) return unexpected(counts.error());
  const auto newest =
      database.run({"SELECT problem FROM mail_outbox WHERE problem<>'' ORDER BY not_before DESC LIMIT 1"});
  if (!newest) return unexpected(newest.error());
  return std::optional{MailReport{counts->integer(0, 0), counts->integer(0, 1), counts->integer(0, 2),
                                  counts->optional_time(0, 3), newest->empty() ? "" : newest->text(0, 0)}};
}

}  // namespace sealhall::store
