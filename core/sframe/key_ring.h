// The living generations of one join: PREPARED (opens) -> ACTIVE (seals and opens) -> RETIRED (opens, 10 s) -> ERASED.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/expected.h"
#include "core/base/time.h"
#include "core/sframe/error.h"
#include "core/sframe/managed_keys.h"

namespace sealhall::sframe {

enum class EpochState : std::uint8_t { prepared, active, retired, erased };

/// How long frames of the generation before are still opened. Longer lets somebody who was removed be heard longer by
/// a receiver that a server holds back; shorter drops frames that were on their way.
inline constexpr Duration retire_time = std::chrono::seconds{10};

class KeyRing {
 public:
  explicit KeyRing(const MeetingUuid& meeting) noexcept : meeting_(meeting) {}

  /// Adds a generation as PREPARED. Generations come in ascending order: generation_known when it lives already,
  /// generation_not_newer when it is 0 or not above all seen before (an erased one never comes back, since its counters
  /// and windows are gone). A living generation with the same low 8 bits is erased (RFC 9605 section 5.2).
  expected<void, SframeError> prepare(std::uint32_t generation, const GenerationSecret& secret);
  /// PREPARED to ACTIVE; what was active, and prepared ones before it, retire now. Activating the active one again
  /// changes nothing. unknown_generation when it is not here, generation_not_newer when it has retired.
  expected<void, SframeError> activate(std::uint32_t generation, Instant now);

  /// Erases what has been retired long enough.
  void advance(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;

  [[nodiscard]] std::optional<std::uint32_t> active() const noexcept;
  [[nodiscard]] EpochState state(std::uint32_t generation) const noexcept;
  /// Null when it was never here or is erased.
  [[nodiscard]] const ManagedGeneration* find(std::uint32_t generation) const noexcept;
  /// The one living generation with these low 8 bits: the only key that a KID can name.
  [[nodiscard]] const ManagedGeneration* find_by_bits(std::uint8_t generation_bits) const noexcept;

 private:
  struct Epoch {
    ManagedGeneration keys;
    EpochState state = EpochState::prepared;
    Instant erase_at{};  // when retired
  };
  [[nodiscard]] const Epoch* epoch(std::uint32_t generation) const noexcept;

  MeetingUuid meeting_;
  std::vector<Epoch> epochs_;  // ascending by generation; two or three as a rule
  std::uint32_t newest_ = 0;
};

}  // namespace sealhall::sframe
