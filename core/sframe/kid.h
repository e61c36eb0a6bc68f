// What our KIDs say: context << 24 | sender_index << 8 | generation & 0xff (the layout of RFC 9605 section 5.2 with E =
// 8 and S = 16, fixed and not negotiated).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/sframe/header.h"
#include "core/sframe/replay_window.h"

namespace sealhall::sframe {

/// One for each encoding that a join sends: each has its own key and counter. The numbers are part of the protocol.
enum class MediaContext : std::uint8_t {
  audio = 0,
  camera_q = 1,  ///< lowest simulcast layer
  share_q = 2,
  share_audio = 3,
  camera_h = 4,
  camera_f = 5,
  share_h = 6,
  share_f = 7,
};
inline constexpr std::size_t media_context_count = 8;

constexpr bool is_audio(MediaContext context) noexcept {
  return context == MediaContext::audio || context == MediaContext::share_audio;
}
constexpr bool is_camera(MediaContext context) noexcept {
  return context == MediaContext::camera_q || context == MediaContext::camera_h || context == MediaContext::camera_f;
}
constexpr std::size_t replay_window_of(MediaContext context) noexcept {
  return is_audio(context) ? audio_replay_window : video_replay_window;
}

struct KidParts {
  MediaContext context = MediaContext::audio;
  std::uint16_t sender_index = 0;
  std::uint8_t generation_bits = 0;  ///< low 8 bits of the generation

  friend bool operator==(const KidParts&, const KidParts&) noexcept = default;
};

constexpr KeyId make_kid(MediaContext context, std::uint16_t sender_index, std::uint32_t generation) noexcept {
  return KeyId{std::uint64_t{static_cast<std::uint8_t>(context)} << 24 | std::uint64_t{sender_index} << 8 |
               (generation & 0xff)};
}

/// nullopt when the context is none of ours.
constexpr std::optional<KidParts> split_kid(KeyId key_id) noexcept {
  const auto value = static_cast<std::uint64_t>(key_id);
  if (value >> 24 >= media_context_count) return std::nullopt;
  return KidParts{static_cast<MediaContext>(value >> 24), static_cast<std::uint16_t>(value >> 8),
                  static_cast<std::uint8_t>(value)};
}

}  // namespace sealhall::sframe
