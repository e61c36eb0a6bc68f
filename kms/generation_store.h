// The generation secrets of all meetings, in memory only: a restart of kms forgets them, and control makes new ones.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/hpke/hpke.h"
#include "core/sframe/managed_keys.h"
#include "kms/secret_pool.h"

namespace sealhall::kms {

enum class StoreError : std::uint8_t {
  unknown_meeting,      ///< no generation of it was made, or all were erased
  unknown_generation,   ///< not made, or erased
  bad_public_key,       ///< not an X25519 key that HPKE may use
  generations_used_up,  ///< a meeting has had 2^32 - 1 generations
};

/// How long a secret lives that nobody erases. A meeting makes a new one every 30 minutes, so one this old belongs to a
/// meeting that control has lost; shorter could hurt a meeting whose control is down.
inline constexpr Duration forgotten_after = std::chrono::hours{24};

class GenerationStore {
 public:
  explicit GenerationStore(RandomSource& random) noexcept : random_(random) {}

  /// A fresh secret. Its number is larger than any before it in this meeting and than `after`.
  expected<std::uint32_t, StoreError> make(const sframe::MeetingUuid& meeting, std::uint32_t after, Instant now);
  /// The secret, sealed to one participant for this meeting and generation.
  expected<hpke::Sealed, StoreError> seal(const sframe::MeetingUuid& meeting, std::uint32_t generation,
                                          std::uint32_t participant, ByteView public_key);
  /// Wipes one generation; of an unknown one nothing is left to wipe.
  void erase(const sframe::MeetingUuid& meeting, std::uint32_t generation) noexcept;
  void erase_all(const sframe::MeetingUuid& meeting) noexcept { meetings_.erase(meeting); }

  /// Wipes what is older than `forgotten_after`.
  void advance(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  /// Secrets held.
  [[nodiscard]] std::size_t size() const noexcept { return pool_.in_use(); }
  [[nodiscard]] bool locked() const noexcept { return pool_.locked(); }

 private:
  struct Generation {
    SecretPool::Handle secret;
    Instant made{};
  };
  struct Meeting {
    std::uint32_t newest = 0;  ///< also when it is erased
    std::map<std::uint32_t, Generation> generations;
  };

  RandomSource& random_;
  SecretPool pool_;  // before what holds its handles
  std::map<sframe::MeetingUuid, Meeting> meetings_;
};

}  // namespace sealhall::kms
