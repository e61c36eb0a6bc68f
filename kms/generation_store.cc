#include "kms/generation_store.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sealhall::kms {

expected<std::uint32_t, StoreError> GenerationStore::make(const sframe::MeetingUuid& meeting, std::uint32_t after,
                                                          Instant now) {
  const auto known = meetings_.find(meeting);
  const std::uint32_t newest = std::max(known == meetings_.end() ? 0 : known->second.newest, after);
  if (newest == std::numeric_limits<std::uint32_t>::max()) return unexpected(StoreError::generations_used_up);
  auto secret = pool_.take();
  random_.fill(secret->reveal_mutable());
  Meeting& entry = meetings_[meeting];
  entry.newest = newest + 1;
  entry.generations.emplace(entry.newest, Generation{std::move(secret), now});
  return entry.newest;
}

expected<hpke::Sealed, StoreError> GenerationStore::seal(const sframe::MeetingUuid& meeting, std::uint32_t generation,
                                                         std::uint32_t participant, ByteView public_key) {
  const auto known = meetings_.find(meeting);
  if (known == meetings_.end()) return unexpected(StoreError::unknown_meeting);
  const auto found = known->second.generations.find(generation);
  if (found == known->second.generations.end()) return unexpected(StoreError::unknown_generation);
  auto sealed = sframe::seal_generation(meeting, generation, participant, public_key, *found->second.secret, random_);
  if (!sealed) return unexpected(StoreError::bad_public_key);
  return std::move(*sealed);
}

void GenerationStore::erase(const sframe::MeetingUuid& meeting, std::uint32_t generation) noexcept {
  if (const auto known = meetings_.find(meeting); known != meetings_.end()) known->second.generations.erase(generation);
}

void GenerationStore::advance(Instant now) {
  for (auto& [uuid, meeting] : meetings_) {
    std::erase_if(meeting.generations, [now](const auto& g) { return now - g.second.made >= forgotten_after; });
  }
  std::erase_if(meetings_, [](const auto& m) { return m.second.generations.empty(); });
}

std::optional<Instant> GenerationStore::next_deadline() const noexcept {
  std::optional<Instant> next;
  for (const auto& [uuid, meeting] : meetings_) {
    // Numbers and times go up together, so the first is the oldest.
    if (meeting.generations.empty()) continue;
    const Instant due = meeting.generations.begin()->second.made + forgotten_after;
    if (!next || due < *next) next = due;
  }
  return next;
}

}  // namespace sealhall::kms
