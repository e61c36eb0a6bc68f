#include "server/recording/live_recordings.h"

#include <doctest/doctest.h>

#include "server/recording/compose_queue.h"
#include "tests/support/recording_stage.h"

using namespace sealhall;
using namespace sealhall::recordings;
using namespace sealhall::recordings::testing;
using namespace std::chrono_literals;
using store::testing::Shop;
using wire::recorder::PartEnd;

TEST_CASE("live recordings: from start over pause to stop, with a token for one meeting") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    const auto id = s.start();
    REQUIRE(id.has_value());
    CHECK(s.start().error().status == 409);
    REQUIRE(s.wait_told(1));
    const auto begin = s.last<wire::recorder::BeginPart>();
    CHECK(begin.recording == *id);
    CHECK(begin.part == 1);
    CHECK(begin.key.size() == 32);
    CHECK(begin.folder == s.folder.path + "/" + *id + "/1");
    CHECK(s.live->admits(begin.token, "555"));
    CHECK_FALSE(s.live->admits(begin.token, "556"));
    CHECK_FALSE(s.live->admits("", "555"));
    CHECK(s.live->state("555") == LiveState::starting);
    s.say(wire::recorder::PartBegan{*id, 1});
    CHECK(s.live->state("555") == LiveState::on);
    s.live->pause("555", true, [](auto r) { CHECK(r.has_value()); });
    CHECK(s.last<wire::recorder::PausePart>().paused);
    CHECK(s.live->state("555") == LiveState::paused);
    s.live->pause("555", false, [](auto) {});
    std::optional<bool> stopped;
    s.live->stop("555", [&](auto r) { stopped = r.has_value(); });
    CHECK(s.last<wire::recorder::EndPart>().recording == *id);
    CHECK_FALSE(stopped.has_value());
    s.say(wire::recorder::PartEnded{*id, 1, PartEnd::asked, "", 5000, 999});
    REQUIRE(s.wait([&] { return stopped.has_value() && !s.over.empty(); }));
    CHECK(*stopped);
    CHECK(s.over == *id);
    CHECK(s.events == "started paused resumed ");
    CHECK(s.live->state("555") == LiveState::off);
    CHECK_FALSE(s.live->admits(begin.token, "555"));
    CHECK(s.row(*id).state == store::RecordingState::processing);
    CHECK(s.row(*id).topic_sealed.size() > 60);
    const auto parts = shop.ask<std::vector<store::RecordingPart>>([&](auto d) { s.store.parts(*id, std::move(d)); });
    REQUIRE(parts->size() == 1);
    CHECK(parts->at(0).recorded_ms == 5000);
    CHECK(s.stop().error().status == 404);
  });
}

TEST_CASE("live recordings: after the death of the recorder a new part with another key goes on") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    const auto id = s.start();
    REQUIRE(s.wait_told(1));
    const Bytes first_key = s.last<wire::recorder::BeginPart>().key;
    s.say(wire::recorder::PartBegan{*id, 1});
    s.say(wire::recorder::PartProgress{*id, 1, false, 7000, 100, 0});
    s.live->recorder_gone();
    CHECK(s.live->state("555") == LiveState::starting);
    s.recorder();
    REQUIRE(s.wait_told(2));
    const auto& again = s.last<wire::recorder::BeginPart>();
    CHECK(again.part == 2);
    CHECK(again.offset_ms == 7000);
    CHECK(again.key != first_key);
    // The meeting ends for everybody: nothing follows.
    s.say(wire::recorder::PartEnded{*id, 2, PartEnd::meeting_ended, "", 100, 10});
    REQUIRE(s.wait([&] { return !s.over.empty(); }));
    CHECK(s.told.size() == 2);
  });
}

TEST_CASE("live recordings: a key service that is away delays a start, and loses no recording that runs") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    s.vault.trouble = vault::VaultError::unavailable;
    CHECK(s.start().error().status == 503);
    s.vault.trouble.reset();
    const auto id = s.start();
    REQUIRE(s.wait_told(1));
    s.say(wire::recorder::PartBegan{*id, 1});
    s.vault.trouble = vault::VaultError::unavailable;
    s.live->recorder_gone();
    s.recorder();
    CHECK_FALSE(shop.loop().run_until([&] { return s.told.size() > 1; }, 30ms));
    s.vault.trouble.reset();
    CHECK(s.wait_told(2));
  });
}

TEST_CASE("live recordings: ten minutes without the key service, at a thousand times the speed") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop, 1ms};  // for the second after which keys are asked for again
    const auto pass_minutes = [&](int minutes) {
      CHECK_FALSE(shop.loop().run_until([&] { return s.told.size() > 1; }, minutes * 60ms));
    };
    s.recorder();
    const auto id = s.start();
    REQUIRE(s.wait_told(1));
    s.say(wire::recorder::PartBegan{*id, 1});
    s.vault.trouble = vault::VaultError::unavailable;
    // Whoever records goes on with the key that it has.
    pass_minutes(2);
    s.say(wire::recorder::PartProgress{*id, 1, false, 120'000, 1000, 0});
    CHECK(s.live->state("555") == LiveState::on);
    // Then it dies, too. The recording waits for a key for the rest of the time; nobody gives up.
    s.live->recorder_gone();
    s.recorder();
    pass_minutes(8);
    CHECK(s.live->state("555") == LiveState::starting);
    CHECK(s.over.empty());
    s.vault.trouble.reset();
    REQUIRE(s.wait_told(2));
    const auto again = s.last<wire::recorder::BeginPart>();
    CHECK(again.part == 2);
    CHECK(again.offset_ms == 120'000);
    s.say(wire::recorder::PartBegan{*id, 2});
    s.say(wire::recorder::PartEnded{*id, 2, PartEnd::meeting_ended, "", 5000, 10});
    REQUIRE(s.wait([&] { return !s.over.empty(); }));
    const auto parts = shop.ask<std::vector<store::RecordingPart>>([&](auto d) { s.store.parts(*id, std::move(d)); });
    REQUIRE(parts->size() == 2);
    CHECK(parts->at(0).recorded_ms == 120'000);
    CHECK(parts->at(1).recorded_ms == 5000);
    // The composer gets it when its keys can be had again, however long that takes.
    s.vault.trouble = vault::VaultError::unavailable;
    ComposeQueue queue{
        {shop.loop(), s.store, s.vault, s.random},
        {.retry = 5ms},
        {.folder = [&](const std::string& r, std::uint32_t part) { return s.live->part_folder(r, part); },
         .finished = nullptr}};
    std::size_t given = 0;
    queue.composer_came([&](std::string_view) { ++given; });
    queue.add(*id);
    CHECK_FALSE(shop.loop().run_until([&] { return given > 0; }, 600ms));
    s.vault.trouble.reset();
    CHECK(s.wait([&] { return given == 1; }));
  });
}

TEST_CASE("live recordings: a recorder that fails again and again is not asked for ever") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    const auto id = s.start();
    for (std::uint32_t part = 1; part <= 5; ++part) {
      REQUIRE(s.wait_told(part));
      s.say(wire::recorder::PartEnded{*id, part, PartEnd::failed, "The disk is full.", 0, 0});
    }
    REQUIRE(s.wait([&] { return !s.over.empty(); }));
    CHECK(s.told.size() == 5);
  });
}

TEST_CASE("live recordings: a meeting that ends before there is a recorder leaves nothing behind that waits") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    const auto id = s.start();
    REQUIRE(s.wait([&] {
      return shop.ask<std::vector<store::RecordingPart>>([&](auto d) { s.store.parts(*id, std::move(d)); })->size() ==
             1;
    }));
    s.live->meeting_ended("555");
    REQUIRE(s.wait([&] { return s.over == *id; }));
    s.recorder();
    CHECK(s.told.empty());
  });
}

TEST_CASE("live recordings: who is on the way to a meeting that has ended comes to none, nor to the next instance") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    const auto id = s.start();
    REQUIRE(s.wait_told(1));
    const std::string token = s.last<wire::recorder::BeginPart>().token;
    CHECK(s.live->admits(token, "555"));
    s.live->meeting_ended("555");
    CHECK_FALSE(s.live->admits(token, "555"));
    s.say(wire::recorder::PartEnded{*id, 1, PartEnd::refused, "", 0, 0});
    CHECK(s.wait([&] { return s.over == *id; }));
  });
}

TEST_CASE("live recordings: the next instance is recorded as soon as the recording of the one before has ended") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    const auto first = s.start();
    REQUIRE(s.wait_told(1));
    s.live->meeting_ended("555");
    std::optional<expected<std::string, api::ApiError>> second;
    s.live->start(s.meeting(), [&](auto r) { second = std::move(r); });
    CHECK_FALSE(second.has_value());
    s.say(wire::recorder::PartEnded{*first, 1, PartEnd::meeting_ended, "", 5000, 10});
    REQUIRE(s.wait_told(2));
    REQUIRE(second.has_value());
    REQUIRE(second->has_value());
    CHECK(**second != *first);
    CHECK(s.last<wire::recorder::BeginPart>().recording == **second);
    CHECK(s.over == *first);
  });
}

TEST_CASE("live recordings: a next one that waits for the end of the one before goes with its meeting, or by a stop") {
  store::testing::on_each_engine([](Shop& shop) {
    for (const bool stopped : {false, true}) {
      CAPTURE(stopped);
      Stage s{shop};
      s.recorder();
      const auto first = s.start();
      REQUIRE(s.wait_told(1));
      s.live->meeting_ended("555");
      std::optional<int> second;
      s.live->start(s.meeting(), [&](auto r) { second = r ? 200 : r.error().status; });
      if (stopped) {
        s.live->stop("555", [](auto) {});
      } else {
        s.live->meeting_ended("555");
      }
      CHECK(second == 404);
      s.say(wire::recorder::PartEnded{*first, 1, PartEnd::meeting_ended, "", 5000, 10});
      REQUIRE(s.wait([&] { return s.over == *first; }));
      CHECK(s.live->state("555") == LiveState::off);
    }
  });
}

TEST_CASE("live recordings: what is to be recorded from its beginning is tried again, until it is stopped by hand") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    s.vault.trouble = vault::VaultError::unavailable;
    s.live->start_by_itself(s.meeting());
    CHECK(s.live->state("555") == LiveState::off);
    s.vault.trouble.reset();
    REQUIRE(s.wait_told(1));
    const std::string id = s.last<wire::recorder::BeginPart>().recording;
    s.live->stop("555", [](auto) {});
    s.say(wire::recorder::PartEnded{id, 1, PartEnd::asked, "", 5000, 10});
    REQUIRE(s.wait([&] { return s.over == id; }));
    CHECK_FALSE(shop.loop().run_until([&] { return s.live->state("555") != LiveState::off; }, 30ms));
  });
}

TEST_CASE("live recordings: what could not be recorded from its beginning is forgotten when the meeting ends") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    s.vault.trouble = vault::VaultError::unavailable;
    s.live->start_by_itself(s.meeting());
    s.live->meeting_ended("555");
    s.live->start_by_itself(s.meeting());
    s.live->stop("555", [](auto r) { CHECK(r.error().status == 404); });
    s.vault.trouble.reset();
    CHECK_FALSE(shop.loop().run_until([&] { return !s.told.empty(); }, 30ms));
  });
}

TEST_CASE("compose queue: one recording at a time, again with the same key after a death, names sealed") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    std::vector<std::string> finished;
    ComposeQueue queue{{shop.loop(), s.store, s.vault, s.random},
                       {.retry = 5ms},
                       {.folder = s.folder_of(), .finished = [&](const std::string& id, bool ok) {
                          finished.push_back(id + (ok ? "+" : "-"));
                        }}};
    for (const char* id : {"r1", "r2"}) s.recorded(id);
    std::vector<wire::recorder::Compose> jobs;
    const auto composer = [&] {
      queue.composer_came([&](std::string_view text) {
        jobs.push_back(std::get<wire::recorder::Compose>(*wire::recorder::decode_to_composer(text)));
      });
    };
    const auto say = [&](const wire::recorder::FromComposer& m) { queue.composer_said(wire::recorder::encode(m)); };
    queue.add("r1");
    queue.add("r2");
    queue.add("r1");
    composer();
    REQUIRE(s.wait([&] { return jobs.size() == 1; }));
    CHECK(jobs[0].recording == "r1");
    REQUIRE(jobs[0].parts.size() == 1);
    CHECK(jobs[0].parts[0].folder == s.folder_of()("r1", 1));
    say(wire::recorder::ComposeFound{"r1", 1, "t-0001", "audio", 3, "Ada", 100, 0, 5000, true});
    queue.composer_gone();
    composer();
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[1].key == jobs[0].key);
    say(wire::recorder::ComposeFound{"r1", 1, "t-0001", "audio", 3, "Ada", 100, 0, 5000, true});
    say(wire::recorder::ComposeFound{"r1", 1, "../x", "audio", 3, "Eve", 100, 0, 5000, true});
    say(wire::recorder::ComposeProgress{"r1", 500});
    say(wire::recorder::ComposeEnded{"r1", true, "", "video", "sound", 777, 55, 5100});
    REQUIRE(s.wait([&] { return jobs.size() == 3; }));
    CHECK(finished == std::vector<std::string>{"r1+"});
    const auto files = shop.ask<std::vector<store::RecordingFile>>([&](auto d) { s.store.files("r1", std::move(d)); });
    REQUIRE(files->size() == 3);
    CHECK(s.row("r1").state == store::RecordingState::completed);
    CHECK(s.row("r1").duration_ms == 5100);
    for (const store::RecordingFile& f : *files) {
      if (f.kind == "audio") {
        REQUIRE(f.name_sealed.has_value());
        CHECK(f.name_sealed->size() > 60);
      }
    }
    CHECK(jobs[2].recording == "r2");
    for (int i = 0; i < 5; ++i) {
      queue.composer_gone();
      composer();
    }
    REQUIRE(s.wait([&] { return finished.size() == 2; }));
    CHECK(finished[1] == "r2-");
    CHECK(s.row("r2").state == store::RecordingState::failed);
  });
}
