#include "store/logs.h"

#include <utility>

namespace sealhall::store {

void Logs::accounts(Done<std::vector<std::string>> done) {
  engine_.read({.sql = "SELECT id FROM accounts ORDER BY id"},
               every_row([](const Rows& rows, std::size_t i) { return rows.text(i, 0); }, std::move(done)));
}

void Logs::prune(std::string account_id, UnixMicros before, Done<void> done) {
  engine_.write(
      {{.sql = "DELETE FROM sign_ins WHERE account_id=$1 AND at<$2", .values = {account_id, before}},
       {.sql = "DELETE FROM operations WHERE account_id=$1 AND at<$2", .values = {account_id, before}},
       {.sql = "DELETE FROM invitations WHERE account_id=$1 AND expires_at<$2", .values = {account_id, before}}},
      only_done(std::move(done)));
}

}  // namespace sealhall::store
