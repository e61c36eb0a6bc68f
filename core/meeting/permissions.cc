#include "core/meeting/permissions.h"

#include <array>

namespace sealhall::meeting {
namespace {

using wire::HostAction;
using wire::Role;

enum class On : std::uint8_t {
  meeting,         ///< no person; a named one is ignored
  waiting,         ///< a person in the waiting room
  waiting_or_all,  ///< one, or everybody who waits
  inside,          ///< a person in the meeting
  anybody,         ///< a person in the meeting or in the waiting room
};

struct Rule {
  HostAction action;
  On on;
  Role least;         ///< the actor's least role
  bool spare_equals;  ///< only people of a lower role than the actor's can be the target
};

constexpr std::array rules{
    Rule{HostAction::admit, On::waiting_or_all, Role::cohost, false},
    Rule{HostAction::deny, On::waiting, Role::cohost, false},
    Rule{HostAction::remove, On::inside, Role::cohost, true},
    Rule{HostAction::mute_audio, On::inside, Role::cohost, true},
    Rule{HostAction::stop_video, On::inside, Role::cohost, true},
    Rule{HostAction::make_host, On::inside, Role::host, false},
    Rule{HostAction::make_cohost, On::inside, Role::host, false},
    Rule{HostAction::make_participant, On::inside, Role::host, false},
    Rule{HostAction::lock, On::meeting, Role::cohost, false},
    Rule{HostAction::unlock, On::meeting, Role::cohost, false},
    Rule{HostAction::waiting_room_on, On::meeting, Role::cohost, false},
    Rule{HostAction::waiting_room_off, On::meeting, Role::cohost, false},
    Rule{HostAction::new_keys, On::meeting, Role::cohost, false},
    Rule{HostAction::end_meeting, On::meeting, Role::host, false},
    Rule{HostAction::ban, On::anybody, Role::cohost, true},
    Rule{HostAction::ask_unmute, On::inside, Role::cohost, false},
    Rule{HostAction::ask_video, On::inside, Role::cohost, false},
    Rule{HostAction::mute_all, On::meeting, Role::cohost, false},
    Rule{HostAction::stop_share, On::inside, Role::cohost, true},
    Rule{HostAction::suspend, On::meeting, Role::cohost, false},
    Rule{HostAction::resume, On::meeting, Role::cohost, false},
    Rule{HostAction::lower_hand, On::inside, Role::cohost, false},
    Rule{HostAction::lower_all_hands, On::meeting, Role::cohost, false},
    Rule{HostAction::allow_recording, On::inside, Role::cohost, false},
    Rule{HostAction::forbid_recording, On::inside, Role::cohost, true},
    Rule{HostAction::record_start, On::meeting, Role::cohost, false},
    Rule{HostAction::record_stop, On::meeting, Role::cohost, false},
    Rule{HostAction::record_pause, On::meeting, Role::cohost, false},
    Rule{HostAction::record_resume, On::meeting, Role::cohost, false},
};

}  // namespace

Verdict may(const Actor& actor, HostAction action, const Target& target) noexcept {
  if (actor.stage != Stage::present) return Verdict::refused;
  for (const Rule& rule : rules) {
    if (rule.action != action) continue;
    if (actor.role < rule.least) return Verdict::refused;
    if (rule.on == On::meeting) return Verdict::allowed;
    if (!target.named) return rule.on == On::waiting_or_all ? Verdict::allowed : Verdict::needs_target;
    if (!target.exists) return Verdict::no_such_target;
    const bool waits = target.stage == Stage::waiting;
    if (rule.on != On::anybody && waits != (rule.on != On::inside)) return Verdict::no_such_target;
    // Whoever is in a breakout room is acted on there; only out of the meeting also from here.
    const bool takes_out = action == HostAction::remove || action == HostAction::ban;
    if (target.stage == Stage::in_room && !takes_out) return Verdict::no_such_target;
    if (target.is_self) return Verdict::refused;
    if (rule.spare_equals && target.role >= actor.role) return Verdict::refused;
    return Verdict::allowed;
  }
  return Verdict::refused;
}

}  // namespace sealhall::meeting
