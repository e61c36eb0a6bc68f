#include "core/meeting/breakout.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::meeting;
using namespace std::chrono_literals;

TEST_CASE("breakout: rooms are planned, opened, left by the plan alone while they are open, and closed") {
  Breakout b;
  CHECK_FALSE(b.open());
  REQUIRE(b.plan({{{"North", {2, 3}}, {" \n", {4}}}, false}));
  CHECK(b.name(1) == "North");
  CHECK(b.name(2) == "Room 2");
  CHECK_FALSE(b.may_enter(2, 1));
  REQUIRE(b.open());
  CHECK_FALSE(b.plan({}));
  CHECK(b.may_enter(2, 1));
  CHECK_FALSE(b.may_enter(2, 2));
  CHECK_FALSE(b.may_enter(2, 3));
  CHECK_FALSE(b.may_enter(9, 0));
  CHECK(b.assign(9, 2));
  CHECK_FALSE(b.assign(9, 3));
  CHECK(b.may_enter(9, 2));
  b.moved(2, 1);
  CHECK(b.where(2) == 1);
  b.close_at(Instant{90s});
  b.close_at(Instant{120s});  // never later than promised
  CHECK_FALSE(b.may_enter(9, 2));
  const wire::Rooms view = b.view(Instant{60s});
  CHECK(view.closing_in_seconds == 30U);
  CHECK(view.rooms.at(0).inside == std::vector<wire::ParticipantNumber>{2});
  CHECK(view.rooms.at(1).assigned == std::vector<wire::ParticipantNumber>{4, 9});
  b.closed();
  CHECK(b.where(2) == 0);
  CHECK(b.open());
}

TEST_CASE("breakout: with free choice everybody goes where they like; whoever leaves is forgotten") {
  Breakout b;
  b.plan({{{"A", {}}, {"B", {}}}, true});
  b.open();
  CHECK(b.may_enter(7, 2));
  b.moved(7, 2);
  b.forget(7);
  CHECK(b.inside().empty());
}
