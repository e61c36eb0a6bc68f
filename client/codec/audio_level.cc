#include "client/codec/audio_level.h"

#include <algorithm>
#include <cmath>

namespace sealhall::codec {

namespace {
/// Speech must stand this far above the background. Smaller reacts to keyboards, larger misses quiet talkers.
constexpr double margin_db = 9.0;
/// Nothing below this is speech, whatever the background is.
constexpr double least_speech_db = -55.0;
/// Frames for which speech lasts after its last loud frame (300 ms): pauses inside a word do not flicker.
constexpr int hangover_frames = 15;
}  // namespace

std::uint8_t audio_level(std::span<const std::int16_t> samples) noexcept {
  if (samples.empty()) return 127;
  double sum = 0;
  for (const std::int16_t s : samples) sum += static_cast<double>(s) * s;
  const double mean = sum / static_cast<double>(samples.size());
  if (mean <= 0) return 127;
  const double dbov = 10.0 * std::log10(mean / (32768.0 * 32768.0));
  return static_cast<std::uint8_t>(std::clamp(std::lround(-dbov), 0L, 127L));
}

bool VoiceDetector::on_frame(std::uint8_t level) noexcept {
  const double db = -static_cast<double>(level);
  // The floor falls at once and rises by 2 dB a second, so that a long sentence does not become its own background.
  floor_db_ = db < floor_db_ ? db : std::min(db, floor_db_ + 0.04);
  floor_db_ = std::max(floor_db_, -90.0);
  if (db > least_speech_db && db > floor_db_ + margin_db) {
    hangover_ = hangover_frames;
    return true;
  }
  if (hangover_ > 0) --hangover_;
  return hangover_ > 0;
}

}  // namespace sealhall::codec
