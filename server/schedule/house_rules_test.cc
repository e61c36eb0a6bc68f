#include "server/schedule/house_rules.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::schedule;

namespace {

struct Asked {
  shapes::MeetingBody body{};
  std::string refused{};
};
Asked ask(shapes::MeetingBody body, const MeetingPolicies& policies, bool creating = true,
          const shapes::Details& is = {}) {
  SeededRandom random{3};
  const auto fine = obey(body, creating, is, policies, random);
  return {std::move(body), fine ? "" : fine.error().field};
}

}  // namespace

TEST_CASE("house rules: a required waiting room is there without asking for it, and cannot be asked away") {
  const MeetingPolicies p{.waiting_room_required = true};
  CHECK(ask({}, p).body.settings->waiting_room == true);
  CHECK(ask({}, p, false).body.settings->waiting_room == true);
  CHECK(ask({.settings = shapes::Settings{.waiting_room = false}}, p).refused == "settings.waiting_room");
  CHECK(ask({.settings = shapes::Settings{.waiting_room = false}}, p, false).refused == "settings.waiting_room");
  CHECK(ask({.settings = shapes::Settings{.waiting_room = false}}, {}).refused.empty());
}

TEST_CASE("house rules: what is only the way of new meetings gives way to what is said, to a template and to changes") {
  const MeetingPolicies p{.waiting_room = true, .join_before_host = false};
  CHECK(ask({}, p).body.settings->waiting_room == true);
  CHECK(ask({}, p).body.settings->join_before_host == false);
  CHECK(ask({.settings = shapes::Settings{.join_before_host = true}}, p).body.settings->join_before_host == true);
  CHECK_FALSE(ask({}, p, false).body.settings->waiting_room.has_value());
  shapes::Details from_template;
  from_template.settings.waiting_room = false;
  CHECK_FALSE(ask({}, p, true, from_template).body.settings->waiting_room.has_value());
}

TEST_CASE("house rules: a passcode that is asked for can be another one, but not none") {
  const MeetingPolicies p{.passcode_required = true};
  CHECK(ask({.password = ""}, p).refused == "password");
  CHECK(ask({.password = "abc"}, p).body.password == "abc");
  CHECK_FALSE(ask({}, p).body.password.has_value());  // whoever makes the meeting makes a passcode
  CHECK_FALSE(ask({}, p, false).body.password->empty());
  shapes::Details has_one;
  has_one.passcode = "xyz";
  CHECK_FALSE(ask({}, p, false, has_one).body.password.has_value());
  CHECK(ask({.password = ""}, {}).refused.empty());
}

TEST_CASE("house rules: join before host, guests and recording can be taken away") {
  CHECK(ask({.settings = shapes::Settings{.join_before_host = true}}, {.join_before_host_allowed = false}).refused ==
        "settings.join_before_host");
  CHECK(ask({}, {.join_before_host_allowed = false}).body.settings->join_before_host == false);
  CHECK(ask({.settings = shapes::Settings{.meeting_authentication = false}}, {.guests = false}).refused ==
        "settings.meeting_authentication");
  CHECK(ask({.settings = shapes::Settings{.auto_recording = "cloud"}}, {.switched_off = {wire::Feature::recording}})
            .refused == "settings.auto_recording");
}

TEST_CASE("house rules: at the door meetings from before the policy obey it, too") {
  shapes::Settings s{.join_before_host = true, .waiting_room = false, .meeting_authentication = false};
  at_the_door(s, false, {});
  CHECK(s.waiting_room == false);
  at_the_door(s, true, {.passcode_required = true});
  CHECK(s.waiting_room == false);
  at_the_door(s, false, {.passcode_required = true});
  CHECK(s.waiting_room == true);
  at_the_door(s, true, {.guests = false, .join_before_host_allowed = false});
  CHECK(s.join_before_host == false);
  CHECK(s.meeting_authentication == true);
}
