// What both engines must answer alike; the seeded comparison of many operations is tests/store.
#include "store/engine.h"

#include <doctest/doctest.h>

#include "io/files/files.h"
#include "store/open.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;
using testing::Shop;

namespace {

const std::string insert_account = "INSERT INTO accounts(id, name, created_at) VALUES($1,$2,$3)";
Statement account(const std::string& id, const std::string& name = "n", std::int64_t at = 1) {
  return {insert_account, {id, name, at}};
}
Statement user_of(const std::string& account_id, const std::string& id) {
  return {"INSERT INTO users(id, login, name, role, password_hash, created_at, account_id) VALUES($1,$1,'','','',0,$2)",
          {id, account_id}};
}
std::int64_t count(Shop& shop) {
  return shop.read({"SELECT COUNT(*) FROM accounts WHERE created_at<>0"})->integer(0, 0);
}

}  // namespace

TEST_CASE("engine: values come back as they went in") {
  on_each_engine([](Shop& shop) {
    const std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, least, most}) {
      CHECK(shop.read({"SELECT CAST($1 AS BIGINT)", {number}})->integer(0, 0) == number);
    }
    for (const std::string text : {"", "a", "ä€𝄞 'quoted' \"double\" \\ % _ $1 {bytes}", "\x01\t\n"}) {
      CHECK(shop.read({"SELECT CAST($1 AS TEXT)", {text}})->text(0, 0) == text);
    }
    Bytes all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    for (const Bytes& bytes : {Bytes{}, Bytes{0}, all, Bytes(100'000, 7)}) {
      const auto rows = shop.read({"SELECT CAST($1 AS {bytes})", {bytes}});
      REQUIRE(rows.has_value());
      CHECK_FALSE(rows->is_null(0, 0));
      CHECK(rows->bytes(0, 0) == bytes);
    }
    // A comparison with a small number does not make the parameter small.
    CHECK(shop.read({"SELECT COUNT(*) FROM accounts WHERE $1 >= 0 AND created_at + $1 > 5", {most - 10}}).has_value());
    const auto nothing = shop.read({"SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS {bytes})",
                                    {nullptr, std::optional<std::string>{}, std::optional<Bytes>{}}});
    REQUIRE(nothing.has_value());
    for (std::size_t i = 0; i < 3; ++i) CHECK(nothing->is_null(0, i));
    CHECK(nothing->integer(0, 0) == 0);
    CHECK(nothing->optional_text(0, 1) == std::nullopt);
    CHECK(nothing->bytes(0, 2).empty());
    // Truth is 0 and 1 on both, also of an expression.
    CHECK(shop.read({"SELECT 1=1, EXISTS(SELECT 1 FROM accounts WHERE id='?')"})->boolean(0, 0));
    CHECK_FALSE(shop.read({"SELECT 1=1, EXISTS(SELECT 1 FROM accounts WHERE id='?')"})->boolean(0, 1));
  });
}

TEST_CASE("engine: parameters are numbered, may stand twice and in any order") {
  on_each_engine([](Shop& shop) {
    const auto rows = shop.read({"SELECT CAST($2 AS TEXT), CAST($1 AS BIGINT), CAST($2 AS TEXT), '$1'", {7, "b"}});
    REQUIRE(rows.has_value());
    CHECK(rows->text(0, 0) == "b");
    CHECK(rows->integer(0, 1) == 7);
    CHECK(rows->text(0, 2) == "b");
    CHECK(rows->text(0, 3) == "$1");
    CHECK(shop.read({"SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT)", {1}}).error() == StoreError::failed);
  });
}

TEST_CASE("engine: a text that one of them could not keep is refused by both") {
  on_each_engine([](Shop& shop) {
    using namespace std::string_literals;
    for (const std::string& text : {"a\0b"s, "\xff"s, "\xc0\x80"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s, "\xe2\x82"s}) {
      CHECK(shop.read({"SELECT CAST($1 AS TEXT)", {text}}).error() == StoreError::bad_text);
      CHECK(shop.write({account("x", text)}).error() == StoreError::bad_text);
    }
    CHECK(count(shop) == 0);
  });
}

TEST_CASE("engine: errors have the same names") {
  on_each_engine([](Shop& shop) {
    REQUIRE(shop.write({account("a")}));
    CHECK(shop.write({account("a")}).error() == StoreError::taken);
    REQUIRE(shop.write({user_of("a", "u")}));
    CHECK(shop.write({{"UPDATE users SET login='u2' WHERE id='u'"},
                      user_of("a", "v"),
                      {"UPDATE users SET login='u2' WHERE id='v'"}})
              .error() == StoreError::taken);
    CHECK(shop.write({user_of("nobody", "w")}).error() == StoreError::not_found);
    CHECK(shop.write({{"INSERT INTO accounts(id, name, created_at) VALUES('z', NULL, 1)"}}).error() ==
          StoreError::failed);
    CHECK(shop.read({"SELECT nonsense FROM accounts"}).error() == StoreError::failed);
    CHECK(shop.write({{"no SQL at all"}}).error() == StoreError::failed);
    // And all goes on.
    CHECK(shop.read({"SELECT login FROM users WHERE id='u'"})->text(0, 0) == "u");
  });
}

TEST_CASE("engine: a transaction happens whole or not at all, whichever statement says no") {
  on_each_engine([](Shop& shop) {
    REQUIRE(shop.write({account("a")}));
    for (std::size_t bad = 0; bad < 3; ++bad) {
      std::vector<Statement> statements{account("x"), account("y"), account("z")};
      statements[bad] = account("a");
      CHECK(shop.write(statements).error() == StoreError::taken);
      CHECK(count(shop) == 1);
    }
    const auto rows = shop.write({account("x"), account("y")});
    REQUIRE(rows.has_value());
    CHECK(rows->size() == 2);
    CHECK(count(shop) == 3);
    CHECK(shop.write({})->empty());
  });
}

TEST_CASE("engine: 'none' undoes a transaction whose statement found nothing") {
  on_each_engine([](Shop& shop) {
    const Statement change{"UPDATE accounts SET name='m' WHERE id='b'", {}, StoreError::not_valid};
    CHECK(shop.write({account("a"), change, account("c")}).error() == StoreError::not_valid);
    CHECK(count(shop) == 0);
    CHECK(shop.write({account("b"), change, account("c")}).has_value());
    CHECK(count(shop) == 2);
    // For what returns rows, for what changes without returning, and for a conflict that does nothing.
    const Statement look{"SELECT 1 FROM accounts WHERE id='d'", {}, StoreError::not_found};
    CHECK(shop.write({look, account("e")}).error() == StoreError::not_found);
    CHECK(shop.read(look).error() == StoreError::not_found);
    const Statement again{insert_account + " ON CONFLICT(id) DO NOTHING", {"b", "n", 1}, StoreError::taken};
    CHECK(shop.write({again}).error() == StoreError::taken);
    const Statement gone{"DELETE FROM accounts WHERE id='c' RETURNING name", {}, StoreError::not_found};
    CHECK(shop.write({gone})->at(0).text(0, 0) == "n");
    CHECK(shop.write({gone}).error() == StoreError::not_found);
  });
}

TEST_CASE("engine: changes counts what a statement did itself; RETURNING gives its rows") {
  on_each_engine([](Shop& shop) {
    REQUIRE(shop.write({account("a", "x"), account("b", "y"), account("c", "z"), user_of("a", "u")}));
    const auto rows = shop.write({
        {"UPDATE accounts SET name=name || '!' WHERE created_at=1 AND id<$1 RETURNING id, name", {"c"}},
        {"SELECT id FROM accounts WHERE created_at=1 ORDER BY id"},
        {"DELETE FROM users"},
        {insert_account + " ON CONFLICT(id) DO UPDATE SET name=excluded.name", {"a", "w", 1}},
        {insert_account + " ON CONFLICT(id) DO NOTHING", {"a", "v", 1}},
        {"UPDATE accounts SET name='q' WHERE id='nobody'"},
    });
    REQUIRE(rows.has_value());
    CHECK(rows->at(0).size() == 2);
    CHECK(rows->at(0).changes() == 2);
    CHECK(rows->at(1).size() == 3);
    CHECK(rows->at(1).changes() == 0);
    CHECK(rows->at(1).text(2, 0) == "c");
    CHECK(rows->at(2).changes() == 1);
    CHECK(rows->at(2).columns() == 0);
    CHECK(rows->at(3).changes() == 1);
    CHECK(rows->at(4).changes() == 0);
    CHECK(rows->at(5).changes() == 0);
    CHECK(shop.read({"SELECT name FROM accounts WHERE id='a'"})->text(0, 0) == "w");
  });
}

TEST_CASE("engine: writes keep the order of the calls, also when some of them fail") {
  on_each_engine([](Shop& shop) {
    std::vector<std::string> answers;
    const auto put = [&](std::string id, std::vector<Statement> statements) {
      shop.engine().write(std::move(statements), [&answers, id = std::move(id)](auto result) {
        answers.push_back(id + (result ? "" : ":" + std::string{name_of(result.error())}));
      });
    };
    put("1", {account("a")});
    put("2", {user_of("a", "u")});                     // needs 1
    put("3", {account("a")});                          // is taken
    put("4", {account("b"), user_of("nobody", "v")});  // undoes both
    put("5", {account("b")});                          // so this is free
    put("6", {{"UPDATE accounts SET name='6' WHERE id='zz'", {}, StoreError::not_valid}});
    put("7", {{"UPDATE accounts SET name='7' WHERE id='b'", {}, StoreError::not_valid}});
    REQUIRE(shop.write({account("last")}));
    CHECK(answers == std::vector<std::string>{"1", "2", "3:taken", "4:not_found", "5", "6:not_valid", "7"});
    CHECK(count(shop) == 3);
    CHECK(shop.read({"SELECT name FROM accounts WHERE id='b'"})->text(0, 0) == "7");
  });
}

TEST_CASE("engine: a write that an answer asks for is done too, and a read sees what was acknowledged") {
  on_each_engine([](Shop& shop) {
    int left = 50;
    bool seen = true;
    std::function<void()> next = [&] {
      const std::string id = "n" + std::to_string(left);
      shop.engine().write({account(id)}, [&, id](auto result) {
        REQUIRE(result.has_value());
        shop.engine().read({"SELECT 1 FROM accounts WHERE id=$1", {id}}, [&](auto rows) {
          seen = seen && rows && rows->size() == 1;
          if (--left > 0) next();
        });
      });
    };
    next();
    REQUIRE(shop.loop().run_until([&] { return left == 0; }, std::chrono::seconds{30}));
    CHECK(seen);
    CHECK(count(shop) == 50);
  });
}

TEST_CASE("engine: text compares by bytes, LIKE distinguishes case") {
  on_each_engine([](Shop& shop) {
    for (const char* id : {"b", "B", "a", "_", "ä", "Z", "z"}) REQUIRE(shop.write({account(id)}));
    const auto rows = shop.read({"SELECT id FROM accounts WHERE created_at=1 ORDER BY id"});
    std::string order;
    for (std::size_t i = 0; i < rows->size(); ++i) order += rows->text(i, 0);
    CHECK(order == "BZ_abzä");
    CHECK(shop.read({"SELECT COUNT(*) FROM accounts WHERE id LIKE 'z%' ESCAPE '!'"})->integer(0, 0) == 1);
    CHECK(shop.read({"SELECT COUNT(*) FROM accounts WHERE lower(id)=$1", {"b"}})->integer(0, 0) == 2);
    REQUIRE(shop.write({account("ÄB")}));
    CHECK(shop.read({"SELECT lower(id) FROM accounts WHERE id=$1", {"ÄB"}})->text(0, 0) == "Äb");
  });
}

TEST_CASE("engine: many readers and writers at once get their own answers") {
  on_each_engine([](Shop& shop) {
    int answered = 0;
    int right = 0;
    for (int i = 0; i < 300; ++i) {
      shop.engine().write({account("w" + std::to_string(i), "n" + std::to_string(i))}, [&](auto result) {
        ++answered;
        right += result ? 1 : 0;
      });
      shop.engine().read({"SELECT CAST($1 AS BIGINT)", {i}}, [&, i](auto rows) {
        ++answered;
        right += rows && rows->integer(0, 0) == i ? 1 : 0;
      });
    }
    REQUIRE(shop.loop().run_until([&] { return answered == 600; }, std::chrono::seconds{30}));
    CHECK(right == 600);
    CHECK(count(shop) == 300);
  });
}

TEST_CASE("open_engine: takes a path or an address, and says in a sentence what is wrong") {
  io::Loop loop;
  const testing::Folder folder;
  CHECK(open_engine(loop, folder.file()).has_value());
  CHECK(open_engine(loop, "/nonexistent/x").error().find("/nonexistent/x") != std::string::npos);
  CHECK(open_engine(loop, "file:" + folder.path + "/no").error().find("/no") != std::string::npos);
  REQUIRE(io::write_file_atomically(folder.path + "/address", as_bytes(folder.file() + "\n")));
  CHECK(open_engine(loop, "file:" + folder.path + "/address").has_value());
  const auto nobody = open_engine(loop, "postgres://user:topsecret@/db?host=" + folder.path);
  REQUIRE_FALSE(nobody.has_value());
  CHECK(nobody.error().find("cannot be reached") != std::string::npos);
  CHECK(nobody.error().find("topsecret") == std::string::npos);
}
