#include "store/recordings.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using namespace sealhall::store::testing;

namespace {

Recording made(const std::string& id, const std::string& meeting, std::int64_t at) {
  Recording r;
  r.id = id;
  r.account_id = default_account;
  r.meeting_id = meeting;
  r.meeting_uuid = "uuid-" + id;
  r.host_id = "host";
  r.topic_sealed = {1, 2, 3};
  r.started_at = UnixMicros{at};
  return r;
}

}  // namespace

TEST_CASE("recordings: from its beginning over parts to its files") {
  on_each_engine([](Shop& shop) {
    Recordings recordings{shop.engine()};
    REQUIRE(shop.ask<void>([&](auto d) { recordings.create(made("r1", "123", 1000), std::move(d)); }));
    CHECK(shop.ask<void>([&](auto d) { recordings.create(made("r1", "123", 1000), std::move(d)); }).error() ==
          StoreError::taken);
    REQUIRE(shop.ask<void>([&](auto d) { recordings.add_part("r1", 1, UnixMicros{1000}, std::move(d)); }));
    REQUIRE(shop.ask<void>([&](auto d) { recordings.end_part("r1", 1, UnixMicros{3000}, 2, 77, std::move(d)); }));
    REQUIRE(shop.ask<void>([&](auto d) { recordings.add_part("r1", 2, UnixMicros{4000}, std::move(d)); }));
    const auto parts = shop.ask<std::vector<RecordingPart>>([&](auto d) { recordings.parts("r1", std::move(d)); });
    REQUIRE(parts->size() == 2);
    CHECK(parts->at(0).recorded_ms == 2);
    CHECK(parts->at(0).bytes == 77);
    CHECK_FALSE(parts->at(1).ended_at.has_value());
    CHECK(shop.ask<std::vector<Recording>>([&](auto d) { recordings.unfinished(std::move(d)); })->size() == 1);

    REQUIRE(shop.ask<void>([&](auto d) { recordings.end("r1", UnixMicros{9000}, std::move(d)); }));
    CHECK_FALSE(shop.ask<void>([&](auto d) { recordings.end("r1", UnixMicros{9000}, std::move(d)); }));
    REQUIRE(shop.ask<void>([&](auto d) { recordings.set_progress("r1", 400, std::move(d)); }));
    RecordingFile file;
    file.id = "f1";
    file.file = "t-0001";
    file.part = 1;
    file.kind = "audio";
    file.participant = 4;
    file.name_sealed = Bytes{9};
    file.size = 12345;
    file.ended_ms = 2000;
    file.whole = false;
    REQUIRE(shop.ask<void>(
        [&](auto d) { recordings.finish("r1", RecordingState::completed, 2000, {file}, std::move(d)); }));
    const auto again = shop.ask<std::optional<Recording>>([&](auto d) { recordings.find("r1", std::move(d)); });
    REQUIRE(again->has_value());
    CHECK((*again)->state == RecordingState::completed);
    CHECK((*again)->duration_ms == 2000);
    CHECK((*again)->ended_at == UnixMicros{9000});
    const auto files = shop.ask<std::vector<RecordingFile>>([&](auto d) { recordings.files("r1", std::move(d)); });
    REQUIRE(files->size() == 1);
    CHECK(files->at(0).size == 12345);
    CHECK(files->at(0).name_sealed == Bytes{9});
    CHECK_FALSE(files->at(0).whole);
    const auto one = shop.ask<std::optional<RecordingFile>>([&](auto d) { recordings.file("f1", std::move(d)); });
    CHECK((*one)->recording_id == "r1");
    CHECK(shop.ask<std::vector<Recording>>([&](auto d) { recordings.unfinished(std::move(d)); })->empty());

    // Into the trash by itself, out again, and over.
    const auto trash = [&](std::int64_t at) {
      return shop.ask<void>([&](auto d) { recordings.trash_file("f1", UnixMicros{at}, std::move(d)); }).has_value();
    };
    const auto restore = [&] {
      return shop.ask<void>([&](auto d) { recordings.restore_file("f1", std::move(d)); }).has_value();
    };
    const auto due = [&](std::int64_t before) {
      return shop
          .ask<std::vector<RecordingFile>>([&](auto d) { recordings.files_due(UnixMicros{before}, std::move(d)); })
          ->size();
    };
    const auto hold = [&](bool held) {
      REQUIRE(shop.ask<void>([&](auto d) { recordings.keep("r1", held, std::nullopt, std::move(d)); }));
    };
    CHECK_FALSE(restore());
    hold(true);
    CHECK_FALSE(trash(50));
    hold(false);
    CHECK(trash(50));
    CHECK_FALSE(trash(51));
    CHECK(
        shop.ask<std::vector<RecordingFile>>([&](auto d) { recordings.files("r1", std::move(d)); })->at(0).trashed_at ==
        UnixMicros{50});
    CHECK(due(49) == 0);
    CHECK(due(50) == 1);
    hold(true);
    CHECK(due(50) == 0);
    hold(false);
    CHECK(restore());
    CHECK(due(50) == 0);
  });
}

TEST_CASE("recordings: lists, the trash, legal hold and the end of their time") {
  on_each_engine([](Shop& shop) {
    Recordings recordings{shop.engine()};
    for (int i = 0; i < 3; ++i) {
      const std::string id = "r" + std::to_string(i);
      REQUIRE(shop.ask<void>([&](auto d) { recordings.create(made(id, "5", 1000 + i), std::move(d)); }));
      REQUIRE(shop.ask<void>([&](auto d) { recordings.finish(id, RecordingState::completed, 1, {}, std::move(d)); }));
    }
    const auto list = [&](bool trashed) {
      const auto found = shop.ask<std::vector<Recording>>([&](auto d) {
        recordings.of_host(std::string{default_account}, "host", UnixMicros{0}, UnixMicros{5000}, trashed, 10, 0,
                           std::move(d));
      });
      std::string ids;
      for (const Recording& r : *found) ids += r.id;
      return ids;
    };
    CHECK(list(false) == "r2r1r0");
    CHECK(*shop.ask<std::uint64_t>([&](auto d) {
      recordings.count_of_host(std::string{default_account}, "", UnixMicros{0}, UnixMicros{1002}, false, std::move(d));
    }) == 2);
    REQUIRE(shop.ask<void>([&](auto d) { recordings.keep("r0", true, UnixMicros{50}, std::move(d)); }));
    CHECK_FALSE(shop.ask<void>([&](auto d) { recordings.trash("r0", UnixMicros{60}, std::move(d)); }));
    REQUIRE(shop.ask<void>([&](auto d) { recordings.trash("r1", UnixMicros{60}, std::move(d)); }));
    CHECK_FALSE(shop.ask<void>([&](auto d) { recordings.trash("r1", UnixMicros{61}, std::move(d)); }));
    CHECK(list(false) == "r2r0");
    CHECK(list(true) == "r1");
    const auto due = [&](std::int64_t now, std::int64_t trashed_before) {
      return shop
          .ask<std::vector<Recording>>(
              [&](auto d) { recordings.due(UnixMicros{now}, UnixMicros{trashed_before}, std::move(d)); })
          ->size();
    };
    CHECK(due(100, 59) == 0);
    CHECK(due(100, 60) == 1);
    CHECK_FALSE(shop.ask<void>([&](auto d) { recordings.remove("r0", std::move(d)); }));
    REQUIRE(shop.ask<void>([&](auto d) { recordings.restore("r1", std::move(d)); }));
    CHECK(due(100, 60) == 0);
    REQUIRE(shop.ask<void>([&](auto d) { recordings.keep("r0", false, UnixMicros{50}, std::move(d)); }));
    CHECK(due(100, 60) == 1);
    REQUIRE(shop.ask<void>([&](auto d) { recordings.remove("r0", std::move(d)); }));
    CHECK(list(false) == "r2r1");
    CHECK(shop.ask<std::vector<Recording>>(
                  [&](auto d) { recordings.of_meeting(std::string{default_account}, "uuid-r2", std::move(d)); })
              ->size() == 1);
  });
}

TEST_CASE("recordings: links and download tokens run out, and the trash ends them") {
  on_each_engine([](Shop& shop) {
    Recordings recordings{shop.engine()};
    Recording r = made("r1", "5", 1000);
    REQUIRE(shop.ask<void>([&](auto d) { recordings.create(r, std::move(d)); }));
    REQUIRE(shop.ask<void>([&](auto d) { recordings.finish("r1", RecordingState::completed, 1, {}, std::move(d)); }));
    r.share = ShareState::link;
    r.share_token_hash = "hash";
    r.share_until = UnixMicros{2000};
    r.viewer_download = false;
    REQUIRE(shop.ask<void>([&](auto d) { recordings.share(r, std::move(d)); }));
    const auto shared = [&](std::int64_t now) {
      return shop
          .ask<std::optional<Recording>>(
              [&](auto d) { recordings.by_share_token("hash", UnixMicros{now}, std::move(d)); })
          ->has_value();
    };
    const auto token = [&](std::int64_t now) {
      return shop
          .ask<std::optional<TokenHolder>>([&](auto d) { recordings.by_token("t1", UnixMicros{now}, std::move(d)); })
          ->has_value();
    };
    REQUIRE(shop.ask<void>([&](auto d) {
      recordings.put_token("t1", r, TokenKind::program, UnixMicros{3000}, UnixMicros{0}, std::move(d));
    }));
    CHECK(shared(1999));
    CHECK_FALSE(shared(2000));
    CHECK(token(2999));
    CHECK_FALSE(token(3000));
    REQUIRE(shop.ask<void>([&](auto d) { recordings.trash("r1", UnixMicros{60}, std::move(d)); }));
    CHECK_FALSE(shared(1999));
    CHECK_FALSE(token(10));
  });
}

TEST_CASE("recordings: a viewer's token ends with the link, with its passcode and with its end; a program's goes on") {
  on_each_engine([](Shop& shop) {
    Recordings recordings{shop.engine()};
    Recording r = made("r1", "5", 1000);
    REQUIRE(shop.ask<void>([&](auto d) { recordings.create(r, std::move(d)); }));
    const auto share = [&] { REQUIRE(shop.ask<void>([&](auto d) { recordings.share(r, std::move(d)); })); };
    const auto give = [&](const std::string& token, TokenKind kind) {
      REQUIRE(shop.ask<void>(
          [&](auto d) { recordings.put_token(token, r, kind, UnixMicros{9000}, UnixMicros{0}, std::move(d)); }));
    };
    const auto kind_of = [&](const std::string& token, std::int64_t now) {
      const auto holder = shop.ask<std::optional<TokenHolder>>(
          [&](auto d) { recordings.by_token(token, UnixMicros{now}, std::move(d)); });
      REQUIRE(holder.has_value());
      if (!*holder) return std::string{"nothing"};
      CHECK((*holder)->recording.id == "r1");
      return std::string{(*holder)->kind == TokenKind::viewer ? "viewer" : "program"};
    };
    r.share = ShareState::link;
    r.share_token_hash = "hash";
    share();
    give("p", TokenKind::program);
    give("v1", TokenKind::viewer);
    CHECK(kind_of("p", 10) == "program");
    CHECK(kind_of("v1", 10) == "viewer");
    r.viewer_download = false;
    share();
    CHECK(kind_of("v1", 10) == "viewer");
    for (const std::optional<Bytes>& passcode :
         {std::optional{Bytes{1, 2}}, std::optional{Bytes{1, 3}}, std::optional<Bytes>{}}) {
      r.share_passcode_sealed = passcode;
      share();
      CHECK(kind_of("v1", 10) == "nothing");
      give("v1", TokenKind::viewer);
      share();
      CHECK(kind_of("v1", 10) == "viewer");
    }
    // Who said the passcode, or came by the link, of a moment ago.
    for (const bool passcode : {true, false}) {
      Recording old = r;
      if (passcode) old.share_passcode_sealed = Bytes{1, 3};
      if (!passcode) old.share_token_hash = "another";
      const auto late = [&](TokenKind kind) {
        return shop.ask<void>(
            [&](auto d) { recordings.put_token("late", old, kind, UnixMicros{9000}, UnixMicros{0}, std::move(d)); });
      };
      CHECK(late(TokenKind::viewer).error() == StoreError::not_found);
      CHECK(kind_of("late", 10) == "nothing");
      if (passcode) CHECK(late(TokenKind::program).has_value());
      REQUIRE(shop.write({{"DELETE FROM recording_tokens WHERE token_hash='late'"}}).has_value());
    }
    r.share_until = UnixMicros{2000};
    share();
    CHECK(kind_of("v1", 1999) == "viewer");
    CHECK(kind_of("v1", 2000) == "nothing");
    CHECK(kind_of("p", 2000) == "program");
    // A link that is made again is another one.
    r.share = ShareState::none;
    share();
    r.share = ShareState::link;
    r.share_until.reset();
    share();
    CHECK(kind_of("v1", 10) == "nothing");
    CHECK(kind_of("p", 10) == "program");
    CHECK(kind_of("p", 9000) == "nothing");
  });
}

TEST_CASE("store: a recording begins as the settings of its meeting say, or else its account's") {
  testing::on_each_engine([](testing::Shop& shop) {
    Recordings store{shop.engine()};
    const std::string account{default_account};
    const auto put = [&](const std::string& meeting, RecordingSettings settings) {
      CHECK(shop.ask<void>([&](auto done) { store.put_settings(account, meeting, settings, std::move(done)); }));
    };
    const auto made = [&](const std::string& id, const std::string& meeting,
                          std::optional<UnixMicros> delete_at = std::nullopt) {
      Recording r;
      r.id = id;
      r.account_id = account;
      r.meeting_id = meeting;
      r.meeting_uuid = id;
      r.host_id = "ada";
      r.started_at = UnixMicros{1'000'000};
      r.delete_at = delete_at;
      CHECK(shop.ask<void>([&](auto done) { store.create(r, std::move(done)); }));
      return **shop.ask<std::optional<Recording>>([&](auto done) { store.find(id, std::move(done)); });
    };
    constexpr std::int64_t day = 86'400'000'000;
    CHECK(!made("r1", "m1").delete_at);
    CHECK(!made("r2", "m1").speaker);
    CHECK(made("r3", "m1").height == 720);
    put("", {true, 1080, 30});
    const Recording of_account = made("r4", "m1");
    CHECK(of_account.speaker);
    CHECK(of_account.height == 1080);
    CHECK(of_account.delete_at == UnixMicros{1'000'000 + 30 * day});
    put("m1", {false, std::nullopt, 0});
    const Recording of_meeting = made("r5", "m1");
    CHECK(!of_meeting.speaker);
    CHECK(of_meeting.height == 1080);
    CHECK(!of_meeting.delete_at);
    CHECK(made("r6", "m2").delete_at == UnixMicros{1'000'000 + 30 * day});
    CHECK(made("r7", "m2", UnixMicros{5}).delete_at == UnixMicros{5});
    const auto kept = shop.ask<RecordingSettings>([&](auto done) { store.settings(account, "m1", std::move(done)); });
    CHECK(kept->speaker == false);
    CHECK(!kept->height);
    CHECK(kept->retention_days == 0);
  });
}
