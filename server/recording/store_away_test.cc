// Recordings while the store is away for a moment: nothing is taken for not being there, and nothing stays half done.
#include <doctest/doctest.h>

#include "server/recording/compose_queue.h"
#include "server/recording/house.h"
#include "store/file_blobs.h"
#include "tests/support/recording_stage.h"

using namespace sealhall;
using namespace sealhall::recordings;
using namespace sealhall::recordings::testing;
using namespace std::chrono_literals;
using store::testing::Shop;
using wire::recorder::PartEnd;

namespace {

/// A queue with a composer of which only the messages are real.
struct Composing {
  explicit Composing(Stage& stage)
      : queue({stage.shop.loop(), stage.store, stage.vault, stage.random}, {.retry = 5ms},
              {.folder = stage.folder_of(),
               .finished = [this](const std::string& id, bool ok) { finished = id + (ok ? "+" : "-"); }}) {
    queue.composer_came([this](std::string_view text) {
      jobs.push_back(std::get<wire::recorder::Compose>(*wire::recorder::decode_to_composer(text)));
    });
  }
  /// The composer has r1, and r2 waits.
  void first_of_two(Stage& stage) {
    for (const char* id : {"r1", "r2"}) {
      stage.recorded(id);
      queue.add(id);
    }
    REQUIRE(stage.wait([&] { return jobs.size() == 1; }));
  }
  void say(const wire::recorder::FromComposer& m) { queue.composer_said(wire::recorder::encode(m)); }

  std::vector<wire::recorder::Compose> jobs;
  std::string finished;
  ComposeQueue queue;
};

}  // namespace

TEST_CASE("recordings, store away: the end is written again until it is kept, then the composer may have it") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorder();
    const auto id = s.start();
    REQUIRE(s.wait_told(1));
    s.engine.lost_writes = "UPDATE recordings SET state='processing'";
    std::optional<bool> stopped;
    s.live->stop("555", [&](auto r) { stopped = r.has_value(); });
    s.say(wire::recorder::PartEnded{*id, 1, PartEnd::asked, "", 5000, 10});
    REQUIRE(s.wait([&] { return s.engine.lost >= 2; }));
    CHECK(stopped == false);
    CHECK(s.over.empty());
    CHECK(s.live->has(*id));
    CHECK(s.row(*id).state == store::RecordingState::recording);
    s.engine.lost_writes.reset();
    REQUIRE(s.wait([&] { return s.over == *id; }));
    CHECK_FALSE(s.live->has(*id));
    CHECK(s.row(*id).state == store::RecordingState::processing);
  });
}

TEST_CASE("recordings, store away: parts that cannot be looked up are not taken for none") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    s.recorded("r1");
    Composing c{s};
    s.engine.lost_reads = "FROM recording_parts";
    c.queue.add("r1");
    REQUIRE(s.wait([&] { return s.engine.lost >= 2; }));
    CHECK(c.jobs.empty());
    s.engine.lost_reads.reset();
    REQUIRE(s.wait([&] { return c.jobs.size() == 1; }));
    CHECK(c.jobs[0].parts.size() == 1);
  });
}

TEST_CASE("recordings, store away: what was composed is kept as soon as it can be, without composing it again") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    Composing c{s};
    c.first_of_two(s);
    s.engine.lost_writes = "UPDATE recordings SET state=$2";
    c.say(wire::recorder::ComposeFound{"r1", 1, "t-0001", "audio", 3, "Ada", 100, 0, 5000, true});
    c.say(wire::recorder::ComposeEnded{"r1", true, "", "video", "sound", 777, 55, 5100});
    REQUIRE(s.wait([&] { return s.engine.lost >= 2; }));
    CHECK(c.finished.empty());
    CHECK(c.jobs.size() == 1);
    s.engine.lost_writes.reset();
    REQUIRE(s.wait([&] { return c.finished == "r1+"; }));
    CHECK(s.row("r1").state == store::RecordingState::completed);
    const auto files = shop.ask<std::vector<store::RecordingFile>>([&](auto d) { s.store.files("r1", std::move(d)); });
    CHECK(files->size() == 3);
    REQUIRE(s.wait([&] { return c.jobs.size() == 2; }));
    CHECK(c.jobs[1].recording == "r2");
  });
}

TEST_CASE("recordings, store away: one that is destroyed before it could be kept does not hold up the next") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    Composing c{s};
    c.first_of_two(s);
    s.engine.lost_writes = "UPDATE recordings SET state=$2";
    c.say(wire::recorder::ComposeEnded{"r1", true, "", "video", "sound", 777, 55, 5100});
    REQUIRE(s.wait([&] { return s.engine.lost >= 1; }));
    c.queue.drop("r1");
    REQUIRE(s.wait([&] { return c.jobs.size() == 2; }));
    CHECK(c.jobs[1].recording == "r2");
    CHECK(s.row("r1").state == store::RecordingState::processing);
  });
}

TEST_CASE("recordings, store away: what a process before left unfinished is taken up when the store is back") {
  store::testing::on_each_engine([](Shop& shop) {
    Stage s{shop};
    const auto left = s.start();
    s.live.reset();  // it was killed
    auto blobs = store::FileBlobs::open(shop.loop(), s.folder.path + "/blobs");
    REQUIRE(blobs.has_value());
    EventBus events;
    HouseOptions options;
    options.live.folder = s.folder.path;
    options.live.retry = 5ms;
    options.compose.retry = 5ms;
    House house{{.loop = shop.loop(),
                 .engine = s.engine,
                 .vault = s.vault,
                 .events = events,
                 .clock = s.clock,
                 .random = s.random,
                 .running = nullptr,
                 .blobs = **blobs},
                options};
    s.engine.lost_reads = "state IN ('recording','processing')";
    house.take_up();
    REQUIRE(s.wait([&] { return s.engine.lost >= 2; }));
    // What this process has begun meanwhile is none of them.
    std::optional<std::string> own;
    house.live().start(s.meeting(), [&](auto r) { own = *r; });
    REQUIRE(s.wait([&] { return own.has_value(); }));
    s.engine.lost_reads.reset();
    s.engine.lost_writes = "UPDATE recordings SET state='processing'";
    s.engine.lost = 0;
    REQUIRE(s.wait([&] { return s.engine.lost >= 2; }));
    CHECK(house.composing().waiting() == 0);
    s.engine.lost_writes.reset();
    REQUIRE(s.wait([&] { return house.composing().waiting() == 1; }));
    CHECK(s.row(*left).state == store::RecordingState::processing);
    CHECK(s.row(*own).state == store::RecordingState::recording);
  });
}
