// NIST P-256 (FIPS 186-4): ECDH and ECDSA with SHA-256.
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

/// Uncompressed point: 04 | x | y (SEC 1 section 2.3.3). No other form is accepted anywhere here.
using P256PublicKey = std::array<std::uint8_t, 65>;

class P256PrivateKey {
 public:
  static P256PrivateKey generate(RandomSource& random) noexcept;
  /// A big-endian scalar. bad_private_key when it is not 32 bytes, zero, or not below the group order.
  static expected<P256PrivateKey, CryptoError> from_scalar(ByteView scalar) noexcept;

  P256PrivateKey(P256PrivateKey&&) noexcept;
  P256PrivateKey& operator=(P256PrivateKey&&) noexcept;
  ~P256PrivateKey();

  [[nodiscard]] const P256PublicKey& public_key() const noexcept { return public_key_; }
  /// The x coordinate of the shared point. bad_public_key when `peer` is not an uncompressed point of the curve.
  [[nodiscard]] expected<Secret<32>, CryptoError> agree(ByteView peer) const noexcept;
  /// ECDSA over SHA-256 of `message`, in DER (RFC 3279 section 2.2.3), at most 72 bytes.
  [[nodiscard]] expected<Bytes, CryptoError> sign(ByteView message) const noexcept;

 private:
  struct Key;
  P256PrivateKey(std::unique_ptr<Key> key, const P256PublicKey& public_key) noexcept;
  std::unique_ptr<Key> key_;
  P256PublicKey public_key_{};
};

/// `signature` in strict DER. bad_public_key or bad_signature.
expected<void, CryptoError> p256_verify(ByteView public_key, ByteView message, ByteView signature) noexcept;

}  // namespace sealhall::crypto
