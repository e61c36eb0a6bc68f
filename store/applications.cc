#include "store/applications.h"

#include <utility>

namespace sealhall::store {
namespace {

const std::string application_columns =
    "id, account_id, owner_id, name, for_people, secret_hash, redirect_uris, scopes, permissions, disabled, created_at";
const std::string token_columns =
    "token_hash, kind, grant_id, client_id, user_id, scopes, used, created_at, expires_at";

Application application_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),    rows.text(i, 3),    rows.boolean(i, 4), rows.text(i, 5),
          rows.text(i, 6), rows.text(i, 7), rows.integer(i, 8), rows.boolean(i, 9), rows.time(i, 10)};
}
OAuthCode code_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),    rows.text(i, 3), rows.text(i, 4),
          rows.text(i, 5), rows.text(i, 6), rows.boolean(i, 7), rows.time(i, 8)};
}
OAuthToken token_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0),          rows.text(i, 1) == "refresh" ? OAuthToken::Kind::refresh : OAuthToken::Kind::access,
          rows.text(i, 2),          rows.text(i, 3),
          rows.optional_text(i, 4), rows.text(i, 5),
          rows.boolean(i, 6),       rows.time(i, 7),
          rows.time(i, 8)};
}

Statement insert_of(OAuthToken token) {
  return {.sql = "INSERT INTO oauth_tokens(" + token_columns + ") VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)",
          .values = {std::move(token.token_hash), token.kind == OAuthToken::Kind::refresh ? "refresh" : "access",
                     std::move(token.grant_id), std::move(token.client_id), std::move(token.user_id),
                     std::move(token.scopes), token.used, token.created_at, token.expires_at}};
}
void append(std::vector<Statement>& statements, std::vector<OAuthToken> tokens) {
  for (OAuthToken& token : tokens) statements.push_back(insert_of(std::move(token)));
}

}  // namespace

void Applications::add(Application a, Done<void> done) {
  engine_.write(
      {{.sql = "INSERT INTO applications(" + application_columns + ") VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        .values = {std::move(a.id), std::move(a.account_id), std::move(a.owner_id), std::move(a.name), a.for_people,
                   std::move(a.secret_hash), std::move(a.redirect_uris), std::move(a.scopes), a.permissions, a.disabled,
                   a.created_at}}},
      only_done(std::move(done)));
}

void Applications::change(Application a, Done<void> done) {
  std::vector<Statement> statements{
      {.sql = "UPDATE applications SET name=$3, secret_hash=$4, redirect_uris=$5, scopes=$6, disabled=$7 "
              "WHERE account_id=$1 AND id=$2",
       .values = {a.account_id, a.id, std::move(a.name), std::move(a.secret_hash), std::move(a.redirect_uris),
                  std::move(a.scopes), a.disabled},
       .none = StoreError::not_found}};
  if (a.disabled) {
    statements.push_back({.sql = "DELETE FROM oauth_codes WHERE client_id=$1", .values = {a.id}});
    statements.push_back({.sql = "DELETE FROM oauth_tokens WHERE client_id=$1", .values = {a.id}});
  }
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Applications::remove(std::string account_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM applications WHERE account_id=$1 AND id=$2",
                  .values = {std::move(account_id), std::move(id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Applications::find(std::string id, Done<std::optional<Application>> done) {
  engine_.read({.sql = "SELECT " + application_columns + " FROM applications WHERE id=$1", .values = {std::move(id)}},
               first_row(&application_in, std::move(done)));
}

void Applications::of_account(std::string account_id, Done<std::vector<Application>> done) {
  engine_.read(
      {.sql = "SELECT " + application_columns + " FROM applications WHERE account_id=$1 ORDER BY created_at, id",
       .values = {std::move(account_id)}},
      every_row(&application_in, std::move(done)));
}

void Applications::add_code(OAuthCode c, UnixMicros now, Done<void> done) {
  engine_.write(
      {{.sql = "DELETE FROM oauth_codes WHERE expires_at<$1", .values = {now}},
       {.sql =
            "INSERT INTO oauth_codes(code_hash, client_id, user_id, redirect_uri, scopes, challenge, grant_id, used, "
            "expires_at) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        .values = {std::move(c.code_hash), std::move(c.client_id), std::move(c.user_id), std::move(c.redirect_uri),
                   std::move(c.scopes), std::move(c.challenge), std::move(c.grant_id), c.used, c.expires_at}}},
      only_done(std::move(done)));
}

void Applications::code(std::string code_hash, Done<std::optional<OAuthCode>> done) {
  engine_.read({.sql = "SELECT code_hash, client_id, user_id, redirect_uri, scopes, challenge, grant_id, used, "
                       "expires_at FROM oauth_codes WHERE code_hash=$1",
                .values = {std::move(code_hash)}},
               first_row(&code_in, std::move(done)));
}

void Applications::redeem_code(std::string code_hash, std::vector<OAuthToken> tokens, Done<void> done) {
  std::vector<Statement> statements{{.sql = "UPDATE oauth_codes SET used=1 WHERE code_hash=$1 AND used=0",
                                     .values = {std::move(code_hash)},
                                     .none = StoreError::not_valid}};
  append(statements, std::move(tokens));
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Applications::add_tokens(std::vector<OAuthToken> tokens, UnixMicros now, Done<void> done) {
  std::vector<Statement> statements{{.sql = "DELETE FROM oauth_tokens WHERE expires_at<$1", .values = {now}}};
  append(statements, std::move(tokens));
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Applications::token(std::string token_hash, Done<std::optional<OAuthToken>> done) {
  engine_.read(
      {.sql = "SELECT " + token_columns + " FROM oauth_tokens WHERE token_hash=$1", .values = {std::move(token_hash)}},
      first_row(&token_in, std::move(done)));
}

void Applications::exchange(std::string refresh_hash, std::vector<OAuthToken> tokens, Done<void> done) {
  std::vector<Statement> statements{{.sql = "UPDATE oauth_tokens SET used=1 WHERE token_hash=$1 AND used=0",
                                     .values = {std::move(refresh_hash)},
                                     .none = StoreError::not_valid}};
  append(statements, std::move(tokens));
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Applications::end_grant(std::string grant_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM oauth_tokens WHERE grant_id=$1", .values = {grant_id}},
                 {.sql = "DELETE FROM oauth_codes WHERE grant_id=$1", .values = {grant_id}}},
                only_done(std::move(done)));
}

void Applications::grants_of(std::string user_id, UnixMicros now, Done<std::vector<Grant>> done) {
  engine_.read({.sql = "SELECT t.client_id, a.name, t.scopes, t.created_at FROM oauth_tokens t "
                       "JOIN applications a ON a.id=t.client_id WHERE t.user_id=$1 AND t.kind='refresh' AND t.used=0 "
                       "AND t.expires_at>$2 ORDER BY t.created_at, t.token_hash",
                .values = {std::move(user_id), now}},
               every_row<Grant>(
                   [](const Rows& rows, std::size_t i) {
                     return Grant{rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.time(i, 3)};
                   },
                   std::move(done)));
}

void Applications::end_grants(std::string user_id, std::string client_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM oauth_codes WHERE user_id=$1 AND client_id=$2", .values = {user_id, client_id}},
                 {.sql = "DELETE FROM oauth_tokens WHERE user_id=$1 AND client_id=$2",
                  .values = {user_id, client_id},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

}  // namespace sealhall::store
