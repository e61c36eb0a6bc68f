#include "server/media/options.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "core/sfu/types.h"
#include "io/udp/socket.h"

namespace sealhall::media {

namespace {

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t limit) noexcept {
  std::uint32_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size() || value > limit) return std::nullopt;
  return value;
}

}  // namespace

expected<Options, std::string> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  std::optional<std::uint32_t> worker;
  std::optional<std::uint32_t> port;
  std::string bind;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "--no-gso") {
      options.gso = false;
      continue;
    }
    if (i + 1 == arguments.size()) return unexpected("Nothing follows " + name + ".");
    const std::string& value = arguments[++i];
    if (name == "--run") {
      options.run = value;
    } else if (name == "--worker") {
      worker = number(value, sfu::max_workers - 1);
      if (!worker) return unexpected("--worker is a number from 0 to " + std::to_string(sfu::max_workers - 1) + ".");
    } else if (name == "--port") {
      port = number(value, 65535);
      if (!port) return unexpected("--port is a number from 0 to 65535.");
    } else if (name == "--start-rate") {
      const auto rate = number(value, 100'000);
      if (!rate) return unexpected("--start-rate is a number from 0 to 100000, in kbit/s.");
      options.start_rate_kbps = *rate;
    } else if (name == "--bind") {
      bind = value;
    } else if (name == "--public-address") {
      if (!ice::Address::parse(value, 0)) return unexpected("\"" + value + "\" is not an IP address.");
      options.public_addresses.push_back(value);
    } else {
      return unexpected("There is no option " + name + ".");
    }
  }
  if (options.run.empty() || !worker || !port || bind.empty())
    return unexpected(std::string{"--run, --worker, --bind and --port are needed."});
  const auto address = ice::Address::parse(bind, static_cast<std::uint16_t>(*port));
  if (!address) return unexpected("\"" + bind + "\" is not an IP address.");
  options.worker = *worker;
  options.bind = *address;
  return options;
}

std::vector<std::string> reachable_addresses(const ice::Address& bind) {
  const bool wildcard = std::ranges::all_of(bind.ip, [](std::uint8_t b) { return b == 0; });
  if (!wildcard) return {bind.ip_text()};
  std::vector<std::string> found;
  std::vector<std::string> loopback;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || (i->ifa_flags & IFF_UP) == 0) continue;
    const int family = i->ifa_addr->sa_family;
    if (family != AF_INET && !(family == AF_INET6 && bind.family == ice::Family::ipv6)) continue;
    const ice::Address address = io::address_from_sockaddr(i->ifa_addr);
    // Link-local addresses (RFC 4291 section 2.5.6) mean nothing without a zone.
    if (address.family == ice::Family::ipv6 && address.ip[0] == 0xFE && (address.ip[1] & 0xC0) == 0x80) continue;
    ((i->ifa_flags & IFF_LOOPBACK) != 0 ? loopback : found).push_back(address.ip_text());
  }
  ::freeifaddrs(list);
  return found.empty() ? loopback : found;
}

}  // namespace sealhall::media
