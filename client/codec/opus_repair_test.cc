#include "client/codec/opus_repair.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "client/codec/audio_level.h"

using namespace sealhall;
using namespace sealhall::codec;

namespace {

AudioFrame voice(std::size_t index) {
  AudioFrame frame;
  for (std::size_t i = 0; i < frame_samples; ++i) {
    const double t = static_cast<double>(index * frame_samples + i) / sample_rate;
    double v = 0;
    for (int h = 1; h <= 8; ++h) v += std::sin(2 * std::numbers::pi * 120 * h * t) / h;
    frame.samples[i] = static_cast<std::int16_t>(5000 * v);
  }
  return frame;
}

}  // namespace

TEST_CASE("opus repair: a stored stream with gaps sounds without them, and what arrived is not touched") {
  auto encoder = OpusEncoder::create({.bitrate = DataRate::kbps(32), .expected_loss_percent = 25});
  REQUIRE(encoder.has_value());
  Bytes buffer(max_opus_frame_size);
  OpusRepair repair;
  std::vector<Bytes> stored;
  std::size_t missing = 0;
  std::size_t filled = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const auto size = encoder->encode(voice(i), buffer);
    REQUIRE(size.has_value());
    if (i % 7 == 3 || i % 7 == 4) {
      ++missing;
      continue;
    }
    const ByteView frame = ByteView{buffer}.first(*size);
    repair.on_frame(frame, missing, [&](std::size_t index, ByteView rebuilt) {
      CHECK(index < missing);
      ++filled;
      stored.emplace_back(rebuilt.begin(), rebuilt.end());
    });
    missing = 0;
    stored.emplace_back(frame.begin(), frame.end());
  }
  CHECK(filled >= 27);
  auto decoder = OpusDecoder::create(1);
  REQUIRE(decoder.has_value());
  AudioFrame out;
  int quiet = 0;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    REQUIRE(decoder->decode(stored[i], out).has_value());
    if (i > 3 && audio_level(out.pcm()) > 40) ++quiet;
  }
  CHECK(quiet == 0);
}

TEST_CASE("opus repair: a long pause stays a pause") {
  auto encoder = OpusEncoder::create({});
  REQUIRE(encoder.has_value());
  Bytes buffer(max_opus_frame_size);
  OpusRepair repair;
  int filled = 0;
  const auto count = [&](std::size_t, ByteView) { ++filled; };
  for (std::size_t i = 0; i < 4; ++i) {
    const auto size = encoder->encode(voice(i), buffer);
    REQUIRE(size.has_value());
    repair.on_frame(ByteView{buffer}.first(*size), i == 0 ? 5 : OpusRepair::most_missing + 1, count);
  }
  CHECK(filled == 0);
}
