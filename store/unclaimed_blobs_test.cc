#include "store/unclaimed_blobs.h"

#include <doctest/doctest.h>

#include "store/activity.h"
#include "store/recordings.h"
#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;

TEST_CASE("store: a blob that nobody claims is doomed after its time; the message that names it claims it") {
  testing::on_each_engine([](testing::Shop& shop) {
    UnclaimedBlobs unclaimed{shop.engine()};
    Activity activity{shop.engine()};
    Recordings recordings{shop.engine()};
    for (const char* name : {"files/old", "files/sent"}) {
      CHECK(shop.ask<void>([&](auto done) { unclaimed.add(name, UnixMicros{10}, std::move(done)); }));
    }
    CHECK(shop.ask<void>([&](auto done) { unclaimed.add("files/young", UnixMicros{20}, std::move(done)); }));
    const ActivityLog log{"log", std::string{default_account}, "m1", UnixMicros{1}, UnixMicros{1}, std::nullopt};
    CHECK(shop.ask<void>(
        [&](auto done) { activity.put(log, {"chat", 1, UnixMicros{11}, Bytes{1}}, std::move(done), {"files/sent"}); }));
    const auto doom = [&](std::int64_t then) {
      return *shop.ask<std::int64_t>([&](auto done) { unclaimed.doom(UnixMicros{then}, std::move(done)); });
    };
    const auto doomed = [&] {
      return *shop.ask<std::vector<std::string>>([&](auto done) { recordings.doomed(10, std::move(done)); });
    };
    CHECK(doom(10) == 0);
    CHECK(doom(20) == 1);
    CHECK(doomed() == std::vector<std::string>{"files/old"});
    CHECK(doom(20) == 0);
    CHECK(doom(21) == 1);
    CHECK(doomed() == std::vector<std::string>{"files/old", "files/young"});
  });
}
