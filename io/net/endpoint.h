// An address and a port as people write them: "127.0.0.1:8443", "[::1]:8443".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sealhall::io {

struct Endpoint {
  std::string address;     ///< numeric IPv4 or IPv6 address without brackets; or a host name before it is resolved
  std::uint16_t port = 0;  ///< 0 in a listening address means: any free port

  /// "127.0.0.1:8443" or "[::1]:8443".
  [[nodiscard]] std::string text() const;
  bool operator==(const Endpoint&) const = default;
};

/// Reads "host:port", "[v6]:port", or "host" when `default_port` is given; nullopt for anything else.
std::optional<Endpoint> parse_endpoint(std::string_view text, std::optional<std::uint16_t> default_port = std::nullopt);

/// True for a numeric IPv4 or IPv6 address (no brackets, no scope).
bool is_numeric_address(std::string_view text);

/// True for 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104.
bool is_loopback(std::string_view numeric_address);

}  // namespace sealhall::io
