#include <algorithm>
#include <array>

#include "core/ice/address.h"
#include "io/curl/curl.h"

namespace sealhall::io {
namespace {

struct Network {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
};

bool inside(ByteView ip, const Network& network) noexcept {
  for (unsigned bit = 0; bit < network.bits; bit += 8) {
    const unsigned left = std::min(8U, network.bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xFFU << (8 - left));
    if (((ip[bit / 8] ^ network.prefix[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

// IANA IPv4 Special-Purpose Address Registry (RFC 6890 and what followed), multicast (RFC 5771), class E.
constexpr std::array special_v4{
    Network{{0}, 8},
    Network{{10}, 8},
    Network{{100, 64}, 10},
    Network{{127}, 8},
    Network{{169, 254}, 16},
    Network{{172, 16}, 12},
    Network{{192, 0, 0}, 24},
    Network{{192, 0, 2}, 24},
    Network{{192, 88, 99}, 24},
    Network{{192, 168}, 16},
    Network{{198, 18}, 15},
    Network{{198, 51, 100}, 24},
    Network{{203, 0, 113}, 24},
    Network{{224}, 4},
    Network{{240}, 4},
};
// Within 2000::/3: protocol assignments with Teredo, documentation.
constexpr std::array special_v6{
    Network{{0x20, 0x01}, 23},
    Network{{0x20, 0x01, 0x0d, 0xb8}, 32},
    Network{{0x3f, 0xff}, 20},
};
constexpr Network global_unicast{{0x20}, 3};
constexpr Network nat64{{0x00, 0x64, 0xff, 0x9b}, 96};  // RFC 6052
constexpr Network six_to_four{{0x20, 0x02}, 16};        // RFC 3056

bool public_v4(ByteView ip) noexcept {
  return std::ranges::none_of(special_v4, [ip](const Network& n) { return inside(ip, n); });
}

}  // namespace

bool is_public_address(std::string_view address) {
  const auto parsed = ice::Address::parse(address, 0);
  if (!parsed) return false;
  const ByteView ip = parsed->ip_bytes();
  if (parsed->family == ice::Family::ipv4) return public_v4(ip);
  if (inside(ip, nat64)) return public_v4(ip.subspan(12, 4));
  if (inside(ip, six_to_four)) return public_v4(ip.subspan(2, 4));
  return inside(ip, global_unicast) &&
         std::ranges::none_of(special_v6, [ip](const Network& n) { return inside(ip, n); });
}

}  // namespace sealhall::io
