// The colour of an organisation: what people press and follow. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sealhall::branding {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  bool operator==(const Colour&) const = default;
};
/// "#1757b5", in either case; nullopt for every other form.
std::optional<Colour> colour_of(std::string_view text) noexcept;
/// "#1757b5"
std::string text_of(Colour colour);

/// From 1 (the same) to 21 (black on white), whichever is upon which: WCAG 2.2, "contrast ratio".
double contrast(Colour one, Colour other) noexcept;

/// What a text of ordinary size takes (WCAG 2.2 section 1.4.3, level AA).
inline constexpr double least_contrast = 4.5;
/// What is written upon the accent colour, on buttons.
inline constexpr Colour text_upon{255, 255, 255};

/// A sentence about why it cannot be an accent colour; "" when it can.
std::string_view problem_with_accent(Colour colour) noexcept;

}  // namespace sealhall::branding
