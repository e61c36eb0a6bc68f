#include "server/branding/accent.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/encoding.h"

namespace sealhall::branding {
namespace {

/// WCAG 2.2, "relative luminance".
double luminance(Colour c) noexcept {
  const auto linear = [](std::uint8_t channel) {
    const double v = channel / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

}  // namespace

std::optional<Colour> colour_of(std::string_view text) noexcept {
  if (text.size() != 7 || text.front() != '#') return std::nullopt;
  std::array<std::uint8_t, 3> channels{};
  for (std::size_t i = 0; i < 6; ++i) {
    const char c = text[i + 1];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    channels[i / 2] = static_cast<std::uint8_t>(channels[i / 2] * 16 + digit);
  }
  return Colour{channels[0], channels[1], channels[2]};
}

std::string text_of(Colour colour) {
  const std::array<std::uint8_t, 3> channels{colour.red, colour.green, colour.blue};
  return "#" + to_hex(channels);
}

double contrast(Colour one, Colour other) noexcept {
  const double a = luminance(one);
  const double b = luminance(other);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

std::string_view problem_with_accent(Colour colour) noexcept {
  if (contrast(colour, text_upon) >= least_contrast) return "";
  return "White text on this colour is hard to read: its contrast is below 4.5 to 1. Please choose a darker colour.";
}

}  // namespace sealhall::branding
