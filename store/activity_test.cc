#include "store/activity.h"

#include <doctest/doctest.h>

#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {
constexpr const char* account = "AAAAAAAAAAAAAAAAAAAAAA";
ActivityLog log(const std::string& id, std::int64_t at) {
  return {id, account, "m1", UnixMicros{at}, UnixMicros{at}, std::nullopt};
}
void put(testing::Shop& shop, const ActivityLog& l, ActivityRecord record) {
  Activity activity{shop.engine()};
  REQUIRE(shop.ask<void>([&](auto done) { activity.put(l, std::move(record), std::move(done)); }).has_value());
}
}  // namespace

TEST_CASE("store: records of a meeting are replaced by kind and number, and come back in order and in pages") {
  on_each_engine([](testing::Shop& shop) {
    Activity activity{shop.engine()};
    const ActivityLog l = log("log1", 10);
    put(shop, l, {"chat", 2, UnixMicros{12}, {2}});
    put(shop, l, {"chat", 1, UnixMicros{11}, {1}});
    put(shop, l, {"poll", 1, UnixMicros{13}, {7}});
    put(shop, l, {"chat", 2, UnixMicros{14}, {9, 9}});
    const auto all =
        shop.ask<std::vector<ActivityRecord>>([&](auto done) { activity.records("log1", std::move(done)); });
    REQUIRE(all.has_value());
    REQUIRE(all->size() == 3);
    CHECK((*all)[0].kind == "chat");
    CHECK((*all)[1].kind == "poll");
    CHECK((*all)[2].body_sealed == Bytes{9, 9});
    CHECK((*all)[2].changed_at == UnixMicros{14});
    const auto page = shop.ask<std::vector<ActivityRecord>>(
        [&](auto done) { activity.page("log1", "chat", 2, 10, std::move(done)); });
    REQUIRE(page->size() == 1);
    CHECK((*page)[0].number == 1);
  });
}

TEST_CASE("store: the newest log that has not ended is found, with when it was written to last") {
  on_each_engine([](testing::Shop& shop) {
    Activity activity{shop.engine()};
    const auto unfinished = [&] {
      return *shop.ask<std::optional<ActivityLog>>(
          [&](auto done) { activity.unfinished(account, "m1", std::move(done)); });
    };
    CHECK_FALSE(unfinished().has_value());
    put(shop, log("old", 10), {"chat", 1, UnixMicros{11}, {1}});
    put(shop, log("new", 20), {"chat", 1, UnixMicros{31}, {1}});
    REQUIRE(unfinished().has_value());
    CHECK(unfinished()->id == "new");
    CHECK(unfinished()->changed_at == UnixMicros{31});
    for (int i = 0; i < 2; ++i) {
      CHECK(shop.ask<void>([&](auto done) { activity.end("new", UnixMicros{40}, std::move(done)); }).has_value());
    }
    CHECK(unfinished()->id == "old");
    const auto logs =
        *shop.ask<std::vector<ActivityLog>>([&](auto done) { activity.logs(account, "m1", 10, 0, std::move(done)); });
    REQUIRE(logs.size() == 2);
    CHECK(logs[0].ended_at == UnixMicros{40});
    CHECK(shop.ask<void>([&](auto done) { activity.end("never", UnixMicros{40}, std::move(done)); }).has_value());
  });
}

TEST_CASE("store: a log needs its account; bans are of one meeting, said twice they are one, and can be lifted") {
  on_each_engine([](testing::Shop& shop) {
    Activity activity{shop.engine()};
    ActivityLog stranger = log("x", 1);
    stranger.account_id = "nobody";
    const auto refused =
        shop.ask<void>([&](auto done) { activity.put(stranger, {"chat", 1, UnixMicros{1}, {1}}, std::move(done)); });
    CHECK(refused.error() == StoreError::not_found);
    for (int i = 0; i < 2; ++i) {
      CHECK(shop.ask<void>([&](auto done) { activity.ban(account, "m1", "account:a", UnixMicros{5}, std::move(done)); })
                .has_value());
    }
    const auto bans = [&](const std::string& meeting) {
      return *shop.ask<std::vector<std::string>>([&](auto done) { activity.bans(account, meeting, std::move(done)); });
    };
    CHECK(bans("m1") == std::vector<std::string>{"account:a"});
    CHECK(bans("m2").empty());
    CHECK(shop.ask<void>([&](auto done) { activity.unban(account, "m1", "account:a", std::move(done)); }).has_value());
    CHECK(bans("m1").empty());
    CHECK(shop.ask<void>([&](auto done) { activity.unban(account, "m1", "account:a", std::move(done)); }).error() ==
          StoreError::not_found);
  });
}

TEST_CASE("store: reports of abuse are listed over all meetings of an account until somebody has dealt with them") {
  on_each_engine([](testing::Shop& shop) {
    Activity activity{shop.engine()};
    put(shop, log("log1", 10), {"report", 1, UnixMicros{12}, {1}});
    put(shop, log("log1", 10), {"chat", 1, UnixMicros{13}, {2}});
    put(shop, log("log2", 20), {"report", 1, UnixMicros{22}, {3}});
    const auto list = [&](bool open) {
      return *shop.ask<std::vector<AbuseReport>>(
          [&](auto done) { activity.reports(account, open, 10, 0, std::move(done)); });
    };
    REQUIRE(list(true).size() == 2);
    CHECK(list(true)[0].log_id == "log2");
    CHECK(list(true)[0].record.body_sealed == Bytes{3});
    const auto resolve = [&](const char* of, const char* id, std::int64_t number) {
      return shop.ask<void>(
          [&](auto done) { activity.resolve_report(of, id, number, "root", UnixMicros{30}, std::move(done)); });
    };
    CHECK(resolve(account, "log2", 1).has_value());
    CHECK(resolve(account, "log2", 1).has_value());
    CHECK(resolve("another", "log1", 1).error() == StoreError::not_found);
    CHECK(resolve(account, "log1", 2).error() == StoreError::not_found);
    REQUIRE(list(true).size() == 1);
    CHECK(list(true)[0].log_id == "log1");
    CHECK(list(false)[0].resolved_by == "root");
    CHECK(list(false)[0].resolved_at == UnixMicros{30});
    CHECK(shop.ask<void>([&](auto done) { activity.reopen_report(account, "log2", 1, std::move(done)); }).has_value());
    CHECK_FALSE(
        shop.ask<void>([&](auto done) { activity.reopen_report(account, "log2", 1, std::move(done)); }).has_value());
    CHECK(list(true).size() == 2);
  });
}
