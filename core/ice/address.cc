#include "core/ice/address.h"

#include <algorithm>
#include <charconv>

namespace sealhall::ice {

namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Four decimal numbers 0..255 without leading zeros, and nothing else.
std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) noexcept {
  std::array<std::uint8_t, 4> ip{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = i < 3 ? text.find('.') : text.size();
    if (end == std::string_view::npos || end == 0 || end > 3) return std::nullopt;
    const std::string_view part = text.substr(0, end);
    if (part.size() > 1 && part.front() == '0') return std::nullopt;
    unsigned value = 0;
    const auto [rest, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc{} || rest != part.data() + part.size() || value > 255) return std::nullopt;
    ip[i] = static_cast<std::uint8_t>(value);
    text.remove_prefix(i < 3 ? end + 1 : end);
  }
  return ip;
}

/// The groups of one side of "::" (or the whole). nullopt when malformed. An IPv4 literal may stand at the end of the
/// whole only, hence `v4_allowed`.
std::optional<std::size_t> parse_groups(std::string_view text, std::span<std::uint16_t, 8> out,
                                        bool v4_allowed) noexcept {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t end = text.find(':');
    const std::string_view part = text.substr(0, end);
    if (part.find('.') != std::string_view::npos) {
      const auto v4 = parse_v4(part);
      if (!v4_allowed || !v4 || end != std::string_view::npos || count > 6) return std::nullopt;
      out[count++] = load_u16(v4->data());
      out[count++] = load_u16(v4->data() + 2);
      return count;
    }
    if (part.empty() || part.size() > 4 || count == 8) return std::nullopt;
    std::uint16_t value = 0;
    const auto [rest, error] = std::from_chars(part.data(), part.data() + part.size(), value, 16);
    if (error != std::errc{} || rest != part.data() + part.size()) return std::nullopt;
    out[count++] = value;
    if (end == std::string_view::npos) return count;
    text.remove_prefix(end + 1);
    if (text.empty()) return std::nullopt;  // a single ':' at the end
  }
  return count;
}

std::optional<std::array<std::uint8_t, 16>> parse_v6(std::string_view text) noexcept {
  std::array<std::uint16_t, 8> head{};
  std::array<std::uint16_t, 8> tail{};
  const std::size_t gap = text.find("::");
  std::size_t head_count = 0;
  std::size_t tail_count = 0;
  if (gap == std::string_view::npos) {
    const auto count = parse_groups(text, head, true);
    if (!count || *count != 8) return std::nullopt;
    head_count = 8;
  } else {
    const auto before = parse_groups(text.substr(0, gap), head, false);
    const auto after = parse_groups(text.substr(gap + 2), tail, true);
    if (!before || !after || *before + *after > 7) return std::nullopt;
    head_count = *before;
    tail_count = *after;
  }
  std::array<std::uint8_t, 16> ip{};
  for (std::size_t i = 0; i < head_count; ++i) store_u16(&ip[2 * i], head[i]);
  for (std::size_t i = 0; i < tail_count; ++i) store_u16(&ip[2 * (8 - tail_count + i)], tail[i]);
  return ip;
}

void append_number(std::string& to, unsigned value, int base) {
  std::array<char, 8> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
  to.append(digits.data(), end);
}

}  // namespace

Address Address::v4(std::array<std::uint8_t, 4> ip, std::uint16_t port) noexcept {
  Address a;
  a.port = port;
  std::ranges::copy(ip, a.ip.begin());
  return a;
}

Address Address::v6(std::span<const std::uint8_t, 16> ip, std::uint16_t port) noexcept {
  if (std::equal(v4_mapped_prefix.begin(), v4_mapped_prefix.end(), ip.begin()))
    return v4({ip[12], ip[13], ip[14], ip[15]}, port);
  Address a;
  a.family = Family::ipv6;
  a.port = port;
  std::ranges::copy(ip, a.ip.begin());
  return a;
}

std::optional<Address> Address::parse(std::string_view literal, std::uint16_t port) noexcept {
  if (literal.size() > 45) return std::nullopt;
  if (const auto ip = parse_v4(literal)) return v4(*ip, port);
  if (const auto ip = parse_v6(literal)) return v6(*ip, port);
  return std::nullopt;
}

std::string Address::ip_text() const {
  std::string text;
  if (family == Family::ipv4) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) text += '.';
      append_number(text, ip[i], 10);
    }
    return text;
  }
  // RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals, becomes "::".
  std::size_t best_at = 8;
  std::size_t best_length = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t length = 0;
    while (i + length < 8 && load_u16(&ip[2 * (i + length)]) == 0) ++length;
    if (length > best_length) {
      best_at = i;
      best_length = length;
    }
    i += length > 0 ? length : 1;
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best_at) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_number(text, load_u16(&ip[2 * i]), 16);
  }
  return text;
}

std::string Address::text() const {
  std::string text = family == Family::ipv4 ? ip_text() : '[' + ip_text() + ']';
  text += ':';
  append_number(text, port, 10);
  return text;
}

std::uint64_t Address::hash() const noexcept {
  // splitmix64's finaliser over the three words; peers choose their addresses, so tables that use it are bounded.
  const auto mix = [](std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  };
  const std::uint64_t low = load_u64(ip.data());
  const std::uint64_t high = load_u64(ip.data() + 8);
  return mix(mix(low + 0x9e3779b97f4a7c15ULL) ^ high ^ (std::uint64_t{port} << 1) ^ static_cast<std::uint64_t>(family));
}

}  // namespace sealhall::ice
