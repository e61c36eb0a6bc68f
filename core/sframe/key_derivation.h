// From a base key to the key, salt and nonces of one KID (RFC 9605 sections 4.4.2 and 4.4.3).
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/secret.h"
#include "core/sframe/header.h"
#include "core/sframe/suite.h"

namespace sealhall::sframe {

struct DerivedKey {
  SecretBytes key;  ///< `parameters_of(suite).key_size()` bytes
  Secret<nonce_size> salt;
};

/// `base_key` is secret bytes of any length; it belongs to one sender.
DerivedKey derive_key(CipherSuite suite, KeyId key_id, ByteView base_key);

/// The salt XOR the counter as twelve bytes.
std::array<std::uint8_t, nonce_size> make_nonce(const Secret<nonce_size>& salt, std::uint64_t counter) noexcept;

}  // namespace sealhall::sframe
