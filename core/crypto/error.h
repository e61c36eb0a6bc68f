// What can go wrong in core/crypto.
#pragma once

#include <cstdint>

namespace sealhall::crypto {

enum class CryptoError : std::uint8_t {
  bad_key_size,           ///< the key has not the number of bytes that the algorithm asks for
  bad_public_key,         ///< not a valid public key: wrong length, wrong form, or not a point of the curve
  bad_private_key,        ///< not a valid private key: wrong length, zero, or not below the group order
  bad_signature,          ///< the signature does not verify, or is not one
  buffer_too_small,       ///< the caller's output does not hold the result; nothing was written
  message_too_long,       ///< over the limit of the algorithm or of one call
  length_not_allowed,     ///< an output length that the algorithm cannot give
  authentication_failed,  ///< the tag does not fit; the output holds zeros
  zero_shared_secret,     ///< the peer's key has small order (RFC 7748 section 6.1)
  unknown_key,            ///< an asynchronous job names a key that was never added or was removed
  backend_failed,         ///< OpenSSL or the embedder refused: out of memory, as a rule
};

}  // namespace sealhall::crypto
