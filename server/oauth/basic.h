// Name and secret of an application in an "Authorization: Basic" header (RFC 7617), as OAuth wants them (RFC 6749
// section 2.3.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sealhall::oauth {

struct BasicProof {
  std::string client_id;
  std::string secret;
  bool operator==(const BasicProof&) const = default;
};

/// The value of the header. nullopt for another scheme, for what is no base64, and without a colon. Both parts were
/// percent-encoded before; one with a broken escape is empty, and so is nobody's.
std::optional<BasicProof> read_basic(std::string_view header);

}  // namespace sealhall::oauth
