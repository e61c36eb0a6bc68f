#include "core/crypto/hkdf.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

TEST_CASE("hkdf: RFC 5869 appendix A.1 and A.3 (empty salt and info)") {
  const Bytes material(22, 0x0b);
  const SecretBytes prk = hkdf_extract(HashAlgorithm::sha256, hex("000102030405060708090a0b0c"), {material});
  CHECK(to_hex(prk.reveal()) == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  Bytes okm(42);
  REQUIRE(hkdf_expand(HashAlgorithm::sha256, prk.reveal(), {hex("f0f1f2f3f4"), hex("f5f6f7f8f9")}, okm));
  CHECK(to_hex(okm) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

  const SecretBytes unsalted = hkdf_extract(HashAlgorithm::sha256, {}, {material});
  CHECK(to_hex(unsalted.reveal()) == "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
  REQUIRE(hkdf_expand(HashAlgorithm::sha256, unsalted.reveal(), {}, okm));
  CHECK(to_hex(okm) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("hkdf: an output of no bytes or over 255 blocks is refused, never shortened") {
  for (const HashAlgorithm hash : {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
    const std::size_t most = 255 * hash_size(hash);
    Bytes out(most + 1);
    CHECK(hkdf_expand(hash, Bytes(32, 1), {}, MutableBytes{out}.first(most)));
    CHECK(hkdf_expand(hash, Bytes(32, 1), {}, out).error() == CryptoError::length_not_allowed);
    CHECK(hkdf_expand(hash, Bytes(32, 1), {}, {}).error() == CryptoError::length_not_allowed);
  }
}

TEST_CASE("hkdf: a secret is the same bytes, in a type that wipes them") {
  Bytes plain(32);
  REQUIRE(hkdf_expand(HashAlgorithm::sha512, Bytes(64, 2), {as_bytes("label")}, plain));
  const auto secret = hkdf_expand_secret<32>(HashAlgorithm::sha512, Bytes(64, 2), {as_bytes("label")});
  CHECK(equal(secret.reveal(), plain));
}

}  // namespace
}  // namespace sealhall::crypto
