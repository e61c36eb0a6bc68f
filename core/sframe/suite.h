// The registered cipher suites of SFrame (RFC 9605 section 8.1) and their parameters (section 4.5).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/crypto/hash.h"

namespace sealhall::sframe {

enum class CipherSuite : std::uint16_t {
  aes_128_ctr_hmac_sha256_80 = 0x0001,
  aes_128_ctr_hmac_sha256_64 = 0x0002,
  aes_128_ctr_hmac_sha256_32 = 0x0003,
  aes_128_gcm_sha256_128 = 0x0004,
  aes_256_gcm_sha512_128 = 0x0005,  ///< the only one that the product uses
};

inline constexpr std::size_t nonce_size = 12;  ///< Nn of every suite

struct SuiteParameters {
  crypto::HashAlgorithm hash;
  std::size_t encryption_key_size;
  std::size_t authentication_key_size;  ///< 0 for AES-GCM
  std::size_t tag_size;                 ///< Nt

  /// Nk
  [[nodiscard]] constexpr std::size_t key_size() const noexcept {
    return encryption_key_size + authentication_key_size;
  }
};

constexpr SuiteParameters parameters_of(CipherSuite suite) noexcept {
  using crypto::HashAlgorithm;
  switch (suite) {
    case CipherSuite::aes_128_ctr_hmac_sha256_80:
      return {HashAlgorithm::sha256, 16, 32, 10};
    case CipherSuite::aes_128_ctr_hmac_sha256_64:
      return {HashAlgorithm::sha256, 16, 32, 8};
    case CipherSuite::aes_128_ctr_hmac_sha256_32:
      return {HashAlgorithm::sha256, 16, 32, 4};
    case CipherSuite::aes_128_gcm_sha256_128:
      return {HashAlgorithm::sha256, 16, 0, 16};
    case CipherSuite::aes_256_gcm_sha512_128:
      break;
  }
  return {HashAlgorithm::sha512, 32, 0, 16};
}

}  // namespace sealhall::sframe
