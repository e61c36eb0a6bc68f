// Which SFrame context an encoding has (docs/decisions: one key and one counter an encoding), and the way back.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/wire/signalling.h"

namespace sealhall::client {

/// 0 audio, 1/4/5 camera q/h/f, 2/6/7 share q/h/f, 3 share audio; nullopt for a rid that does not exist.
constexpr std::optional<std::uint8_t> context_of(wire::SourceKind kind, std::string_view rid) noexcept {
  switch (kind) {
    case wire::SourceKind::audio:
      return std::uint8_t{0};
    case wire::SourceKind::share_audio:
      return std::uint8_t{3};
    case wire::SourceKind::camera:
      if (rid == "q") return std::uint8_t{1};
      if (rid == "h") return std::uint8_t{4};
      if (rid == "f") return std::uint8_t{5};
      return std::nullopt;
    case wire::SourceKind::share:
      if (rid == "q") return std::uint8_t{2};
      if (rid == "h") return std::uint8_t{6};
      if (rid == "f") return std::uint8_t{7};
      return std::nullopt;
  }
  return std::nullopt;
}

/// What a context carries; nullopt for contexts that are not in use.
constexpr std::optional<wire::SourceKind> kind_of_context(std::uint64_t context) noexcept {
  switch (context) {
    case 0:
      return wire::SourceKind::audio;
    case 1:
    case 4:
    case 5:
      return wire::SourceKind::camera;
    case 2:
    case 6:
    case 7:
      return wire::SourceKind::share;
    case 3:
      return wire::SourceKind::share_audio;
    default:
      return std::nullopt;
  }
}

/// The simulcast layer of a video context, "" for sound.
constexpr std::string_view rid_of_context(std::uint64_t context) noexcept {
  switch (context) {
    case 1:
    case 2:
      return "q";
    case 4:
    case 6:
      return "h";
    case 5:
    case 7:
      return "f";
    default:
      return "";
  }
}

constexpr bool is_video(wire::SourceKind kind) noexcept {
  return kind == wire::SourceKind::camera || kind == wire::SourceKind::share;
}

}  // namespace sealhall::client
