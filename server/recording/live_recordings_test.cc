#include "server/recording/live_recordings.h"

#include <doctest/doctest.h>

#include "core/crypto/random.h"
#include "core/recording/journal.h"
#include "core/recording/part_key.h"
#include "io/sealed/sealed_file.h"
#include "server/recording/compose_queue.h"
#include "server/vault/testing.h"
#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::recordings;
using namespace std::chrono_literals;
using store::testing::Shop;
using wire::recorder::PartEnd;

namespace {

/// Everything around: a store, a vault, and a recorder and a composer of which only the messages are real.
struct Stage {
  explicit Stage(Shop& s, Duration retry = 5ms) : shop(s), store(s.engine()) {
    LiveOptions options;
    options.folder = folder.path;
    options.host = "127.0.0.1";
    options.retry = retry;
    live.emplace(
        LiveRecordings::Parts{shop.loop(), store, vault, clock, random}, options,
        LiveRecordings::Events{
            .happened = [this](const std::string&, std::string_view what) { events += std::string{what} + " "; },
            .over = [this](const std::string& id) { over = id; }});
  }
  void recorder() {
    live->recorder_came([this](std::string_view text) { told.push_back(*wire::recorder::decode_to_recorder(text)); });
  }
  void say(const wire::recorder::FromRecorder& m) { live->recorder_said(wire::recorder::encode(m)); }
  expected<std::string, api::ApiError> start() {
    std::optional<expected<std::string, api::ApiError>> result;
    live->start({std::string{store::default_account}, "555", Bytes(16, 3), "host", "A topic"},
                [&](auto r) { result = std::move(r); });
    REQUIRE(wait([&] { return result.has_value(); }));
    return *result;
  }
  expected<void, api::ApiError> stop() {
    std::optional<expected<void, api::ApiError>> result;
    live->stop("555", [&](auto r) { result = std::move(r); });
    REQUIRE(wait([&] { return result.has_value(); }));
    return *result;
  }
  bool wait(const std::function<bool()>& what) { return shop.loop().run_until(what, 5s); }
  bool wait_told(std::size_t n) {
    return wait([&] { return told.size() >= n; });
  }
  template <class T>
  const T& last() {
    REQUIRE_FALSE(told.empty());
    const T* m = std::get_if<T>(&told.back());
    REQUIRE(m != nullptr);
    return *m;
  }
  store::Recording row(const std::string& id) {
    return **shop.ask<std::optional<store::Recording>>([&](auto d) { store.find(id, std::move(d)); });
  }

  Shop& shop;
  store::testing::Folder folder;
  store::Recordings store;
  vault::testing::MemoryVault vault;
  io::SystemWallClock clock;
  crypto::SystemRandom random;
  std::optional<LiveRecordings> live;
  std::vector<wire::recorder::ToRecorder> told;
  std::string events;
  std::string over;
};

}  // namespace

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

TEST_CASE("compose queue: one recording at a time, again with the same key after a death, names sealed") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    const auto folder = [&](const std::string& id, std::uint32_t part) {
      return s.folder.path + "/" + id + "/" + std::to_string(part);
    };
    std::vector<std::string> finished;
    ComposeQueue queue{{shop.loop(), s.store, s.vault, s.random},
                       {.retry = 5ms},
                       {.folder = folder, .finished = [&](const std::string& id, bool ok) {
                          finished.push_back(id + (ok ? "+" : "-"));
                        }}};
    for (const char* id : {"r1", "r2"}) {
      store::Recording row;
      row.id = id;
      row.account_id = store::default_account;
      row.meeting_id = "1";
      row.meeting_uuid = id;
      row.topic_sealed = {1};
      REQUIRE(shop.ask<void>([&](auto d) { s.store.create(row, std::move(d)); }));
      REQUIRE(shop.ask<void>([&](auto d) { s.store.add_part(id, 1, UnixMicros{5}, std::move(d)); }));
      REQUIRE(shop.ask<void>([&](auto d) { s.store.end(id, UnixMicros{9}, std::move(d)); }));
      std::optional<vault::ObjectKey> key;
      s.vault.new_object_key(recording::part_context(row.account_id, id, 1), recording::key_scope(id),
                             [&](auto k) { key.emplace(std::move(*k)); });
      REQUIRE(io::make_private_folder(folder(id, 1)).has_value());
      auto file = io::SealedFileWriter::create(folder(id, 1) + "/manifest",
                                               recording::file_context(row.account_id, id, 1, "manifest"),
                                               recording::file_key(key->key, "manifest"), key->wrapped, s.random);
      REQUIRE(file.has_value());
    }
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
    CHECK(jobs[0].parts[0].folder == folder("r1", 1));
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
