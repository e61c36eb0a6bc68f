#include "core/meeting/sender_indices.h"

namespace sealhall::meeting {

std::optional<std::uint16_t> SenderIndices::take(std::uint32_t oldest_live) {
  // Fresh ones first: a returned index is used again only when there is no other way.
  if (next_fresh_ <= 0xFFFF) return static_cast<std::uint16_t>(next_fresh_++);
  if (returned_.empty() || returned_.front().newest_made >= oldest_live) return std::nullopt;
  const std::uint16_t index = returned_.front().index;
  returned_.pop_front();
  return index;
}

void SenderIndices::give_back(std::uint16_t index, std::uint32_t newest_made) {
  returned_.push_back({index, newest_made});
}

}  // namespace sealhall::meeting
