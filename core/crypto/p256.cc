#include "core/crypto/p256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "core/base/check.h"
#include "core/crypto/openssl_support.h"

namespace sealhall::crypto {
namespace {

constexpr std::uint8_t uncompressed = 0x04;

struct Free {
  void operator()(BIGNUM* number) const noexcept { BN_clear_free(number); }
  void operator()(BN_CTX* context) const noexcept { BN_CTX_free(context); }
  void operator()(EC_POINT* point) const noexcept { EC_POINT_free(point); }
  void operator()(OSSL_PARAM_BLD* builder) const noexcept { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* params) const noexcept { OSSL_PARAM_free(params); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const EC_GROUP* group() noexcept {
  static const EC_GROUP* const p256 = [] {
    detail::use_system_random();
    return EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  }();
  return p256;
}

/// The EVP key of a point and, when not null, its scalar. Null when OpenSSL refuses: the point is not on the curve.
detail::Pkey make_key(ByteView point, const BIGNUM* scalar) noexcept {
  const Owned<OSSL_PARAM_BLD> builder{OSSL_PARAM_BLD_new()};
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1 ||
      (scalar != nullptr && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1)) {
    return nullptr;
  }
  const Owned<OSSL_PARAM> params{OSSL_PARAM_BLD_to_param(builder.get())};
  const detail::PkeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, scalar == nullptr ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR,
                        params.get()) != 1) {
    return nullptr;
  }
  return detail::Pkey{key};
}

detail::Pkey public_key_of(ByteView point) noexcept {
  if (point.size() != 65 || point[0] != uncompressed) return nullptr;
  return make_key(point, nullptr);
}

}  // namespace

struct P256PrivateKey::Key {
  detail::Pkey pkey;
};

P256PrivateKey::P256PrivateKey(std::unique_ptr<Key> key, const P256PublicKey& public_key) noexcept
    : key_(std::move(key)), public_key_(public_key) {}
P256PrivateKey::P256PrivateKey(P256PrivateKey&&) noexcept = default;
P256PrivateKey& P256PrivateKey::operator=(P256PrivateKey&&) noexcept = default;
P256PrivateKey::~P256PrivateKey() = default;

P256PrivateKey P256PrivateKey::generate(RandomSource& random) noexcept {
  // Rejection sampling (FIPS 186-4 appendix B.4.2): one draw in 2^32 is not below the order.
  constexpr int enough_draws = 16;
  for (int draw = 0; draw < enough_draws; ++draw) {
    Secret<32> scalar;
    random.fill(scalar.reveal_mutable());
    auto key = from_scalar(scalar.reveal());
    if (key) return std::move(*key);
  }
  check_failed("the random source gives scalars", __FILE__, __LINE__);
}

expected<P256PrivateKey, CryptoError> P256PrivateKey::from_scalar(ByteView scalar) noexcept {
  if (scalar.size() != 32) return unexpected(CryptoError::bad_private_key);
  const Owned<BIGNUM> number{BN_secure_new()};
  const Owned<BN_CTX> arithmetic{BN_CTX_secure_new()};
  const Owned<EC_POINT> point{EC_POINT_new(group())};
  if (number == nullptr || arithmetic == nullptr || point == nullptr ||
      BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), number.get()) == nullptr) {
    return detail::fail(CryptoError::backend_failed);
  }
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), EC_GROUP_get0_order(group())) >= 0) {
    return unexpected(CryptoError::bad_private_key);
  }
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  P256PublicKey encoded{};
  if (EC_POINT_mul(group(), point.get(), number.get(), nullptr, nullptr, arithmetic.get()) != 1 ||
      EC_POINT_point2oct(group(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(),
                         arithmetic.get()) != encoded.size()) {
    return detail::fail(CryptoError::backend_failed);
  }
  auto key = std::make_unique<Key>(make_key(encoded, number.get()));
  if (key->pkey == nullptr) return detail::fail(CryptoError::backend_failed);
  return P256PrivateKey{std::move(key), encoded};
}

expected<Secret<32>, CryptoError> P256PrivateKey::agree(ByteView peer) const noexcept {
  const detail::Pkey peer_key = public_key_of(peer);
  if (peer_key == nullptr) return detail::fail(CryptoError::bad_public_key);
  Secret<32> secret;
  if (!detail::derive(key_->pkey, peer_key, secret.reveal_mutable())) return detail::fail(CryptoError::bad_public_key);
  return secret;
}

expected<Bytes, CryptoError> P256PrivateKey::sign(ByteView message) const noexcept {
  constexpr std::size_t max_der_size = 72;
  Bytes signature(max_der_size);
  std::size_t size = signature.size();
  const detail::DigestContext context{EVP_MD_CTX_new()};
  if (context == nullptr ||
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_->pkey.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    return detail::fail(CryptoError::backend_failed);
  }
  signature.resize(size);
  return signature;
}

expected<void, CryptoError> p256_verify(ByteView public_key, ByteView message, ByteView signature) noexcept {
  const detail::Pkey key = public_key_of(public_key);
  if (key == nullptr) return detail::fail(CryptoError::bad_public_key);
  const detail::DigestContext context{EVP_MD_CTX_new()};
  if (context == nullptr ||
      EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) != 1) {
    return detail::fail(CryptoError::backend_failed);
  }
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1) {
    return detail::fail(CryptoError::bad_signature);
  }
  return {};
}

}  // namespace sealhall::crypto
