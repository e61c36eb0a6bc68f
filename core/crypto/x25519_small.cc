// Tested in x25519_test.cc
// X25519 for WebAssembly, below EVP (docs/decisions/0014-small-wasm-core.md).
#include "core/base/check.h"
#include "core/crypto/x25519.h"

extern "C" {
/// OpenSSL's crypto/ec/curve25519.c: the Montgomery ladder, without tables. 0 when the result is all zeros, which it
/// compares in constant time (RFC 7748 section 6.1). Hidden in a shared libcrypto, but not in an archive.
int ossl_x25519(std::uint8_t out[32], const std::uint8_t private_key[32], const std::uint8_t peer[32]);
}

namespace sealhall::crypto {

struct X25519PrivateKey::Key {
  Secret<32> scalar;
};

X25519PrivateKey::X25519PrivateKey(std::unique_ptr<Key> key) noexcept : key_(std::move(key)) {
  // The ladder over the base point (RFC 7748 section 6.1) and not the faster multiplication over a table of 24 kB.
  constexpr std::array<std::uint8_t, 32> base_point{9};
  SEALHALL_CHECK(ossl_x25519(public_key_.data(), key_->scalar.reveal().data(), base_point.data()) == 1);
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
  return X25519PrivateKey{std::make_unique<Key>(Secret<32>{bytes})};
}

expected<Secret<32>, CryptoError> X25519PrivateKey::agree(ByteView peer) const noexcept {
  if (peer.size() != 32) return unexpected(CryptoError::bad_public_key);
  Secret<32> secret;
  if (ossl_x25519(secret.reveal_mutable().data(), key_->scalar.reveal().data(), peer.data()) != 1) {
    return unexpected(CryptoError::zero_shared_secret);
  }
  return secret;
}

}  // namespace sealhall::crypto
