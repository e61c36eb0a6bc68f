// AEAD with AES-GCM (NIST SP 800-38D): 96-bit nonces, 128-bit tags, contexts that hold the key schedule between
// messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/crypto/error.h"

namespace sealhall::crypto {

enum class AeadAlgorithm : std::uint8_t { aes_128_gcm, aes_256_gcm };

inline constexpr std::size_t aead_nonce_size = 12;
/// Full tags only: a shorter one is what lets a member forge (see docs of SFrame, RFC 9605 section 7.5).
inline constexpr std::size_t aead_tag_size = 16;

constexpr std::size_t aead_key_size(AeadAlgorithm algorithm) noexcept {
  return algorithm == AeadAlgorithm::aes_128_gcm ? 16 : 32;
}

using AeadNonce = std::span<const std::uint8_t, aead_nonce_size>;

/// Associated data in at most two pieces that are authenticated as one after the other, so that nobody has to join
/// them.
struct Aad {
  Aad() noexcept = default;
  Aad(ByteView only) noexcept : first(only) {}      // NOLINT(google-explicit-constructor): one piece is the usual case
  Aad(const Bytes& only) noexcept : first(only) {}  // NOLINT(google-explicit-constructor)
  Aad(ByteView a, ByteView b) noexcept : first(a), second(b) {}

  ByteView first;
  ByteView second;
};

namespace detail {
struct CipherContextFree {
  void operator()(void* context) const noexcept;
};
/// An EVP_CIPHER_CTX; the name stays out of the headers.
using CipherContext = std::unique_ptr<void, CipherContextFree>;
}  // namespace detail

/// Seals under one key. Never opens: a key has one direction. About 1 KiB of memory, nothing allocated per message.
/// The caller never gives the same nonce twice.
class AeadSealer {
 public:
  /// bad_key_size when `key` is not `aead_key_size(algorithm)` bytes.
  static expected<AeadSealer, CryptoError> create(AeadAlgorithm algorithm, ByteView key) noexcept;

  /// Writes ciphertext and tag to the front of `out` and returns their size, `plaintext.size() + 16`. `out` may begin
  /// where `plaintext` begins (in place); any other overlap is forbidden. Errors: buffer_too_small, message_too_long.
  expected<std::size_t, CryptoError> seal(AeadNonce nonce, const Aad& aad, ByteView plaintext,
                                          MutableBytes out) noexcept;

  /// Scatter form, for packets that share a payload: writes `header`, then `prefix` and `payload` sealed as one
  /// plaintext with `header` as associated data, then the tag. Returns the whole size. `header` may already stand at
  /// the front of `out`; `prefix` and `payload` may not overlap `out`.
  expected<std::size_t, CryptoError> seal_packet(AeadNonce nonce, ByteView header, ByteView prefix, ByteView payload,
                                                 MutableBytes out) noexcept;

 private:
  explicit AeadSealer(detail::CipherContext context) noexcept : context_(std::move(context)) {}
  detail::CipherContext context_;
};

/// Opens under one key. Never seals.
class AeadOpener {
 public:
  /// bad_key_size when `key` is not `aead_key_size(algorithm)` bytes.
  static expected<AeadOpener, CryptoError> create(AeadAlgorithm algorithm, ByteView key) noexcept;

  /// `sealed` is ciphertext and tag. Writes the plaintext to the front of `out` and returns its size, `sealed.size() -
  /// 16`. In place as in `AeadSealer::seal`. authentication_failed (too short for a tag, too) leaves zeros where the
  /// plaintext would have been.
  expected<std::size_t, CryptoError> open(AeadNonce nonce, const Aad& aad, ByteView sealed, MutableBytes out) noexcept;

 private:
  explicit AeadOpener(detail::CipherContext context) noexcept : context_(std::move(context)) {}
  detail::CipherContext context_;
};

}  // namespace sealhall::crypto
