#include "core/sframe/replay_window.h"

#include <algorithm>

#include "core/base/check.h"

namespace sealhall::sframe {

ReplayWindow::ReplayWindow(std::size_t size) : bits_(size / 64) { SEALHALL_CHECK(size > 0 && size % 64 == 0); }

bool ReplayWindow::is_fresh(std::uint64_t counter) const noexcept {
  if (!started_ || counter > highest_) return true;
  if (highest_ - counter >= size()) return false;
  const std::size_t at = counter % size();
  return (bits_[at / 64] >> (at % 64) & 1) == 0;
}

void ReplayWindow::mark(std::uint64_t counter) noexcept {
  if (!started_) {
    started_ = true;
    highest_ = counter;
  } else if (counter > highest_) {
    // The places of the counters between are those of counters that have now left the window.
    if (counter - highest_ >= size()) {
      std::ranges::fill(bits_, 0);
    } else {
      for (std::uint64_t skipped = highest_ + 1; skipped != counter; ++skipped) {
        const std::size_t at = skipped % size();
        bits_[at / 64] &= ~(std::uint64_t{1} << (at % 64));
      }
    }
    highest_ = counter;
  } else if (highest_ - counter >= size()) {
    return;
  }
  const std::size_t at = counter % size();
  bits_[at / 64] |= std::uint64_t{1} << (at % 64);
}

}  // namespace sealhall::sframe
