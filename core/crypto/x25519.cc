#include "core/crypto/x25519.h"

#include "core/base/check.h"
#include "core/crypto/openssl_support.h"

namespace sealhall::crypto {

struct X25519PrivateKey::Key {
  detail::Pkey pkey;
};

X25519PrivateKey::X25519PrivateKey(std::unique_ptr<Key> key) noexcept : key_(std::move(key)) {
  SEALHALL_CHECK(key_->pkey != nullptr && detail::get_raw_public_key(key_->pkey, public_key_));
}
X25519PrivateKey::X25519PrivateKey(X25519PrivateKey&&) noexcept = default;
X25519PrivateKey& X25519PrivateKey::operator=(X25519PrivateKey&&) noexcept = default;
X25519PrivateKey::~X25519PrivateKey() = default;

X25519PrivateKey X25519PrivateKey::generate(RandomSource& random) noexcept {
  Secret<32> bytes;
  random.fill(bytes.reveal_mutable());
  return from_bytes(bytes.reveal());
}

X25519PrivateKey X25519PrivateKey::from_bytes(std::span<const std::uint8_t, 32> bytes) noexcept {
  return X25519PrivateKey{std::make_unique<Key>(detail::raw_private_key("X25519", bytes))};
}

expected<Secret<32>, CryptoError> X25519PrivateKey::agree(ByteView peer) const noexcept {
  if (peer.size() != 32) return unexpected(CryptoError::bad_public_key);
  const detail::Pkey peer_key = detail::raw_public_key("X25519", peer);
  if (peer_key == nullptr) return detail::fail(CryptoError::bad_public_key);
  Secret<32> secret;
  // OpenSSL refuses a secret of zeros itself; the comparison stays in case a backend does not (RFC 7748 section 6.1).
  if (!detail::derive(key_->pkey, peer_key, secret.reveal_mutable()) || secret == Secret<32>{}) {
    return detail::fail(CryptoError::zero_shared_secret);
  }
  return secret;
}

}  // namespace sealhall::crypto
