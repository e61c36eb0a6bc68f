// Uncompressed media as the codecs take and give it: 20 ms of 48 kHz sound, and I420 pictures.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/base/time.h"

namespace sealhall::codec {

inline constexpr int sample_rate = 48'000;
/// Samples a channel in one 20 ms frame.
inline constexpr std::size_t frame_samples = 960;

/// 20 ms of sound: interleaved s16, [sample][channel], 48 kHz.
struct AudioFrame {
  Duration time{};            ///< media time of the first sample, zero at the start of the source
  std::uint8_t channels = 1;  ///< 1 or 2
  std::array<std::int16_t, frame_samples * 2> samples{};

  [[nodiscard]] std::span<const std::int16_t> pcm() const noexcept {
    return std::span{samples}.first(frame_samples * channels);
  }
  [[nodiscard]] std::span<std::int16_t> pcm() noexcept { return std::span{samples}.first(frame_samples * channels); }
};

/// One I420 picture (ITU-R BT.601 sampling): the planes Y, U, V after each other, rows without padding.
struct Picture {
  Duration time{};  ///< media time at which it is shown, zero at the start of the source
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes data;

  /// A black picture of this size.
  static Picture black(std::uint32_t width, std::uint32_t height);

  [[nodiscard]] std::uint32_t chroma_width() const noexcept { return (width + 1) / 2; }
  [[nodiscard]] std::uint32_t chroma_height() const noexcept { return (height + 1) / 2; }
  [[nodiscard]] std::size_t luma_size() const noexcept { return std::size_t{width} * height; }
  [[nodiscard]] std::size_t chroma_size() const noexcept { return std::size_t{chroma_width()} * chroma_height(); }
  [[nodiscard]] std::size_t size() const noexcept { return luma_size() + 2 * chroma_size(); }
  /// Planes 0 (Y), 1 (U), 2 (V).
  [[nodiscard]] std::uint8_t* plane(int index) noexcept { return data.data() + offset(index); }
  [[nodiscard]] const std::uint8_t* plane(int index) const noexcept { return data.data() + offset(index); }
  [[nodiscard]] std::uint32_t stride(int index) const noexcept { return index == 0 ? width : chroma_width(); }

 private:
  [[nodiscard]] std::size_t offset(int index) const noexcept {
    if (index == 0) return 0;
    return luma_size() + (index == 2 ? chroma_size() : 0);
  }
};

inline Picture Picture::black(std::uint32_t width, std::uint32_t height) {
  Picture picture;
  picture.width = width;
  picture.height = height;
  picture.data.assign(picture.size(), 128);
  std::fill_n(picture.data.begin(), picture.luma_size(), std::uint8_t{16});
  return picture;
}

/// What a codec could not do.
enum class CodecError : std::uint8_t {
  bad_configuration,  ///< sizes, rates or channels that the codec refuses; nothing was made
  bad_data,           ///< the compressed data is not what the codec expects; the decoder goes on with the next frame
  wrong_size,         ///< a picture or sound frame of another size than configured
  library_failed,     ///< the library refused for a reason of its own
};

}  // namespace sealhall::codec
