// Shared by the .cc files of core/crypto only: ownership of OpenSSL's objects by their opaque names, and its error
// queue.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/crypto/error.h"

struct evp_pkey_st;      // EVP_PKEY
struct evp_pkey_ctx_st;  // EVP_PKEY_CTX
struct evp_md_ctx_st;    // EVP_MD_CTX

namespace sealhall::crypto::detail {

/// Inputs of one EVP call are `int`.
inline constexpr std::size_t max_evp_length = static_cast<std::size_t>(std::numeric_limits<int>::max()) - 64;

/// The error, with OpenSSL's per-thread queue emptied: what stays there would look like a failure of the next TLS call.
unexpected<CryptoError> fail(CryptoError error) noexcept;

/// Makes OpenSSL draw from `SystemRandom` where it has no source of its own (WebAssembly); elsewhere does nothing.
/// Called before anything that makes OpenSSL draw: blinding and nonces on P-256.
void use_system_random() noexcept;

struct PkeyFree {
  void operator()(evp_pkey_st* key) const noexcept;
};
struct PkeyContextFree {
  void operator()(evp_pkey_ctx_st* context) const noexcept;
};
struct DigestContextFree {
  void operator()(evp_md_ctx_st* context) const noexcept;
};
using Pkey = std::unique_ptr<evp_pkey_st, PkeyFree>;
using PkeyContext = std::unique_ptr<evp_pkey_ctx_st, PkeyContextFree>;
using DigestContext = std::unique_ptr<evp_md_ctx_st, DigestContextFree>;

/// A key of the kinds whose keys are plain byte strings: "X25519", "ED25519". Null when OpenSSL refuses the bytes.
Pkey raw_private_key(const char* kind, ByteView bytes) noexcept;
Pkey raw_public_key(const char* kind, ByteView bytes) noexcept;
/// Writes the public half of `key`; false when OpenSSL refuses or the size differs.
bool get_raw_public_key(const Pkey& key, MutableBytes out) noexcept;

/// Diffie-Hellman into `out`; false when the result has another size or OpenSSL refuses (a small-order X25519 point).
bool derive(const Pkey& own, const Pkey& peer, MutableBytes out) noexcept;

}  // namespace sealhall::crypto::detail
