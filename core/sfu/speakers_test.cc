#include "core/sfu/speakers.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <vector>

#include "core/base/random.h"

namespace sealhall::sfu {
namespace {

using std::chrono::milliseconds;

/// Three people; `level` gives each one's RFC 6464 level at a time (127: silence, 200: sends nothing).
struct Room {
  std::array<Loudness, 3> people;
  SpeakerOrder order;
  Instant now{};
  int changes = 0;

  void run(Duration time, const std::function<int(int person, Instant)>& level) {
    for (const Instant end = now + time; now < end; now += milliseconds{20}) {
      for (int person = 0; person < 3; ++person) {
        const int value = level(person, now);
        if (value < 128) people[person].on_level(static_cast<std::uint8_t>(value), value < 80, now);
      }
      if (now.time_since_epoch().count() % 100'000 != 0) continue;
      std::vector<SpeakerOrder::Candidate> candidates;
      for (std::uintptr_t person = 0; person < 3; ++person) {
        people[person].decay(now);
        candidates.push_back({person + 1, people[person].score(), people[person].speaking()});
      }
      if (order.update(candidates, now) == SpeakerOrder::Change::shown) ++changes;
    }
  }
  [[nodiscard]] SpeakerOrder::Id first() const { return order.order().empty() ? 0 : order.order()[0]; }
};

TEST_CASE("speakers: nobody who is silent has a place") {
  Room room;
  room.run(milliseconds{3000}, [](int, Instant) { return 120; });
  CHECK(room.order.order().empty());
}

TEST_CASE("speakers: who starts to speak is first within half a second") {
  Room room;
  room.run(milliseconds{500}, [](int person, Instant) { return person == 1 ? 30 : 110; });
  CHECK(room.first() == 2);
}

TEST_CASE("speakers: a cough does not take the first place from who speaks") {
  Room room;
  room.run(milliseconds{2000}, [](int person, Instant) { return person == 0 ? 35 : 110; });
  REQUIRE(room.first() == 1);
  room.run(milliseconds{60}, [](int person, Instant) { return person == 0 ? 35 : person == 1 ? 5 : 110; });
  room.run(milliseconds{1500}, [](int person, Instant) { return person == 0 ? 35 : 110; });
  CHECK(room.first() == 1);
}

TEST_CASE("speakers: the floor passes on when one stops and another one starts") {
  Room room;
  room.run(milliseconds{2000}, [](int person, Instant) { return person == 0 ? 35 : 110; });
  room.run(milliseconds{1200}, [](int person, Instant) { return person == 2 ? 35 : 110; });
  CHECK(room.first() == 3);
  CHECK(room.order.order()[1] == 1);
}

TEST_CASE("speakers: a pause between words keeps the place") {
  Room room;
  room.run(milliseconds{6000}, [](int person, Instant now) {
    return person == 0 && to_millis(now.time_since_epoch()) % 800 < 500 ? 30 : 115;
  });
  CHECK(room.first() == 1);
  CHECK(room.changes == 1);
}

TEST_CASE("speakers: two equally loud people do not take turns at every breath") {
  Room room;
  SeededRandom random{5};
  room.run(milliseconds{20'000},
           [&](int person, Instant) { return person < 2 ? 30 + static_cast<int>(random.below(12)) : 110; });
  CHECK(room.changes <= 3);
}

TEST_CASE("speakers: whoever is muted sinks, whoever left is gone") {
  Room room;
  room.run(milliseconds{2000}, [](int person, Instant) { return person == 0 ? 20 : person == 1 ? 45 : 110; });
  REQUIRE(room.first() == 1);
  room.run(milliseconds{3000}, [](int person, Instant) { return person == 0 ? 200 : person == 1 ? 45 : 110; });
  CHECK(room.first() == 2);
  room.order.forget(2);
  CHECK(room.first() == 1);
}

TEST_CASE("speakers: a loud noise that is not speech counts less than speech") {
  Room room;
  room.run(milliseconds{100}, [](int, Instant) { return 127; });
  Loudness fan;
  Loudness voice;
  for (Instant now{}; now < Instant{} + milliseconds{2000}; now += milliseconds{20}) {
    fan.on_level(30, false, now);
    voice.on_level(50, true, now);
  }
  CHECK(voice.score() > fan.score());
}

}  // namespace
}  // namespace sealhall::sfu
