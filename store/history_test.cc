#include "store/history.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {

constexpr std::int64_t minute = 60'000'000;
constexpr std::int64_t day = 24 * 60 * minute;

struct Past {
  explicit Past(testing::Shop& s) : shop(s), history(s.engine()) {
    REQUIRE(shop.ask<void>([&](auto done) {
                  User user;
                  user.id = "host";
                  user.login = "host@example.org";
                  user.name = "Host";
                  Store{shop.engine()}.create_user(user, std::move(done));
                })
                .has_value());
  }
  MeetingRun run(const std::string& uuid, std::int64_t at, const std::string& meeting = "81") {
    return {uuid, std::string{default_account}, meeting, "host", "log" + uuid, UnixMicros{at}, UnixMicros{at}, {}, {1}};
  }
  MeetingVisit visit(std::int64_t number, const std::string& user, std::int64_t at) {
    MeetingVisit v;
    v.visit = number;
    v.participant = number;
    v.user_id = user;
    v.client = "web";
    v.joined_at = UnixMicros{at};
    v.name_sealed = {9};
    return v;
  }
  void come(const MeetingRun& r, MeetingVisit v) {
    REQUIRE(shop.ask<void>([&](auto done) { history.come(r, v, std::move(done)); }).has_value());
  }
  void end(const std::string& uuid, std::int64_t at) {
    REQUIRE(shop.ask<void>([&](auto done) { history.end(uuid, UnixMicros{at}, std::move(done)); }).has_value());
  }
  Listed<RunSummary> list(History::Query query) {
    query.account_id = default_account;
    query.now = UnixMicros{day};
    if (query.to == UnixMicros{}) query.to = UnixMicros{10 * day};
    auto got = shop.ask<Listed<RunSummary>>([&](auto done) { history.list(query, std::move(done)); });
    REQUIRE(got.has_value());
    return std::move(*got);
  }
  testing::Shop& shop;
  History history;
};

}  // namespace

TEST_CASE("store: a running adds up who was there and for how long; who came twice is one person") {
  on_each_engine([](testing::Shop& shop) {
    Past past{shop};
    const MeetingRun r = past.run("u1", 10 * minute);
    past.come(r, past.visit(1, "host", 10 * minute));
    past.come(r, past.visit(2, "", 11 * minute));
    REQUIRE(
        shop.ask<void>([&](auto done) { past.history.leave("u1", 1, UnixMicros{12 * minute}, true, std::move(done)); })
            .has_value());
    past.come(r, past.visit(3, "host", 13 * minute));
    REQUIRE(shop.ask<void>([&](auto done) { past.history.use("u1", 2, used::camera, std::move(done)); }).has_value());
    CHECK(past.list({}).total == 0);
    CHECK(past.list({.account_id = {}, .running = true}).total == 1);
    past.end("u1", 14 * minute);
    past.end("u1", 20 * minute);  // ended already
    const auto all = past.list({.account_id = {}, .host_id = "host", .meeting_id = "81"});
    REQUIRE(all.rows.size() == 1);
    CHECK(all.total == 1);
    const RunSummary& s = all.rows[0];
    CHECK(s.run.ended_at == UnixMicros{14 * minute});
    CHECK(s.visits == 3);
    CHECK(s.people == 2);
    CHECK(s.stay_us == (2 + 3 + 1) * minute);
    CHECK(s.used == used::camera);
    CHECK_FALSE(s.recorded);
    CHECK(s.host_login == "host@example.org");
    CHECK(past.list({.account_id = {}, .host_id = "somebody"}).total == 0);
    CHECK(past.list({.account_id = {}, .from = UnixMicros{11 * minute}}).total == 0);

    const auto visits =
        shop.ask<Listed<MeetingVisit>>([&](auto done) { past.history.visits("u1", 2, 1, std::move(done)); });
    REQUIRE(visits->rows.size() == 2);
    CHECK(visits->total == 3);
    CHECK(visits->rows[0].login.empty());
    CHECK(visits->rows[0].left_at == UnixMicros{14 * minute});
    CHECK(visits->rows[1].login == "host@example.org");
    CHECK(visits->rows[1].name_sealed == Bytes{9});
    const auto named = shop.ask<std::vector<History::NamedVisit>>(
        [&](auto done) { past.history.visits_of_log(std::string{default_account}, "logu1", std::move(done)); });
    CHECK(named->size() == 3);
    CHECK((*named)[0].visit.removed);
  });
}

TEST_CASE("store: what was open when the server died ends when it was seen last") {
  on_each_engine([](testing::Shop& shop) {
    Past past{shop};
    past.come(past.run("u1", minute), past.visit(1, "", minute));
    REQUIRE(shop.ask<void>([&](auto done) { past.history.seen(UnixMicros{5 * minute}, std::move(done)); }).has_value());
    past.come(past.run("u2", 6 * minute), past.visit(1, "", 7 * minute));
    REQUIRE(shop.ask<void>([&](auto done) { past.history.close_open(std::move(done)); }).has_value());
    const auto find = [&](const std::string& uuid) {
      return **shop.ask<std::optional<RunSummary>>(
          [&](auto done) { past.history.find(uuid, UnixMicros{day}, std::move(done)); });
    };
    CHECK(find("u1").run.ended_at == UnixMicros{5 * minute});
    CHECK(find("u1").stay_us == 4 * minute);
    CHECK(find("u2").run.ended_at == UnixMicros{7 * minute});
    CHECK(find("u2").stay_us == 0);
    const auto newest = shop.ask<std::optional<RunSummary>>(
        [&](auto done) { past.history.newest("81", false, UnixMicros{day}, std::move(done)); });
    CHECK((**newest).run.uuid == "u2");
    CHECK_FALSE(shop.ask<std::optional<RunSummary>>(
                        [&](auto done) { past.history.newest("81", true, UnixMicros{day}, std::move(done)); })
                    ->has_value());
  });
}

TEST_CASE("store: hosts and days of a time") {
  on_each_engine([](testing::Shop& shop) {
    Past past{shop};
    for (int i = 0; i < 3; ++i) {
      const std::string uuid = "u" + std::to_string(i);
      const std::int64_t at = (i == 2 ? 3 : 1) * day + minute;
      past.come(past.run(uuid, at), past.visit(1, "host", at));
      past.end(uuid, at + 2 * minute);
    }
    const auto hosts = [&](bool active) {
      return *shop.ask<Listed<HostSummary>>([&](auto done) {
        past.history.hosts(std::string{default_account}, UnixMicros{day}, UnixMicros{2 * day}, active, 10, 0,
                           std::move(done));
      });
    };
    REQUIRE(hosts(true).rows.size() == 1);
    CHECK(hosts(true).total == 1);
    CHECK(hosts(true).rows[0].meetings == 2);
    CHECK(hosts(true).rows[0].visits == 2);
    CHECK(hosts(true).rows[0].length_us == 4 * minute);
    CHECK(hosts(false).rows.empty());
    const auto days = *shop.ask<std::vector<DaySummary>>([&](auto done) {
      past.history.days(std::string{default_account}, UnixMicros{0}, UnixMicros{9 * day}, std::move(done));
    });
    REQUIRE(days.size() == 3);
    CHECK(days[0].new_users == 1);
    CHECK(days[0].meetings == 0);
    CHECK(days[1].day == 1);
    CHECK(days[1].meetings == 2);
    CHECK(days[1].stay_us == 4 * minute);
    CHECK(days[2].day == 3);
  });
}

TEST_CASE("store: polls of a meeting are numbered, start tokens expire") {
  on_each_engine([](testing::Shop& shop) {
    Past past{shop};
    History& history = past.history;
    CHECK(shop.ask<void>([&](auto done) { history.add_poll({"p", "nothing", 0, {1}}, std::move(done)); }).error() ==
          StoreError::not_found);
    REQUIRE(shop.ask<void>([&](auto done) {
                  Meeting m;
                  m.id = "81";
                  m.owner_id = "host";
                  Store{shop.engine()}.create_meeting(m, std::move(done));
                })
                .has_value());
    for (const char* id : {"p1", "p2"}) {
      REQUIRE(shop.ask<void>([&](auto done) { history.add_poll({id, "81", 0, {1}}, std::move(done)); }).has_value());
    }
    CHECK(shop.ask<void>([&](auto done) { history.change_poll({"p2", "81", 0, {2}}, std::move(done)); }).has_value());
    CHECK(shop.ask<void>([&](auto done) { history.change_poll({"p2", "82", 0, {2}}, std::move(done)); }).error() ==
          StoreError::not_found);
    CHECK(shop.ask<void>([&](auto done) { history.remove_poll("81", "p1", std::move(done)); }).has_value());
    CHECK_FALSE(shop.ask<void>([&](auto done) { history.remove_poll("81", "p1", std::move(done)); }).has_value());
    const auto polls = *shop.ask<std::vector<History::Poll>>([&](auto done) { history.polls("81", std::move(done)); });
    REQUIRE(polls.size() == 1);
    CHECK(polls[0].number == 2);
    CHECK(polls[0].body_sealed == Bytes{2});

    REQUIRE(shop.ask<void>([&](auto done) {
                  history.put_start_token("h", "host", UnixMicros{100}, UnixMicros{0}, std::move(done));
                })
                .has_value());
    const auto who = [&](std::int64_t now) {
      return *shop.ask<std::optional<std::string>>(
          [&](auto done) { history.user_of_start_token("h", UnixMicros{now}, std::move(done)); });
    };
    CHECK(who(99) == "host");
    CHECK_FALSE(who(100).has_value());
  });
}
