// How loud a frame is and whether it is speech: what RFC 6464 puts into the audio level header extension.
#pragma once

#include <cstdint>
#include <span>

namespace sealhall::codec {

/// The root mean square of the samples in -dBov, 0 (a full-scale square wave) .. 127 (digital silence); RFC 6464
/// section 3 and RFC 6465 appendix A. An empty span is silence.
std::uint8_t audio_level(std::span<const std::int16_t> samples) noexcept;

/// Tells speech from background by comparing each frame's level with a slowly followed noise floor.
class VoiceDetector {
 public:
  /// The level of the next 20 ms frame as `audio_level` gives it; true while somebody speaks.
  bool on_frame(std::uint8_t level) noexcept;

 private:
  double floor_db_ = -60.0;
  int hangover_ = 0;
};

}  // namespace sealhall::codec
