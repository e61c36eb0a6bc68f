#include "store/assistants.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

TEST_CASE("store: assistants of somebody, for whom they schedule, and whether they do; disabled people are out") {
  on_each_engine([](testing::Shop& shop) {
    Assistants assistants{shop.engine()};
    for (const char* name : {"ada", "bob", "cid"}) {
      User user;
      user.id = name;
      user.login = std::string{name} + "@example.org";
      user.name = name;
      REQUIRE(shop.ask<void>([&](auto done) { Store{shop.engine()}.create_user(user, std::move(done)); }).has_value());
    }
    const auto add = [&](const std::string& user, std::vector<std::string> who) {
      return shop.ask<void>([&](auto done) { assistants.add(user, std::move(who), UnixMicros{1}, std::move(done)); });
    };
    const auto logins = [&](const std::string& user) {
      auto got = shop.ask<std::vector<Assistants::Entry>>([&](auto done) { assistants.of(user, std::move(done)); });
      std::string out;
      for (const auto& e : got.value()) out += e.login + " ";
      return out;
    };
    const auto assists = [&](const std::string& who, const std::string& whom) {
      return shop.ask<bool>([&](auto done) { assistants.assists(who, whom, std::move(done)); }).value();
    };
    REQUIRE(add("ada", {"cid", "bob"}));
    REQUIRE(add("ada", {"bob"}));  // stays one
    CHECK(add("ada", {"nobody"}).error() == StoreError::not_found);
    CHECK(logins("ada") == "bob@example.org cid@example.org ");
    CHECK(assists("bob", "ada"));
    CHECK_FALSE(assists("ada", "bob"));
    const auto served =
        shop.ask<std::vector<Assistants::Entry>>([&](auto done) { assistants.served_by("bob", std::move(done)); });
    REQUIRE(served.value().size() == 1);
    CHECK(served->at(0).id == "ada");
    const auto remove = [&](const std::string& user, const std::string& who) {
      return shop.ask<void>([&](auto done) { assistants.remove(user, who, std::move(done)); });
    };
    CHECK(remove("bob", "ada").error() == StoreError::not_found);
    REQUIRE(remove("ada", "bob"));
    CHECK(logins("ada") == "cid@example.org ");
    REQUIRE(shop.ask<std::vector<Rows>>([&](auto done) {
                  shop.engine().write({{.sql = "UPDATE users SET disabled=1 WHERE id='cid'"}}, std::move(done));
                })
                .has_value());
    CHECK_FALSE(assists("cid", "ada"));
    CHECK(logins("ada").empty());
    REQUIRE(add("bob", {"ada"}));
    REQUIRE(add("cid", {"ada"}));
    REQUIRE(shop.ask<void>([&](auto done) { assistants.stop_assisting("ada", std::move(done)); }));
    CHECK_FALSE(assists("ada", "bob"));
    REQUIRE(add("bob", {"ada"}));
    REQUIRE(shop.ask<void>([&](auto done) { assistants.remove_all("bob", std::move(done)); }));
    CHECK(logins("bob").empty());
  });
}
