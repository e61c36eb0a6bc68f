#include "server/schedule/meeting_ids.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"

namespace sealhall::schedule {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// nullopt for a broken escape.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

std::string new_meeting_number(RandomSource& random) {
  constexpr std::uint64_t first = 10'000'000'000;
  constexpr std::uint64_t count = 90'000'000'000;
  // 2^64 / count is so large that what the remainder prefers is less than one in 10^8.
  return std::to_string(first + random.u64() % count);
}

bool is_meeting_number(std::string_view text) noexcept {
  return text.size() >= 9 && text.size() <= 15 && text.front() != '0' && std::ranges::all_of(text, is_digit);
}

std::string spaced_meeting_number(std::string_view number) {
  if (!is_meeting_number(number)) return std::string{number};
  const std::size_t last = 4;
  const std::size_t first = 3;
  return std::string{number.substr(0, first)} + " " + std::string{number.substr(first, number.size() - first - last)} +
         " " + std::string{number.substr(number.size() - last)};
}

std::string new_meeting_uuid(RandomSource& random) {
  std::array<std::uint8_t, 16> bytes{};
  std::string text;
  do {
    random.fill(bytes);
    text = to_base64(bytes);
  } while (text.find('/') != std::string::npos);
  return text;
}

std::optional<std::string> parse_meeting_uuid(std::string_view text) {
  constexpr std::size_t longest = 24 * 5;  // every character encoded twice
  if (text.size() > longest) return std::nullopt;
  std::string candidate{text};
  for (int round = 0; round < 3; ++round) {
    // A '+' that a client left raw may have become a space on its way.
    std::ranges::replace(candidate, ' ', '+');
    if (const auto bytes = from_base64(candidate); bytes && bytes->size() == 16) return candidate;
    auto next = decoded(candidate);
    if (!next) return std::nullopt;
    candidate = std::move(*next);
  }
  return std::nullopt;
}

}  // namespace sealhall::schedule
