// Slows down whoever guesses the passcodes of meetings: at one of them, and at many of them from one place.
#pragma once

#include <string>
#include <string_view>

#include "core/meeting/attempt_limiter.h"

namespace sealhall::meeting {

/// Wrong ones count for each source and meeting by itself, so that nobody wipes them off with the passcode of another
/// meeting. They count for the source, too: once for each meeting in a quarter of an hour, so that an office behind one
/// address is not held up by somebody who mistypes at one of them.
class PasscodeGuard {
 public:
  /// How long `source` must still wait at `meeting`; zero when it may try now.
  [[nodiscard]] Duration wait(std::string_view source, std::string_view meeting, Instant now) const;
  void failed(std::string_view source, std::string_view meeting, Instant now);
  /// What was wrong at this meeting is forgotten; what was wrong at others stays.
  void succeeded(std::string_view source, std::string_view meeting, Instant now);

 private:
  AttemptLimiter by_meeting_;  ///< by source and meeting
  AttemptLimiter by_source_{{.free_attempts = 20}};
  OnceIn counted_{std::chrono::minutes{15}};  ///< by source and meeting: what is among what `by_source_` counts
};

}  // namespace sealhall::meeting
