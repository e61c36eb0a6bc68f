// Something small, sealed for a column of a table: docs/protocol/at-rest.md section 4. Many records share a data key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/crypto/aead.h"
#include "core/envelope/context.h"
#include "core/envelope/error.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::envelope {

/// version 1 | suite 1 | data key id 16 | nonce 12 | commitment 32 | ciphertext | tag 16
inline constexpr std::size_t record_overhead = 78;
/// Bytes of plaintext. What is larger belongs into a container.
inline constexpr std::size_t max_record_size = 1U << 20;
/// How many records may be sealed under one data key: nonces are random, and two meet with a chance of 2^-41 by then.
/// Whoever seals counts.
inline constexpr std::uint64_t max_records_per_key = std::uint64_t{1} << 28;

/// The data key that a record names; nothing is proved. Errors: malformed, unknown_version.
expected<KeyId, EnvelopeError> data_key_of_record(ByteView sealed) noexcept;

/// Seals and opens records under one data key. Keeps the key schedule: 1 KiB costs about a microsecond.
class RecordKey {
 public:
  RecordKey(const Key& data_key, const KeyId& id);

  [[nodiscard]] const KeyId& id() const noexcept { return id_; }
  /// Errors: bad_context, too_large.
  expected<Bytes, EnvelopeError> seal(const Context& context, ByteView plaintext, RandomSource& random);
  /// Errors: malformed, unknown_version, bad_context; wrong_key when it was sealed under another data key;
  /// not_authentic when it was changed or sealed with another context.
  expected<Bytes, EnvelopeError> open(const Context& context, ByteView sealed);

 private:
  struct Derived;
  RecordKey(const Derived& derived, const KeyId& id);

  KeyId id_;
  std::array<std::uint8_t, 32> commitment_{};
  crypto::AeadSealer sealer_;
  crypto::AeadOpener opener_;
};

}  // namespace sealhall::envelope
