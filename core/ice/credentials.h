// ICE user fragment and password (RFC 8445 section 5.3): the secret that signalling gives to both ends of a transport.
#pragma once

#include <string>

#include "core/base/random.h"

namespace sealhall::ice {

struct Credentials {
  std::string ufrag;     ///< 4..256 ice-chars
  std::string password;  ///< 22..256 ice-chars
};

/// 8 and 24 characters of base64's alphabet: 48 and 144 bits of chance (RFC 8839 section 5.4 asks for 24 and 128).
Credentials make_credentials(RandomSource& random);

/// True when both have the length and the characters of RFC 8839 section 5.4.
bool well_formed(const Credentials& credentials) noexcept;

}  // namespace sealhall::ice
