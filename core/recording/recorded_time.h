// Recorded time: what the recorder's clock says since the beginning of a part, without the pauses.
#pragma once

#include <optional>
#include <vector>

#include "core/base/time.h"

namespace sealhall::recording {

class RecordedTime {
 public:
  explicit RecordedTime(Instant began) noexcept : began_(began) {}

  void pause(Instant when) {
    if (!paused_at_) paused_at_ = when;
  }
  /// Returns how long the pause was; zero when there was none.
  Duration resume(Instant when) {
    if (!paused_at_) return {};
    const Duration length = when - *paused_at_;
    pauses_.push_back({*paused_at_, when});
    paused_at_.reset();
    return length;
  }
  [[nodiscard]] bool paused() const noexcept { return paused_at_.has_value(); }

  /// The recorded time of a moment; nullopt before the beginning and inside a pause.
  [[nodiscard]] std::optional<Duration> at(Instant when) const noexcept {
    if (when < began_ || (paused_at_ && when >= *paused_at_)) return std::nullopt;
    Duration time = when - began_;
    for (const Pause& pause : pauses_) {
      if (when < pause.from) break;
      if (when < pause.to) return std::nullopt;
      time -= pause.to - pause.from;
    }
    return time;
  }
  /// How much has been recorded at `when`.
  [[nodiscard]] Duration length(Instant when) const noexcept {
    if (paused_at_ && when > *paused_at_) when = *paused_at_;
    Duration time = when > began_ ? when - began_ : Duration{};
    for (const Pause& pause : pauses_) {
      if (when <= pause.from) break;
      time -= (when < pause.to ? when : pause.to) - pause.from;
    }
    return time;
  }

 private:
  struct Pause {
    Instant from;
    Instant to;
  };
  Instant began_;
  std::vector<Pause> pauses_;
  std::optional<Instant> paused_at_;
};

}  // namespace sealhall::recording
