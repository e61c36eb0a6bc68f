#include <doctest/doctest.h>

#include "server/schedule/links.h"
#include "server/schedule/testing.h"

using namespace sealhall;
using namespace sealhall::schedule;
using namespace sealhall::schedule::testing;

namespace {

struct Joining : House {
  Door door(const shapes::MeetingView& m, const Knock& knock) {
    return *get<std::optional<Door>>([&](auto done) { service.at_the_door(id(m), knock, std::move(done)); });
  }
  static shapes::MeetingBody body() {
    shapes::MeetingBody b;
    b.topic = "Talk";
    b.start_time = "2026-11-20T09:00:00Z";
    b.password = "sesame";
    return b;
  }
  static std::string after(const std::string& link, std::string_view name) {
    return link.substr(link.find(name) + name.size());
  }
};

}  // namespace

TEST_CASE("joining: the token of a link stands for the passcode, a wrong one stays what it is") {
  Joining house;
  const auto m = house.create(Joining::body());
  CHECK(house.door(m, {.passcode = Joining::after(m.join_url, "pwd=")}).passcode == "sesame");
  CHECK(house.door(m, {.passcode = "sesame"}).passcode == "sesame");
  CHECK(house.door(m, {.passcode = "wrong"}).passcode == "wrong");
  shapes::MeetingBody other;
  other.password = "other";
  REQUIRE(house.change(m, other));
  const std::string old_token = Joining::after(m.join_url, "pwd=");
  CHECK(house.door(m, {.passcode = old_token}).passcode == old_token);
}

TEST_CASE("joining: the owner, alternative hosts and who has a start link come in as hosts") {
  Joining house;
  shapes::MeetingBody body = Joining::body();
  body.settings = shapes::Settings{.approval_type = 1, .alternative_hosts = "bob@acme.example"};
  const auto m = house.create(body);
  CHECK(house.door(m, {.user_id = "ada"}).may_host);
  const Door bob = house.door(m, {.user_id = "bob"});
  CHECK(bob.may_host);
  CHECK(bob.answer == DoorAnswer::open);
  CHECK(!house.door(m, {.user_id = "carol"}).may_host);
  const std::string zak = Joining::after(*m.start_url, "zak=");
  const Door start = house.door(m, {.start_token = zak});
  CHECK(start.may_host);
  CHECK(start.user_id == "ada");
  CHECK(start.name == "ada");
  house.clock.time = at("2026-11-20T10:00:00Z");
  CHECK(!house.door(m, {.start_token = zak}).may_host);
}

TEST_CASE("joining: whom a program vouches for comes in named, past passcode and registration, as host or not") {
  Joining house;
  shapes::MeetingBody body = Joining::body();
  body.settings = shapes::Settings{.meeting_authentication = true, .approval_type = 1};
  const auto m = house.create(body);
  const UnixMicros until = at("2026-11-20T10:00:00Z");
  const auto link = [&](const Visitor& who) {
    return house.get<std::string>(
        [&](auto done) { house.service.visitor_link(House::id(m), who, until, std::move(done)); });
  };
  const std::string moderator = link({"Grace", true, false});
  CHECK(moderator.starts_with("https://meet.example/s/" + House::id(m) + "?zak=h."));
  const Door grace = house.door(m, {.start_token = Joining::after(moderator, "zak=")});
  CHECK(grace.answer == DoorAnswer::open);
  CHECK(grace.may_host);
  CHECK(grace.name == "Grace");
  CHECK(!grace.user_id);
  const std::string attendee = link({"Bob", false, true});
  CHECK(attendee.starts_with("https://meet.example/j/" + House::id(m) + "?tk=w."));
  const Door bob = house.door(m, {.registrant_token = Joining::after(attendee, "tk=")});
  CHECK(bob.answer == DoorAnswer::open);
  CHECK(!bob.may_host);
  CHECK(bob.passcode == "sesame");
  CHECK(bob.visitor->waits);
  house.clock.time = until;
  CHECK(house.door(m, {.start_token = Joining::after(moderator, "zak=")}).answer == DoorAnswer::sign_in_first);
}

TEST_CASE("joining: people may come jbh_time before the start, hosts whenever they like") {
  Joining house;
  shapes::MeetingBody body = Joining::body();
  body.settings = shapes::Settings{.join_before_host = true, .jbh_time = 10};
  const auto m = house.create(body);
  const Door early = house.door(m, {});
  CHECK(early.answer == DoorAnswer::too_early);
  CHECK(early.message.find("10 minutes before") != std::string::npos);
  CHECK(house.door(m, {.user_id = "ada"}).answer == DoorAnswer::open);
  house.clock.time = at("2026-11-20T08:50:00Z");
  CHECK(house.door(m, {}).answer == DoorAnswer::open);
}

TEST_CASE("joining: of a series the occurrence that is next counts, with its own settings") {
  Joining house;
  shapes::MeetingBody body = Joining::body();
  body.type = 8;
  body.recurrence = shapes::RecurrenceBody{.type = 1, .end_times = 3};
  body.settings = shapes::Settings{.jbh_time = 5};
  const auto m = house.create(body);
  shapes::MeetingBody one;
  one.topic = "Special talk";
  one.settings = shapes::Settings{.waiting_room = true};
  REQUIRE(house.change(m, one, (*m.occurrences)[1].occurrence_id));
  house.clock.time = at("2026-11-20T08:58:00Z");
  CHECK(house.door(m, {}).answer == DoorAnswer::open);
  CHECK(!house.door(m, {}).meeting.waiting_room);
  house.clock.time = at("2026-11-20T10:30:00Z");
  CHECK(house.door(m, {}).answer == DoorAnswer::too_early);
  CHECK(house.door(m, {}).meeting.waiting_room);
  CHECK(house.door(m, {}).meeting.topic == "Special talk");
}

TEST_CASE("joining: only people who are signed in, where the host wants that") {
  Joining house;
  shapes::MeetingBody body = Joining::body();
  body.settings = shapes::Settings{.meeting_authentication = true};
  const auto m = house.create(body);
  CHECK(house.door(m, {}).answer == DoorAnswer::sign_in_first);
  CHECK(house.door(m, {.user_id = "carol"}).answer == DoorAnswer::open);
}

TEST_CASE("joining: what is not there, deleted or over has no door") {
  Joining house;
  CHECK(!house.get<std::optional<Door>>(
      [&](auto done) { house.service.at_the_door("12345678901", {}, std::move(done)); }));
  shapes::MeetingBody body = Joining::body();
  body.type = 1;
  const auto m = house.create(body);
  house.get<void>([&](auto done) { house.service.end(House::id(m), std::move(done)); });
  CHECK(house.door(m, {.user_id = "ada"}).answer == DoorAnswer::ended);
}

TEST_CASE("simple meetings: those of /api and of the first version live in the same table") {
  Joining house;
  const auto made = house.get<store::Meeting>([&](auto done) {
    house.service.create_simple("ada", {.topic = "Simple", .passcode = "123", .waiting_room = true}, std::move(done));
  });
  CHECK(made.id.size() == 11);
  CHECK(made.passcode == "123");
  REQUIRE(house.shop
              .write({{.sql = "INSERT INTO meetings(id, owner_id, topic, passcode, waiting_room, join_before_host, "
                              "created_at) VALUES('abcdefghijklmnop','ada','Old','456',1,0,5)"}})
              .has_value());
  const auto old = [&] {
    return *house.get<std::optional<store::Meeting>>(
        [&](auto done) { house.service.simple("abcdefghijklmnop", std::move(done)); });
  };
  CHECK(old().topic == "Old");
  CHECK(house.get<std::size_t>([&](auto done) { house.service.seal_old(std::move(done)); }) == 1);
  CHECK(house.get<std::size_t>([&](auto done) { house.service.seal_old(std::move(done)); }) == 0);
  CHECK(old().topic == "Old");
  CHECK(old().passcode == "456");
  CHECK(old().waiting_room);
  const auto all = house.get<std::vector<store::Meeting>>(
      [&](auto done) { house.service.list_simple("ada", 10, 0, std::move(done)); });
  REQUIRE(all.size() == 2);
  CHECK(all[0].topic == "Simple");
  const auto door = house.get<std::optional<Door>>(
      [&](auto done) { house.service.at_the_door("abcdefghijklmnop", {.passcode = "456"}, std::move(done)); });
  CHECK(door->passcode == "456");
  CHECK(!door->meeting.join_before_host);
}

TEST_CASE("joining: the door says how people begin, and for whom the planned rooms wait, until the meeting runs") {
  Joining house;
  shapes::MeetingBody body = Joining::body();
  body.settings =
      shapes::Settings{.host_video = false,
                       .mute_upon_entry = true,
                       .approval_type = 0,
                       .audio = "both",
                       .breakout_room = shapes::BreakoutRooms{
                           .enable = true,
                           .rooms = std::vector<shapes::BreakoutRoom>{
                               {"North", std::vector<std::string>{"bob@acme.example", "nobody@acme.example"}},
                               {"South", std::vector<std::string>{"guest@example.org"}},
                               {"East", std::nullopt}}}};
  const auto m = house.create(body);
  CHECK(m.settings.audio == "voip");  // what is so
  CHECK(m.settings.registration_type == 1);
  CHECK(m.settings.participant_video == true);
  shapes::RegistrantBody guest;
  guest.email = "guest@example.org";
  guest.first_name = "Guest";
  const auto registered = house.get<std::vector<Registered>>(
      [&](auto done) { house.service.register_people(Joining::id(m), {guest}, false, std::move(done)); });
  const Door door = house.door(m, {.user_id = "ada"});
  CHECK(door.meeting.mute_on_entry);
  CHECK_FALSE(door.meeting.host_video);
  CHECK(door.meeting.participant_video);
  const auto& rooms = door.meeting.planned_rooms;
  REQUIRE(rooms.size() == 3);
  CHECK(rooms[0].name == "North");
  CHECK(rooms[0].people == std::vector<std::string>{"bob"});
  CHECK(rooms[1].people == std::vector<std::string>{registered[0].id});
  CHECK(rooms[2].people.empty());
  // Who may not come in learns nothing of it, and who comes later needs not.
  CHECK(house.door(m, {}).meeting.planned_rooms.empty());
  house.running.insert(Joining::id(m));
  CHECK(house.door(m, {.user_id = "ada"}).meeting.planned_rooms.empty());
  house.running.clear();
  shapes::MeetingBody off;
  off.settings = shapes::Settings{.breakout_room = shapes::BreakoutRooms{.enable = false, .rooms = {}}};
  REQUIRE(house.change(m, off));
  CHECK(house.door(m, {.user_id = "ada"}).meeting.planned_rooms.empty());
}

TEST_CASE("joining: a plan of rooms names addresses, and not too many") {
  Joining house;
  shapes::MeetingBody body = Joining::body();
  const auto with = [&](std::vector<std::string> people) {
    std::vector<shapes::BreakoutRoom> rooms(3, {"Room", std::move(people)});
    body.settings = shapes::Settings{.breakout_room = shapes::BreakoutRooms{.enable = true, .rooms = std::move(rooms)}};
    return house.ask<shapes::MeetingView>(
        [&](auto done) { house.service.create(house.ada, "ada", body, std::move(done)); });
  };
  CHECK(with({"bob@acme.example"}));
  CHECK(with({"bob"}).error().errors.at(0).field == "settings.breakout_room");
  CHECK_FALSE(with(std::vector<std::string>(180, "bob@acme.example")));
}
