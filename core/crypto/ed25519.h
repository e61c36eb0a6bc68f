// Ed25519 signatures (RFC 8032).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/crypto/error.h"

namespace sealhall::crypto {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

class Ed25519PrivateKey {
 public:
  static Ed25519PrivateKey generate(RandomSource& random) noexcept;
  /// The 32-byte seed of RFC 8032 section 5.1.5.
  static Ed25519PrivateKey from_seed(std::span<const std::uint8_t, 32> seed) noexcept;

  Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept;
  Ed25519PrivateKey& operator=(Ed25519PrivateKey&&) noexcept;
  ~Ed25519PrivateKey();

  [[nodiscard]] const Ed25519PublicKey& public_key() const noexcept { return public_key_; }
  [[nodiscard]] Ed25519Signature sign(ByteView message) const noexcept;

 private:
  struct Key;
  explicit Ed25519PrivateKey(std::unique_ptr<Key> key) noexcept;
  std::unique_ptr<Key> key_;
  Ed25519PublicKey public_key_{};
};

/// bad_public_key when the key is not 32 bytes; bad_signature for everything else that does not verify.
expected<void, CryptoError> ed25519_verify(ByteView public_key, ByteView message, ByteView signature) noexcept;

}  // namespace sealhall::crypto
