// The channel between control and kms: the same framing as the media channel. Generation secrets never cross it in the
// clear: they leave kms only sealed to a participant's own HPKE key. Data keys do cross it, since control seals what it
// stores; the keys that wrap them never leave kms.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

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

/// For whom control asks. Who may do what is kms/policy.h; everybody has a rate.
enum class Principal : std::uint8_t { control, recorder, administrator };

/// Makes data keys under the account's key of a retention period ("" for what lives as long as the account, else
/// "2026-11"), which is made when it is the first time. Answered by `DataKeysMade`.
struct MakeDataKeys {
  std::uint64_t request = 0;
  Principal principal = Principal::control;
  std::string account_id;
  std::string period;
  std::uint32_t count = 1;
};
/// Answered by `DataKeyOpened`.
struct OpenDataKey {
  std::uint64_t request = 0;
  Principal principal = Principal::control;
  std::string account_id;
  Bytes wrapped;
};
/// Wraps data keys again under the newest version of their account key, without anybody seeing them. Answered by
/// `DataKeysRewrapped`.
struct RewrapDataKeys {
  std::uint64_t request = 0;
  Principal principal = Principal::control;
  std::string account_id;
  std::vector<Bytes> wrapped;
};
/// From now on kms refuses to open these data keys, whatever database brings them back. Answered by `KeysChanged`.
struct ShredDataKeys {
  std::uint64_t request = 0;
  Principal principal = Principal::control;
  std::string account_id;
  std::vector<Bytes> key_ids;
};
/// Answered by `KeysListed`.
struct ListKeys {
  std::uint64_t request = 0;
  Principal principal = Principal::administrator;
};
/// A new version of every key of the account, which new data keys are wrapped under; without an account a new root key.
/// Answered by `KeysChanged`.
struct RotateKeys {
  std::uint64_t request = 0;
  Principal principal = Principal::administrator;
  std::string account_id;
};
/// Destroys one version of an account key, or all when `version` is 0: what only they have wrapped is gone for good.
/// Answered by `KeysChanged`.
struct DestroyKey {
  std::uint64_t request = 0;
  Principal principal = Principal::administrator;
  Bytes key_id;
  std::uint32_t version = 0;
};
/// Answered by `AuditHead`, after a signed checkpoint.
struct ReadAuditHead {
  std::uint64_t request = 0;
  Principal principal = Principal::administrator;
};

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

struct DataKey {
  Bytes key_id;
  Bytes key;
  Bytes wrapped;
};
struct DataKeysMade {
  std::uint64_t request = 0;
  std::vector<DataKey> keys;
};
struct DataKeyOpened {
  std::uint64_t request = 0;
  Bytes key;
};
/// In the order asked; nothing where a key could not be opened.
struct DataKeysRewrapped {
  std::uint64_t request = 0;
  std::vector<Bytes> wrapped;
};
enum class KeyState : std::uint8_t { enabled, destroyed };
struct AccountKeyVersion {
  std::uint32_t version = 0;
  std::uint64_t created_at = 0;  ///< UnixMicros
  KeyState state = KeyState::enabled;
};
/// New data keys are wrapped under its greatest enabled version.
struct AccountKey {
  Bytes key_id;
  std::string account_id;
  std::string period;
  std::vector<AccountKeyVersion> versions;
};
struct KeysListed {
  std::uint64_t request = 0;
  std::string root;  ///< what the root key is and its id, for people
  std::vector<AccountKey> keys;
  std::uint64_t shredded = 0;  ///< data keys that are refused for good
};
struct KeysChanged {
  std::uint64_t request = 0;
};
struct AuditHead {
  std::uint64_t request = 0;
  std::uint64_t entries = 0;
  Bytes chain;
};
enum class KeyFailure : std::uint8_t {
  not_authentic,  ///< not a data key that this installation made for that account
  destroyed,      ///< it was shredded, or the account key above it was destroyed
  unknown_key,    ///< no account key has that id or version
  not_allowed,    ///< the principal may not do this
  too_fast,       ///< over the principal's rate; try again in a second
  no_keys,        ///< the keystore cannot be used; kms's log says why
  not_saved,      ///< the keystore could not be written; nothing was changed
};
struct KeysRefused {
  std::uint64_t request = 0;
  KeyFailure failure = KeyFailure::no_keys;
};

using ControlMessage = std::variant<MakeGeneration, SealGeneration, EraseGeneration, Stop, MakeDataKeys, OpenDataKey,
                                    RewrapDataKeys, ShredDataKeys, ListKeys, RotateKeys, DestroyKey, ReadAuditHead>;
using KmsMessage = std::variant<Hello, GenerationMade, Sealed, Failed, DataKeysMade, DataKeyOpened, DataKeysRewrapped,
                                KeysListed, KeysChanged, AuditHead, KeysRefused>;

}  // namespace sealhall::wire::kms
