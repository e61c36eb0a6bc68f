#include "store/bbb.h"

#include <doctest/doctest.h>

#include "store/recordings.h"
#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {

constexpr const char* account = "AAAAAAAAAAAAAAAAAAAAAA";

BbbMeeting meeting(const std::string& id, const std::string& key, std::int64_t created) {
  BbbMeeting m;
  m.internal_id = id;
  m.account_id = account;
  m.meeting_key = key;
  m.meeting_id = "our-" + id;
  m.details_sealed = {1, 2};
  m.created_at = UnixMicros{created};
  return m;
}

}  // namespace

TEST_CASE("store: the secret of an account is put, replaced and read") {
  on_each_engine([](testing::Shop& shop) {
    Store people{shop.engine()};
    Bbb bbb{shop.engine()};
    REQUIRE(shop.ask<void>([&](auto done) {
      people.create_user({"owner", "ada", "Ada", UserRole::admin, "hash", UnixMicros{1}, false}, std::move(done));
    }));
    const auto put = [&](const std::string& who, Bytes secret) {
      return shop.ask<void>([&](auto done) { bbb.put_secret({who, "owner", secret, UnixMicros{3}}, std::move(done)); });
    };
    const auto get = [&](const std::string& who) {
      return *shop.ask<std::optional<BbbSecret>>([&](auto done) { bbb.secret(who, std::move(done)); });
    };
    CHECK_FALSE(get(account));
    REQUIRE(put(account, {1}));
    REQUIRE(put(account, {2}));
    CHECK(get(account)->secret_sealed == Bytes{2});
    CHECK(get(account)->owner_id == "owner");
    CHECK(put("nobody", {1}).error() == StoreError::not_found);
  });
}

TEST_CASE("store: one meeting of a key is open at a time; what ended stays until its end was told") {
  on_each_engine([](testing::Shop& shop) {
    Bbb bbb{shop.engine()};
    const auto add = [&](BbbMeeting m) {
      return shop.ask<void>([&](auto done) { bbb.add_meeting(m, std::move(done)); });
    };
    const auto change = [&](BbbMeeting m) {
      return shop.ask<void>([&](auto done) { bbb.change_meeting(m, std::move(done)); });
    };
    const auto unfinished = [&] {
      std::string out;
      const auto all = *shop.ask<std::vector<BbbMeeting>>([&](auto done) { bbb.unfinished_meetings(std::move(done)); });
      for (const auto& m : all) out += m.internal_id + " ";
      return out;
    };
    REQUIRE(add(meeting("a", "key", 1)));
    CHECK(add(meeting("b", "key", 2)).error() == StoreError::taken);
    REQUIRE(add(meeting("c", "other", 3)));
    auto ended = meeting("a", "key", 1);
    ended.joined_at = UnixMicros{5};
    ended.ended_at = UnixMicros{9};
    ended.callback_at = UnixMicros{10};
    ended.callback_attempts = 2;
    REQUIRE(change(ended));
    REQUIRE(add(meeting("b", "key", 2)));
    CHECK(unfinished() == "a b c ");
    ended.callback_at.reset();
    REQUIRE(change(ended));
    CHECK(unfinished() == "b c ");
    CHECK(change(meeting("z", "key", 1)).error() == StoreError::not_found);

    const auto list = *shop.ask<std::vector<BbbMeeting>>(
        [&](auto done) { bbb.meetings(account, std::string{"key"}, 10, std::move(done)); });
    REQUIRE(list.size() == 2);
    CHECK(list[0].internal_id == "b");
    CHECK(list[1].joined_at == UnixMicros{5});
    CHECK(list[1].callback_attempts == 2);
    CHECK(list[1].details_sealed == Bytes{1, 2});
    CHECK(shop.ask<std::vector<BbbMeeting>>([&](auto done) { bbb.meetings(account, std::nullopt, 2, std::move(done)); })
              ->size() == 2);
    const auto found =
        *shop.ask<std::optional<BbbMeeting>>([&](auto done) { bbb.by_meeting(account, "our-c", std::move(done)); });
    REQUIRE(found);
    CHECK(found->internal_id == "c");
  });
}

TEST_CASE("store: what a platform said of a recording") {
  on_each_engine([](testing::Shop& shop) {
    Bbb bbb{shop.engine()};
    const auto put = [&](bool published) {
      return shop.ask<void>([&](auto done) { bbb.put_recording({"r", account, published, {7}}, std::move(done)); });
    };
    REQUIRE(put(true));
    REQUIRE(put(false));
    const auto all = *shop.ask<std::vector<BbbRecording>>([&](auto done) { bbb.recordings(account, std::move(done)); });
    REQUIRE(all.size() == 1);
    CHECK_FALSE(all[0].published);
    CHECK(all[0].metadata_sealed == Bytes{7});
  });
}

TEST_CASE("store: that a platform's recording is ready is noted with its end, once, and kept until it was told") {
  on_each_engine([](testing::Shop& shop) {
    Bbb bbb{shop.engine()};
    Recordings recordings{shop.engine()};
    CHECK(shop.ask<void>(
        [&](auto done) { bbb.add_meeting({"i1", account, "key", "m1", Bytes{1}, UnixMicros{1}}, std::move(done)); }));
    const auto made = [&](const std::string& id, const std::string& meeting) {
      Recording r;
      r.id = id;
      r.account_id = account;
      r.meeting_id = meeting;
      r.meeting_uuid = id;
      r.host_id = "ada";
      CHECK(shop.ask<void>([&](auto done) { recordings.create(r, std::move(done)); }));
    };
    const auto finish = [&](const std::string& id, RecordingState state) {
      CHECK(shop.ask<void>([&](auto done) { recordings.finish(id, state, 1, {}, std::move(done)); }));
    };
    const auto left = [&] {
      return *shop.ask<std::vector<BbbReady>>([&](auto done) { bbb.unfinished_ready(std::move(done)); });
    };
    made("r1", "m1");
    made("r2", "a meeting of people");
    made("r3", "m1");
    finish("r3", RecordingState::failed);
    finish("r2", RecordingState::completed);
    CHECK(left().empty());
    finish("r1", RecordingState::completed);
    finish("r1", RecordingState::completed);
    REQUIRE(left().size() == 1);
    CHECK(left()[0].recording_id == "r1");
    CHECK(left()[0].meeting_id == "m1");
    CHECK(left()[0].next_at == UnixMicros{0});
    CHECK(
        shop.ask<void>([&](auto done) { bbb.change_ready({"r1", account, "m1", std::nullopt, 2}, std::move(done)); }));
    CHECK(left().empty());
    finish("r1", RecordingState::completed);
    CHECK(left().empty());
  });
}
