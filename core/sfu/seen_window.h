// Which sequence numbers of an encoding have come: a packet that arrives again (by retransmission and by itself) is
// taken once.
#pragma once

#include <array>
#include <cstdint>

#include "core/rtp/sequence.h"

namespace sealhall::sfu {

class SeenWindow {
 public:
  /// True when `seq` has not been seen and is not too old to know.
  bool take(rtp::SeqNo seq) noexcept {
    const std::uint64_t number = rtp::value(seq);
    if (!started_) {
      started_ = true;
      highest_ = number;
    } else if (number > highest_) {
      if (number - highest_ >= window) {
        seen_.fill(0);
      } else {
        for (std::uint64_t n = highest_ + 1; n <= number; ++n) word(n) &= ~bit(n);
      }
      highest_ = number;
    } else if (highest_ - number >= window || (word(number) & bit(number)) != 0) {
      return false;
    }
    word(number) |= bit(number);
    return true;
  }

  /// Numbers behind the highest one that can still arrive.
  static constexpr std::uint64_t window = 1024;

 private:
  static constexpr std::uint64_t bit(std::uint64_t n) noexcept { return std::uint64_t{1} << (n % 64); }
  std::uint64_t& word(std::uint64_t n) noexcept { return seen_[n / 64 % seen_.size()]; }

  std::array<std::uint64_t, window / 64> seen_{};
  std::uint64_t highest_ = 0;
  bool started_ = false;
};

}  // namespace sealhall::sfu
