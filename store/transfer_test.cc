#include "store/transfer.h"

#include <doctest/doctest.h>

#include "core/base/random.h"
#include "io/files/files.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::Folder;
using testing::PostgresServer;
using testing::Shop;

namespace {

void fill(Shop& shop) {
  SeededRandom random{5};
  std::vector<Statement> rows;
  rows.push_back({"INSERT INTO accounts(id, name, created_at) VALUES('second', $1, -5)", {"Zweite „Firma“"}});
  for (int i = 0; i < 1203; ++i) {
    Bytes sealed(random.below(60));
    random.fill(sealed);
    const std::string id = "u" + std::to_string(i);
    rows.push_back(
        {"INSERT INTO users(id, login, name, role, password_hash, created_at, disabled, account_id) "
         "VALUES($1,$1,$2,'member','',$3,0,$4)",
         {id, i % 3 == 0 ? "Ä" : "", std::int64_t{1} << (i % 60), i % 2 == 0 ? "second" : "AAAAAAAAAAAAAAAAAAAAAA"}});
    rows.push_back(
        {"INSERT INTO sessions(token_hash, user_id, created_at, expires_at) VALUES($1,$2,1,2)", {"t" + id, id}});
    if (i % 10 == 0) {
      rows.push_back(
          {"INSERT INTO meetings(id, owner_id, topic, passcode, waiting_room, join_before_host, created_at, "
           "account_id, details_sealed) VALUES($1,$2,'',NULL,1,0,3,'second',$3)",
           {"m" + std::to_string(i), id, sealed}});
    }
  }
  REQUIRE(shop.write(std::move(rows)));
}

struct Databases {
  Databases() : sqlite(folder.file()), second(folder.path + "/second.sqlite") {}
  Folder folder;
  Shop sqlite;
  Shop second;
};

}  // namespace

TEST_CASE("transfer: from SQLite to PostgreSQL and back to SQLite, with the same counts and hashes") {
  if (!PostgresServer::installed()) {
    MESSAGE("SKIPPED: PostgreSQL is not installed");
    return;
  }
  Databases on;
  fill(on.sqlite);
  PostgresServer& server = PostgresServer::instance();
  const std::string database = server.new_database();
  const std::string one = on.folder.path + "/one";
  const std::string two = on.folder.path + "/two";
  const auto exported = export_to(on.sqlite.loop(), on.sqlite.engine(), one);
  REQUIRE_MESSAGE(exported.has_value(), (exported ? "" : exported.error()));
  const auto rows = [&](const std::string& name) {
    for (const TransferredTable& table : *exported) {
      if (table.name == name) return table.rows;
    }
    return std::uint64_t{0};
  };
  CHECK(rows("users") == 1203);
  CHECK(rows("sessions") == 1203);
  CHECK(rows("accounts") == 2);
  {
    Shop postgres{[&](io::Loop& loop) -> std::unique_ptr<Engine> {
      return std::move(*PostgresEngine::open(loop, {.url = server.url(database)}));
    }};
    const auto imported = import_from(postgres.loop(), postgres.engine(), one);
    REQUIRE_MESSAGE(imported.has_value(), (imported ? "" : imported.error()));
    CHECK(*imported == *exported);
    const auto again = export_to(postgres.loop(), postgres.engine(), two);
    REQUIRE_MESSAGE(again.has_value(), (again ? "" : again.error()));
    CHECK(import_from(postgres.loop(), postgres.engine(), one).error().find("has users") != std::string::npos);
  }
  CHECK((*io::read_file(one) == *io::read_file(two)));  // the same bytes, whoever wrote them
  const auto back = import_from(on.second.loop(), on.second.engine(), two);
  REQUIRE_MESSAGE(back.has_value(), (back ? "" : back.error()));
  CHECK(*back == *exported);
  server.drop_database(database);
}

TEST_CASE("transfer: a PostgreSQL database is exported as of one moment while somebody writes to it") {
  if (!PostgresServer::installed()) {
    MESSAGE("SKIPPED: PostgreSQL is not installed");
    return;
  }
  Databases on;
  PostgresServer& server = PostgresServer::instance();
  const std::string database = server.new_database();
  {
    Shop running{[&](io::Loop& loop) -> std::unique_ptr<Engine> {
      return std::move(*PostgresEngine::open(loop, {.url = server.url(database)}));
    }};
    fill(running);
    Shop moment{[&](io::Loop& loop) -> std::unique_ptr<Engine> {
      return std::move(*PostgresEngine::open(loop, {.url = server.url(database), .snapshot = true}));
    }};
    CHECK(moment.write({{"DELETE FROM sessions"}}) == unexpected(StoreError::denied));
    const auto rows = [](Shop& shop, const char* sql) { return shop.read({sql})->integer(0, 0); };
    REQUIRE(running.write({{"DELETE FROM sessions"}, {"UPDATE users SET name='later'"}}));
    CHECK(rows(running, "SELECT COUNT(*) FROM sessions") == 0);
    const std::string path = on.folder.path + "/moment";
    const auto exported = export_to(moment.loop(), moment.engine(), path);
    REQUIRE_MESSAGE(exported.has_value(), (exported ? "" : exported.error()));
    REQUIRE(import_from(on.second.loop(), on.second.engine(), path).has_value());
    CHECK(rows(on.second, "SELECT COUNT(*) FROM sessions") == 1203);
    CHECK(rows(on.second, "SELECT COUNT(*) FROM users WHERE name='later'") == 0);
  }
  server.drop_database(database);
}

TEST_CASE("transfer: a file that is cut, changed or no export at all changes nothing") {
  Databases on;
  fill(on.sqlite);
  const std::string path = on.folder.path + "/file";
  REQUIRE(export_to(on.sqlite.loop(), on.sqlite.engine(), path));
  CHECK(export_to(on.sqlite.loop(), on.sqlite.engine(), path).error().find("exists already") != std::string::npos);
  const Bytes whole = *io::read_file(path);
  const auto before = describe(on.second.loop(), on.second.engine());
  const auto refused = [&](const Bytes& content) {
    REQUIRE(io::write_file_atomically(path, content));
    return import_from(on.second.loop(), on.second.engine(), path).error();
  };
  CHECK(refused({}) == "This is no file of sealhall export.");
  CHECK(refused(Bytes(100, 'x')) == "This is no file of sealhall export.");
  CHECK(refused(Bytes(whole.begin(), whole.end() - 1)) == "The file ends too early; copy it again.");
  SeededRandom random{9};
  for (int i = 0; i < 60; ++i) {
    Bytes changed = whole;
    changed[18 + random.below(changed.size() - 18)] ^= static_cast<std::uint8_t>(1U << random.below(8));
    CHECK_FALSE(refused(changed).empty());
  }
  Bytes more = whole;
  more.push_back(0);
  CHECK(refused(more) == "The file is damaged; copy it again.");
  CHECK(describe(on.second.loop(), on.second.engine()) == before);
  REQUIRE(io::write_file_atomically(path, whole));
  CHECK(import_from(on.second.loop(), on.second.engine(), path).has_value());
}
