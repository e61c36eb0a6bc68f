#include "core/sframe/key_ring.h"

#include <algorithm>
#include <utility>

namespace sealhall::sframe {

const KeyRing::Epoch* KeyRing::epoch(std::uint32_t generation) const noexcept {
  for (const Epoch& epoch : epochs_) {
    if (epoch.keys.generation() == generation) return &epoch;
  }
  return nullptr;
}

expected<void, SframeError> KeyRing::prepare(std::uint32_t generation, const GenerationSecret& secret) {
  if (epoch(generation) != nullptr) return unexpected(SframeError::generation_known);
  if (generation <= newest_) return unexpected(SframeError::generation_not_newer);
  std::erase_if(epochs_, [&](const Epoch& old) { return (old.keys.generation() & 0xff) == (generation & 0xff); });
  epochs_.push_back({ManagedGeneration{meeting_, generation, secret}, EpochState::prepared, {}});
  newest_ = generation;
  return {};
}

expected<void, SframeError> KeyRing::activate(std::uint32_t generation, Instant now) {
  const Epoch* wanted = epoch(generation);
  if (wanted == nullptr) {
    return unexpected(generation <= newest_ ? SframeError::generation_not_newer : SframeError::unknown_generation);
  }
  if (wanted->state == EpochState::active) return {};
  if (wanted->state == EpochState::retired) return unexpected(SframeError::generation_not_newer);
  for (Epoch& epoch : epochs_) {
    if (epoch.keys.generation() == generation) {
      epoch.state = EpochState::active;
    } else if (epoch.keys.generation() < generation && epoch.state != EpochState::retired) {
      epoch.state = EpochState::retired;
      epoch.erase_at = now + retire_time;
    }
  }
  return {};
}

void KeyRing::advance(Instant now) {
  std::erase_if(epochs_,
                [now](const Epoch& epoch) { return epoch.state == EpochState::retired && epoch.erase_at <= now; });
}

std::optional<Instant> KeyRing::next_deadline() const noexcept {
  std::optional<Instant> next;
  for (const Epoch& epoch : epochs_) {
    if (epoch.state == EpochState::retired && (!next || epoch.erase_at < *next)) next = epoch.erase_at;
  }
  return next;
}

std::optional<std::uint32_t> KeyRing::active() const noexcept {
  for (const Epoch& epoch : epochs_) {
    if (epoch.state == EpochState::active) return epoch.keys.generation();
  }
  return std::nullopt;
}

EpochState KeyRing::state(std::uint32_t generation) const noexcept {
  const Epoch* found = epoch(generation);
  return found == nullptr ? EpochState::erased : found->state;
}

const ManagedGeneration* KeyRing::find(std::uint32_t generation) const noexcept {
  const Epoch* found = epoch(generation);
  return found == nullptr ? nullptr : &found->keys;
}

const ManagedGeneration* KeyRing::find_by_bits(std::uint8_t generation_bits) const noexcept {
  for (const Epoch& epoch : epochs_) {
    if ((epoch.keys.generation() & 0xff) == generation_bits) return &epoch.keys;
  }
  return nullptr;
}

}  // namespace sealhall::sframe
