// Media made by the tests themselves: a moving picture, voices, and how alike two of them are.
#pragma once

#include <cmath>
#include <numbers>
#include <string>

#include "client/codec/frames.h"

namespace sealhall::codec::testing {

/// A textured background that scrolls, with a bright square that moves with time.
inline Picture moving_picture(std::uint32_t width, std::uint32_t height, Duration time) {
  Picture picture = Picture::black(width, height);
  picture.time = time;
  const auto shift = static_cast<std::uint32_t>(to_millis(time) / 20);
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const double v = 110 + 50 * std::sin((x + shift) * 0.07) + 40 * std::sin(y * 0.05);
      picture.plane(0)[y * width + x] = static_cast<std::uint8_t>(v);
    }
  }
  const std::uint32_t side = height / 4;
  const std::uint32_t left = (shift * 3) % (width - side);
  for (std::uint32_t y = side; y < 2 * side; ++y) {
    for (std::uint32_t x = left; x < left + side; ++x) picture.plane(0)[y * width + x] = 235;
  }
  for (std::uint32_t i = 0; i < picture.chroma_size(); ++i) {
    picture.plane(1)[i] = static_cast<std::uint8_t>(100 + i % picture.chroma_width() * 50 / picture.chroma_width());
  }
  return picture;
}

/// Peak signal-to-noise ratio of the luma planes in dB; 0 when the sizes differ.
inline double psnr(const Picture& a, const Picture& b) {
  if (a.width != b.width || a.height != b.height) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < a.luma_size(); ++i) {
    const double d = static_cast<double>(a.data[i]) - b.data[i];
    sum += d * d;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.luma_size()) / (sum + 1));
}

/// 20 ms of a tone at a quarter of full scale, frame number `index` of it.
inline AudioFrame tone_frame(std::size_t index, double hertz, std::uint8_t channels = 1) {
  AudioFrame frame;
  frame.channels = channels;
  frame.time = Duration{static_cast<std::int64_t>(index) * 20'000};
  for (std::size_t i = 0; i < frame_samples; ++i) {
    const double t = static_cast<double>(index * frame_samples + i) / sample_rate;
    for (std::size_t c = 0; c < channels; ++c) {
      frame.samples[i * channels + c] = static_cast<std::int16_t>(8000 * std::sin(2 * std::numbers::pi * hertz * t));
    }
  }
  return frame;
}

}  // namespace sealhall::codec::testing
