#include "core/crypto/x25519.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "core/base/encoding.h"

namespace sealhall::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }
X25519PrivateKey key_of(std::string_view text) {
  const Bytes bytes = hex(text);
  return X25519PrivateKey::from_bytes(std::span<const std::uint8_t, 32>{bytes.data(), 32});
}

TEST_CASE("x25519: Alice and Bob of RFC 7748 section 6.1 agree") {
  const auto alice = key_of("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  CHECK(to_hex(alice.public_key()) == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const Bytes bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  CHECK(to_hex(alice.agree(bob).value().reveal()) ==
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST_CASE("x25519: two generated keys agree with each other and with nobody else") {
  SeededRandom random{1};
  const auto a = X25519PrivateKey::generate(random);
  const auto b = X25519PrivateKey::generate(random);
  const auto c = X25519PrivateKey::generate(random);
  CHECK(a.agree(b.public_key()).value() == b.agree(a.public_key()).value());
  CHECK_FALSE(a.agree(b.public_key()).value() == a.agree(c.public_key()).value());
}

TEST_CASE("x25519: small-order points never give a secret (RFC 7748 section 6.1)") {
  const auto alice = key_of("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  for (const char* point : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    const auto result = alice.agree(hex(point));
    REQUIRE_FALSE(result);
    CHECK(result.error() == CryptoError::zero_shared_secret);
    CHECK(ERR_peek_error() == 0);
  }
}

TEST_CASE("x25519: a public key of another length is refused") {
  const auto alice = key_of("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  for (const std::size_t size : {0U, 31U, 33U, 65U})
    CHECK(alice.agree(Bytes(size, 9)).error() == CryptoError::bad_public_key);
}

}  // namespace
}  // namespace sealhall::crypto
