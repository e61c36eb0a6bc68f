#include "store/applications.h"

#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using namespace sealhall::store::testing;

TEST_CASE("applications: codes and refresh tokens work once, and end with what they belong to") {
  on_each_engine([](Shop& shop) {
    Store store{shop.engine()};
    Applications apps{shop.engine()};
    const std::string account{default_account};
    const UnixMicros now{1000};
    const UnixMicros later{9000};
    User user;
    user.id = "ada";
    user.login = "ada";
    REQUIRE(shop.ask<void>([&](auto done) { store.create_user(user, std::move(done)); }).has_value());
    Application app;
    app.id = "app";
    app.account_id = account;
    app.owner_id = "ada";
    app.name = "App";
    app.for_people = true;
    app.permissions = -1;
    REQUIRE(shop.ask<void>([&](auto done) { apps.add(app, std::move(done)); }).has_value());
    CHECK(shop.ask<void>([&](auto done) { apps.add(app, std::move(done)); }).error() == StoreError::taken);
    const auto find = [&] {
      return *shop.ask<std::optional<Application>>([&](auto done) { apps.find("app", std::move(done)); });
    };
    CHECK(find()->permissions == -1);
    CHECK(find()->for_people);

    const auto token = [&](const char* hash, OAuthToken::Kind kind) {
      return OAuthToken{hash, kind, "grant", "app", "ada", "a:b", false, now, later};
    };
    const auto is_there = [&](const char* hash) {
      return shop.ask<std::optional<OAuthToken>>([&](auto done) { apps.token(hash, std::move(done)); })->has_value();
    };
    REQUIRE(shop.ask<void>([&](auto done) {
                  apps.add_code({"c", "app", "ada", "https://x", "a:b", "", "grant", false, later}, now,
                                std::move(done));
                })
                .has_value());
    const auto redeem = [&](const char* access, const char* refresh) {
      return shop.ask<void>([&](auto done) {
        apps.redeem_code("c", {token(access, OAuthToken::Kind::access), token(refresh, OAuthToken::Kind::refresh)},
                         std::move(done));
      });
    };
    CHECK(redeem("a1", "r1").has_value());
    CHECK(redeem("a2", "r2").error() == StoreError::not_valid);
    CHECK_FALSE(is_there("a2"));
    const auto exchange = [&](const char* old, const char* access) {
      return shop.ask<void>(
          [&](auto done) { apps.exchange(old, {token(access, OAuthToken::Kind::access)}, std::move(done)); });
    };
    CHECK(exchange("r1", "a3").has_value());
    CHECK(exchange("r1", "a4").error() == StoreError::not_valid);
    CHECK(is_there("a1"));
    CHECK(is_there("a3"));
    CHECK(shop.ask<void>([&](auto done) { apps.end_grant("grant", std::move(done)); }).has_value());
    CHECK_FALSE(is_there("a3"));

    CHECK(shop.ask<void>([&](auto done) {
                apps.add_tokens({token("a5", OAuthToken::Kind::access), token("r5", OAuthToken::Kind::refresh)}, now,
                                std::move(done));
              })
              .has_value());
    const auto grants =
        shop.ask<std::vector<Applications::Grant>>([&](auto done) { apps.grants_of("ada", now, std::move(done)); });
    CHECK(grants->size() == 1);
    CHECK(shop.ask<void>([&](auto done) { apps.end_grants("ada", "app", std::move(done)); }).has_value());
    CHECK(shop.ask<void>([&](auto done) { apps.end_grants("ada", "app", std::move(done)); }).error() ==
          StoreError::not_found);
    // Expired ones go when new ones come; all go with the application.
    CHECK(shop.ask<void>(
                  [&](auto done) { apps.add_tokens({token("a6", OAuthToken::Kind::access)}, now, std::move(done)); })
              .has_value());
    CHECK(shop.ask<void>([&](auto done) { apps.add_tokens({}, UnixMicros{10'000}, std::move(done)); }).has_value());
    CHECK_FALSE(is_there("a6"));
    app.disabled = true;
    CHECK(shop.ask<void>([&](auto done) { apps.change(app, std::move(done)); }).has_value());
    CHECK(shop.ask<void>([&](auto done) { apps.remove(account, "app", std::move(done)); }).has_value());
    CHECK_FALSE(find().has_value());
  });
}
