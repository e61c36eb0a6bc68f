// Lower case of ASCII, whatever the locale: for names of headers, logins, addresses. Other characters stay as they are.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace sealhall {

constexpr char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string ascii_lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) { return ascii_lower(c); });
  return out;
}

}  // namespace sealhall
