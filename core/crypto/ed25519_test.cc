#include "core/crypto/ed25519.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "core/base/encoding.h"

namespace sealhall::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

TEST_CASE("ed25519: RFC 8032 section 7.1, tests 1 and 2") {
  struct Case {
    const char *seed, *public_key, *message, *signature;
  };
  for (const Case& c : {
           Case{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5"
                "f0595b"
                "be24655141438e7a100b"},
           Case{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2e"
                "aeb430"
                "2aeeb00d291612bb0c00"},
       }) {
    const Bytes seed = hex(c.seed);
    const auto key = Ed25519PrivateKey::from_seed(std::span<const std::uint8_t, 32>{seed.data(), 32});
    CHECK(to_hex(key.public_key()) == c.public_key);
    CHECK(to_hex(key.sign(hex(c.message))) == c.signature);
    CHECK(ed25519_verify(key.public_key(), hex(c.message), hex(c.signature)));
  }
}

TEST_CASE("ed25519: another message, another key, a changed or cut signature are refused") {
  SeededRandom random{1};
  const auto key = Ed25519PrivateKey::generate(random);
  const auto other = Ed25519PrivateKey::generate(random);
  const auto signature = key.sign(as_bytes("message"));
  REQUIRE(ed25519_verify(key.public_key(), as_bytes("message"), signature));
  CHECK(ed25519_verify(key.public_key(), as_bytes("massage"), signature).error() == CryptoError::bad_signature);
  CHECK(ed25519_verify(other.public_key(), as_bytes("message"), signature).error() == CryptoError::bad_signature);
  CHECK(ed25519_verify(key.public_key(), as_bytes("message"), {}).error() == CryptoError::bad_signature);
  CHECK(ed25519_verify(key.public_key(), as_bytes("message"), ByteView{signature}.first(63)).error() ==
        CryptoError::bad_signature);
  CHECK(ed25519_verify(Bytes(31, 0), as_bytes("message"), signature).error() == CryptoError::bad_public_key);
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto wrong = signature;
    wrong[i] ^= 0x10;
    CHECK_FALSE(ed25519_verify(key.public_key(), as_bytes("message"), wrong));
  }
  CHECK(ERR_peek_error() == 0);
}

}  // namespace
}  // namespace sealhall::crypto
