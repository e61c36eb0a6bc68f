#include "client/codec/audio_level.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

using namespace sealhall::codec;

TEST_CASE("audio level: silence is 127 and a full-scale square wave is 0") {
  std::vector<std::int16_t> samples(960, 0);
  CHECK(audio_level(samples) == 127);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int16_t>(i % 2 == 0 ? 32767 : -32768);
  CHECK(audio_level(samples) == 0);
  CHECK(audio_level({}) == 127);
}

TEST_CASE("audio level: a full-scale sine is 3 dB below overload, a tenth of it 23 dB") {
  std::vector<std::int16_t> samples(960);
  for (const auto& [amplitude, level] : {std::pair{32767.0, 3}, std::pair{3276.7, 23}}) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] =
          static_cast<std::int16_t>(amplitude * std::sin(2 * std::numbers::pi * static_cast<double>(i) / 48.0));
    }
    CHECK(audio_level(samples) == level);
  }
}

TEST_CASE("voice detector: speech stands above the background, a constant hum becomes background") {
  VoiceDetector detector;
  for (int i = 0; i < 50; ++i) CHECK_FALSE(detector.on_frame(70));
  CHECK(detector.on_frame(30));
  CHECK(detector.on_frame(70));  // a short pause is still speech
  bool speech = true;
  for (int i = 0; i < 30; ++i) speech = detector.on_frame(70);
  CHECK_FALSE(speech);
  for (int i = 0; i < 50 * 60; ++i) speech = detector.on_frame(40);
  CHECK_FALSE(speech);
}
