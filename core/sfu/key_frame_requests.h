// Key-frame requests for one encoding: gathered from all its receivers, spaced, and repeated until a key frame comes
// (PLI, RFC 4585 section 6.3.1; FIR, RFC 5104 section 4.3.1).
#pragma once

#include <algorithm>
#include <optional>

#include "core/base/time.h"

namespace sealhall::sfu {

class KeyFrameRequests {
 public:
  explicit KeyFrameRequests(Duration interval) noexcept : interval_(interval) {}

  /// Somebody cannot decode without a key frame.
  void request() noexcept {
    if (!wanted_) tries_ = 0;
    wanted_ = true;
  }
  /// A key frame has begun to arrive: whoever waited is served.
  void on_key_frame() noexcept { wanted_ = false; }
  /// True when a request must leave now; it counts as sent.
  bool due(Instant now) noexcept {
    if (!wanted_ || (sent_ && now - *sent_ < wait())) return false;
    sent_ = now;
    ++tries_;
    return true;
  }
  [[nodiscard]] bool wanted() const noexcept { return wanted_; }
  /// When `due` must be asked; nullopt when nobody waits.
  [[nodiscard]] std::optional<Instant> next_deadline(Instant now) const noexcept {
    if (!wanted_) return std::nullopt;
    return sent_ ? std::max(now, *sent_ + wait()) : now;
  }

 private:
  /// A publisher that does not answer is asked less and less often.
  [[nodiscard]] Duration wait() const noexcept { return interval_ * (tries_ > 8 ? 5 : tries_ > 4 ? 2 : 1); }

  Duration interval_;
  std::optional<Instant> sent_;
  int tries_ = 0;
  bool wanted_ = false;
};

}  // namespace sealhall::sfu
