#include "store/profiles.h"

#include <memory>
#include <utility>

#include "store/log_search.h"

namespace sealhall::store {
namespace {

const std::string person_columns =
    "u.id, u.account_id, u.login, u.name, u.role, u.created_at, u.disabled, p.first_name, p.last_name, p.department, "
    "p.job_title, p.company, p.phone, p.timezone, p.language, "
    "(SELECT MAX(s.created_at) FROM sessions s WHERE s.user_id=u.id), "
    "(SELECT m.meeting_id FROM personal_meetings m WHERE m.user_id=u.id)";
const std::string person_tables = " FROM users u LEFT JOIN user_profiles p ON p.user_id=u.id ";
const std::string field_columns = "id, account_id, field, required, visible, recommended_values, created_at";

Person person_in(const Rows& rows, std::size_t i) {
  Person out{rows.text(i, 0),
             rows.text(i, 1),
             rows.text(i, 2),
             rows.text(i, 3),
             rows.text(i, 4),
             rows.time(i, 5),
             rows.boolean(i, 6),
             {},
             {},
             {},
             {}};
  out.profile = {rows.text(i, 7),  rows.text(i, 8),  rows.text(i, 9),  rows.text(i, 10),
                 rows.text(i, 11), rows.text(i, 12), rows.text(i, 13), rows.text(i, 14)};
  out.last_login_at = rows.optional_time(i, 15);
  out.personal_meeting = rows.text(i, 16);
  return out;
}
TrackingField field_in(const Rows& rows, std::size_t i) {
  return {rows.text(i, 0),    rows.text(i, 1), rows.text(i, 2), rows.boolean(i, 3),
          rows.boolean(i, 4), rows.text(i, 5), rows.time(i, 6)};
}

std::string order_of(Profiles::Query::Order order, bool descending) {
  using enum Profiles::Query::Order;
  std::string out = "u.created_at";
  if (order == login) out = "u.login";
  if (order == name) out = "lower(u.name)";
  if (order == department) out = "lower(COALESCE(p.department,''))";
  if (order == last_login) out = "COALESCE((SELECT MAX(s.created_at) FROM sessions s WHERE s.user_id=u.id),0)";
  return out + (descending ? " DESC" : "");
}

}  // namespace

void Profiles::list(Query query, Done<List> done) {
  // One text for every filter: a filter that is not set is NULL.
  static const std::string where =
      "WHERE u.account_id=$1 AND (CAST($2 AS BIGINT) IS NULL OR u.disabled=$2) "
      "AND (CAST($3 AS TEXT) IS NULL OR u.role=$3) "
      "AND (CAST($4 AS TEXT) IS NULL OR EXISTS(SELECT 1 FROM group_members g WHERE g.user_id=u.id AND g.group_id=$4)) "
      "AND (CAST($5 AS TEXT) IS NULL OR lower(u.login) LIKE $5 ESCAPE '!' OR lower(u.name) LIKE $5 ESCAPE '!' "
      "OR lower(COALESCE(p.department,'')) LIKE $5 ESCAPE '!') ";
  const auto disabled = query.disabled ? std::optional<std::int64_t>{*query.disabled ? 1 : 0} : std::nullopt;
  const auto text = query.text ? std::optional{like_part(*query.text)} : std::nullopt;
  const std::vector<Value> filters{query.account_id, disabled, query.role, query.group_id, text};
  std::vector<Value> page = filters;
  page.emplace_back(query.limit);
  page.emplace_back(query.offset);
  std::string sql = "SELECT " + person_columns + person_tables + where + "ORDER BY " +
                    order_of(query.order, query.descending) + ", u.id LIMIT $6 OFFSET $7";
  engine_.read({.sql = "SELECT COUNT(*)" + person_tables + where, .values = filters},
               [this, sql = std::move(sql), page = std::move(page),
                done = std::move(done)](expected<Rows, StoreError> counted) mutable {
                 if (!counted) return done(unexpected(counted.error()));
                 const auto total = static_cast<std::uint64_t>(counted->integer(0, 0));
                 engine_.read({.sql = std::move(sql), .values = std::move(page)},
                              every_row<Person>(&person_in, [total, done = std::move(done)](auto people) mutable {
                                if (!people) return done(unexpected(people.error()));
                                done(List{std::move(*people), total});
                              }));
               });
}

void Profiles::logins(std::string account_id, Done<std::map<std::string, std::string>> done) {
  engine_.read({.sql = "SELECT id, login FROM users WHERE account_id=$1", .values = {std::move(account_id)}},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 std::map<std::string, std::string> all;
                 for (std::size_t i = 0; i < rows->size(); ++i) all.emplace(rows->text(i, 0), rows->text(i, 1));
                 done(std::move(all));
               });
}

void Profiles::find(std::string id_or_login, Done<std::optional<Person>> done) {
  engine_.read({.sql = "SELECT " + person_columns + person_tables + "WHERE u.id=$1 OR u.login=$1",
                .values = {std::move(id_or_login)}},
               first_row<Person>(&person_in, [this, done = std::move(done)](auto person) mutable {
                 if (!person || !*person) return done(std::move(person));
                 std::string id = (*person)->id;
                 engine_.read({.sql = "SELECT group_id FROM group_members WHERE user_id=$1 "
                                      "ORDER BY is_primary DESC, added_at, group_id",
                               .values = {std::move(id)}},
                              [person = std::move(**person), done = std::move(done)](auto rows) mutable {
                                if (!rows) return done(unexpected(rows.error()));
                                for (std::size_t i = 0; i < rows->size(); ++i) {
                                  person.group_ids.push_back(rows->text(i, 0));
                                }
                                done(std::optional{std::move(person)});
                              });
               }));
}

void Profiles::change(std::string account_id, std::string user_id, std::string name, Profile p, Done<void> done) {
  engine_.write(
      {{.sql = "UPDATE users SET name=$3 WHERE account_id=$1 AND id=$2",
        .values = {std::move(account_id), user_id, std::move(name)},
        .none = StoreError::not_found},
       {.sql = "INSERT INTO user_profiles(user_id, first_name, last_name, department, job_title, company, phone, "
               "timezone, language) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT(user_id) DO UPDATE SET "
               "first_name=excluded.first_name, last_name=excluded.last_name, department=excluded.department, "
               "job_title=excluded.job_title, company=excluded.company, phone=excluded.phone, "
               "timezone=excluded.timezone, language=excluded.language",
        .values = {user_id, std::move(p.first_name), std::move(p.last_name), std::move(p.department),
                   std::move(p.job_title), std::move(p.company), std::move(p.phone), std::move(p.timezone),
                   std::move(p.language)}}},
      only_done(std::move(done)));
}

void Profiles::remove(std::string account_id, std::string user_id, Done<void> done) {
  engine_.read(
      {.sql = "SELECT role, (SELECT COUNT(*) FROM users o WHERE o.account_id=$1 AND o.role='owner') FROM users "
              "WHERE account_id=$1 AND id=$2",
       .values = {account_id, user_id}},
      [this, account_id, user_id, done = std::move(done)](auto rows) mutable {
        if (!rows) return done(unexpected(rows.error()));
        if (rows->empty()) return done(unexpected(StoreError::not_found));
        // Said again in the statement itself, so that two at once do not remove the last two.
        engine_.write({{.sql = "DELETE FROM users WHERE account_id=$1 AND id=$2 AND (role<>'owner' OR "
                               "(SELECT COUNT(*) FROM users o WHERE o.account_id=$1 AND o.role='owner')>1)",
                        .values = {account_id, user_id},
                        .none = StoreError::not_valid}},
                      only_done(std::move(done)));
      });
}

void Profiles::add_field(TrackingField f, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO tracking_fields(" + field_columns + ") VALUES($1,$2,$3,$4,$5,$6,$7)",
                  .values = {std::move(f.id), std::move(f.account_id), std::move(f.field), f.required, f.visible,
                             std::move(f.recommended_values), f.created_at}}},
                only_done(std::move(done)));
}

void Profiles::change_field(TrackingField f, Done<void> done) {
  engine_.write({{.sql = "UPDATE tracking_fields SET field=$3, required=$4, visible=$5, recommended_values=$6 "
                         "WHERE account_id=$1 AND id=$2",
                  .values = {std::move(f.account_id), std::move(f.id), std::move(f.field), f.required, f.visible,
                             std::move(f.recommended_values)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Profiles::remove_field(std::string account_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM tracking_fields WHERE account_id=$1 AND id=$2",
                  .values = {std::move(account_id), std::move(id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Profiles::field(std::string id, Done<std::optional<TrackingField>> done) {
  engine_.read({.sql = "SELECT " + field_columns + " FROM tracking_fields WHERE id=$1", .values = {std::move(id)}},
               first_row(&field_in, std::move(done)));
}

void Profiles::fields(std::string account_id, Done<std::vector<TrackingField>> done) {
  engine_.read({.sql = "SELECT " + field_columns + " FROM tracking_fields WHERE account_id=$1 ORDER BY created_at, id",
                .values = {std::move(account_id)}},
               every_row(&field_in, std::move(done)));
}

}  // namespace sealhall::store
