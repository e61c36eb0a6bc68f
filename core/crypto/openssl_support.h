// Shared by the .cc files of core/crypto only: fetched algorithms, error queue, EVP_PKEY ownership. Nobody else
// includes it.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>

#include <climits>
#include <memory>

#include "core/base/expected.h"
#include "core/crypto/error.h"

namespace sealhall::crypto::detail {

/// Inputs of one EVP call are `int`.
inline constexpr std::size_t max_evp_length = static_cast<std::size_t>(INT_MAX) - 64;

/// The error, with OpenSSL's per-thread queue emptied: what stays there would look like a failure of the next TLS call.
inline unexpected<CryptoError> fail(CryptoError error) noexcept {
  ERR_clear_error();
  return unexpected(error);
}

struct PkeyFree {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct PkeyContextFree {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
struct DigestContextFree {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyFree>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, PkeyContextFree>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestContextFree>;

}  // namespace sealhall::crypto::detail
