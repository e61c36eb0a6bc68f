#include "store/data_keys.h"

#include "store/store.h"
#include "store/testing.h"

namespace sealhall::store {
namespace {

DataKey key(std::string id, std::string scope, bool sealing, std::int64_t at, std::int64_t version = 1) {
  return {std::move(id), std::string{default_account}, std::move(scope), sealing, 0, "abcd", version, Bytes{1, 2, 3},
          UnixMicros{at}};
}

TEST_CASE("data keys: the newest sealing key of a scope is found, containers' keys are not") {
  testing::on_each_engine([](testing::Shop& shop) {
    DataKeys keys{shop.engine()};
    const auto add = [&](DataKey k) {
      return shop.ask<void>([&](auto done) { keys.add(std::move(k), std::move(done)); });
    };
    CHECK(add(key("a", "meeting/1", true, 1)));
    CHECK(add(key("b", "meeting/1", true, 2)));
    CHECK(add(key("c", "meeting/1", false, 3)));
    CHECK(add(key("d", "meeting/2", true, 4)));
    CHECK(add(key("a", "meeting/9", true, 1)).error() == StoreError::taken);
    const auto found = shop.ask<std::optional<DataKey>>(
        [&](auto done) { keys.sealing_key(std::string{default_account}, "meeting/1", std::move(done)); });
    REQUIRE(found);
    REQUIRE(found->has_value());
    CHECK((*found)->id == "b");
    CHECK((*found)->wrapped == Bytes{1, 2, 3});
    CHECK(shop.ask<std::int64_t>([&](auto done) { keys.reserve("b", 10, std::move(done)); }).value() == 10);
    CHECK(shop.ask<std::int64_t>([&](auto done) { keys.reserve("b", 10, std::move(done)); }).value() == 20);
    CHECK(shop.ask<std::int64_t>([&](auto done) { keys.reserve("x", 10, std::move(done)); }).error() ==
          StoreError::not_found);
    CHECK(shop.ask<std::vector<DataKey>>(
                  [&](auto done) { keys.of_scope(std::string{default_account}, "meeting/1", std::move(done)); })
              ->size() == 3);
    CHECK(shop.ask<void>(
        [&](auto done) { keys.remove_scope(std::string{default_account}, "meeting/1", std::move(done)); }));
    CHECK_FALSE(shop.ask<std::optional<DataKey>>([&](auto done) { keys.get("b", std::move(done)); })->has_value());
    CHECK(shop.ask<std::optional<DataKey>>([&](auto done) { keys.get("d", std::move(done)); })->has_value());
  });
}

TEST_CASE("data keys: a re-wrap goes on where it was, and leaves alone what has changed meanwhile") {
  testing::on_each_engine([](testing::Shop& shop) {
    DataKeys keys{shop.engine()};
    for (int i = 0; i < 5; ++i) {
      REQUIRE(
          shop.ask<void>([&](auto done) { keys.add(key("k" + std::to_string(i), "s", true, i), std::move(done)); }));
    }
    REQUIRE(shop.ask<void>([&](auto done) { keys.add(key("n", "s", true, 9, 2), std::move(done)); }));
    const auto old = [&](std::uint32_t limit, const std::string& after = "") {
      return shop
          .ask<std::vector<DataKey>>([&](auto done) { keys.older_than("abcd", 2, after, limit, std::move(done)); })
          .value();
    };
    CHECK(old(100).size() == 5);
    CHECK(old(2)[1].id == "k1");
    CHECK(old(2, "k1")[0].id == "k2");
    REQUIRE(shop.ask<void>([&](auto done) {
      keys.rewrap({{"k0", {1, 2, 3}, {4}, 2}, {"k1", {9, 9}, {5}, 2}, {"gone", {1}, {2}, 2}}, std::move(done));
    }));
    CHECK(old(100).size() == 4);
    CHECK(shop.ask<std::optional<DataKey>>([&](auto done) { keys.get("k0", std::move(done)); }).value()->wrapped ==
          Bytes{4});
    CHECK(shop.ask<std::optional<DataKey>>([&](auto done) { keys.get("k1", std::move(done)); }).value()->wrapped ==
          Bytes{1, 2, 3});
    const auto counts = shop.ask<std::vector<WrappingCount>>([&](auto done) { keys.counts(std::move(done)); }).value();
    REQUIRE(counts.size() == 2);
    CHECK(counts[0].count == 4);
    CHECK(counts[1].count == 2);
  });
}

}  // namespace
}  // namespace sealhall::store
