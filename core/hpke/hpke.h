// Hybrid public key encryption in base mode (RFC 9180 section 5.1.1): single messages, and contexts with a sequence.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/aead.h"
#include "core/hpke/kem.h"
#include "core/hpke/suite.h"

namespace sealhall::hpke {

struct ContextTestAccess;

/// What sender and recipient share: nonces by sequence number, and exported secrets.
class Context {
 public:
  /// Secret export (RFC 9180 section 5.3). length_not_allowed when `size` is 0 or over 255 hash lengths.
  [[nodiscard]] expected<SecretBytes, HpkeError> export_secret(ByteView exporter_context, std::size_t size) const;
  /// The number that the next message has.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }

 protected:
  friend struct ContextTestAccess;
  struct Schedule;
  explicit Context(Schedule&& schedule) noexcept;
  static expected<Schedule, HpkeError> schedule(const Suite& suite, const Secret<32>& shared_secret, ByteView info);

  /// The nonce of the present sequence number (RFC 9180 section 5.2).
  [[nodiscard]] std::array<std::uint8_t, crypto::aead_nonce_size> nonce() const noexcept;
  [[nodiscard]] bool exhausted() const noexcept;

  Suite suite_;
  SecretBytes exporter_secret_;
  std::array<std::uint8_t, crypto::aead_nonce_size> base_nonce_{};
  std::uint64_t sequence_ = 0;
};

class SenderContext : public Context {
 public:
  /// SetupBaseS: the context and the encapsulated key that the recipient needs.
  struct Setup;
  static expected<Setup, HpkeError> setup(const Suite& suite, ByteView recipient, ByteView info, RandomSource& random);

  /// The next message of the sequence, sealed. sequence_exhausted, export_only, message_too_long.
  expected<Bytes, HpkeError> seal(ByteView aad, ByteView plaintext);

 private:
  using Context::Context;
  std::optional<crypto::AeadSealer> sealer_;
};

struct SenderContext::Setup {
  Bytes enc;
  SenderContext context;
};

class RecipientContext : public Context {
 public:
  /// SetupBaseR. bad_private_key when `key` is of another KEM; bad_public_key, zero_shared_secret for a bad `enc`.
  static expected<RecipientContext, HpkeError> setup(const Suite& suite, ByteView enc, const PrivateKey& key,
                                                     ByteView info);

  /// The next message of the sequence, opened. After open_failed the same sequence number is still the next.
  expected<SecretBytes, HpkeError> open(ByteView aad, ByteView ciphertext);

 private:
  using Context::Context;
  std::optional<crypto::AeadOpener> opener_;
};

struct Sealed {
  Bytes enc;
  Bytes ciphertext;  ///< plaintext and 16 bytes of tag
};

/// Single-shot encryption (RFC 9180 section 6.1).
expected<Sealed, HpkeError> seal(const Suite& suite, ByteView recipient, ByteView info, ByteView aad,
                                 ByteView plaintext, RandomSource& random);
expected<SecretBytes, HpkeError> open(const Suite& suite, ByteView enc, const PrivateKey& key, ByteView info,
                                      ByteView aad, ByteView ciphertext);

}  // namespace sealhall::hpke
