#include "core/ice/credentials.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/encoding.h"

namespace sealhall::ice {

namespace {

bool ice_chars(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

}  // namespace

Credentials make_credentials(RandomSource& random) {
  std::array<std::uint8_t, 6> ufrag{};
  std::array<std::uint8_t, 18> password{};
  random.fill(ufrag);
  random.fill(password);
  return {to_base64(ufrag), to_base64(password)};
}

bool well_formed(const Credentials& credentials) noexcept {
  return credentials.ufrag.size() >= 4 && credentials.ufrag.size() <= 256 && credentials.password.size() >= 22 &&
         credentials.password.size() <= 256 && ice_chars(credentials.ufrag) && ice_chars(credentials.password);
}

}  // namespace sealhall::ice
