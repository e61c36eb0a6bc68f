#include "core/sframe/key_derivation.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::sframe {
namespace {

TEST_CASE("key derivation: key, salt and nonce of RFC 9605 appendix C.3 for suites 1 and 5") {
  const Bytes base_key = from_hex("000102030405060708090a0b0c0d0e0f").value();
  const auto ctr = derive_key(CipherSuite::aes_128_ctr_hmac_sha256_80, KeyId{0x123}, base_key);
  CHECK(to_hex(ctr.key.reveal()) ==
        "3f7d9a7c83ae8e1c8a11ae695ab59314b367e359fadac7b9c46b2bc6f81f46e16b96f0811868d59402b7e870102720b3");
  CHECK(to_hex(ctr.salt.reveal()) == "50b29329a04dc0f184ac3168");
  CHECK(to_hex(make_nonce(ctr.salt, 0x4567)) == "50b29329a04dc0f184ac740f");
  const auto gcm = derive_key(CipherSuite::aes_256_gcm_sha512_128, KeyId{0x123}, base_key);
  CHECK(to_hex(gcm.key.reveal()) == "d3e27b0d4a5ae9e55df01a70e6d4d28d969b246e2936f4b7a5d9b494da6b9633");
  CHECK(to_hex(gcm.salt.reveal()) == "84991c167b8cd23c93708ec7");
  CHECK(to_hex(make_nonce(gcm.salt, 0x4567)) == "84991c167b8cd23c9370cba0");
}

TEST_CASE("key derivation: another KID, suite or base key gives another key") {
  const Bytes base_key(32, 1);
  const auto key = [&](CipherSuite suite, std::uint64_t kid, const Bytes& base) {
    return to_hex(derive_key(suite, KeyId{kid}, base).key.reveal());
  };
  const auto one = key(CipherSuite::aes_128_gcm_sha256_128, 1, base_key);
  CHECK(one != key(CipherSuite::aes_128_gcm_sha256_128, 2, base_key));
  CHECK(one != key(CipherSuite::aes_128_gcm_sha256_128, std::uint64_t{1} << 56, base_key));
  CHECK(one != key(CipherSuite::aes_128_gcm_sha256_128, 1, Bytes(32, 2)));
  CHECK(one != key(CipherSuite::aes_256_gcm_sha512_128, 1, base_key).substr(0, 32));
  CHECK(key(CipherSuite::aes_128_ctr_hmac_sha256_80, 1, base_key) !=
        key(CipherSuite::aes_128_ctr_hmac_sha256_32, 1, base_key));
}

}  // namespace
}  // namespace sealhall::sframe
