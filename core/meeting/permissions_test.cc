#include "core/meeting/permissions.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "core/wire/codec.h"

using namespace sealhall;
using namespace sealhall::meeting;
using wire::HostAction;
using wire::Role;

namespace {

constexpr HostAction all_actions[] = {
    HostAction::admit,      HostAction::deny,       HostAction::remove,          HostAction::mute_audio,
    HostAction::stop_video, HostAction::make_host,  HostAction::make_cohost,     HostAction::make_participant,
    HostAction::lock,       HostAction::unlock,     HostAction::waiting_room_on, HostAction::waiting_room_off,
    HostAction::new_keys,   HostAction::end_meeting};
constexpr Role all_roles[] = {Role::participant, Role::cohost, Role::host};
constexpr Stage all_stages[] = {Stage::waiting, Stage::admitting, Stage::present, Stage::away};

/// Written by hand, apart from the code's own table: "actor's role > target" that are allowed, for an actor who is
/// present. W: somebody who waits, p c h: a participant, co-host, host inside, *: no target needed.
const std::map<std::string, std::set<std::string>> allowed = {
    {"admit", {"host>W", "cohost>W", "host>*", "cohost>*"}},
    {"deny", {"host>W", "cohost>W"}},
    {"remove", {"host>p", "host>c", "cohost>p"}},
    {"mute_audio", {"host>p", "host>c", "cohost>p"}},
    {"stop_video", {"host>p", "host>c", "cohost>p"}},
    {"make_host", {"host>p", "host>c", "host>h"}},
    {"make_cohost", {"host>p", "host>c", "host>h"}},
    {"make_participant", {"host>p", "host>c", "host>h"}},
    {"lock", {"host>*", "cohost>*"}},
    {"unlock", {"host>*", "cohost>*"}},
    {"waiting_room_on", {"host>*", "cohost>*"}},
    {"waiting_room_off", {"host>*", "cohost>*"}},
    {"new_keys", {"host>*", "cohost>*"}},
    {"end_meeting", {"host>*"}},
};
const std::set<std::string> on_meeting = {"lock",     "unlock",     "waiting_room_on", "waiting_room_off",
                                          "new_keys", "end_meeting"};

std::string letter(Stage stage, Role role) {
  if (stage == Stage::waiting) return "W";
  return role == Role::host ? "h" : role == Role::cohost ? "c" : "p";
}

}  // namespace

TEST_CASE("permissions: every action, role, stage and target has the verdict of the hand-written table") {
  int looked_at = 0;
  int found_allowed = 0;
  for (const HostAction action : all_actions) {
    const std::string word{wire::word_of(action)};
    const std::set<std::string>& rules = allowed.at(word);
    for (const Role role : all_roles) {
      const std::string who{wire::word_of(role)};
      for (const Stage stage : all_stages) {
        const Actor actor{stage, role};
        CAPTURE(word);
        CAPTURE(who);
        // Nobody named.
        bool expected = stage == Stage::present && rules.contains(who + ">*");
        CHECK((may(actor, action, {}) == Verdict::allowed) == expected);
        for (const Role target_role : all_roles) {
          for (const Stage target_stage : all_stages) {
            const Target other{.named = true, .exists = true, .stage = target_stage, .role = target_role};
            const bool meeting_wide = on_meeting.contains(word);
            expected = stage == Stage::present &&
                       rules.contains(who + ">" + (meeting_wide ? "*" : letter(target_stage, target_role)));
            CHECK((may(actor, action, other) == Verdict::allowed) == expected);
            found_allowed += expected ? 1 : 0;
            Target self = other;
            self.is_self = true;
            CHECK((may(actor, action, self) == Verdict::allowed) == (expected && meeting_wide));
            Target gone = other;
            gone.exists = false;
            CHECK((may(actor, action, gone) == Verdict::allowed) == (expected && meeting_wide));
            ++looked_at;
          }
        }
      }
    }
  }
  CHECK(looked_at == 14 * 3 * 4 * 3 * 4);
  CHECK(found_allowed > 100);
}

TEST_CASE("permissions: unknown actions and roles are refused") {
  CHECK(may({Stage::present, Role::host}, static_cast<HostAction>(200), {}) == Verdict::refused);
  CHECK(may({Stage::present, Role::participant}, HostAction::end_meeting, {}) == Verdict::refused);
}

TEST_CASE("permissions: a missing or unknown person is told apart from a refusal") {
  const Actor host{Stage::present, Role::host};
  CHECK(may(host, HostAction::remove, {}) == Verdict::needs_target);
  CHECK(may(host, HostAction::deny, {}) == Verdict::needs_target);
  CHECK(may(host, HostAction::remove, {.named = true}) == Verdict::no_such_target);
  CHECK(may(host, HostAction::deny, {.named = true, .exists = true, .stage = Stage::present}) ==
        Verdict::no_such_target);
  CHECK(may(host, HostAction::remove, {.named = true, .exists = true, .stage = Stage::waiting}) ==
        Verdict::no_such_target);
}
