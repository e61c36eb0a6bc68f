// HKDF (RFC 5869): Extract and Expand over HMAC.
#pragma once

#include <cstddef>
#include <initializer_list>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/secret.h"
#include "core/crypto/error.h"
#include "core/crypto/hash.h"

namespace sealhall::crypto {

/// Extract (RFC 5869 section 2.2): a pseudorandom key of `hash_size(hash)` bytes. `key_material` is the concatenation
/// of its parts; it may be empty, and so may the salt.
SecretBytes hkdf_extract(HashAlgorithm hash, ByteView salt, std::initializer_list<ByteView> key_material);

/// Expand (RFC 5869 section 2.3) into `out`, with the concatenation of `info`. length_not_allowed when `out` is empty
/// or over 255 hash lengths: never a shorter key than asked for.
expected<void, CryptoError> hkdf_expand(HashAlgorithm hash, ByteView pseudorandom_key,
                                        std::initializer_list<ByteView> info, MutableBytes out) noexcept;

/// Expand to a secret of a size that the algorithm can always give.
template <std::size_t N>
  requires(N > 0 && N <= 255UL * 20)
Secret<N> hkdf_expand_secret(HashAlgorithm hash, ByteView pseudorandom_key,
                             std::initializer_list<ByteView> info) noexcept {
  Secret<N> secret;
  static_cast<void>(hkdf_expand(hash, pseudorandom_key, info, secret.reveal_mutable()));
  return secret;
}

}  // namespace sealhall::crypto
