#include "store/log_search.h"

#include <utility>

namespace sealhall::store {
namespace {

/// Counts, then reads the page: `what` is the columns, `rest` everything from FROM on.
template <class Record, class Make>
void search(Engine& engine, const std::string& what, const std::string& rest, const LogQuery& q, Make make,
            Done<LogPage<Record>> done) {
  const auto text = q.text ? std::optional{like_part(*q.text)} : std::nullopt;
  std::vector<Value> values{q.account_id, q.from, q.to, q.user_id, q.kind, q.about, text};
  const std::string order =
      q.oldest_first ? " ORDER BY l.at, l.id LIMIT $8 OFFSET $9" : " ORDER BY l.at DESC, l.id DESC LIMIT $8 OFFSET $9";
  std::vector<Value> page = values;
  page.emplace_back(q.limit);
  page.emplace_back(q.offset);
  engine.read({.sql = "SELECT COUNT(*)" + rest, .values = std::move(values)},
              [&engine, sql = "SELECT " + what + rest + order, page = std::move(page), make,
               done = std::move(done)](expected<Rows, StoreError> counted) mutable {
                if (!counted) return done(unexpected(counted.error()));
                const auto total = static_cast<std::uint64_t>(counted->integer(0, 0));
                engine.read({.sql = std::move(sql), .values = std::move(page)},
                            [total, make, done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                              if (!rows) return done(unexpected(rows.error()));
                              LogPage<Record> out;
                              out.total = total;
                              for (std::size_t i = 0; i < rows->size(); ++i) {
                                out.lines.push_back({make(*rows, i), rows->text(i, 8)});
                              }
                              done(std::move(out));
                            });
              });
}

}  // namespace

std::string like_part(std::string_view text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '!') out += '!';
    out += c;
  }
  return out + "%";
}

void LogSearch::sign_ins(LogQuery query, Done<LogPage<SignInRecord>> done) {
  static const std::string what = "l.id, l.account_id, l.user_id, l.at, l.kind, l.method, l.source, l.client, u.login";
  static const std::string rest =
      " FROM sign_ins l LEFT JOIN users u ON u.id=l.user_id WHERE l.account_id=$1 AND l.at>=$2 AND l.at<$3 "
      "AND (CAST($4 AS TEXT) IS NULL OR l.user_id=$4) AND (CAST($5 AS TEXT) IS NULL OR l.kind=$5) "
      "AND (CAST($6 AS TEXT) IS NULL OR l.method=$6) AND (CAST($7 AS TEXT) IS NULL "
      "OR lower(COALESCE(u.login,'')) LIKE $7 ESCAPE '!' OR lower(l.source) LIKE $7 ESCAPE '!' "
      "OR lower(l.client) LIKE $7 ESCAPE '!')";
  search<SignInRecord>(
      engine_, what, rest, query,
      [](const Rows& rows, std::size_t i) {
        return SignInRecord{rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.time(i, 3),
                            rows.text(i, 4), rows.text(i, 5), rows.text(i, 6), rows.text(i, 7)};
      },
      std::move(done));
}

void LogSearch::operations(LogQuery query, Done<LogPage<Operation>> done) {
  // The eighth column is there so that the login is the ninth, as above.
  static const std::string what = "l.id, l.account_id, l.at, l.actor, l.action, l.category, l.object_id, '', u.login";
  static const std::string rest =
      " FROM operations l LEFT JOIN users u ON u.id=l.actor WHERE l.account_id=$1 AND l.at>=$2 AND l.at<$3 "
      "AND (CAST($4 AS TEXT) IS NULL OR l.actor=$4) AND (CAST($5 AS TEXT) IS NULL OR l.action=$5) "
      "AND (CAST($6 AS TEXT) IS NULL OR l.category=$6) AND (CAST($7 AS TEXT) IS NULL "
      "OR lower(COALESCE(u.login,l.actor)) LIKE $7 ESCAPE '!' OR lower(l.object_id) LIKE $7 ESCAPE '!')";
  search<Operation>(
      engine_, what, rest, query,
      [](const Rows& rows, std::size_t i) {
        return Operation{rows.text(i, 0), rows.text(i, 1), rows.time(i, 2), rows.text(i, 3),
                         rows.text(i, 4), rows.text(i, 5), rows.text(i, 6)};
      },
      std::move(done));
}

}  // namespace sealhall::store
