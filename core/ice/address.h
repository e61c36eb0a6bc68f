// An IP address with a port as a value, without sockets: what STUN carries and what names a path.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace sealhall::ice {

enum class Family : std::uint8_t { ipv4, ipv6 };

/// An IPv4 or IPv6 address and a UDP port. IPv4-mapped IPv6 (::ffff:a.b.c.d) never occurs: the makers below turn it
/// into IPv4, so that one peer has one value.
struct Address {
  Family family = Family::ipv4;
  std::uint16_t port = 0;
  std::array<std::uint8_t, 16> ip{};  ///< network order; IPv4 uses the first 4 bytes, the others are zero

  static Address v4(std::array<std::uint8_t, 4> ip, std::uint16_t port) noexcept;
  /// Becomes IPv4 when `ip` is IPv4-mapped (RFC 4291 section 2.5.5.2).
  static Address v6(std::span<const std::uint8_t, 16> ip, std::uint16_t port) noexcept;
  /// Reads a literal such as "192.0.2.1" or "2001:db8::1" (no brackets, no zone). nullopt when it is neither.
  static std::optional<Address> parse(std::string_view literal, std::uint16_t port) noexcept;

  /// The 4 or 16 bytes of the address.
  [[nodiscard]] ByteView ip_bytes() const noexcept { return ByteView{ip}.first(family == Family::ipv4 ? 4 : 16); }
  /// "192.0.2.1" or "2001:db8::1" (RFC 5952), without the port.
  [[nodiscard]] std::string ip_text() const;
  /// "192.0.2.1:80" or "[2001:db8::1]:80", for logs of the operator's own machines and tests.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::uint64_t hash() const noexcept;

  auto operator<=>(const Address&) const noexcept = default;
};

/// For std::unordered_map.
struct AddressHash {
  std::size_t operator()(const Address& a) const noexcept { return static_cast<std::size_t>(a.hash()); }
};

}  // namespace sealhall::ice
