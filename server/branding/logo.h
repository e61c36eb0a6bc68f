// Looks at the picture that is to be a logo: a whole PNG (ISO/IEC 15948) or JPEG (ITU-T T.81), and what its own header
// says. Pure; nothing is decoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::branding {

/// Larger: every page loads it. Smaller: a photograph of a sign does not fit.
inline constexpr std::size_t max_logo_bytes = 256U << 10;
/// In pixels, of either side. Larger: a small file may fill a browser's memory.
inline constexpr std::uint32_t max_logo_side = 2048;

enum class LogoError : std::uint8_t {
  too_many_bytes,
  not_a_picture,  ///< neither PNG nor JPEG: SVG, for one, which may hold scripts
  damaged,        ///< it is not whole, or something that is no picture comes after it
  too_large,      ///< in pixels
  moving,         ///< an animated PNG
  colours,        ///< a JPEG in colours of print, which browsers show differently
};
/// A sentence for the person who sent it.
std::string_view sentence_for(LogoError error) noexcept;

struct LogoHeader {
  std::string_view type;  ///< "image/png" or "image/jpeg"
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};
/// Every chunk or segment is walked to the end; what is accepted ends with its picture.
expected<LogoHeader, LogoError> look_at_logo(ByteView file) noexcept;

}  // namespace sealhall::branding
