#include "store/factors.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {
template <class Start>
expected<void, StoreError> did(testing::Shop& shop, Start start) {
  return shop.ask<void>([&](Done<void> done) { start(std::move(done)); });
}
void add_user(testing::Shop& shop, const std::string& id) {
  Store store{shop.engine()};
  const User user{id, id, id, UserRole::member, "hash", UnixMicros{1}};
  REQUIRE(did(shop, [&](auto done) { store.create_user(user, std::move(done)); }));
}
}  // namespace

TEST_CASE("store: a one-time code secret counts when it was confirmed, and no step twice") {
  on_each_engine([](testing::Shop& shop) {
    Factors factors{shop.engine()};
    add_user(shop, "ada");
    const auto begin = [&](Bytes secret) {
      return did(shop, [&](auto done) {
        factors.begin_totp({"ada", std::move(secret), false, 0, UnixMicros{1}}, std::move(done));
      });
    };
    const auto use = [&](std::int64_t step) {
      return did(shop, [&](auto done) { factors.use_totp("ada", step, std::move(done)); });
    };
    REQUIRE(begin({1}));
    REQUIRE(begin({2}));
    CHECK(use(5).error() == StoreError::not_valid);
    REQUIRE(did(shop, [&](auto done) { factors.confirm_totp("ada", 10, {"h1", "h2"}, std::move(done)); }));
    CHECK(did(shop, [&](auto done) { factors.confirm_totp("ada", 11, {}, std::move(done)); }).error() ==
          StoreError::not_valid);
    CHECK(begin({3}).error() == StoreError::taken);
    CHECK(use(10).error() == StoreError::not_valid);
    REQUIRE(use(11));
    CHECK(use(11).error() == StoreError::not_valid);
    CHECK(use(9).error() == StoreError::not_valid);
    const auto totp = *shop.ask<std::optional<TotpFactor>>([&](auto done) { factors.totp("ada", std::move(done)); });
    REQUIRE(totp.has_value());
    CHECK(totp->secret_sealed == Bytes{2});
    CHECK(totp->last_step == 11);
    const auto left = [&] {
      return *shop.ask<std::int64_t>([&](auto done) { factors.recovery_codes_left("ada", std::move(done)); });
    };
    const auto code = [&](const char* user, const char* hash) {
      return did(shop, [&](auto done) { factors.use_recovery_code(user, hash, std::move(done)); });
    };
    CHECK(left() == 2);
    REQUIRE(code("ada", "h1"));
    CHECK(code("ada", "h1").error() == StoreError::not_valid);
    CHECK(code("bob", "h2").error() == StoreError::not_valid);
    CHECK(left() == 1);
    REQUIRE(did(shop, [&](auto done) { factors.set_recovery_codes("ada", {"n1", "n2", "n3"}, std::move(done)); }));
    CHECK(left() == 3);
    CHECK(code("ada", "h2").error() == StoreError::not_valid);
    REQUIRE(did(shop, [&](auto done) { factors.remove_totp("ada", std::move(done)); }));
    CHECK(left() == 0);
    CHECK_FALSE(*shop.ask<std::optional<TotpFactor>>([&](auto done) { factors.totp("ada", std::move(done)); }));
  });
}

TEST_CASE("store: a passkey's counter moves on once a signature") {
  on_each_engine([](testing::Shop& shop) {
    Factors factors{shop.engine()};
    add_user(shop, "ada");
    const Passkey key{"cred", "ada", -7, {4, 5}, 1, false, "Laptop", UnixMicros{7}, std::nullopt};
    REQUIRE(did(shop, [&](auto done) { factors.add_passkey(key, std::move(done)); }));
    CHECK(did(shop, [&](auto done) { factors.add_passkey(key, std::move(done)); }).error() == StoreError::taken);
    Passkey lost = key;
    lost.credential_id = "other";
    lost.user_id = "nobody";
    CHECK(did(shop, [&](auto done) { factors.add_passkey(lost, std::move(done)); }).error() == StoreError::not_found);
    const auto use = [&](std::uint32_t was, std::uint32_t is) {
      return did(shop, [&](auto done) { factors.use_passkey("cred", was, is, true, UnixMicros{9}, std::move(done)); });
    };
    REQUIRE(use(1, 2));
    CHECK(use(1, 2).error() == StoreError::not_valid);
    const auto found = *shop.ask<std::optional<Passkey>>([&](auto done) { factors.passkey("cred", std::move(done)); });
    REQUIRE(found.has_value());
    CHECK(found->sign_count == 2);
    CHECK(found->algorithm == -7);
    CHECK(found->backed_up);
    CHECK(found->last_used_at == UnixMicros{9});
    CHECK(shop.ask<std::vector<Passkey>>([&](auto done) { factors.passkeys_of("ada", std::move(done)); })->size() == 1);
    CHECK(did(shop, [&](auto done) { factors.remove_passkey("bob", "cred", std::move(done)); }).error() ==
          StoreError::not_found);
    REQUIRE(did(shop, [&](auto done) { factors.reset("ada", std::move(done)); }));
    CHECK_FALSE(*shop.ask<std::optional<Passkey>>([&](auto done) { factors.passkey("cred", std::move(done)); }));
  });
}

TEST_CASE("store: an identity of a provider belongs to one user") {
  on_each_engine([](testing::Shop& shop) {
    Factors factors{shop.engine()};
    add_user(shop, "ada");
    add_user(shop, "bob");
    REQUIRE(did(shop, [&](auto done) { factors.add_identity("idp", "1", "ada", UnixMicros{1}, std::move(done)); }));
    CHECK(did(shop, [&](auto done) {
            factors.add_identity("idp", "1", "bob", UnixMicros{1}, std::move(done));
          }).error() == StoreError::taken);
    const auto who = [&](const char* provider, const char* subject) {
      return *shop.ask<std::optional<std::string>>(
          [&](auto done) { factors.user_of_identity(provider, subject, std::move(done)); });
    };
    CHECK(who("idp", "1") == "ada");
    CHECK_FALSE(who("idp", "2"));
    CHECK_FALSE(who("other", "1"));
  });
}
