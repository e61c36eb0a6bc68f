// The channel between control and kms: the same framing as the media channel. Generation secrets never cross it in the
// clear: they leave kms only sealed to a participant's own HPKE key.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/wire/signalling.h"

namespace sealhall::wire::kms {

// ---- control to kms -----------------------------------------------------------------------------------------------

/// Makes the next generation of a meeting from fresh randomness. Answered by `GenerationMade`. Its number is larger
/// than any before it and larger than `after`, so that numbers never repeat in a meeting, also when kms has been
/// restarted.
struct MakeGeneration {
  std::uint64_t request = 0;
  Bytes meeting_uuid;
  std::uint32_t after = 0;
};
/// Seals one generation to a participant's key. HPKE info and aad bind meeting, generation, participant and sender
/// index (core/sframe/managed_keys.h says how). Answered by `Sealed` or `Failed`.
struct SealGeneration {
  std::uint64_t request = 0;
  Bytes meeting_uuid;
  std::uint32_t generation = 0;
  ParticipantNumber participant = 0;
  Bytes hpke_public_key;
};
/// Wipes one generation, or all of a meeting when `generation` is 0.
struct EraseGeneration {
  Bytes meeting_uuid;
  std::uint32_t generation = 0;
};
struct Stop {};

// ---- kms to control -----------------------------------------------------------------------------------------------

/// First message. `instance` is random for each start: when it changed, all generations of before are gone and control
/// makes new ones for its live meetings.
struct Hello {
  Bytes instance;
  std::uint32_t pid = 0;
};
struct GenerationMade {
  std::uint64_t request = 0;
  std::uint32_t generation = 0;  ///< 1 and up, ascending within a meeting
};
struct Sealed {
  std::uint64_t request = 0;
  SealedGeneration sealed;
};
enum class Failure : std::uint8_t { unknown_meeting, unknown_generation, bad_public_key };
struct Failed {
  std::uint64_t request = 0;
  Failure failure = Failure::unknown_meeting;
};

using ControlMessage = std::variant<MakeGeneration, SealGeneration, EraseGeneration, Stop>;
using KmsMessage = std::variant<Hello, GenerationMade, Sealed, Failed>;

}  // namespace sealhall::wire::kms
