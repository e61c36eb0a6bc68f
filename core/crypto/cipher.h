// AES as SRTP's older profiles and SFrame's CTR suites need it: counter mode (NIST SP 800-38A section 6.5) and single
// blocks. Neither authenticates anything: whoever uses them adds an HMAC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/crypto/aead.h"
#include "core/crypto/error.h"

namespace sealhall::crypto {

inline constexpr std::size_t aes_block_size = 16;

/// AES-CTR under one key of 16 or 32 bytes, encrypting and decrypting being the same. The whole 128-bit block counts
/// up.
class AesCtr {
 public:
  static expected<AesCtr, CryptoError> create(ByteView key) noexcept;

  /// Begins a message with this first counter block.
  expected<void, CryptoError> start(std::span<const std::uint8_t, aes_block_size> counter) noexcept;
  /// Continues the message: any number of bytes. `out` has `in.size()` bytes at least, and is `in` or does not overlap
  /// it.
  expected<void, CryptoError> update(ByteView in, MutableBytes out) noexcept;
  /// A message in one piece.
  expected<void, CryptoError> crypt(std::span<const std::uint8_t, aes_block_size> counter, ByteView in,
                                    MutableBytes out) noexcept;

 private:
  explicit AesCtr(detail::CipherContext context) noexcept : context_(std::move(context)) {}
  detail::CipherContext context_;
};

/// The bare block cipher under one key of 16 or 32 bytes.
class AesBlock {
 public:
  static expected<AesBlock, CryptoError> create(ByteView key) noexcept;
  /// `in` and `out` may be the same.
  expected<void, CryptoError> encrypt(std::span<const std::uint8_t, aes_block_size> in,
                                      std::span<std::uint8_t, aes_block_size> out) noexcept;

 private:
  explicit AesBlock(detail::CipherContext context) noexcept : context_(std::move(context)) {}
  detail::CipherContext context_;
};

}  // namespace sealhall::crypto
