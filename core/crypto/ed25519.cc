#include "core/crypto/ed25519.h"

#include <openssl/evp.h>

#include "core/base/check.h"
#include "core/base/secret.h"
#include "core/crypto/openssl_support.h"

namespace sealhall::crypto {

struct Ed25519PrivateKey::Key {
  detail::Pkey pkey;
};

Ed25519PrivateKey::Ed25519PrivateKey(std::unique_ptr<Key> key) noexcept : key_(std::move(key)) {
  SEALHALL_CHECK(key_->pkey != nullptr && detail::get_raw_public_key(key_->pkey, public_key_));
}
Ed25519PrivateKey::Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey& Ed25519PrivateKey::operator=(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey::~Ed25519PrivateKey() = default;

Ed25519PrivateKey Ed25519PrivateKey::generate(RandomSource& random) noexcept {
  Secret<32> seed;
  random.fill(seed.reveal_mutable());
  return from_seed(seed.reveal());
}

Ed25519PrivateKey Ed25519PrivateKey::from_seed(std::span<const std::uint8_t, 32> seed) noexcept {
  return Ed25519PrivateKey{std::make_unique<Key>(detail::raw_private_key("ED25519", seed))};
}

Ed25519Signature Ed25519PrivateKey::sign(ByteView message) const noexcept {
  Ed25519Signature signature{};
  std::size_t size = signature.size();
  const detail::DigestContext context{EVP_MD_CTX_new()};
  // Deterministic and without a condition that data could cause: a failure is a bug or no memory.
  SEALHALL_CHECK(context != nullptr &&
                 EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_->pkey.get(), nullptr) ==
                     1 &&
                 EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1 &&
                 size == signature.size());
  return signature;
}

expected<void, CryptoError> ed25519_verify(ByteView public_key, ByteView message, ByteView signature) noexcept {
  if (public_key.size() != 32) return unexpected(CryptoError::bad_public_key);
  if (signature.size() != 64) return unexpected(CryptoError::bad_signature);
  const detail::Pkey key = detail::raw_public_key("ED25519", public_key);
  if (key == nullptr) return detail::fail(CryptoError::bad_public_key);
  const detail::DigestContext context{EVP_MD_CTX_new()};
  if (context == nullptr ||
      EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) != 1) {
    return detail::fail(CryptoError::backend_failed);
  }
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1) {
    return detail::fail(CryptoError::bad_signature);
  }
  return {};
}

}  // namespace sealhall::crypto
