#define OPENSSL_SUPPRESS_DEPRECATED  // RAND_METHOD: a provider of our own would be the new way, for one function
#include "core/crypto/openssl_support.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "core/base/check.h"
#include "core/crypto/random.h"

namespace sealhall::crypto::detail {

unexpected<CryptoError> fail(CryptoError error) noexcept {
  ERR_clear_error();
  return unexpected(error);
}

#if defined(__wasi__)
namespace {
int fill(unsigned char* out, int size) {
  SystemRandom{}.fill({out, static_cast<std::size_t>(size)});
  return 1;
}
int always_ready() { return 1; }
}  // namespace

void use_system_random() noexcept {
  static const RAND_METHOD method{
      .seed = nullptr, .bytes = fill, .cleanup = nullptr, .add = nullptr, .pseudorand = fill, .status = always_ready};
  static const bool set = RAND_set_rand_method(&method) == 1;
  SEALHALL_CHECK(set);
}
#else
void use_system_random() noexcept {}
#endif

void PkeyFree::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }
void PkeyContextFree::operator()(evp_pkey_ctx_st* context) const noexcept { EVP_PKEY_CTX_free(context); }
void DigestContextFree::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Pkey raw_private_key(const char* kind, ByteView bytes) noexcept {
  return Pkey{EVP_PKEY_new_raw_private_key_ex(nullptr, kind, nullptr, bytes.data(), bytes.size())};
}

Pkey raw_public_key(const char* kind, ByteView bytes) noexcept {
  return Pkey{EVP_PKEY_new_raw_public_key_ex(nullptr, kind, nullptr, bytes.data(), bytes.size())};
}

bool get_raw_public_key(const Pkey& key, MutableBytes out) noexcept {
  std::size_t size = out.size();
  return EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1 && size == out.size();
}

bool derive(const Pkey& own, const Pkey& peer, MutableBytes out) noexcept {
  const PkeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, own.get(), nullptr)};
  std::size_t size = out.size();
  return context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
         EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
         EVP_PKEY_derive(context.get(), out.data(), &size) == 1 && size == out.size();
}

}  // namespace sealhall::crypto::detail
