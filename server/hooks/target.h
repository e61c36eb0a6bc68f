// Where a subscription's deliveries go: its name, address and secret, and which addresses are taken.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::hooks {

struct Target {
  std::string name;
  std::string url;
  std::string secret;

  bool operator==(const Target&) const = default;
};

/// What is sealed for the store.
Bytes encode_target(const Target& target);
/// nullopt for what `encode_target` did not write.
std::optional<Target> read_target(ByteView bytes);

/// Which addresses an operator lets people type in.
enum class Reachable : std::uint8_t {
  internet,  ///< https, and nothing that is written as a private or loopback address; the connection is checked again
  anything,  ///< also http and the operator's own network: for tests, and for receivers in the same house
};
/// The error is a sentence for whoever typed the address.
expected<void, std::string> check_address(std::string_view url, Reachable reachable);

}  // namespace sealhall::hooks
