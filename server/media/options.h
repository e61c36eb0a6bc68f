// The command line of sealhall-media.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "core/ice/address.h"

namespace sealhall::media {

struct Options {
  std::string run;  ///< the run directory, made by the supervisor
  std::uint32_t worker = 0;
  ice::Address bind;                          ///< with the port
  std::vector<std::string> public_addresses;  ///< told to clients; empty: those of this machine
  bool gso = true;
  std::uint32_t start_rate_kbps = 0;  ///< estimate of a receiver before its first feedback; 0: the usual one
};

inline constexpr std::string_view usage =
    "usage: sealhall-media --run DIR --worker K --bind ADDR --port P [--public-address A]... [--no-gso] [--start-rate "
    "KBPS]";

/// `arguments` without the program's name. The error is a sentence for the person who typed it.
expected<Options, std::string> parse_options(const std::vector<std::string>& arguments);

/// Addresses for clients when none are given: that of `bind`, or for a wildcard all of this machine's (loopback only
/// when there is no other).
std::vector<std::string> reachable_addresses(const ice::Address& bind);

}  // namespace sealhall::media
