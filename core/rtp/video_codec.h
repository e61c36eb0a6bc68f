// The video codecs of the profile: their names in signalling and their payload types. VP8 is what everybody takes; the
// others are used where all who receive have said that they take them (docs/decisions/0027-other-codecs.md).
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/rtp/profile.h"

namespace sealhall::rtp {

enum class VideoCodec : std::uint8_t { vp8, vp9, h264 };

struct VideoCodecNumbers {
  VideoCodec codec = VideoCodec::vp8;
  std::string_view name;  ///< as `wire::PublishedSource::codec`
  std::uint8_t payload_type = 0;
  std::uint8_t rtx_payload_type = 0;
};

/// In the order of the enumeration.
inline constexpr std::array<VideoCodecNumbers, 3> video_codecs{{
    {VideoCodec::vp8, "vp8", payload_type::vp8, payload_type::vp8_rtx},
    {VideoCodec::vp9, "vp9", payload_type::vp9, payload_type::vp9_rtx},
    {VideoCodec::h264, "h264", payload_type::h264, payload_type::h264_rtx},
}};

constexpr std::uint8_t payload_type_of(VideoCodec codec) noexcept {
  return video_codecs[static_cast<std::size_t>(codec)].payload_type;
}
constexpr std::uint8_t rtx_payload_type_of(VideoCodec codec) noexcept {
  return video_codecs[static_cast<std::size_t>(codec)].rtx_payload_type;
}
constexpr std::optional<VideoCodec> codec_named(std::string_view name) noexcept {
  for (const VideoCodecNumbers& each : video_codecs) {
    if (each.name == name) return each.codec;
  }
  return std::nullopt;
}
constexpr std::optional<VideoCodec> codec_of_payload_type(std::uint8_t type) noexcept {
  for (const VideoCodecNumbers& each : video_codecs) {
    if (each.payload_type == type) return each.codec;
  }
  return std::nullopt;
}
/// Of what a retransmission (RFC 4588) with this payload type brings again.
constexpr std::optional<VideoCodec> codec_of_rtx_payload_type(std::uint8_t type) noexcept {
  for (const VideoCodecNumbers& each : video_codecs) {
    if (each.rtx_payload_type == type) return each.codec;
  }
  return std::nullopt;
}

}  // namespace sealhall::rtp
