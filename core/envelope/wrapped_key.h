// A key sealed under another key: docs/protocol/at-rest.md section 3. Every wrap has a key of its own, so there is no
// nonce to manage and no limit to the number of wraps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/envelope/context.h"
#include "core/envelope/error.h"

namespace sealhall::envelope {

inline constexpr std::size_t key_size = 32;
using Key = Secret<key_size>;
/// 16 random bytes that name a key for its whole life.
using KeyId = std::array<std::uint8_t, 16>;

/// One version of a key that wraps others.
struct WrappingKeyName {
  KeyId id{};
  std::uint32_t version = 0;
  bool operator==(const WrappingKeyName&) const = default;
};

/// What a wrapped key says in the clear, authenticated when it is opened.
struct WrappedKeyInfo {
  WrappingKeyName under;  ///< the key that opens it
  KeyId key_id{};         ///< the key that is in it
  bool operator==(const WrappedKeyInfo&) const = default;
};

/// version 1 | suite 1 | wrapping key id 16 | its version 4 | key id 16 | salt 32 | commitment 32 | key 32 | tag 16
inline constexpr std::size_t wrapped_key_size = 150;

/// Looks at the clear part only; nothing of it is proved before `unwrap_key`. Errors: malformed, unknown_version.
expected<WrappedKeyInfo, EnvelopeError> read_wrapped_key(ByteView wrapped) noexcept;

/// Seals `key` under `wrapping`. The same arguments give other bytes each time. Error: bad_context.
expected<Bytes, EnvelopeError> wrap_key(const Key& wrapping, const WrappedKeyInfo& info, const Context& context,
                                        const Key& key, RandomSource& random);

/// Errors: malformed, unknown_version, bad_context; wrong_key for another wrapping key or context; not_authentic.
expected<Key, EnvelopeError> unwrap_key(const Key& wrapping, const Context& context, ByteView wrapped);

}  // namespace sealhall::envelope
