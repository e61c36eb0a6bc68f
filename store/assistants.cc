#include "store/assistants.h"

#include <utility>

namespace sealhall::store {
namespace {

const std::string entry_columns = "u.id, u.login, (SELECT m.meeting_id FROM personal_meetings m WHERE m.user_id=u.id)";

Assistants::Entry entry_in(const Rows& r, std::size_t i) { return {r.text(i, 0), r.text(i, 1), r.text(i, 2)}; }

}  // namespace

void Assistants::add(std::string user_id, std::vector<std::string> assistants, UnixMicros now, Done<void> done) {
  std::vector<Statement> statements;
  for (std::string& assistant : assistants) {
    statements.push_back({.sql = "INSERT INTO assistants(user_id, assistant_id, added_at) VALUES($1, $2, $3) ON "
                                 "CONFLICT(user_id, assistant_id) DO NOTHING",
                          .values = {user_id, std::move(assistant), now}});
  }
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Assistants::remove(std::string user_id, std::string assistant_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM assistants WHERE user_id=$1 AND assistant_id=$2",
                  .values = {std::move(user_id), std::move(assistant_id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Assistants::remove_all(std::string user_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM assistants WHERE user_id=$1", .values = {std::move(user_id)}}},
                only_done(std::move(done)));
}

void Assistants::stop_assisting(std::string assistant_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM assistants WHERE assistant_id=$1", .values = {std::move(assistant_id)}}},
                only_done(std::move(done)));
}

void Assistants::of(std::string user_id, Done<std::vector<Entry>> done) {
  engine_.read({.sql = "SELECT " + entry_columns +
                       " FROM assistants a JOIN users u ON u.id=a.assistant_id WHERE a.user_id=$1 AND u.disabled=0 "
                       "ORDER BY u.login",
                .values = {std::move(user_id)}},
               every_row<Entry>(entry_in, std::move(done)));
}

void Assistants::served_by(std::string assistant_id, Done<std::vector<Entry>> done) {
  engine_.read({.sql = "SELECT " + entry_columns +
                       " FROM assistants a JOIN users u ON u.id=a.user_id WHERE a.assistant_id=$1 AND u.disabled=0 "
                       "ORDER BY u.login",
                .values = {std::move(assistant_id)}},
               every_row<Entry>(entry_in, std::move(done)));
}

void Assistants::assists(std::string assistant_id, std::string user_id, Done<bool> done) {
  engine_.read({.sql = "SELECT 1 FROM assistants a JOIN users u ON u.id=a.user_id JOIN users s ON s.id=a.assistant_id "
                       "WHERE a.assistant_id=$1 AND a.user_id=$2 AND u.account_id=s.account_id AND u.disabled=0 AND "
                       "s.disabled=0",
                .values = {std::move(assistant_id), std::move(user_id)}},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(!rows->empty());
               });
}

}  // namespace sealhall::store
