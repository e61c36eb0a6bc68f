// Between identity.cc and endpoint.cc only: what the certificate callback of a session compares with, and what it
// found.
#pragma once

#include "io/dtls/identity.h"

namespace sealhall::dtls {

struct PeerCheck {
  Fingerprint expected_peer{};
  bool asked = false;  ///< a certificate came
  bool right = false;  ///< and it was the announced one
};

}  // namespace sealhall::dtls
