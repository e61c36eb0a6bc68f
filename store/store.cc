#include "store/store.h"

#include <utility>

namespace sealhall::store {
namespace {

const std::string user_columns =
    "u.id, u.login, u.name, u.role, u.password_hash, u.created_at, u.disabled, u.account_id";
const std::string meeting_columns =
    "id, owner_id, topic, passcode, waiting_room, join_before_host, created_at, ended_at, account_id";

User user_in(const Rows& rows, std::size_t i) {
  const std::string role = rows.text(i, 3);
  return {rows.text(i, 0),
          rows.text(i, 1),
          rows.text(i, 2),
          role == "owner" || role == "admin" ? UserRole::admin : UserRole::member,
          rows.text(i, 4),
          rows.time(i, 5),
          rows.boolean(i, 6),
          rows.text(i, 7),
          role};
}
Meeting meeting_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0),    rows.text(i, 1), rows.text(i, 2),          rows.optional_text(i, 3), rows.boolean(i, 4),
          rows.boolean(i, 5), rows.time(i, 6), rows.optional_time(i, 7), rows.text(i, 8),          {}};
}
std::vector<Value> values_of(User&& user) {
  return {std::move(user.id),
          std::move(user.login),
          std::move(user.name),
          user.role_id.empty() ? (user.role == UserRole::admin ? "admin" : "member") : std::move(user.role_id),
          std::move(user.password_hash),
          user.created_at,
          user.disabled,
          std::move(user.account_id)};
}

}  // namespace

void Store::create_user(User user, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO users(id, login, name, role, password_hash, created_at, disabled, account_id) "
                         "VALUES($1,$2,$3,$4,$5,$6,$7,$8)",
                  .values = values_of(std::move(user))}},
                only_done(std::move(done)));
}

void Store::user(const std::string& id, Done<std::optional<User>> done) {
  engine_.read({.sql = "SELECT " + user_columns + " FROM users u WHERE u.id=$1", .values = {id}},
               first_row(&user_in, std::move(done)));
}

void Store::user_by_login(const std::string& login, Done<std::optional<User>> done) {
  engine_.read({.sql = "SELECT " + user_columns + " FROM users u WHERE u.login=$1", .values = {login}},
               first_row(&user_in, std::move(done)));
}

void Store::users(Done<std::vector<User>> done) {
  engine_.read({.sql = "SELECT " + user_columns + " FROM users u ORDER BY u.created_at, u.id"},
               every_row(&user_in, std::move(done)));
}

void Store::needs_setup(Done<bool> done) {
  engine_.read({.sql = "SELECT 1 FROM users WHERE role IN ('owner','admin') LIMIT 1"},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(rows->empty());
               });
}

void Store::put_setup_link(std::string token_hash, UnixMicros expires_at, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM setup_links"},
                 {.sql = "INSERT INTO setup_links(token_hash, expires_at) VALUES($1,$2)",
                  .values = {std::move(token_hash), expires_at}}},
                only_done(std::move(done)));
}

void Store::use_setup_link(std::string token_hash, UnixMicros now, User admin, Done<void> done) {
  engine_.write(
      {{.sql = "DELETE FROM setup_links WHERE token_hash=$1 AND expires_at>$2",
        .values = {std::move(token_hash), now},
        .none = StoreError::not_valid},
       {.sql = "INSERT INTO users(id, login, name, role, password_hash, created_at, disabled, account_id) "
               "SELECT $1,$2,$3,$4,$5,$6,$7,$8 WHERE NOT EXISTS(SELECT 1 FROM users WHERE role IN ('owner','admin'))",
        .values = values_of(std::move(admin)),
        .none = StoreError::not_valid}},
      only_done(std::move(done)));
}

void Store::create_session(Session session, Done<void> done) {
  engine_.write(
      {{.sql = "DELETE FROM sessions WHERE expires_at<=$1", .values = {session.created_at}},
       {.sql = "INSERT INTO sessions(token_hash, user_id, created_at, expires_at) VALUES($1,$2,$3,$4)",
        .values = {std::move(session.token_hash), std::move(session.user_id), session.created_at, session.expires_at}}},
      only_done(std::move(done)));
}

void Store::user_of_session(const std::string& token_hash, UnixMicros now, Done<std::optional<User>> done) {
  engine_.read({.sql = "SELECT " + user_columns +
                       " FROM sessions s JOIN users u ON u.id=s.user_id "
                       "WHERE s.token_hash=$1 AND s.expires_at>$2 AND s.restricted=0 AND u.disabled=0",
                .values = {token_hash, now}},
               first_row(&user_in, std::move(done)));
}

void Store::live_session(const std::string& token_hash, UnixMicros now, Done<std::optional<LiveSession>> done) {
  engine_.read({.sql = "SELECT " + user_columns +
                       ", s.expires_at, s.restricted FROM sessions s JOIN users u ON u.id=s.user_id "
                       "WHERE s.token_hash=$1 AND s.expires_at>$2 AND u.disabled=0",
                .values = {token_hash, now}},
               first_row<LiveSession>(
                   [](const Rows& rows, std::size_t i) {
                     return LiveSession{user_in(rows, i), rows.time(i, rows.columns() - 2),
                                        rows.integer(i, rows.columns() - 1) != 0};
                   },
                   std::move(done)));
}

void Store::end_session(std::string token_hash, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM sessions WHERE token_hash=$1", .values = {std::move(token_hash)}}},
                only_done(std::move(done)));
}

void Store::create_meeting(Meeting m, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO meetings(id, owner_id, topic, passcode, waiting_room, join_before_host, "
                         "created_at, account_id) VALUES($1,$2,$3,$4,$5,$6,$7,$8)",
                  .values = {std::move(m.id), std::move(m.owner_id), std::move(m.topic), std::move(m.passcode),
                             m.waiting_room, m.join_before_host, m.created_at, std::move(m.account_id)}}},
                only_done(std::move(done)));
}

void Store::meeting(const std::string& id, Done<std::optional<Meeting>> done) {
  engine_.read(
      {.sql = "SELECT " + meeting_columns + " FROM meetings WHERE id=$1 AND deleted_at IS NULL", .values = {id}},
      first_row(&meeting_in, std::move(done)));
}

void Store::meetings_of(const std::string& owner_id, std::uint32_t limit, std::uint32_t offset,
                        Done<std::vector<Meeting>> done) {
  engine_.read(
      {.sql = "SELECT " + meeting_columns +
              " FROM meetings WHERE owner_id=$1 AND deleted_at IS NULL ORDER BY created_at DESC, id LIMIT $2 OFFSET $3",
       .values = {owner_id, limit, offset}},
      every_row(&meeting_in, std::move(done)));
}

void Store::end_meeting(std::string id, UnixMicros when, Done<void> done) {
  engine_.write({{.sql = "UPDATE meetings SET ended_at=$1 WHERE id=$2 AND ended_at IS NULL",
                  .values = {when, std::move(id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

}  // namespace sealhall::store
