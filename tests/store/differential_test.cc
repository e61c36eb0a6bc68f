// The same random work on SQLite and on PostgreSQL, and the same answers: rows, counts, errors.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "store/dialect.h"
#include "store/sqlite.h"
#include "store/testing.h"
#include "tests/support/number_from.h"

using namespace sealhall;
using namespace sealhall::store;
using sealhall::testing::number_from;
using store::testing::Folder;
using store::testing::PostgresServer;
using store::testing::Shop;

namespace {

constexpr const char* tables = R"(
  CREATE TABLE things (
    k TEXT PRIMARY KEY,
    n BIGINT,
    t TEXT NOT NULL,
    b {bytes},
    parent TEXT REFERENCES things(k) ON DELETE SET NULL,
    u BIGINT UNIQUE
  );
  CREATE TABLE parts (
    thing TEXT NOT NULL REFERENCES things(k) ON DELETE CASCADE,
    i BIGINT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    PRIMARY KEY (thing, i)
  );
)";

std::string shown(const Value& value) {
  if (const auto* n = std::get_if<std::int64_t>(&value)) return std::to_string(*n);
  if (const auto* t = std::get_if<std::string>(&value)) return "'" + *t + "'";
  if (const auto* b = std::get_if<Bytes>(&value)) return "x" + to_hex(*b);
  return "NULL";
}
/// The answer as text; rows that have no order by nature are sorted.
std::string shown(const expected<Rows, StoreError>& answer, bool ordered) {
  if (!answer) return std::string{name_of(answer.error())};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < answer->size(); ++i) {
    std::string line;
    for (std::size_t j = 0; j < answer->columns(); ++j) line += shown(answer->at(i, j)) + " ";
    lines.push_back(line);
  }
  if (!ordered) std::ranges::sort(lines);
  std::string out = "[" + std::to_string(answer->changes()) + "] ";
  for (const std::string& line : lines) out += line + "| ";
  return out;
}
std::string shown(const expected<std::vector<Rows>, StoreError>& answer) {
  if (!answer) return std::string{name_of(answer.error())};
  std::string out;
  for (const Rows& rows : *answer) out += shown(expected<Rows, StoreError>{rows}, false) + "; ";
  return out;
}
std::string shown(const std::vector<Statement>& statements) {
  std::string out;
  for (const Statement& s : statements) {
    out += s.sql + " <-";
    for (const Value& v : s.values) out += " " + shown(v);
    if (s.none) out += " none:" + std::string{name_of(*s.none)};
    out += "\n    ";
  }
  return out;
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_.below(n)); }
  bool chance(double p) { return random_.chance(p); }

  Statement change() {
    Statement s = some_change();
    if (chance(0.15)) s.none = chance(0.5) ? StoreError::not_found : StoreError::not_valid;
    return s;
  }
  Statement question() {
    switch (below(12)) {
      case 0:
        return {"SELECT k, n, t, b, parent, u FROM things WHERE k=$1", {key()}};
      case 1:
        return {"SELECT k, n FROM things ORDER BY n NULLS FIRST, k LIMIT $1 OFFSET $2", {below(20), below(10)}};
      case 2:
        return {"SELECT k FROM things ORDER BY t DESC, k", {}};
      case 3:
        return {
            "SELECT parent, COUNT(*), MIN(n), MAX(t), CAST(SUM(n) AS BIGINT) FROM things GROUP BY parent "
            "ORDER BY parent NULLS LAST",
            {}};
      case 4:
        return {
            "SELECT t.k, COUNT(p.i), COALESCE(CAST(SUM(p.size) AS BIGINT), 0) FROM things t "
            "LEFT JOIN parts p ON p.thing=t.k WHERE t.n>=$1 GROUP BY t.k ORDER BY t.k",
            {number()}};
      case 5:
        return {"SELECT k FROM things WHERE t LIKE $1 ESCAPE '!' ORDER BY k", {pattern()}};
      case 6:
        return {"SELECT k FROM things WHERE lower(t)=lower(CAST($1 AS TEXT)) OR b=$2 ORDER BY k", {text(), bytes()}};
      case 7:
        return {
            "SELECT k, n IS NULL, n>$1, n BETWEEN $1 AND $2, EXISTS(SELECT 1 FROM parts WHERE thing=k) FROM things "
            "ORDER BY k",
            {number(), number()}};
      case 8:
        return {"SELECT k, ROW_NUMBER() OVER (PARTITION BY parent ORDER BY k) FROM things ORDER BY k", {}};
      case 9:
        return {
            "WITH RECURSIVE up(k, depth) AS (SELECT k, 0 FROM things WHERE k=$1 UNION ALL "
            "SELECT t.parent, up.depth+1 FROM things t JOIN up ON t.k=up.k "
            "WHERE t.parent IS NOT NULL AND up.depth<5) SELECT k, depth FROM up ORDER BY depth, k",
            {key()}};
      case 10:
        return {
            "SELECT k FROM things WHERE (CAST($1 AS TEXT) IS NULL OR t>$1) AND parent IS NOT DISTINCT FROM $2 "
            "ORDER BY k",
            {maybe(Value{text()}), maybe(Value{key()})}};
      default:
        return {
            "SELECT CASE WHEN n<0 THEN 'less' WHEN n=0 THEN 'zero' ELSE t END, LENGTH(t), n/3, n%7, t || '-' || k "
            "FROM things WHERE u IS NOT NULL ORDER BY u",
            {}};
    }
  }

 private:
  Statement some_change() {
    switch (below(12)) {
      case 0:
      case 1:
      case 2:
        return {"INSERT INTO things(k, n, t, b, parent, u) VALUES($1,$2,$3,$4,$5,$6)", row()};
      case 3:
        return {
            "INSERT INTO things(k, n, t, b, parent, u) VALUES($1,$2,$3,$4,$5,$6) "
            "ON CONFLICT(k) DO UPDATE SET n=excluded.n, t=things.t || excluded.t RETURNING k, n, t",
            row()};
      case 4:
        return {"INSERT INTO things(k, n, t, b, parent, u) VALUES($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING", row()};
      case 5:
        return {"INSERT INTO parts(thing, i, size) VALUES($1,$2,$3)", {key(), below(6), number()}};
      case 6:
        return {
            "INSERT INTO parts(thing, i, size) SELECT k, $2, LENGTH(t) FROM things WHERE n>$1 "
            "ON CONFLICT(thing, i) DO NOTHING RETURNING thing, size",
            {number(), below(6)}};
      case 7:
        return {"UPDATE things SET n=n+1, b=$1 WHERE n<$2 AND n>-1000 RETURNING k, n, b",
                {maybe(Value{bytes()}), number()}};
      case 8:
        return {"UPDATE things SET parent=$2, u=$3 WHERE k=$1", {key(), maybe(Value{key()}), maybe(Value{below(60)})}};
      case 9:
        return {"DELETE FROM things WHERE k=$1 RETURNING k, t", {key()}};
      case 10:
        return {"DELETE FROM parts WHERE i=$1 AND size>$2", {below(6), number()}};
      default:
        return {"UPDATE things SET t=$2 WHERE k IN (SELECT thing FROM parts WHERE size<$1)", {number(), text()}};
    }
  }
  std::vector<Value> row() {
    return {key(), maybe(Value{number()}), text(), maybe(Value{bytes()}), maybe(Value{key()}), maybe(Value{below(60)})};
  }
  Value maybe(Value value) { return chance(0.3) ? Value{nullptr} : std::move(value); }
  std::string key() {
    static constexpr const char* keys[] = {"a", "B", "_", "ä", "ß", "Z", "z", "10", "9", "", "𝄞", "a b", "A", "%", "é"};
    return std::string{keys[below(std::size(keys))]} + (chance(0.5) ? "" : std::to_string(below(4)));
  }
  std::string text() {
    static constexpr const char* pieces[] = {"x", "Y", "ö", "%", "_", "!", "'", "\\", " ", "0", "\n", "€", "Y", "x"};
    std::string out;
    for (std::size_t i = below(6); i > 0; --i) out += pieces[below(std::size(pieces))];
    if (chance(0.01)) out += '\0';
    if (chance(0.01)) out += '\xff';
    return out;
  }
  std::string pattern() {
    std::string out = text();
    std::erase(out, '!');  // a lone one at the end is an error in one of them and none in the other
    return chance(0.5) ? "%" + out : out + "%";
  }
  Bytes bytes() {
    Bytes out(below(9));
    random_.fill(out);
    return out;
  }
  std::int64_t number() { return static_cast<std::int64_t>(random_.below(41)) - 20; }

  SeededRandom random_;
};

}  // namespace

TEST_CASE("differential: random transactions and questions get the same answers from both engines") {
  if (!PostgresServer::installed()) {
    MESSAGE("SKIPPED: PostgreSQL is not installed");
    return;
  }
  const std::uint64_t seed = number_from("SEALHALL_SEED", 20261128);
  const std::uint64_t rounds = number_from("SEALHALL_ROUNDS", 5000);  // of 20 operations each
  PostgresServer& server = PostgresServer::instance();
  const std::string name = server.new_database();
  const Folder folder;
  {
    auto file = Database::open(folder.file(), Database::Mode::read_write);
    REQUIRE(file.has_value());
    REQUIRE(file->execute(sqlite_text(tables)));
    REQUIRE(server.execute(name, postgres_schema_text(tables)));
  }
  Shop sqlite{folder.file()};
  Shop postgres{[&](io::Loop& loop) -> std::unique_ptr<Engine> {
    auto engine = PostgresEngine::open(loop, {.url = server.url(name)});
    REQUIRE(engine.has_value());
    return std::move(*engine);
  }};
  Generator generator{seed};
  std::uint64_t asked = 0;
  std::uint64_t refused = 0;
  std::uint64_t rows_seen = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    // Ten transactions without waiting between them, then ten questions about what they left.
    std::vector<std::vector<Statement>> work(10);
    for (auto& statements : work) {
      for (std::size_t n = generator.chance(0.6) ? 1 : 2 + generator.below(4); n > 0; --n) {
        statements.push_back(generator.change());
      }
    }
    std::vector<Statement> questions;
    for (int i = 0; i < 10; ++i) questions.push_back(generator.question());
    const auto answers = [&](Shop& shop) {
      std::vector<std::string> out(work.size() + questions.size());
      std::size_t left = work.size();
      for (std::size_t i = 0; i < work.size(); ++i) {
        shop.engine().write(work[i], [&, i](auto result) {
          refused += result ? 0 : 1;
          out[i] = shown(result);
          --left;
        });
      }
      REQUIRE(shop.loop().run_until([&] { return left == 0; }, std::chrono::seconds{60}));
      left = questions.size();
      for (std::size_t i = 0; i < questions.size(); ++i) {
        shop.engine().read(questions[i], [&, i](auto result) {
          rows_seen += result ? result->size() : 0;
          out[work.size() + i] = shown(result, true);
          --left;
        });
      }
      REQUIRE(shop.loop().run_until([&] { return left == 0; }, std::chrono::seconds{60}));
      return out;
    };
    const auto one = answers(sqlite);
    const auto other = answers(postgres);
    asked += one.size();
    for (std::size_t i = 0; i < one.size(); ++i) {
      if (one[i] == other[i]) continue;
      const std::string what = i < work.size() ? shown(work[i]) : shown(std::vector{questions[i - work.size()]});
      FAIL("SEALHALL_SEED=" << seed << " round " << round << ", operation " << i << ": " << what
                            << "\nSQLite:     " << one[i] << "\nPostgreSQL: " << other[i]);
    }
  }
  MESSAGE(asked << " operations, seed " << seed << ": " << refused / 2 << " refused alike, " << rows_seen / 2
                << " rows");
  CHECK(refused > asked / 50);  // it would prove little otherwise
  CHECK(rows_seen > asked);
}
