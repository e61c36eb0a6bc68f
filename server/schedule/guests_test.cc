#include <doctest/doctest.h>

#include "server/schedule/testing.h"

using namespace sealhall;
using namespace sealhall::schedule;
using namespace sealhall::schedule::testing;

namespace {

struct Gate {
  House house;
  shapes::MeetingView m = house.create({.topic = "Tea", .password = "secret"});
  GuestLink give(const std::string& name, std::optional<UnixMicros> until = std::nullopt) {
    return house.get<GuestLink>(
        [&](auto done) { house.service.add_guest(house.ada, House::id(m), name, until, std::move(done)); });
  }
  std::vector<GuestLink> list() {
    return house.get<std::vector<GuestLink>>([&](auto done) { house.service.guests(House::id(m), std::move(done)); });
  }
  Door knock(const std::string& link) {
    const std::string token = link.substr(link.find("tk=") + 3);
    auto door = house.get<std::optional<Door>>(
        [&](auto done) { house.service.at_the_door(House::id(m), {.registrant_token = token}, std::move(done)); });
    REQUIRE(door.has_value());
    return std::move(*door);
  }
};

}  // namespace

TEST_CASE("guests: a link of their own brings a guest in by name, past the passcode, until it is taken back") {
  Gate d;
  const GuestLink bob = d.give("Bob Guest");
  d.house.clock.time = UnixMicros{static_cast<std::int64_t>(d.house.clock.time) + 1};
  const GuestLink eve = d.give("Eve");
  CHECK(bob.join_url.find("secret") == std::string::npos);
  const Door in = d.knock(bob.join_url);
  CHECK(in.answer == DoorAnswer::open);
  CHECK(in.name == "Bob Guest");
  CHECK(in.passcode == "secret");
  CHECK_FALSE(in.may_host);
  CHECK_FALSE(in.user_id.has_value());
  CHECK(d.list().size() == 2);
  CHECK(d.list().at(0).name == "Bob Guest");
  CHECK(d.list().at(0).join_url == bob.join_url);
  d.house.get<void>([&](auto done) { d.house.service.remove_guest(House::id(d.m), bob.id, std::move(done)); });
  const Door out = d.knock(bob.join_url);
  CHECK(out.answer != DoorAnswer::open);
  CHECK_FALSE(out.passcode.has_value());
  CHECK(d.knock(eve.join_url).answer == DoorAnswer::open);
  CHECK_FALSE(
      d.house.ask<void>([&](auto done) { d.house.service.remove_guest(House::id(d.m), bob.id, std::move(done)); })
          .has_value());
}

TEST_CASE("guests: a link that has expired opens nothing, nor does one of another meeting") {
  Gate d;
  const GuestLink bob = d.give("Bob", at("2026-11-20T09:00:00Z"));
  CHECK(d.knock(bob.join_url).answer == DoorAnswer::open);
  d.house.clock.time = at("2026-11-20T09:00:00Z");
  CHECK(d.knock(bob.join_url).answer != DoorAnswer::open);
  const GuestLink eve = d.give("Eve");
  d.m = d.house.create({.topic = "Another", .password = "other"});
  const Door elsewhere = d.knock(eve.join_url);
  CHECK_FALSE(elsewhere.name.has_value());
  CHECK_FALSE(elsewhere.passcode.has_value());
}

TEST_CASE("guests: where only signed-in people are admitted, the host's own link still works; not so for a policy") {
  Gate d;
  const GuestLink bob = d.give("Bob");
  REQUIRE(d.house.change(d.m, {.settings = shapes::Settings{.meeting_authentication = true}}).has_value());
  CHECK(d.knock(bob.join_url).answer == DoorAnswer::open);
  d.house.policies.guests = false;
  CHECK(d.knock(bob.join_url).answer == DoorAnswer::sign_in_first);
  CHECK_FALSE(d.house
                  .ask<GuestLink>([&](auto done) {
                    d.house.service.add_guest(d.house.ada, House::id(d.m), "Eve", std::nullopt, std::move(done));
                  })
                  .has_value());
}
