// Built with p256_absent.cc in place of p256.cc, for WebAssembly only.
#include <doctest/doctest.h>

#include "core/crypto/p256.h"

namespace sealhall::crypto {
namespace {

TEST_CASE("p256 absent: a key that is good elsewhere is refused, never taken for another") {
  const Bytes scalar(32, 1);
  CHECK(P256PrivateKey::from_scalar(scalar).error() == CryptoError::backend_failed);
  CHECK(P256PrivateKey::from_scalar({}).error() == CryptoError::backend_failed);
}

}  // namespace
}  // namespace sealhall::crypto
