// The 48-bit packet index and its window of used indices (RFC 3711 sections 3.3.1 and 3.3.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sealhall::srtp {

inline constexpr std::uint64_t max_packet_index = (std::uint64_t{1} << 48) - 1;

/// The index that `sequence_number` most likely has when `highest` is the highest index so far. nullopt: it would lie
/// below zero or above 2^48 - 1.
constexpr std::optional<std::uint64_t> guess_index(std::uint64_t highest, std::uint16_t sequence_number) noexcept {
  const auto seen = static_cast<std::uint32_t>(highest & 0xFFFF);  // s_l
  const std::uint32_t number = sequence_number;
  const std::uint64_t rollovers = highest >> 16;  // ROC
  std::uint64_t guess = rollovers;
  if (seen < 0x8000) {
    if (number > seen + 0x8000) {
      if (rollovers == 0) return std::nullopt;
      guess = rollovers - 1;
    }
  } else if (number < seen - 0x8000) {
    guess = rollovers + 1;
  }
  const std::uint64_t index = (guess << 16) | number;
  if (index > max_packet_index) return std::nullopt;
  return index;
}

/// Remembers which of the last `Size` indices were used. Larger: packets may come later, more memory.
template <std::size_t Size>
class ReplayWindow {
  static_assert(Size % 64 == 0 && Size > 0);

 public:
  enum class Verdict : std::uint8_t { fresh, seen, too_old };

  [[nodiscard]] bool empty() const noexcept { return empty_; }
  /// Meaningful unless `empty`.
  [[nodiscard]] std::uint64_t highest() const noexcept { return highest_; }

  [[nodiscard]] Verdict check(std::uint64_t index) const noexcept {
    if (empty_ || index > highest_) return Verdict::fresh;
    if (highest_ - index >= Size) return Verdict::too_old;
    return (word(index) >> (index % 64) & 1) != 0 ? Verdict::seen : Verdict::fresh;
  }

  /// Marks `index` as used. Only after `check` said fresh and the packet was authentic.
  void mark(std::uint64_t index) noexcept {
    if (empty_) {
      highest_ = index;
      empty_ = false;
    } else if (index > highest_) {
      // Bits between the old and the new end are from `Size` indices ago: clear them, word by word.
      const std::uint64_t first = highest_ / 64 + 1;
      const std::uint64_t last = index / 64;
      const std::uint64_t words = last - first + 1 < bits_.size() ? last - first + 1 : bits_.size();
      if (last >= first) {
        for (std::uint64_t w = 0; w < words; ++w) bits_[(last - w) % bits_.size()] = 0;
      }
      highest_ = index;
    }
    word(index) |= std::uint64_t{1} << (index % 64);
  }

 private:
  // One word more than `Size` needs, so that the oldest indices are not cleared by the newest word.
  std::uint64_t& word(std::uint64_t index) noexcept { return bits_[index / 64 % bits_.size()]; }
  [[nodiscard]] const std::uint64_t& word(std::uint64_t index) const noexcept {
    return bits_[index / 64 % bits_.size()];
  }

  std::uint64_t highest_ = 0;
  bool empty_ = true;
  std::array<std::uint64_t, Size / 64 + 1> bits_{};
};

}  // namespace sealhall::srtp
