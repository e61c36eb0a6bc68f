// DHKEM (RFC 9180 section 4.1) over X25519 and P-256.
#pragma once

#include <variant>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/p256.h"
#include "core/crypto/x25519.h"
#include "core/hpke/suite.h"

namespace sealhall::hpke {

/// A private key of one of the KEMs.
class PrivateKey {
 public:
  static PrivateKey generate(KemId kem, RandomSource& random) noexcept;
  /// DeserializePrivateKey (RFC 9180 section 7.1.2). bad_private_key when the bytes are not one.
  static expected<PrivateKey, HpkeError> from_bytes(KemId kem, ByteView bytes) noexcept;
  /// DeriveKeyPair (RFC 9180 section 7.1.3). `key_material` should hold 32 bytes of entropy.
  static expected<PrivateKey, HpkeError> derive(KemId kem, ByteView key_material) noexcept;

  [[nodiscard]] KemId kem() const noexcept;
  /// SerializePublicKey (RFC 9180 section 7.1.1), `public_key_size(kem())` bytes; valid as long as this key.
  [[nodiscard]] ByteView public_key() const noexcept;
  /// bad_public_key, or zero_shared_secret.
  [[nodiscard]] expected<Secret<32>, HpkeError> agree(ByteView peer) const noexcept;

 private:
  explicit PrivateKey(crypto::X25519PrivateKey key) noexcept : key_(std::move(key)) {}
  explicit PrivateKey(crypto::P256PrivateKey key) noexcept : key_(std::move(key)) {}
  std::variant<crypto::X25519PrivateKey, crypto::P256PrivateKey> key_;
};

struct Encapsulated {
  Secret<32> shared_secret;
  Bytes enc;
};

/// Encap with a key pair made from `random` for this one message.
expected<Encapsulated, HpkeError> encapsulate(KemId kem, ByteView recipient, RandomSource& random) noexcept;
/// Decap. bad_public_key or zero_shared_secret when `enc` is not a key that can be used.
expected<Secret<32>, HpkeError> decapsulate(const PrivateKey& recipient, ByteView enc) noexcept;

}  // namespace sealhall::hpke
