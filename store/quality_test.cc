#include "store/quality.h"

#include <doctest/doctest.h>

#include "store/history.h"
#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {

QualitySample sample(std::int64_t visit, std::int64_t at) {
  QualitySample s{.visit = visit, .at = UnixMicros{at}, .over_ms = 20'000, .round_trip_us = 31'000};
  s.streams.push_back({.kind = QualityKind::audio, .bitrate_bps = 41'000, .loss_permille = 12, .jitter_us = 900});
  s.streams.push_back({.kind = QualityKind::share,
                       .received = true,
                       .bitrate_bps = 1'900'000,
                       .max_loss_permille = 1000,
                       .frame_rate = 15,
                       .width = 1920,
                       .height = 1080});
  return s;
}

}  // namespace

TEST_CASE("quality: a sample is read back as it was packed; cut, longer and foreign bytes are none") {
  QualitySample s = sample(0, 0);
  const Bytes packed = pack(s);
  CHECK(packed.size() == 10 + 2 * 18);
  CHECK(unpack(packed) == s);
  s.round_trip_us.reset();
  s.streams.clear();
  CHECK(unpack(pack(s)) == s);
  for (std::size_t n = 0; n < packed.size(); ++n) CHECK_FALSE(unpack(ByteView{packed}.first(n)));
  Bytes other = packed;
  other.push_back(0);
  CHECK_FALSE(unpack(other));
  other = packed;
  other[0] = 2;
  CHECK_FALSE(unpack(other));
  other = packed;
  other[10] = 3;  // no such kind
  CHECK_FALSE(unpack(other));
  s.streams.resize(7);  // more than there can be
  s.streams[0].frame_rate = 3000;
  CHECK(unpack(pack(s))->streams.size() == 6);
  CHECK(unpack(pack(s))->streams[0].frame_rate == 255);
  other = pack(s);
  other[1] = 7;
  other.resize(other.size() + 18);
  CHECK_FALSE(unpack(other));
}

TEST_CASE("store: samples of quality are kept with their running, read by visit, and go with time and with it") {
  on_each_engine([](testing::Shop& shop) {
    Quality quality{shop.engine()};
    History history{shop.engine()};
    const auto add = [&](const std::string& uuid, const QualitySample& s) {
      REQUIRE(shop.ask<void>([&](auto done) { quality.add(uuid, s, std::move(done)); }).has_value());
    };
    const auto of = [&](std::int64_t first, std::int64_t last) {
      auto got = shop.ask<std::vector<QualitySample>>(
          [&](auto done) { quality.of_visits("u1", first, last, std::move(done)); });
      REQUIRE(got.has_value());
      return std::move(*got);
    };
    add("u1", sample(1, 10));  // not written down yet
    CHECK(of(1, 9).empty());
    const MeetingRun run{"u1", std::string{default_account}, "81", "host", "log", UnixMicros{1}, UnixMicros{1}, {},
                         {1}};
    REQUIRE(shop.ask<void>([&](auto done) { history.start(run, std::move(done)); }).has_value());
    add("u1", sample(2, 20));
    add("u1", sample(1, 30));
    add("u1", sample(1, 10));
    add("u1", sample(1, 10));  // told twice
    CHECK(of(1, 2) == std::vector{sample(1, 10), sample(1, 30), sample(2, 20)});
    CHECK(of(2, 9) == std::vector{sample(2, 20)});
    for (std::int64_t at = 100; at < 107; ++at) add("u1", sample(3, at));
    auto some = shop.ask<std::vector<QualitySample>>(
        [&](auto done) { quality.some_of_visits("u1", 2, 3, 3, std::move(done)); });
    REQUIRE(some.has_value());
    CHECK(*some == std::vector{sample(2, 20), sample(3, 100), sample(3, 103), sample(3, 106)});
    REQUIRE(shop.ask<void>([&](auto done) { quality.forget(UnixMicros{20}, std::move(done)); }).has_value());
    CHECK(of(1, 2) == std::vector{sample(1, 30), sample(2, 20)});
    CHECK(of(3, 3).size() == 7);
    REQUIRE(shop.ask<std::vector<Rows>>([&](auto done) {
                  shop.engine().write({{.sql = "DELETE FROM meeting_runs WHERE uuid='u1'"}}, std::move(done));
                })
                .has_value());
    CHECK(of(1, 9).empty());
  });
}
