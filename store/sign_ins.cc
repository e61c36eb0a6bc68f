#include "store/sign_ins.h"

#include <utility>

namespace sealhall::store {
namespace {

const std::string session_columns =
    "id, token_hash, user_id, method, source, client, created_at, expires_at, restricted";
SessionInfo session_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3),        rows.text(i, 4),
          rows.text(i, 5), rows.time(i, 6), rows.time(i, 7), rows.integer(i, 8) != 0};
}
SignInRecord record_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.time(i, 3),
          rows.text(i, 4), rows.text(i, 5), rows.text(i, 6), rows.text(i, 7)};
}
Operation operation_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.time(i, 2), rows.text(i, 3),
          rows.text(i, 4), rows.text(i, 5), rows.text(i, 6)};
}
const std::string invitation_columns =
    "id, account_id, token_hash, login, role, group_id, invited_by, created_at, expires_at";
Invitation invitation_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0),          rows.text(i, 1), rows.text(i, 2), rows.text(i, 3), rows.text(i, 4),
          rows.optional_text(i, 5), rows.text(i, 6), rows.time(i, 7), rows.time(i, 8)};
}

Statement log_line(SignInRecord r) {
  return {.sql =
              "INSERT INTO sign_ins(id, account_id, user_id, at, kind, method, source, client) "
              "VALUES($1,$2,$3,$4,$5,$6,$7,$8)",
          .values = {std::move(r.id), std::move(r.account_id), std::move(r.user_id), r.at, std::move(r.kind),
                     std::move(r.method), std::move(r.source), std::move(r.client)}};
}

Done<Rows> one_text(Done<std::string> done) {
  return [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
    if (!rows) return done(unexpected(rows.error()));
    done(rows->text(0, 0));
  };
}

}  // namespace

void SignIns::start(SessionInfo s, SignInRecord record, Done<void> done) {
  engine_.write(
      {{.sql = "DELETE FROM sessions WHERE expires_at<=$1", .values = {s.created_at}},
       {.sql = "INSERT INTO sessions(id, token_hash, user_id, method, source, client, created_at, expires_at, "
               "restricted) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        .values = {std::move(s.id), std::move(s.token_hash), std::move(s.user_id), std::move(s.method),
                   std::move(s.source), std::move(s.client), s.created_at, s.expires_at,
                   std::int64_t{s.restricted ? 1 : 0}}},
       log_line(std::move(record))},
      only_done(std::move(done)));
}

void SignIns::lift_restriction(std::string token_hash, UnixMicros expires_at, Done<void> done) {
  engine_.write({{.sql = "UPDATE sessions SET restricted=0, expires_at=$2 WHERE token_hash=$1 AND restricted=1",
                  .values = {std::move(token_hash), expires_at}}},
                only_done(std::move(done)));
}

void SignIns::sessions_of(std::string user_id, UnixMicros now, Done<std::vector<SessionInfo>> done) {
  engine_.read({.sql = "SELECT " + session_columns +
                       " FROM sessions WHERE user_id=$1 AND expires_at>$2 ORDER BY created_at DESC, token_hash",
                .values = {std::move(user_id), now}},
               every_row(&session_in, std::move(done)));
}

void SignIns::end(std::string user_id, std::string session_id, Done<std::string> done) {
  engine_.write({{.sql = "DELETE FROM sessions WHERE user_id=$1 AND id=$2 AND id<>'' RETURNING token_hash",
                  .values = {std::move(user_id), std::move(session_id)},
                  .none = StoreError::not_found}},
                [done = one_text(std::move(done))](expected<std::vector<Rows>, StoreError> rows) mutable {
                  if (!rows) return done(unexpected(rows.error()));
                  done(std::move((*rows)[0]));
                });
}

void SignIns::end_others(std::string user_id, std::string but_token_hash, Done<std::vector<std::string>> done) {
  engine_.write({{.sql = "DELETE FROM sessions WHERE user_id=$1 AND token_hash<>$2 RETURNING token_hash",
                  .values = {std::move(user_id), std::move(but_token_hash)}}},
                [done = std::move(done)](expected<std::vector<Rows>, StoreError> rows) mutable {
                  if (!rows) return done(unexpected(rows.error()));
                  std::vector<std::string> hashes;
                  for (std::size_t i = 0; i < (*rows)[0].size(); ++i) hashes.push_back((*rows)[0].text(i, 0));
                  done(std::move(hashes));
                });
}

void SignIns::remember_device(std::string token_hash, std::string user_id, UnixMicros now, UnixMicros until,
                              Done<void> done) {
  engine_.write({{.sql = "DELETE FROM known_devices WHERE expires_at<=$1", .values = {now}},
                 {.sql = "INSERT INTO known_devices(token_hash, user_id, created_at, expires_at) VALUES($1,$2,$3,$4)",
                  .values = {std::move(token_hash), std::move(user_id), now, until}}},
                only_done(std::move(done)));
}

void SignIns::is_known_device(std::string token_hash, std::string user_id, UnixMicros now, Done<bool> done) {
  engine_.read({.sql = "SELECT 1 FROM known_devices WHERE token_hash=$1 AND user_id=$2 AND expires_at>$3",
                .values = {std::move(token_hash), std::move(user_id), now}},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(!rows->empty());
               });
}

void SignIns::set_password(std::string user_id, std::string password_hash, std::string but_token_hash,
                           Done<void> done) {
  engine_.write({{.sql = "UPDATE users SET password_hash=$2 WHERE id=$1",
                  .values = {user_id, std::move(password_hash)},
                  .none = StoreError::not_found},
                 {.sql = "DELETE FROM sessions WHERE user_id=$1 AND token_hash<>$2",
                  .values = {user_id, std::move(but_token_hash)}},
                 {.sql = "DELETE FROM password_resets WHERE user_id=$1", .values = {user_id}}},
                only_done(std::move(done)));
}

void SignIns::put_reset(std::string token_hash, std::string user_id, UnixMicros until, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM password_resets WHERE user_id=$1", .values = {user_id}},
                 {.sql = "INSERT INTO password_resets(token_hash, user_id, expires_at) VALUES($1,$2,$3)",
                  .values = {std::move(token_hash), user_id, until}}},
                only_done(std::move(done)));
}

void SignIns::user_of_reset(std::string token_hash, UnixMicros now, Done<std::optional<User>> done) {
  engine_.read(
      {.sql = "SELECT u.id, u.login, u.name, u.account_id FROM password_resets p JOIN users u ON u.id=p.user_id "
              "WHERE p.token_hash=$1 AND p.expires_at>$2 AND u.disabled=0",
       .values = {std::move(token_hash), now}},
      first_row<User>(
          [](const Rows& rows, std::size_t i) {
            User user;
            user.id = rows.text(i, 0);
            user.login = rows.text(i, 1);
            user.name = rows.text(i, 2);
            user.account_id = rows.text(i, 3);
            return user;
          },
          std::move(done)));
}

void SignIns::reset_password(std::string token_hash, UnixMicros now, std::string user_id, std::string password_hash,
                             Done<void> done) {
  engine_.write({{.sql = "DELETE FROM password_resets WHERE token_hash=$1 AND user_id=$2 AND expires_at>$3",
                  .values = {std::move(token_hash), user_id, now},
                  .none = StoreError::not_valid},
                 {.sql = "UPDATE users SET password_hash=$2 WHERE id=$1 AND disabled=0",
                  .values = {user_id, std::move(password_hash)},
                  .none = StoreError::not_valid},
                 {.sql = "DELETE FROM sessions WHERE user_id=$1", .values = {user_id}},
                 {.sql = "DELETE FROM known_devices WHERE user_id=$1", .values = {user_id}}},
                only_done(std::move(done)));
}

void SignIns::invite(Invitation v, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM invitations WHERE account_id=$1 AND login=$2", .values = {v.account_id, v.login}},
                 {.sql = "INSERT INTO invitations(id, account_id, token_hash, login, role, group_id, invited_by, "
                         "created_at, expires_at) SELECT $1,$2,$3,$4,$5,$6,$7,CAST($8 AS BIGINT),CAST($9 AS BIGINT) "
                         "WHERE NOT EXISTS(SELECT 1 FROM users u WHERE u.login=$4)",
                  .values = {std::move(v.id), v.account_id, std::move(v.token_hash), v.login, std::move(v.role),
                             std::move(v.group_id), std::move(v.invited_by), v.created_at, v.expires_at},
                  .none = StoreError::taken}},
                only_done(std::move(done)));
}

void SignIns::invitation(std::string token_hash, UnixMicros now, Done<std::optional<Invitation>> done) {
  engine_.read({.sql = "SELECT " + invitation_columns + " FROM invitations WHERE token_hash=$1 AND expires_at>$2",
                .values = {std::move(token_hash), now}},
               first_row(&invitation_in, std::move(done)));
}

void SignIns::invitations(std::string account_id, Done<std::vector<Invitation>> done) {
  engine_.read(
      {.sql = "SELECT " + invitation_columns + " FROM invitations WHERE account_id=$1 ORDER BY created_at DESC, id",
       .values = {std::move(account_id)}},
      every_row(&invitation_in, std::move(done)));
}

void SignIns::revoke_invitation(std::string account_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM invitations WHERE account_id=$1 AND id=$2",
                  .values = {std::move(account_id), std::move(id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void SignIns::accept(Invitation v, UnixMicros now, User user, Done<void> done) {
  std::vector<Statement> statements{
      {.sql = "DELETE FROM invitations WHERE token_hash=$1 AND expires_at>$2",
       .values = {std::move(v.token_hash), now},
       .none = StoreError::not_valid},
      {.sql = "INSERT INTO users(id, login, name, role, password_hash, created_at, disabled, account_id) "
              "VALUES($1,$2,$3,$4,$5,$6,0,$7)",
       .values = {user.id, user.login, user.name, std::move(v.role), std::move(user.password_hash), user.created_at,
                  user.account_id}}};
  if (v.group_id) {
    statements.push_back(
        {.sql = "INSERT INTO group_members(group_id, user_id, is_primary, added_at) VALUES($1,$2,1,$3)",
         .values = {std::move(v.group_id), user.id, now}});
  }
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void SignIns::log_sign_in(SignInRecord record, Done<void> done) {
  engine_.write({log_line(std::move(record))}, only_done(std::move(done)));
}

void SignIns::log_operation(Operation o, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO operations(id, account_id, at, actor, action, category, object_id) "
                         "VALUES($1,$2,$3,$4,$5,$6,$7)",
                  .values = {std::move(o.id), std::move(o.account_id), o.at, std::move(o.actor), std::move(o.action),
                             std::move(o.category), std::move(o.object_id)}}},
                only_done(std::move(done)));
}

void SignIns::sign_in_log(std::string account_id, std::string user_id, UnixMicros from, UnixMicros to,
                          std::uint32_t limit, std::uint32_t offset, Done<std::vector<SignInRecord>> done) {
  engine_.read({.sql = "SELECT id, account_id, user_id, at, kind, method, source, client FROM sign_ins WHERE "
                       "account_id=$1 AND ($2='' OR user_id=$2) AND at>=$3 AND at<$4 "
                       "ORDER BY at DESC, id DESC LIMIT $5 OFFSET $6",
                .values = {std::move(account_id), std::move(user_id), from, to, limit, offset}},
               every_row(&record_in, std::move(done)));
}

void SignIns::operation_log(std::string account_id, UnixMicros from, UnixMicros to, std::uint32_t limit,
                            std::uint32_t offset, Done<std::vector<Operation>> done) {
  engine_.read({.sql = "SELECT id, account_id, at, actor, action, category, object_id FROM operations WHERE "
                       "account_id=$1 AND at>=$2 AND at<$3 ORDER BY at DESC, id DESC LIMIT $4 OFFSET $5",
                .values = {std::move(account_id), from, to, limit, offset}},
               every_row(&operation_in, std::move(done)));
}

}  // namespace sealhall::store
