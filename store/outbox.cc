#include "store/outbox.h"

#include <utility>

namespace sealhall::store {
namespace {
OutboxMail mail_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.bytes(i, 2),   rows.integer(i, 3),
          rows.time(i, 4), rows.time(i, 5), rows.boolean(i, 6), rows.text(i, 7)};
}
}  // namespace

void Outbox::put(OutboxMail m, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO mail_outbox(id, account_id, mail_sealed, attempts, not_before, created_at, "
                         "given_up, problem) VALUES($1,$2,$3,$4,$5,$6,$7,$8)",
                  .values = {std::move(m.id), std::move(m.account_id), std::move(m.mail_sealed), m.attempts,
                             m.not_before, m.created_at, m.given_up, std::move(m.problem)}}},
                only_done(std::move(done)));
}

void Outbox::due(UnixMicros now, std::uint32_t limit, Done<std::vector<OutboxMail>> done) {
  engine_.read({.sql = "SELECT id, account_id, mail_sealed, attempts, not_before, created_at, given_up, problem FROM "
                       "mail_outbox WHERE given_up=0 AND not_before<=$1 ORDER BY not_before, id LIMIT $2",
                .values = {now, limit}},
               every_row(&mail_in, std::move(done)));
}

void Outbox::next(Done<std::optional<UnixMicros>> done) {
  engine_.read({.sql = "SELECT MIN(not_before) FROM mail_outbox WHERE given_up=0"},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(rows->optional_time(0, 0));
               });
}

void Outbox::sent(std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM mail_outbox WHERE id=$1", .values = {std::move(id)}}},
                only_done(std::move(done)));
}

void Outbox::failed(std::string id, UnixMicros not_before, bool given_up, std::string problem, Done<void> done) {
  engine_.write(
      {{.sql = "UPDATE mail_outbox SET attempts=attempts+1, not_before=$2, given_up=$3, problem=$4 WHERE id=$1",
        .values = {std::move(id), not_before, given_up, std::move(problem)}}},
      only_done(std::move(done)));
}

void Outbox::counts(Done<Counts> done) {
  engine_.read({.sql = "SELECT (SELECT COUNT(*) FROM mail_outbox WHERE given_up=0), "
                       "(SELECT COUNT(*) FROM mail_outbox WHERE given_up=1)"},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(Counts{rows->integer(0, 0), rows->integer(0, 1)});
               });
}

void Outbox::prune(UnixMicros before, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM mail_outbox WHERE given_up=1 AND not_before<$1", .values = {before}}},
                only_done(std::move(done)));
}

}  // namespace sealhall::store
