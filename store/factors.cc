#include "store/factors.h"

#include <utility>

namespace sealhall::store {
namespace {

const std::string passkey_columns =
    "credential_id, user_id, algorithm, public_key, sign_count, backed_up, name, created_at, last_used_at";
Passkey passkey_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0),
          rows.text(i, 1),
          rows.integer(i, 2),
          rows.bytes(i, 3),
          static_cast<std::uint32_t>(rows.integer(i, 4)),
          rows.boolean(i, 5),
          rows.text(i, 6),
          rows.time(i, 7),
          rows.optional_time(i, 8)};
}
TotpFactor totp_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.bytes(i, 1), rows.boolean(i, 2), rows.integer(i, 3), rows.time(i, 4)};
}

void put_codes(std::vector<Statement>& statements, const std::string& user_id, std::vector<std::string> hashes) {
  statements.push_back({.sql = "DELETE FROM recovery_codes WHERE user_id=$1", .values = {user_id}});
  for (std::string& hash : hashes) {
    statements.push_back(
        {.sql = "INSERT INTO recovery_codes(user_id, code_hash) VALUES($1,$2)", .values = {user_id, std::move(hash)}});
  }
}

}  // namespace

void Factors::begin_totp(TotpFactor factor, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM user_totp WHERE user_id=$1 AND confirmed=0", .values = {factor.user_id}},
                 {.sql = "INSERT INTO user_totp(user_id, secret_sealed, confirmed, last_step, created_at) "
                         "VALUES($1,$2,0,0,$3)",
                  .values = {factor.user_id, std::move(factor.secret_sealed), factor.created_at}}},
                only_done(std::move(done)));
}

void Factors::confirm_totp(std::string user_id, std::int64_t step, std::vector<std::string> code_hashes,
                           Done<void> done) {
  std::vector<Statement> statements{
      {.sql = "UPDATE user_totp SET confirmed=1, last_step=$2 WHERE user_id=$1 AND confirmed=0",
       .values = {user_id, step},
       .none = StoreError::not_valid}};
  put_codes(statements, user_id, std::move(code_hashes));
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Factors::totp(std::string user_id, Done<std::optional<TotpFactor>> done) {
  engine_.read(
      {.sql = "SELECT user_id, secret_sealed, confirmed, last_step, created_at FROM user_totp WHERE user_id=$1",
       .values = {std::move(user_id)}},
      first_row(&totp_in, std::move(done)));
}

void Factors::use_totp(std::string user_id, std::int64_t step, Done<void> done) {
  engine_.write({{.sql = "UPDATE user_totp SET last_step=$2 WHERE user_id=$1 AND confirmed=1 AND last_step<$2",
                  .values = {std::move(user_id), step},
                  .none = StoreError::not_valid}},
                only_done(std::move(done)));
}

void Factors::remove_totp(std::string user_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM user_totp WHERE user_id=$1", .values = {user_id}},
                 {.sql = "DELETE FROM recovery_codes WHERE user_id=$1", .values = {user_id}}},
                only_done(std::move(done)));
}

void Factors::reset(std::string user_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM user_totp WHERE user_id=$1", .values = {user_id}},
                 {.sql = "DELETE FROM recovery_codes WHERE user_id=$1", .values = {user_id}},
                 {.sql = "DELETE FROM passkeys WHERE user_id=$1", .values = {user_id}},
                 {.sql = "DELETE FROM known_devices WHERE user_id=$1", .values = {user_id}}},
                only_done(std::move(done)));
}

void Factors::set_recovery_codes(std::string user_id, std::vector<std::string> code_hashes, Done<void> done) {
  std::vector<Statement> statements;
  put_codes(statements, user_id, std::move(code_hashes));
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Factors::use_recovery_code(std::string user_id, std::string code_hash, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM recovery_codes WHERE user_id=$1 AND code_hash=$2",
                  .values = {std::move(user_id), std::move(code_hash)},
                  .none = StoreError::not_valid}},
                only_done(std::move(done)));
}

void Factors::recovery_codes_left(std::string user_id, Done<std::int64_t> done) {
  engine_.read({.sql = "SELECT COUNT(*) FROM recovery_codes WHERE user_id=$1", .values = {std::move(user_id)}},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(rows->integer(0, 0));
               });
}

void Factors::add_passkey(Passkey p, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO passkeys(credential_id, user_id, algorithm, public_key, sign_count, backed_up, "
                         "name, created_at) VALUES($1,$2,$3,$4,$5,$6,$7,$8)",
                  .values = {std::move(p.credential_id), std::move(p.user_id), p.algorithm, std::move(p.public_key),
                             p.sign_count, p.backed_up, std::move(p.name), p.created_at}}},
                only_done(std::move(done)));
}

void Factors::passkey(std::string credential_id, Done<std::optional<Passkey>> done) {
  engine_.read({.sql = "SELECT " + passkey_columns + " FROM passkeys WHERE credential_id=$1",
                .values = {std::move(credential_id)}},
               first_row(&passkey_in, std::move(done)));
}

void Factors::passkeys_of(std::string user_id, Done<std::vector<Passkey>> done) {
  engine_.read(
      {.sql = "SELECT " + passkey_columns + " FROM passkeys WHERE user_id=$1 ORDER BY created_at, credential_id",
       .values = {std::move(user_id)}},
      every_row(&passkey_in, std::move(done)));
}

void Factors::use_passkey(std::string credential_id, std::uint32_t was, std::uint32_t is, bool backed_up,
                          UnixMicros now, Done<void> done) {
  engine_.write({{.sql = "UPDATE passkeys SET sign_count=$3, backed_up=$4, last_used_at=$5 "
                         "WHERE credential_id=$1 AND sign_count=$2",
                  .values = {std::move(credential_id), was, is, backed_up, now},
                  .none = StoreError::not_valid}},
                only_done(std::move(done)));
}

void Factors::remove_passkey(std::string user_id, std::string credential_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM passkeys WHERE user_id=$1 AND credential_id=$2",
                  .values = {std::move(user_id), std::move(credential_id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Factors::add_identity(std::string provider, std::string subject, std::string user_id, UnixMicros now,
                           Done<void> done) {
  engine_.write({{.sql = "INSERT INTO provider_identities(provider, subject, user_id, created_at) VALUES($1,$2,$3,$4)",
                  .values = {std::move(provider), std::move(subject), std::move(user_id), now}}},
                only_done(std::move(done)));
}

void Factors::user_of_identity(std::string provider, std::string subject, Done<std::optional<std::string>> done) {
  engine_.read(
      {.sql = "SELECT user_id FROM provider_identities WHERE provider=$1 AND subject=$2",
       .values = {std::move(provider), std::move(subject)}},
      first_row<std::string>([](const Rows& rows, std::size_t i) { return rows.text(i, 0); }, std::move(done)));
}

}  // namespace sealhall::store
