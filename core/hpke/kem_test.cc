#include "core/hpke/kem.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::hpke {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

TEST_CASE("kem: key pairs are derived as in RFC 9180 appendices A.1.1 and A.3.1") {
  const auto x25519 = PrivateKey::derive(KemId::dhkem_x25519_hkdf_sha256,
                                         hex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037"));
  CHECK(to_hex(x25519->public_key()) == "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
  const auto p256 = PrivateKey::derive(KemId::dhkem_p256_hkdf_sha256,
                                       hex("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550"));
  CHECK(to_hex(p256->public_key()) ==
        "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f"
        "1d128aaf"
        "d68a2ce72ea0");
}

TEST_CASE("kem: what is encapsulated to a key, that key and no other decapsulates") {
  SeededRandom random{3};
  for (const KemId kem : {KemId::dhkem_x25519_hkdf_sha256, KemId::dhkem_p256_hkdf_sha256}) {
    const auto key = PrivateKey::generate(kem, random);
    const auto other = PrivateKey::generate(kem, random);
    const auto made = encapsulate(kem, key.public_key(), random).value();
    CHECK(made.enc.size() == public_key_size(kem));
    CHECK(decapsulate(key, made.enc).value() == made.shared_secret);
    CHECK_FALSE(decapsulate(other, made.enc).value() == made.shared_secret);
  }
}

TEST_CASE("kem: private keys of a wrong length or out of range are refused") {
  CHECK(PrivateKey::from_bytes(KemId::dhkem_x25519_hkdf_sha256, Bytes(33, 1)).error() == HpkeError::bad_private_key);
  CHECK(PrivateKey::from_bytes(KemId::dhkem_p256_hkdf_sha256, Bytes(32, 0xff)).error() == HpkeError::bad_private_key);
  CHECK(PrivateKey::from_bytes(KemId::dhkem_p256_hkdf_sha256, Bytes(32, 0)).error() == HpkeError::bad_private_key);
}

}  // namespace
}  // namespace sealhall::hpke
