// Who may do what to whom: one table, and everything that is not in it is refused.
#pragma once

#include <cstdint>

#include "core/wire/signalling.h"

namespace sealhall::meeting {

/// Where somebody stands in the meeting.
enum class Stage : std::uint8_t {
  waiting,    ///< in the waiting room
  admitting,  ///< let in; keys and transport are being made
  present,    ///< in the meeting, connected
  in_room,    ///< in a breakout room of this meeting
  away,       ///< in the meeting, the connection is broken and may come back
};

enum class Verdict : std::uint8_t {
  allowed,
  refused,       ///< this role may not, or not to this person
  needs_target,  ///< the action is on a person, and none was named
  no_such_target,
};

struct Actor {
  Stage stage = Stage::waiting;
  wire::Role role = wire::Role::participant;
};
/// The person acted on.
struct Target {
  bool named = false;    ///< the command names somebody
  bool exists = false;   ///< and that somebody is in the meeting
  bool is_self = false;  ///< and is the actor
  Stage stage = Stage::waiting;
  wire::Role role = wire::Role::participant;
};

Verdict may(const Actor& actor, wire::HostAction action, const Target& target) noexcept;

}  // namespace sealhall::meeting
