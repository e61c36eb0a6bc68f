#include "store/outbox.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

TEST_CASE("store: mail waits for its time, is tried again, and is given up") {
  on_each_engine([](testing::Shop& shop) {
    Outbox outbox{shop.engine()};
    const auto did = [&](auto start) { return shop.ask<void>([&](Done<void> done) { start(std::move(done)); }); };
    const auto due = [&](std::int64_t now) {
      std::string ids;
      const auto mails =
          *shop.ask<std::vector<OutboxMail>>([&](auto done) { outbox.due(UnixMicros{now}, 10, std::move(done)); });
      for (const OutboxMail& m : mails) ids += m.id + std::to_string(m.attempts) + " ";
      return ids;
    };
    const auto next = [&] {
      return *shop.ask<std::optional<UnixMicros>>([&](auto done) { outbox.next(std::move(done)); });
    };
    CHECK_FALSE(next());
    for (const char* id : {"b", "a"}) {
      REQUIRE(did([&](auto done) {
        outbox.put({id, std::string{default_account}, {1, 2}, 0, UnixMicros{5}, UnixMicros{5}, false, ""},
                   std::move(done));
      }));
    }
    CHECK(due(4).empty());
    CHECK(due(5) == "a0 b0 ");
    CHECK(next() == UnixMicros{5});
    REQUIRE(did([&](auto done) { outbox.failed("a", UnixMicros{20}, false, "unreachable", std::move(done)); }));
    CHECK(due(5) == "b0 ");
    CHECK(due(20) == "b0 a1 ");
    REQUIRE(did([&](auto done) { outbox.sent("b", std::move(done)); }));
    CHECK(next() == UnixMicros{20});
    REQUIRE(did([&](auto done) { outbox.failed("a", UnixMicros{30}, true, "refused", std::move(done)); }));
    CHECK(due(100).empty());
    CHECK_FALSE(next());
    CHECK(shop.ask<Outbox::Counts>([&](auto done) { outbox.counts(std::move(done)); })->given_up == 1);
    REQUIRE(did([&](auto done) { outbox.prune(UnixMicros{31}, std::move(done)); }));
    CHECK(shop.ask<Outbox::Counts>([&](auto done) { outbox.counts(std::move(done)); })->given_up == 0);
  });
}
