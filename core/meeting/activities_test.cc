#include "core/meeting/activities.h"

#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;

TEST_CASE("activities: a reaction is shown to everybody, kept nowhere, and not too often") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.send(ada, wire::React{"\xF0\x9F\x8E\x89"});
  CHECK(w.last<wire::Reaction>(host)->participant == 2);
  CHECK(w.last<wire::Reaction>(ada) != nullptr);
  CHECK(w.records.empty());
  w.send(ada, wire::React{"a b"});
  CHECK(w.error(ada) == wire::ErrorCode::bad_message);
  for (int i = 0; i < 30; ++i) w.send(ada, wire::React{"+1"});
  CHECK(w.all<wire::Reaction>(host).size() == 9);
  CHECK(w.error(ada) == wire::ErrorCode::rate_limited);
  CHECK(w.last<wire::Reaction>(w.join("Late")) == nullptr);
}

TEST_CASE("activities: the ledger answers in the order of asking, and refuses when too much waits") {
  People people;
  Rules rules;
  ActivityOutbox out;
  SeededRandom random{1};
  Scene scene{people, rules, Instant{}, UnixMicros{}, random, 0, out};
  Ledger ledger;
  std::vector<std::pair<int, bool>> done;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(ledger.keep(wire::ReportRecord{}, scene,
                        [&done, i](bool kept, const wire::Record&, Scene&) { done.emplace_back(i, kept); }));
  }
  REQUIRE(out.size() == 3);
  ledger.settled(3, true, scene);
  ledger.settled(2, false, scene);
  CHECK(done.empty());
  ledger.settled(1, true, scene);
  CHECK(done == std::vector<std::pair<int, bool>>{{0, true}, {1, false}, {2, true}});
  ledger.settled(1, true, scene);
  CHECK(done.size() == 3);
  while (ledger.keep(wire::ReportRecord{}, scene, [](bool, const wire::Record&, Scene&) {})) {
    REQUIRE(ledger.waiting() <= 2000);
  }
  CHECK(ledger.waiting() == 2000);
}

TEST_CASE("activities: whoever waits or has left is answered nothing of them") {
  World w{Settings{.waiting_room = true}};
  w.join_host();
  const auto eve = w.join("Eve");
  for (const wire::ClientMessage& m :
       {wire::ClientMessage{wire::React{"+1"}}, wire::ClientMessage{wire::AskQuestion{1, "x", false}},
        wire::ClientMessage{wire::Vote{1, 1, {}}}, wire::ClientMessage{wire::SetSpotlight{}},
        wire::ClientMessage{wire::SetRecording{1, wire::RecordingState::on}},
        wire::ClientMessage{wire::Report{1, {}, "x"}}}) {
    w.send(eve, m);
    CHECK(w.error(eve) == wire::ErrorCode::not_joined);
  }
}
