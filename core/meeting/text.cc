#include "core/meeting/text.h"

namespace sealhall::meeting {

std::pair<std::uint32_t, std::size_t> front_code_point(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  if (byte(0) < 0x80 || text.size() < 2) return {byte(0), 1};
  if (byte(0) < 0xE0) return {(byte(0) & 0x1FU) << 6 | (byte(1) & 0x3FU), 2};
  if (text.size() < 3) return {byte(0), 1};
  if (byte(0) < 0xF0) return {(byte(0) & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU), 3};
  if (text.size() < 4) return {byte(0), 1};
  return {(byte(0) & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU), 4};
}

bool is_space(std::uint32_t c) noexcept {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_dropped(std::uint32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x061C || c == 0x200B || c == 0x200E ||
         c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  return count;
}

std::string clean_text(std::string_view text) {
  std::string out;
  std::size_t end = 0;  // after the last character that is no white space
  while (!text.empty()) {
    const auto [c, size] = front_code_point(text);
    const std::string_view bytes = text.substr(0, size);
    text.remove_prefix(size);
    const bool space = is_space(c);
    if (is_dropped(c) && c != '\n' && c != '\t') continue;
    if (space && out.empty()) continue;
    out += bytes;
    if (!space) end = out.size();
  }
  out.resize(end);
  return out;
}

bool is_emoji(std::string_view text) noexcept {
  std::size_t characters = 0;
  while (!text.empty()) {
    const auto [c, size] = front_code_point(text);
    text.remove_prefix(size);
    if (is_space(c) || is_dropped(c)) return false;
    ++characters;
  }
  return characters >= 1 && characters <= 16;
}

}  // namespace sealhall::meeting
