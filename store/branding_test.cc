#include "store/branding.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

TEST_CASE("store: an account's name, colour and logo are kept each for itself, and taken back each for itself") {
  on_each_engine([](testing::Shop& shop) {
    Brandings brandings{shop.engine()};
    const std::string account{default_account};
    const auto now = [&] {
      const auto b = shop.ask<Branding>([&](auto done) { brandings.of(account, std::move(done)); }).value();
      return b.organisation + "|" + b.accent + "|" + b.logo_id;
    };
    const auto change = [&](std::optional<std::string> name, std::optional<std::string> accent, const std::string& of) {
      return shop.ask<void>([&](auto done) { brandings.change(of, name, accent, std::move(done)); });
    };
    const auto logo = [&](const std::string& id) {
      return shop.ask<std::optional<Logo>>([&](auto done) { brandings.logo(account, id, std::move(done)); }).value();
    };
    CHECK(now() == "||");
    REQUIRE(change("Körperwelten 公司", std::nullopt, account));
    REQUIRE(change(std::nullopt, "#103070", account));
    CHECK(now() == "Körperwelten 公司|#103070|");
    CHECK(change("x", std::nullopt, "nobody").error() == StoreError::not_found);

    const Bytes content{1, 0, 2};
    REQUIRE(shop.ask<void>(
        [&](auto done) { brandings.put_logo(account, "first", {"image/png", content}, std::move(done)); }));
    CHECK(now() == "Körperwelten 公司|#103070|first");
    REQUIRE(logo("first").has_value());
    CHECK(logo("first")->type == "image/png");
    CHECK(logo("first")->content == content);
    REQUIRE(shop.ask<void>(
        [&](auto done) { brandings.put_logo(account, "second", {"image/jpeg", content}, std::move(done)); }));
    CHECK_FALSE(logo("first"));

    REQUIRE(shop.ask<void>([&](auto done) { brandings.remove_logo(account, std::move(done)); }));
    CHECK_FALSE(logo("second"));
    CHECK_FALSE(logo(""));
    REQUIRE(change(std::nullopt, "", account));
    CHECK(now() == "Körperwelten 公司||");
  });
}
