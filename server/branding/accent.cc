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
  const auto channels = from_hex(text.substr(1));
  if (!channels) return std::nullopt;
  return Colour{channels->at(0), channels->at(1), channels->at(2)};
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
