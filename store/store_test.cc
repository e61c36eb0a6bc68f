#include "store/store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdio>

#include "store/migrations.h"
#include "store/sqlite.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::Folder;
using testing::on_each_engine;

namespace {

/// The store on some engine, with what the tests ask most.
struct House {
  explicit House(testing::Shop& on) : shop(on), store(on.engine()) {}
  template <class T, class Ask>
  expected<T, StoreError> ask(Ask ask_it) {
    return shop.ask<T>([&](Done<T> done) { ask_it(store, std::move(done)); });
  }
  expected<void, StoreError> add(const User& user) {
    return ask<void>([&](Store& s, Done<void> done) { s.create_user(user, std::move(done)); });
  }
  std::optional<User> session(const std::string& hash, std::int64_t now) {
    return *ask<std::optional<User>>(
        [&](Store& s, auto done) { s.user_of_session(hash, UnixMicros{now}, std::move(done)); });
  }

  testing::Shop& shop;
  Store store;
};

User user(const std::string& login, UserRole role = UserRole::member) {
  return {"id-" + login, login, "Name", role, "$argon2id$..", UnixMicros{5}, false};
}

}  // namespace

TEST_CASE("store: users come back as they went in, logins are unique") {
  on_each_engine([](testing::Shop& engine) {
    House shop{engine};
    REQUIRE(shop.add(user("ada")).has_value());
    User again = user("ada");
    again.id = "other";
    CHECK(shop.add(again).error() == StoreError::taken);
    const auto found =
        *shop.ask<std::optional<User>>([](Store& s, auto done) { s.user_by_login("ada", std::move(done)); });
    REQUIRE(found.has_value());
    CHECK(found->id == "id-ada");
    CHECK(found->password_hash == "$argon2id$..");
    CHECK(found->created_at == UnixMicros{5});
    CHECK_FALSE(shop.ask<std::optional<User>>([](Store& s, auto done) { s.user_by_login("'; --", std::move(done)); })
                    ->has_value());
    CHECK(shop.ask<std::vector<User>>([](Store& s, auto done) { s.users(std::move(done)); })->size() == 1);
  });
}

TEST_CASE("store: a set-up link makes one administrator, once, in time") {
  on_each_engine([](testing::Shop& engine) {
    House shop{engine};
    const auto needs = [&] { return *shop.ask<bool>([](Store& s, auto done) { s.needs_setup(std::move(done)); }); };
    const auto put = [&](const char* hash) {
      REQUIRE(shop.ask<void>([&](Store& s, auto done) { s.put_setup_link(hash, UnixMicros{100}, std::move(done)); }));
    };
    const auto use = [&](const char* hash, std::int64_t now, const char* login) {
      return shop.ask<void>([&](Store& s, auto done) {
        s.use_setup_link(hash, UnixMicros{now}, user(login, UserRole::admin), std::move(done));
      });
    };
    CHECK(needs());
    put("old");
    put("new");
    CHECK(use("old", 1, "a").error() == StoreError::not_valid);
    CHECK(use("other", 1, "a").error() == StoreError::not_valid);
    CHECK(use("new", 100, "a").error() == StoreError::not_valid);
    REQUIRE(use("new", 99, "a").has_value());
    CHECK_FALSE(needs());
    CHECK(use("new", 99, "b").error() == StoreError::not_valid);
    put("again");
    CHECK(use("again", 1, "c").error() == StoreError::not_valid);  // there is an administrator
  });
}

TEST_CASE("store: a link that could not be used for a taken login is not used up") {
  on_each_engine([](testing::Shop& engine) {
    House shop{engine};
    REQUIRE(shop.add(user("ada")));
    REQUIRE(shop.ask<void>([](Store& s, auto done) { s.put_setup_link("t", UnixMicros{9}, std::move(done)); }));
    const auto use = [&](const char* login) {
      User admin = user(login, UserRole::admin);
      admin.id = "admin";
      return shop.ask<void>([&](Store& s, auto done) { s.use_setup_link("t", UnixMicros{1}, admin, std::move(done)); });
    };
    CHECK(use("ada").error() == StoreError::taken);
    CHECK(use("root").has_value());
  });
}

TEST_CASE("store: sessions live until they end, expire or their user is disabled") {
  on_each_engine([](testing::Shop& engine) {
    House shop{engine};
    REQUIRE(shop.add(user("ada")));
    User off = user("off");
    off.disabled = true;
    REQUIRE(shop.add(off));
    for (const auto& [hash, who] : {std::pair{"h1", "id-ada"}, std::pair{"h2", "id-ada"}, std::pair{"h3", "id-off"}}) {
      REQUIRE(shop.ask<void>([&](Store& s, auto done) {
        s.create_session({hash, who, UnixMicros{10}, UnixMicros{100}}, std::move(done));
      }));
    }
    CHECK(shop.session("h1", 99)->login == "ada");
    CHECK_FALSE(shop.session("h1", 100).has_value());
    CHECK_FALSE(shop.session("h3", 50).has_value());
    CHECK_FALSE(shop.session("", 50).has_value());
    REQUIRE(shop.ask<void>([](Store& s, auto done) { s.end_session("h1", std::move(done)); }));
    CHECK_FALSE(shop.session("h1", 50).has_value());
    CHECK(shop.session("h2", 50).has_value());
    // For nobody: refused by the database itself.
    CHECK_FALSE(shop.ask<void>([](Store& s, auto done) {
      s.create_session({"h4", "nobody", UnixMicros{10}, UnixMicros{100}}, std::move(done));
    }));
  });
}

TEST_CASE("store: meetings are listed newest first, by owner, and end once") {
  on_each_engine([](testing::Shop& engine) {
    House shop{engine};
    REQUIRE(shop.add(user("ada")));
    REQUIRE(shop.add(user("bob")));
    for (int i = 0; i < 5; ++i) {
      REQUIRE(shop.ask<void>([&](Store& s, auto done) {
        s.create_meeting(
            {"m" + std::to_string(i), i == 4 ? "id-bob" : "id-ada", "T",
             i == 0 ? std::optional<std::string>{"p"} : std::nullopt, true, false, UnixMicros{i}, std::nullopt},
            std::move(done));
      }));
    }
    const auto list =
        *shop.ask<std::vector<Meeting>>([](Store& s, auto done) { s.meetings_of("id-ada", 2, 1, std::move(done)); });
    REQUIRE(list.size() == 2);
    CHECK(list[0].id == "m2");
    CHECK(list[1].id == "m1");
    const auto get = [&](const char* id) {
      return *shop.ask<std::optional<Meeting>>([&](Store& s, auto done) { s.meeting(id, std::move(done)); });
    };
    CHECK(get("m0")->passcode == "p");
    CHECK(get("m0")->waiting_room);
    CHECK_FALSE(get("m0")->join_before_host);
    CHECK_FALSE(get("m1")->passcode.has_value());
    CHECK_FALSE(get("m9").has_value());
    const auto end = [&](const char* id) {
      return shop.ask<void>([&](Store& s, auto done) { s.end_meeting(id, UnixMicros{77}, std::move(done)); });
    };
    CHECK(end("m0").has_value());
    CHECK(end("m0").error() == StoreError::not_found);
    CHECK(end("m9").error() == StoreError::not_found);
    CHECK(get("m0")->ended_at == UnixMicros{77});
  });
}

TEST_CASE("store: writes that wait share a transaction; one that fails undoes itself alone") {
  on_each_engine([](testing::Shop& engine) {
    House shop{engine};
    int ok = 0;
    int taken = 0;
    int answers = 0;
    for (int i = 0; i < 500; ++i) {
      User u = user("u" + std::to_string(i % 400));
      u.id += "-" + std::to_string(i);
      shop.store.create_user(u, [&](expected<void, StoreError> r) {
        ++answers;
        (r ? ok : taken) += 1;
      });
    }
    CHECK(shop.add(user("last")).has_value());
    CHECK(answers == 500);
    CHECK(ok == 400);
    CHECK(taken == 100);
  });
}

TEST_CASE("store: everything is there after it was closed and opened, in a file that is ours alone") {
  const Folder folder;
  {
    testing::Shop shop{folder.file()};
    REQUIRE(House{shop}.add(user("ada")));
  }
  struct stat info{};
  REQUIRE(::stat(folder.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  testing::Shop shop{folder.file()};
  CHECK(House{shop}
            .ask<std::optional<User>>([](Store& s, auto done) { s.user_by_login("ada", std::move(done)); })
            ->has_value());
}
