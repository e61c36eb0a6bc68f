#include "io/net/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

namespace sealhall::io {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// The system's functions stop at a zero byte; what follows it would be taken along unseen.
bool has_zero(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool is_v6(std::string_view text) {
  in6_addr address{};
  return !has_zero(text) && ::inet_pton(AF_INET6, std::string{text}.c_str(), &address) == 1;
}

bool is_v4(std::string_view text) {
  in_addr address{};
  return !has_zero(text) && ::inet_pton(AF_INET, std::string{text}.c_str(), &address) == 1;
}

// Letters, digits, '-', '.', '_': what host names and IPv4 addresses are made of.
bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (const char c : text) {
    const bool ok =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (!ok) return false;
  }
  return true;
}

}  // namespace

std::string Endpoint::text() const {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::optional<Endpoint> parse_endpoint(std::string_view text, std::optional<std::uint16_t> default_port) {
  std::string_view host = text;
  std::optional<std::uint16_t> port = default_port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    if (!is_v6(host)) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty()) {
      if (rest[0] != ':') return std::nullopt;
      port = parse_port(rest.substr(1));
    }
  } else {
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos && text.find(':') == colon) {
      host = text.substr(0, colon);
      port = parse_port(text.substr(colon + 1));
    }
    // More than one colon without brackets is an IPv6 address without a port.
    if (host.find(':') != std::string_view::npos ? !is_v6(host) : !is_host(host)) return std::nullopt;
  }
  if (!port) return std::nullopt;
  return Endpoint{std::string{host}, *port};
}

bool is_numeric_address(std::string_view text) { return is_v4(text) || is_v6(text); }

bool is_loopback(std::string_view numeric_address) {
  if (has_zero(numeric_address)) return false;
  in_addr v4{};
  const std::string text{numeric_address};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return false;
  if (IN6_IS_ADDR_LOOPBACK(&v6)) return true;
  return IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127;
}

}  // namespace sealhall::io
