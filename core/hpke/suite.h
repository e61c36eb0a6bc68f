// The HPKE algorithms that are offered (RFC 9180 section 7) and what can go wrong.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/crypto/hash.h"

namespace sealhall::hpke {

/// RFC 9180 section 7.1.
enum class KemId : std::uint16_t { dhkem_p256_hkdf_sha256 = 0x0010, dhkem_x25519_hkdf_sha256 = 0x0020 };
/// RFC 9180 section 7.2.
enum class KdfId : std::uint16_t { hkdf_sha256 = 0x0001, hkdf_sha384 = 0x0002, hkdf_sha512 = 0x0003 };
/// RFC 9180 section 7.3. `export_only` makes a context that seals and opens nothing.
enum class AeadId : std::uint16_t { aes_128_gcm = 0x0001, aes_256_gcm = 0x0002, export_only = 0xffff };

struct Suite {
  KemId kem = KemId::dhkem_x25519_hkdf_sha256;
  KdfId kdf = KdfId::hkdf_sha256;
  AeadId aead = AeadId::aes_256_gcm;

  friend bool operator==(const Suite&, const Suite&) noexcept = default;
};

enum class HpkeError : std::uint8_t {
  bad_public_key,      ///< the recipient's key or the encapsulated key is not a valid key of the KEM
  bad_private_key,     ///< not a valid private key of the KEM, or of another KEM than the suite's
  zero_shared_secret,  ///< the public key has small order (RFC 9180 section 7.1.4)
  open_failed,         ///< the ciphertext does not authenticate; the sequence has not moved
  sequence_exhausted,  ///< all sequence numbers are used; the context seals and opens nothing more
  length_not_allowed,  ///< an exported length of 0 or over 255 hash lengths
  export_only,         ///< this context neither seals nor opens
  message_too_long,    ///< over 2^31 bytes
  backend_failed,      ///< the crypto library refused
};

constexpr crypto::HashAlgorithm hash_of(KdfId kdf) noexcept {
  switch (kdf) {
    case KdfId::hkdf_sha256:
      return crypto::HashAlgorithm::sha256;
    case KdfId::hkdf_sha384:
      return crypto::HashAlgorithm::sha384;
    case KdfId::hkdf_sha512:
      return crypto::HashAlgorithm::sha512;
  }
  return crypto::HashAlgorithm::sha256;
}

/// Npk = Nenc of RFC 9180 section 7.1.
constexpr std::size_t public_key_size(KemId kem) noexcept { return kem == KemId::dhkem_p256_hkdf_sha256 ? 65 : 32; }
/// Nsk of RFC 9180 section 7.1.
inline constexpr std::size_t private_key_size = 32;

}  // namespace sealhall::hpke
