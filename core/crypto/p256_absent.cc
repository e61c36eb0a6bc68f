// In place of p256.cc where nobody asks for P-256 and its arithmetic would be most of the program: the core that the
// browser loads (docs/decisions/0014-small-wasm-core.md). Every key is refused. What signs or verifies with P-256 does
// not link with this file.
#include "core/base/check.h"
#include "core/crypto/p256.h"

namespace sealhall::crypto {

struct P256PrivateKey::Key {};

P256PrivateKey::P256PrivateKey(P256PrivateKey&&) noexcept = default;
P256PrivateKey& P256PrivateKey::operator=(P256PrivateKey&&) noexcept = default;
P256PrivateKey::~P256PrivateKey() = default;

P256PrivateKey P256PrivateKey::generate(RandomSource&) noexcept {
  check_failed("P-256 is part of this build", __FILE__, __LINE__);
}

expected<P256PrivateKey, CryptoError> P256PrivateKey::from_scalar(ByteView) noexcept {
  return unexpected(CryptoError::backend_failed);
}

expected<Secret<32>, CryptoError> P256PrivateKey::agree(ByteView) const noexcept {
  return unexpected(CryptoError::backend_failed);
}

}  // namespace sealhall::crypto
