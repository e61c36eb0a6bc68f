#include "store/migrations.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <set>

#include "store/dialect.h"
#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::Folder;

namespace {

Database opened(const Folder& folder) {
  auto database = Database::open(folder.file(), Database::Mode::read_write);
  REQUIRE(database.has_value());
  return std::move(*database);
}
const SqliteEngine::Post nowhere = [](std::move_only_function<void()>) {};

}  // namespace

TEST_CASE("migrations: steps have different names, and a second run finds nothing to do") {
  std::set<std::string_view> names;
  for (const SchemaStep& step : schema_steps()) CHECK_MESSAGE(names.insert(step.name).second, step.name);
  const Folder folder;
  Database database = opened(folder);
  REQUIRE(migrate(database).has_value());
  REQUIRE(migrate(database).has_value());
  CHECK(database.run({"SELECT name FROM schema_steps"})->size() == names.size());
}

TEST_CASE("migrations: a database of the version that counted steps keeps its rows and gets what it lacks") {
  const Folder folder;
  {
    Database old = opened(folder);
    REQUIRE(old.execute("BEGIN;" + sqlite_text(schema_steps()[0].sql) +
                        "INSERT INTO users VALUES('id','ada','Ada','admin','hash',7,0);"
                        "INSERT INTO meetings VALUES('m','id','Topic',NULL,1,0,8,NULL);"
                        "PRAGMA user_version=1; COMMIT"));
  }
  testing::Shop shop{folder.file()};
  const auto rows =
      shop.read({"SELECT u.login, u.account_id, m.topic, m.account_id FROM users u "
                 "JOIN meetings m ON m.owner_id=u.id JOIN accounts a ON a.id=m.account_id"});
  REQUIRE(rows.has_value());
  REQUIRE(rows->size() == 1);
  CHECK(rows->text(0, 0) == "ada");
  CHECK(rows->text(0, 1) == "AAAAAAAAAAAAAAAAAAAAAA");
  CHECK(rows->text(0, 2) == "Topic");
}

TEST_CASE("migrations: tokens from before viewers had their own end with the link where there is one") {
  const Folder folder;
  {
    Database old = opened(folder);
    std::string script =
        "PRAGMA foreign_keys=OFF;PRAGMA user_version=2;CREATE TABLE schema_steps(name TEXT PRIMARY KEY);";
    for (const SchemaStep& step : schema_steps()) {
      if (step.name == "recording_viewers") break;
      script += sqlite_text(step.sql) + ";INSERT INTO schema_steps(name) VALUES('" + std::string{step.name} + "');";
    }
    for (const std::string share : {"link", "none"}) {
      script +=
          "INSERT INTO recordings(id, account_id, meeting_id, meeting_uuid, host_id, topic_sealed, started_at, state, "
          "share_state) VALUES('" +
          share + "','" + std::string{default_account} + "','m','u','h',x'00',1,'completed','" + share +
          "');INSERT INTO recording_tokens(token_hash, recording_id, expires_at) VALUES('of " + share + "','" + share +
          "',9);";
    }
    REQUIRE(old.execute(script));
  }
  testing::Shop shop{folder.file()};
  const auto rows = shop.read({"SELECT token_hash, viewing FROM recording_tokens ORDER BY token_hash"});
  REQUIRE(rows->size() == 2);
  CHECK(rows->text(0, 0) == "of link");
  CHECK(rows->boolean(0, 1));
  CHECK(rows->text(1, 0) == "of none");
  CHECK_FALSE(rows->boolean(1, 1));
}

TEST_CASE("migrations: a database with steps of a newer version is refused and left as it is") {
  const Folder folder;
  {
    Database database = opened(folder);
    REQUIRE(migrate(database).has_value());
    REQUIRE(database.execute("INSERT INTO schema_steps VALUES('of tomorrow')"));
  }
  CHECK(SqliteEngine::open(folder.file(), nowhere).error() == StoreError::too_new);
  Database database = opened(folder);
  CHECK(database.run({"SELECT name FROM schema_steps"})->size() == schema_steps().size() + 1);
}

TEST_CASE("migrations: a counted version that we never wrote is refused") {
  const Folder folder;
  REQUIRE(opened(folder).execute("PRAGMA user_version=9"));
  CHECK(SqliteEngine::open(folder.file(), nowhere).error() == StoreError::too_new);
}

TEST_CASE("migrations: what is no database, or nowhere, is said") {
  const Folder folder;
  const std::string text = folder.path + "/text";
  {
    auto* f = std::fopen(text.c_str(), "wb");
    for (int i = 0; i < 200; ++i) std::fputs("not a database. ", f);
    std::fclose(f);
  }
  CHECK(SqliteEngine::open(text, nowhere).error() == StoreError::damaged);
  CHECK(SqliteEngine::open("/nonexistent/folder/x", nowhere).error() == StoreError::open_failed);
}
