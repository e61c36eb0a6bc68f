#include "store/data_keys.h"

#include <utility>

namespace sealhall::store {
namespace {

const std::string columns =
    "id, account_id, scope, sealing, reserved, wrapping_key, wrapping_version, wrapped, created_at";

DataKey key_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1),    rows.text(i, 2),  rows.boolean(i, 3), rows.integer(i, 4),
          rows.text(i, 5), rows.integer(i, 6), rows.bytes(i, 7), rows.time(i, 8)};
}

}  // namespace

void DataKeys::add(DataKey key, Done<void> done) {
  engine_.write(
      {{.sql = "INSERT INTO data_keys(" + columns + ") VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        .values = {std::move(key.id), std::move(key.account_id), std::move(key.scope), key.sealing, key.reserved,
                   std::move(key.wrapping_key), key.wrapping_version, std::move(key.wrapped), key.created_at}}},
      only_done(std::move(done)));
}

void DataKeys::get(const std::string& id, Done<std::optional<DataKey>> done) {
  engine_.read({.sql = "SELECT " + columns + " FROM data_keys WHERE id=$1", .values = {id}},
               first_row(&key_in, std::move(done)));
}

void DataKeys::sealing_key(const std::string& account_id, const std::string& scope, Done<std::optional<DataKey>> done) {
  engine_.read({.sql = "SELECT " + columns +
                       " FROM data_keys WHERE account_id=$1 AND scope=$2 AND sealing=1 "
                       "ORDER BY created_at DESC, id LIMIT 1",
                .values = {account_id, scope}},
               first_row(&key_in, std::move(done)));
}

void DataKeys::reserve(const std::string& id, std::int64_t count, Done<std::int64_t> done) {
  engine_.write({{.sql = "UPDATE data_keys SET reserved=reserved+$1 WHERE id=$2 RETURNING reserved",
                  .values = {count, id},
                  .none = StoreError::not_found}},
                [done = std::move(done)](expected<std::vector<Rows>, StoreError> rows) mutable {
                  if (!rows) return done(unexpected(rows.error()));
                  done(rows->at(0).integer(0, 0));
                });
}

void DataKeys::of_scope(const std::string& account_id, const std::string& scope, Done<std::vector<DataKey>> done) {
  engine_.read({.sql = "SELECT " + columns + " FROM data_keys WHERE account_id=$1 AND scope=$2 ORDER BY id",
                .values = {account_id, scope}},
               every_row(&key_in, std::move(done)));
}

void DataKeys::remove_scope(const std::string& account_id, const std::string& scope, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM data_keys WHERE account_id=$1 AND scope=$2", .values = {account_id, scope}}},
                only_done(std::move(done)));
}

void DataKeys::counts(Done<std::vector<WrappingCount>> done) {
  engine_.read(
      {.sql = "SELECT wrapping_key, wrapping_version, COUNT(*) FROM data_keys "
              "GROUP BY wrapping_key, wrapping_version ORDER BY wrapping_key, wrapping_version"},
      every_row([](const Rows& rows,
                   std::size_t i) { return WrappingCount{rows.text(i, 0), rows.integer(i, 1), rows.integer(i, 2)}; },
                std::move(done)));
}

void DataKeys::older_than(const std::string& wrapping_key, std::int64_t version, const std::string& after,
                          std::uint32_t limit, Done<std::vector<DataKey>> done) {
  engine_.read({.sql = "SELECT " + columns +
                       " FROM data_keys WHERE wrapping_key=$1 AND wrapping_version<$2 AND id>$3 ORDER BY id LIMIT $4",
                .values = {wrapping_key, version, after, limit}},
               every_row(&key_in, std::move(done)));
}

void DataKeys::rewrap(std::vector<Rewrapped> keys, Done<void> done) {
  std::vector<Statement> statements;
  for (Rewrapped& key : keys) {
    statements.push_back(
        {.sql = "UPDATE data_keys SET wrapped=$1, wrapping_version=$2 WHERE id=$3 AND wrapped=$4",
         .values = {std::move(key.after), key.wrapping_version, std::move(key.id), std::move(key.before)}});
  }
  if (statements.empty()) return done({});
  engine_.write(std::move(statements), only_done(std::move(done)));
}

}  // namespace sealhall::store
