// A meeting with its breakout rooms: several Meetings, connected as control connects them.
#include <doctest/doctest.h>

#include <memory>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ErrorCode;
using wire::HostAction;

namespace {

/// Routes between the main room and the others, and messages to where their sender is.
class Building {
 public:
  Building() {
    host = main.join_host();
    ada = main.join("Ada");
    bob = main.join("Bob");
    for (const auto c : {host, ada, bob}) at[c] = 0;
  }
  World& room(std::uint32_t n) { return n == 0 ? main : *rooms.at(n); }
  World& of(ConnectionId c) { return room(at[c]); }
  void send(ConnectionId c, wire::ClientMessage m) {
    const bool about_rooms =
        std::holds_alternative<wire::EnterRoom>(m) || std::holds_alternative<wire::AskForHelp>(m) ||
        std::holds_alternative<wire::TellRooms>(m) || std::holds_alternative<wire::ControlRooms>(m);
    (about_rooms ? main : of(c)).send(c, std::move(m));
    route();
  }
  void enter(ConnectionId c, std::uint32_t where) {
    wire::EnterRoom m;
    m.request = 9;
    m.room = where;
    m.hpke_public_key = Bytes(32, 4);
    m.sender_nonce = Bytes(16, static_cast<std::uint8_t>(5 + entered++));
    send(c, m);
  }
  void lose(ConnectionId c) {
    const std::uint32_t was = at[c];
    if (was != 0) room(was).feed(Disconnected{c});
    main.feed(Disconnected{c});
    route();
  }
  void pass(Duration d) {
    // All clocks go together, in steps, as their timers would fire.
    for (Duration done{}; done < d; done += 100ms) {
      main.pass(100ms);
      route();
      for (auto& [n, w] : rooms) w->pass(100ms);
      route();
    }
  }
  void open(bool choose = false) {
    send(host, wire::PlanRooms{{{"North", {2}}, {"South", {3}}}, choose});
    send(host, wire::ControlRooms{wire::RoomsAction::open});
  }
  /// The last of these that came on the connection, from any room.
  template <class T>
  const T* last(ConnectionId c) {
    return of(c).last<T>(c);
  }
  void route() {
    for (bool more = true; more;) {
      more = false;
      for (; seen < main.log.size(); ++seen) {
        more = true;
        const Output output = main.log[seen];
        if (const auto* o = std::get_if<OpenRoom>(&output)) {
          Settings settings;
          settings.room = o->room;
          settings.room_name = o->name;
          rooms[o->room] = std::make_unique<World>(settings, 100 + o->room);
          rooms[o->room]->now = main.now;
          gone_seen[o->room] = 0;
        } else if (const auto* close = std::get_if<CloseRoom>(&output)) {
          rooms.at(close->room)->feed(EndMeeting{close->reason});
        } else if (const auto* place = std::get_if<PlaceInRoom>(&output)) {
          at[place->connection] = place->room;
          rooms.at(place->room)->feed(Placed{*place});
        } else if (const auto* take = std::get_if<TakeFromRoom>(&output)) {
          if (take->connection) at[*take->connection] = 0;
          rooms.at(take->room)->feed(Taken{take->participant, take->removed});
        } else if (const auto* resume = std::get_if<ResumeInRoom>(&output)) {
          at[resume->request.connection] = resume->room;
          rooms.at(resume->room)->feed(resume->request);
        }
      }
      for (auto& [n, w] : rooms) {
        for (std::size_t& i = gone_seen[n]; i < w->presence.size(); ++i) {
          const PresenceChanged change = w->presence[i];
          if (change.what != PresenceChanged::What::left || change.moved) continue;
          more = true;
          main.feed(LeftRoom{n, change.participant, change.removed});
        }
      }
    }
  }

  World main;
  std::map<std::uint32_t, std::unique_ptr<World>> rooms;
  std::map<std::uint32_t, std::size_t> gone_seen;
  std::map<ConnectionId, std::uint32_t> at;
  std::size_t seen = 0;
  int entered = 0;
  ConnectionId host, ada, bob;
};

}  // namespace

TEST_CASE("rooms: people are told where to go; a room is a join of its own, and the main room makes new keys") {
  Building b;
  b.pass(1s);
  b.send(b.ada, wire::PlanRooms{{{"Mine", {}}}, true});
  CHECK(b.main.error(b.ada) == ErrorCode::not_allowed);
  b.open();
  REQUIRE(b.main.last<wire::MoveToRoom>(b.ada) != nullptr);
  CHECK(b.main.last<wire::MoveToRoom>(b.ada)->name == "North");
  CHECK(b.main.last<wire::MoveToRoom>(b.host) == nullptr);
  const std::uint32_t before = b.main.meeting.keys().newest_made();
  b.enter(b.ada, 1);
  const wire::Joined joined = b.rooms.at(1)->joined(b.ada);
  CHECK(joined.participant == 2);
  CHECK(joined.meeting.room == 1);
  CHECK(joined.meeting.room_name == "North");
  CHECK(joined.roster.size() == 1);
  CHECK_FALSE(b.main.transports.contains(2));
  CHECK(b.rooms.at(1)->transports.contains(2));
  b.pass(1s);
  CHECK(b.main.meeting.keys().newest_made() > before);
  CHECK(b.main.roster(b.host).at(2).room == 1U);
  CHECK(b.main.last<wire::Rooms>(b.host)->rooms.at(0).inside == std::vector<ParticipantNumber>{2});
  // Bob does not get in there, the host does.
  b.enter(b.bob, 1);
  CHECK(b.main.error(b.bob) == ErrorCode::not_allowed);
  CHECK(b.main.last<wire::Error>(b.bob)->request == 9);
  b.enter(b.host, 1);
  CHECK(b.rooms.at(1)->joined(b.host).role == wire::Role::host);
}

TEST_CASE("rooms: whoever comes when they are open is told of them at once") {
  Building b;
  b.open(true);
  const ConnectionId late = b.main.join("Late");
  const auto* rooms = b.main.last<wire::Rooms>(late);
  REQUIRE(rooms != nullptr);
  CHECK(rooms->open);
  CHECK(rooms->choose);
  CHECK(rooms->rooms.size() == 2);
}

TEST_CASE("rooms: chat in a room stays there; the host speaks to all rooms; a room asks for help") {
  Building b;
  b.open();
  b.enter(b.ada, 1);
  b.enter(b.bob, 2);
  b.send(b.ada, wire::SendChat{.request = 1, .text = "among us"});
  CHECK(b.rooms.at(1)->last<wire::Chat>(b.ada) != nullptr);
  CHECK(b.main.last<wire::Chat>(b.host) == nullptr);
  CHECK(b.rooms.at(2)->last<wire::Chat>(b.bob) == nullptr);
  b.send(b.host, wire::TellRooms{"Five minutes"});
  CHECK(b.main.last<wire::Announcement>(b.ada)->text == "Five minutes");
  CHECK(b.main.last<wire::Announcement>(b.bob)->name == "Host");
  b.send(b.ada, wire::TellRooms{"me too"});
  CHECK(b.main.error(b.ada) == ErrorCode::not_allowed);
  b.send(b.ada, wire::AskForHelp{});
  CHECK(b.main.last<wire::HelpWanted>(b.host)->room == 1);
}

TEST_CASE("rooms: closing counts down, everybody goes back under the same number; who does not is let go") {
  Building b;
  b.open();
  b.enter(b.ada, 1);
  b.enter(b.bob, 2);
  b.send(b.host, wire::ControlRooms{wire::RoomsAction::close, 30});
  b.pass(200ms);
  CHECK(b.main.last<wire::Rooms>(b.host)->closing_in_seconds == 30U);
  b.pass(20s);
  CHECK(b.main.last<wire::MoveToRoom>(b.ada)->room == 1);
  b.pass(10s);
  CHECK(b.main.last<wire::MoveToRoom>(b.ada)->room == 0);
  b.enter(b.ada, 0);
  CHECK(b.main.all<wire::Joined>(b.ada).size() == 2);
  CHECK(b.main.joined(b.ada).participant == 2);
  CHECK(b.main.joined(b.ada).sender_index != b.main.all<wire::Joined>(b.ada).front()->sender_index);
  b.pass(16s);  // Bob never moves
  CHECK(b.rooms.at(2)->ended(b.bob) == wire::EndReason::room_closed);
  CHECK_FALSE(b.main.meeting.participants().contains(3));
  CHECK_FALSE(b.main.last<wire::Rooms>(b.host)->open);
  for (const auto& [n, w] : b.rooms) CHECK(w->finished);
}

TEST_CASE("rooms: whoever loses the connection in a room comes back into that room, and is gone after the grace") {
  Building b;
  b.open();
  b.enter(b.ada, 1);
  const wire::Joined before = b.rooms.at(1)->joined(b.ada);
  b.lose(b.ada);
  b.pass(5s);
  const auto again = b.main.join_again(before);
  b.route();
  CHECK(b.at[again] == 1);
  CHECK(b.rooms.at(1)->joined(again).participant == 2);
  b.lose(again);
  b.pass(40s);
  CHECK_FALSE(b.main.meeting.participants().contains(2));
  CHECK(b.main.presence.back().what == PresenceChanged::What::left);
}

TEST_CASE("rooms: whoever comes back while still on the way into a room is who they were, not somebody who is there") {
  Building b;
  b.open(true);
  b.enter(b.host, 1);
  World& room = *b.rooms.at(1);
  room.media_answers = false;
  b.enter(b.ada, 1);
  const auto again = b.main.join_again(b.main.joined(b.ada));
  b.route();
  room.media_answers = true;
  room.settle();
  b.route();
  CHECK(room.joined(again).participant == 2);
  CHECK(room.joined(again).role == wire::Role::participant);
  CHECK(room.ended(b.ada) == wire::EndReason::replaced);
  CHECK(room.meeting.participants().at(1).connection == b.host);
  CHECK(room.meeting.participants().size() == 2);
}

TEST_CASE("rooms: nobody joins a room who was not placed there") {
  Building b;
  b.open(true);
  b.enter(b.host, 1);
  const auto stranger = b.main.connect();  // their numbers are those of the whole server
  b.rooms.at(1)->feed(JoinRequest{stranger, World::join_message("Eve"), "test", std::nullopt});
  CHECK(b.rooms.at(1)->error(stranger) == ErrorCode::internal);
  CHECK(b.rooms.at(1)->meeting.participants().at(1).connection == b.host);
  CHECK(b.rooms.at(1)->meeting.participants().size() == 1);
}

TEST_CASE("rooms: a meeting that everybody has left out of its rooms closes them, too") {
  Building b;
  b.open(true);
  b.enter(b.ada, 1);
  b.enter(b.bob, 2);
  for (const auto person : {b.host, b.ada, b.bob}) b.lose(person);
  b.pass(2min);
  CHECK(b.main.finished);
  for (const auto& [number, room] : b.rooms) {
    CAPTURE(number);
    CHECK(room->finished);
  }
}

TEST_CASE("rooms: removed from within the room or from the main room is out of the meeting") {
  Building b;
  b.open();
  b.enter(b.ada, 1);
  SUBCASE("from the main room") { b.main.command(b.host, HostAction::remove, 2); }
  SUBCASE("by a host in the room") {
    b.enter(b.host, 1);
    b.of(b.host).command(b.host, HostAction::remove, 2);
  }
  b.route();
  CHECK_FALSE(b.main.meeting.participants().contains(2));
  CHECK_FALSE(b.rooms.at(1)->meeting.participants().contains(2));
  CHECK_FALSE(b.rooms.at(1)->transports.contains(2));
  const auto again = b.main.join_again(b.rooms.at(1)->joined(b.ada));
  CHECK(b.main.error(again) == ErrorCode::not_allowed);
}

TEST_CASE("rooms: moved from one to another; with free choice people choose; roles and the end are the main room's") {
  Building b;
  b.open(true);
  b.enter(b.ada, 1);
  b.enter(b.ada, 2);
  CHECK_FALSE(b.rooms.at(1)->transports.contains(2));
  CHECK(b.rooms.at(2)->joined(b.ada).participant == 2);
  b.main.send(b.host, wire::AssignRoom{2, 1});
  CHECK(b.main.last<wire::MoveToRoom>(b.ada)->room == 1);
  b.enter(b.ada, 1);
  b.enter(b.host, 1);
  for (const auto action : {HostAction::make_cohost, HostAction::end_meeting, HostAction::lock}) {
    b.of(b.host).command(b.host, action, 2);
    CHECK(b.of(b.host).error(b.host) == ErrorCode::not_allowed);
  }
  b.main.feed(EndMeeting{wire::EndReason::ended_by_host});
  b.route();
  CHECK(b.rooms.at(1)->ended(b.ada) == wire::EndReason::ended_by_host);
  CHECK(b.rooms.at(1)->finished);
}

TEST_CASE("rooms: an empty room stays, also for long; who is alone in the main room keeps the meeting") {
  Building b;
  b.open();
  b.pass(2min);
  CHECK_FALSE(b.rooms.at(2)->finished);
  CHECK_FALSE(b.main.finished);
}

TEST_CASE("rooms: nobody is assigned who is not here, nor whoever gets that number later; the plan before stays") {
  Building b;
  b.send(b.host, wire::PlanRooms{{{"A", {2}}, {"B", {}}}, false});
  b.send(b.host, wire::PlanRooms{{{"C", {2, 77}}}, false});
  CHECK(b.main.error(b.host) == ErrorCode::not_found);
  b.pass(200ms);
  CHECK(b.main.last<wire::Rooms>(b.host)->rooms.size() == 2);
  b.send(b.host, wire::AssignRoom{77, 1});
  CHECK(b.main.error(b.host) == ErrorCode::not_found);
  b.send(b.host, wire::AssignRoom{2, 50});
  CHECK(b.main.error(b.host) == ErrorCode::not_found);
}

TEST_CASE("rooms: those that were planned with the meeting are there, with a place for whom they wait for") {
  Settings settings;
  settings.planned_rooms = {{"North", {"acc-ada"}}, {"South", {"acc-bob", "reg-cid"}}};
  World w{settings};
  const auto host = w.join_host();
  w.pass(100ms);
  REQUIRE(w.last<wire::Rooms>(host) != nullptr);
  REQUIRE(w.last<wire::Rooms>(host)->rooms.size() == 2);
  CHECK(w.last<wire::Rooms>(host)->rooms[1].name == "South");
  CHECK_FALSE(w.last<wire::Rooms>(host)->open);
  w.join("Ada", Account{"acc-ada", "Ada", false, false});
  const auto cid = w.connect();
  w.feed(JoinRequest{cid, World::join_message("Cid"), "test", std::nullopt, "reg-cid"});
  w.join("Nobody");
  w.pass(100ms);
  const auto& rooms = w.last<wire::Rooms>(host)->rooms;
  CHECK(rooms[0].assigned == std::vector<ParticipantNumber>{2});
  CHECK(rooms[1].assigned == std::vector<ParticipantNumber>{3});
  w.send(host, wire::ControlRooms{wire::RoomsAction::open});
  CHECK(w.last<wire::MoveToRoom>(cid)->room == 2);
  // Who comes when they are open is sent on; everybody sees that there are rooms.
  const auto bob = w.join("Bob", Account{"acc-bob", "Bob", false, false});
  REQUIRE(w.last<wire::MoveToRoom>(bob) != nullptr);
  CHECK(w.last<wire::MoveToRoom>(bob)->room == 2);
}

TEST_CASE("rooms: another plan of the host takes the place of what was planned with the meeting") {
  Settings settings;
  settings.planned_rooms = {{"North", {"acc-ada"}}};
  World w{settings};
  const auto host = w.join_host();
  w.send(host, wire::PlanRooms{{{"East", {}}}, false});
  w.join("Ada", Account{"acc-ada", "Ada", false, false});
  w.pass(100ms);
  const auto& rooms = w.last<wire::Rooms>(host)->rooms;
  REQUIRE(rooms.size() == 1);
  CHECK(rooms[0].name == "East");
  CHECK(rooms[0].assigned.empty());
}
