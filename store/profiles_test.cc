#include "store/profiles.h"

#include "store/directory.h"
#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using namespace sealhall::store::testing;

TEST_CASE("profiles: people are listed by page and filter, found by id or login, changed and removed") {
  on_each_engine([](Shop& shop) {
    Store store{shop.engine()};
    Profiles profiles{shop.engine()};
    const std::string account{default_account};
    for (int i = 0; i < 5; ++i) {
      User user;
      user.id = "user" + std::to_string(i);
      user.login = user.id + "@example.org";
      user.name = "User " + std::to_string(i);
      user.role = i == 0 ? UserRole::admin : UserRole::member;
      user.password_hash = "x";
      user.created_at = UnixMicros{i + 1};
      user.disabled = i == 4;
      REQUIRE(shop.ask<void>([&](auto done) { store.create_user(user, std::move(done)); }).has_value());
    }
    const auto list = [&](Profiles::Query query) {
      auto found = shop.ask<Profiles::List>([&](auto done) { profiles.list(query, std::move(done)); });
      REQUIRE(found.has_value());
      return std::move(*found);
    };
    CHECK(list({.account_id = account, .limit = 2}).people.size() == 2);
    CHECK(list({.account_id = account, .limit = 2}).total == 5);
    CHECK(list({.account_id = account, .limit = 2, .offset = 4}).people.at(0).id == "user4");
    CHECK(list({.account_id = account, .disabled = false}).total == 4);
    CHECK(list({.account_id = account, .disabled = true}).people.at(0).id == "user4");
    CHECK(list({.account_id = account, .role = "member"}).total == 4);
    CHECK(list({.account_id = "elsewhere"}).total == 0);
    CHECK(list({.account_id = account, .text = "user3@"}).people.at(0).id == "user3");
    CHECK(list({.account_id = account, .text = "user 2"}).total == 1);
    CHECK(list({.account_id = account, .text = "user_"}).total == 0);  // _ is no placeholder
    CHECK(list({.account_id = account, .group_id = "nothing"}).total == 0);
    using Order = Profiles::Query::Order;
    for (const Order order : {Order::created, Order::login, Order::name}) {
      CHECK(list({.account_id = account, .order = order}).people.at(0).id == "user0");
      CHECK(list({.account_id = account, .order = order, .descending = true}).people.at(0).id == "user4");
    }
    // Nobody has signed in or belongs to a department: by id.
    for (const Order order : {Order::department, Order::last_login}) {
      CHECK(list({.account_id = account, .order = order}).people.at(0).id == "user0");
    }

    const auto find = [&](const std::string& who) {
      auto found = shop.ask<std::optional<Person>>([&](auto done) { profiles.find(who, std::move(done)); });
      REQUIRE(found.has_value());
      return std::move(*found);
    };
    CHECK(find("user1")->login == "user1@example.org");
    CHECK(find("user1@example.org")->profile.timezone == "");
    CHECK_FALSE(find("nobody").has_value());
    const auto change = [&](const std::string& id) {
      return shop.ask<void>([&](auto done) {
        profiles.change(account, id, "Ada L", {"Ada", "L", "Maths", "", "", "", "Europe/Paris", "fr"}, std::move(done));
      });
    };
    CHECK(change("user1").has_value());
    CHECK(change("user1").has_value());
    CHECK(change("nobody").error() == StoreError::not_found);
    CHECK(find("user1")->name == "Ada L");
    CHECK(find("user1")->profile.department == "Maths");

    Directory directory{shop.engine()};
    REQUIRE(
        shop.ask<void>([&](auto done) { directory.add_group({"g", account, "Group", UnixMicros{1}}, std::move(done)); })
            .has_value());
    REQUIRE(
        shop.ask<void>([&](auto done) { directory.add_member(account, "g", "user1", UnixMicros{2}, std::move(done)); })
            .has_value());
    CHECK(find("user1")->group_ids == std::vector<std::string>{"g"});

    const auto remove = [&](const std::string& id) {
      return shop.ask<void>([&](auto done) { profiles.remove(account, id, std::move(done)); });
    };
    CHECK(remove("user1").has_value());
    CHECK_FALSE(find("user1").has_value());
    CHECK(remove("user1").error() == StoreError::not_found);
    REQUIRE(
        shop.ask<void>([&](auto done) { directory.set_role(account, "user0", "owner", std::move(done)); }).has_value());
    CHECK(remove("user0").error() == StoreError::not_valid);  // the last owner
  });
}

TEST_CASE("profiles: tracking fields") {
  on_each_engine([](Shop& shop) {
    Profiles profiles{shop.engine()};
    const std::string account{default_account};
    TrackingField f{"1", account, "Cost centre", true, false, "a\nb", UnixMicros{1}};
    CHECK(shop.ask<void>([&](auto done) { profiles.add_field(f, std::move(done)); }).has_value());
    f.id = "2";
    CHECK(shop.ask<void>([&](auto done) { profiles.add_field(f, std::move(done)); }).error() == StoreError::taken);
    f.id = "1";
    f.field = "Course";
    CHECK(shop.ask<void>([&](auto done) { profiles.change_field(f, std::move(done)); }).has_value());
    const auto all =
        shop.ask<std::vector<TrackingField>>([&](auto done) { profiles.fields(account, std::move(done)); });
    REQUIRE(all->size() == 1);
    CHECK(all->at(0).field == "Course");
    CHECK(all->at(0).required);
    CHECK(shop.ask<void>([&](auto done) { profiles.remove_field(account, "1", std::move(done)); }).has_value());
    CHECK(shop.ask<void>([&](auto done) { profiles.remove_field(account, "1", std::move(done)); }).error() ==
          StoreError::not_found);
  });
}
