// What every message about people is made of.
#pragma once

#include <cstdint>

namespace sealhall::wire {

enum class Role : std::uint8_t { participant, cohost, host };

/// A meeting-wide id of a participant's join; never used twice in one meeting. 1 and up.
using ParticipantNumber = std::uint32_t;

/// Chosen by the client; the answer, `Acknowledged` or `Error`, carries it. 0: the client does not care.
using RequestNumber = std::uint64_t;

}  // namespace sealhall::wire
