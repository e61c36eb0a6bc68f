#include "store/directory.h"

#include <utility>

namespace sealhall::store {
namespace {

std::string_view word_for(Policy::Level level) noexcept {
  switch (level) {
    case Policy::Level::account:
      return "account";
    case Policy::Level::group:
      return "group";
    case Policy::Level::user:
      return "user";
  }
  return "";
}
Policy::Level level_of(std::string_view word) noexcept {
  return word == "account" ? Policy::Level::account : word == "group" ? Policy::Level::group : Policy::Level::user;
}

const std::string role_columns =
    "r.id, r.account_id, r.name, r.description, r.permissions, r.created_at, "
    "(SELECT COUNT(*) FROM users u WHERE u.role=r.id AND u.account_id=r.account_id)";
Role role_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2),   rows.text(i, 3),
          rows.text(i, 4), rows.time(i, 5), rows.integer(i, 6)};
}
const std::string group_columns =
    "g.id, g.account_id, g.name, g.created_at, (SELECT COUNT(*) FROM group_members m WHERE m.group_id=g.id)";
Group group_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.time(i, 3), rows.integer(i, 4)};
}
Member member_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.boolean(i, 3)};
}
const std::string policy_columns = "p.account_id, p.level, p.subject_id, p.name, p.value, p.locked";
Policy policy_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0), level_of(rows.text(i, 1)), rows.text(i, 2),
          rows.text(i, 3), rows.text(i, 4),           rows.boolean(i, 5)};
}

/// Fails the transaction when the account has people but no owner that can sign in.
Statement still_owned(const std::string& account_id) {
  return {.sql = "UPDATE users SET role=role WHERE account_id=$1 AND role='owner' AND disabled=0",
          .values = {account_id},
          .none = StoreError::not_valid};
}

}  // namespace

void Directory::add_role(Role role, Done<void> done) {
  engine_.write(
      {{.sql = "INSERT INTO roles(id, account_id, name, description, permissions, created_at) "
               "VALUES($1,$2,$3,$4,$5,$6)",
        .values = {role.id, role.account_id, role.name, role.description, role.permissions, role.created_at}}},
      only_done(std::move(done)));
}

void Directory::change_role(Role role, Done<void> done) {
  engine_.write({{.sql = "UPDATE roles SET name=$3, description=$4, permissions=$5 WHERE account_id=$1 AND id=$2",
                  .values = {role.account_id, role.id, role.name, role.description, role.permissions},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Directory::remove_role(std::string account_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM roles WHERE account_id=$1 AND id=$2",
                  .values = {account_id, id},
                  .none = StoreError::not_found},
                 {.sql = "UPDATE users SET role='member' WHERE account_id=$1 AND role=$2", .values = {account_id, id}}},
                only_done(std::move(done)));
}

void Directory::role(std::string account_id, std::string id, Done<std::optional<Role>> done) {
  engine_.read({.sql = "SELECT " + role_columns + " FROM roles r WHERE r.account_id=$1 AND r.id=$2",
                .values = {std::move(account_id), std::move(id)}},
               first_row(&role_in, std::move(done)));
}

void Directory::roles(std::string account_id, Done<std::vector<Role>> done) {
  engine_.read({.sql = "SELECT " + role_columns + " FROM roles r WHERE r.account_id=$1 ORDER BY r.name, r.id",
                .values = {std::move(account_id)}},
               every_row(&role_in, std::move(done)));
}

void Directory::role_members(std::string account_id, std::string role_id, std::uint32_t limit, std::uint32_t offset,
                             Done<std::vector<Member>> done) {
  engine_.read({.sql = "SELECT id, login, name, 0 FROM users WHERE account_id=$1 AND role=$2 "
                       "ORDER BY login, id LIMIT $3 OFFSET $4",
                .values = {std::move(account_id), std::move(role_id), limit, offset}},
               every_row(&member_in, std::move(done)));
}

void Directory::count_role_members(std::string account_id, std::string role_id, Done<std::int64_t> done) {
  engine_.read({.sql = "SELECT COUNT(*) FROM users WHERE account_id=$1 AND role=$2",
                .values = {std::move(account_id), std::move(role_id)}},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(rows->integer(0, 0));
               });
}

void Directory::set_role(std::string account_id, std::string user_id, std::string role_id, Done<void> done) {
  engine_.write(
      {{.sql = "UPDATE users SET role=$3 WHERE account_id=$1 AND id=$2 AND ($3 IN ('owner','admin','member') OR "
               "EXISTS(SELECT 1 FROM roles r WHERE r.account_id=$1 AND r.id=$3))",
        .values = {account_id, std::move(user_id), std::move(role_id)},
        .none = StoreError::not_found},
       still_owned(account_id)},
      only_done(std::move(done)));
}

void Directory::set_disabled(std::string account_id, std::string user_id, bool disabled, Done<void> done) {
  std::vector<Statement> statements{{.sql = "UPDATE users SET disabled=$3 WHERE account_id=$1 AND id=$2",
                                     .values = {account_id, user_id, disabled},
                                     .none = StoreError::not_found}};
  if (disabled) {
    statements.push_back(still_owned(account_id));
    statements.push_back({.sql = "DELETE FROM sessions WHERE user_id=$1", .values = {user_id}});
    statements.push_back({.sql = "DELETE FROM known_devices WHERE user_id=$1", .values = {user_id}});
    statements.push_back({.sql = "DELETE FROM password_resets WHERE user_id=$1", .values = {std::move(user_id)}});
  }
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Directory::add_group(Group group, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO groups(id, account_id, name, created_at) VALUES($1,$2,$3,$4)",
                  .values = {group.id, group.account_id, group.name, group.created_at}}},
                only_done(std::move(done)));
}

void Directory::rename_group(std::string account_id, std::string id, std::string name, Done<void> done) {
  engine_.write({{.sql = "UPDATE groups SET name=$3 WHERE account_id=$1 AND id=$2",
                  .values = {std::move(account_id), std::move(id), std::move(name)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Directory::remove_group(std::string account_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM groups WHERE account_id=$1 AND id=$2",
                  .values = {account_id, id},
                  .none = StoreError::not_found},
                 {.sql = "DELETE FROM policies WHERE account_id=$1 AND level='group' AND subject_id=$2",
                  .values = {account_id, id}}},
                only_done(std::move(done)));
}

void Directory::group(std::string account_id, std::string id, Done<std::optional<Group>> done) {
  engine_.read({.sql = "SELECT " + group_columns + " FROM groups g WHERE g.account_id=$1 AND g.id=$2",
                .values = {std::move(account_id), std::move(id)}},
               first_row(&group_in, std::move(done)));
}

void Directory::groups(std::string account_id, Done<std::vector<Group>> done) {
  engine_.read({.sql = "SELECT " + group_columns + " FROM groups g WHERE g.account_id=$1 ORDER BY g.name, g.id",
                .values = {std::move(account_id)}},
               every_row(&group_in, std::move(done)));
}

void Directory::add_member(std::string account_id, std::string group_id, std::string user_id, UnixMicros now,
                           Done<void> done) {
  engine_.write(
      {{.sql = "UPDATE groups SET name=name WHERE account_id=$1 AND id=$2 AND "
               "EXISTS(SELECT 1 FROM users u WHERE u.account_id=$1 AND u.id=$3)",
        .values = {account_id, group_id, user_id},
        .none = StoreError::not_found},
       {.sql = "INSERT INTO group_members(group_id, user_id, is_primary, added_at) "
               "SELECT $1, $2, CASE WHEN EXISTS(SELECT 1 FROM group_members m WHERE m.user_id=$2 AND m.is_primary=1) "
               "THEN 0 ELSE 1 END, CAST($3 AS BIGINT) WHERE 1=1 ON CONFLICT (group_id, user_id) DO NOTHING",
        .values = {group_id, user_id, now}}},
      only_done(std::move(done)));
}

void Directory::remove_member(std::string account_id, std::string group_id, std::string user_id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM group_members WHERE group_id=$2 AND user_id=$3 AND "
                         "EXISTS(SELECT 1 FROM groups g WHERE g.id=$2 AND g.account_id=$1)",
                  .values = {std::move(account_id), std::move(group_id), user_id},
                  .none = StoreError::not_found},
                 // Somebody with groups has a primary one.
                 {.sql = "UPDATE group_members SET is_primary=1 WHERE user_id=$1 AND group_id=(SELECT m.group_id FROM "
                         "group_members m WHERE m.user_id=$1 ORDER BY m.added_at, m.group_id LIMIT 1) AND NOT EXISTS("
                         "SELECT 1 FROM group_members m WHERE m.user_id=$1 AND m.is_primary=1)",
                  .values = {user_id}}},
                only_done(std::move(done)));
}

void Directory::members(std::string account_id, std::string group_id, std::uint32_t limit, std::uint32_t offset,
                        Done<std::vector<Member>> done) {
  engine_.read({.sql = "SELECT u.id, u.login, u.name, m.is_primary FROM group_members m JOIN users u ON u.id=m.user_id "
                       "JOIN groups g ON g.id=m.group_id WHERE g.account_id=$1 AND g.id=$2 "
                       "ORDER BY u.login, u.id LIMIT $3 OFFSET $4",
                .values = {std::move(account_id), std::move(group_id), limit, offset}},
               every_row(&member_in, std::move(done)));
}

void Directory::groups_of(std::string user_id, Done<std::vector<Group>> done) {
  engine_.read({.sql = "SELECT " + group_columns +
                       " FROM groups g JOIN group_members own ON own.group_id=g.id WHERE own.user_id=$1 "
                       "ORDER BY own.is_primary DESC, own.added_at, g.id",
                .values = {std::move(user_id)}},
               every_row(&group_in, std::move(done)));
}

void Directory::set_policies(std::vector<Policy> policies, Done<void> done) {
  std::vector<Statement> statements;
  for (Policy& p : policies) {
    statements.push_back({.sql = "INSERT INTO policies(account_id, level, subject_id, name, value, locked) "
                                 "VALUES($1,$2,$3,$4,$5,$6) ON CONFLICT (account_id, level, subject_id, name) "
                                 "DO UPDATE SET value=$5, locked=$6",
                          .values = {std::move(p.account_id), word_for(p.level), std::move(p.subject_id),
                                     std::move(p.name), std::move(p.value), p.locked}});
  }
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Directory::remove_policy(std::string account_id, Policy::Level level, std::string subject_id, std::string name,
                              Done<void> done) {
  engine_.write({{.sql = "DELETE FROM policies WHERE account_id=$1 AND level=$2 AND subject_id=$3 AND name=$4",
                  .values = {std::move(account_id), word_for(level), std::move(subject_id), std::move(name)}}},
                only_done(std::move(done)));
}

void Directory::policies_at(std::string account_id, Policy::Level level, std::string subject_id,
                            Done<std::vector<Policy>> done) {
  engine_.read({.sql = "SELECT " + policy_columns +
                       " FROM policies p WHERE p.account_id=$1 AND p.level=$2 AND p.subject_id=$3 ORDER BY p.name",
                .values = {std::move(account_id), word_for(level), std::move(subject_id)}},
               every_row(&policy_in, std::move(done)));
}

void Directory::policies_for(std::string account_id, std::string user_id, Done<std::vector<Policy>> done) {
  engine_.read(
      {.sql = "SELECT " + policy_columns +
              " FROM policies p WHERE p.account_id=$1 AND ((p.level='account' AND p.subject_id=$1) OR "
              "(p.level='user' AND p.subject_id=$2) OR (p.level='group' AND p.subject_id IN "
              "(SELECT m.group_id FROM group_members m WHERE m.user_id=$2))) ORDER BY p.level, p.subject_id, p.name",
       .values = {std::move(account_id), std::move(user_id)}},
      every_row(&policy_in, std::move(done)));
}

}  // namespace sealhall::store
