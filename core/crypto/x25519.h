// X25519 key agreement (RFC 7748).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/error.h"

namespace sealhall::crypto {

using X25519PublicKey = std::array<std::uint8_t, 32>;

class X25519PrivateKey {
 public:
  static X25519PrivateKey generate(RandomSource& random) noexcept;
  /// Any 32 bytes are a private key (clamped when used, RFC 7748 section 5).
  static X25519PrivateKey from_bytes(std::span<const std::uint8_t, 32> bytes) noexcept;

  X25519PrivateKey(X25519PrivateKey&&) noexcept;
  X25519PrivateKey& operator=(X25519PrivateKey&&) noexcept;
  ~X25519PrivateKey();

  [[nodiscard]] const X25519PublicKey& public_key() const noexcept { return public_key_; }
  /// bad_public_key when `peer` is not 32 bytes; zero_shared_secret when it has small order: such a secret is never
  /// given out.
  [[nodiscard]] expected<Secret<32>, CryptoError> agree(ByteView peer) const noexcept;

 private:
  struct Key;
  explicit X25519PrivateKey(std::unique_ptr<Key> key) noexcept;
  std::unique_ptr<Key> key_;
  X25519PublicKey public_key_{};
};

}  // namespace sealhall::crypto
