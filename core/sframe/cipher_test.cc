#include "core/sframe/cipher.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::sframe {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

TEST_CASE("cipher: AES-CTR with HMAC as in RFC 9605 appendix C.2") {
  const Bytes key =
      hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f");
  const Bytes nonce = hex("101112131415161718191a1b"), aad = hex("4945544620534672616d65205747");
  const Bytes plaintext = hex("64726166742d696574662d736672616d652d656e63");
  auto seal = SealCipher::create(CipherSuite::aes_128_ctr_hmac_sha256_80, key).value();
  auto open = OpenCipher::create(CipherSuite::aes_128_ctr_hmac_sha256_80, key).value();
  Bytes sealed(plaintext.size() + 10);
  REQUIRE(seal.seal(crypto::AeadNonce{nonce.data(), 12}, aad, plaintext, sealed).value() == sealed.size());
  CHECK(to_hex(sealed) == "6339af04ada1d064688a442b8dc69d5b6bfa40f4bef0583e8081069cc60705");
  Bytes opened(plaintext.size());
  REQUIRE(open.open(crypto::AeadNonce{nonce.data(), 12}, aad, sealed, opened));
  CHECK(opened == plaintext);
}

TEST_CASE("cipher: in every suite any changed bit and any cut tag is refused and leaves no plaintext") {
  for (std::uint16_t number = 1; number <= 5; ++number) {
    const CipherSuite suite{number};
    const SuiteParameters parameters = parameters_of(suite);
    const Bytes key(parameters.key_size(), 3), nonce_bytes(12, 4), aad(7, 5), plaintext(21, 0xEE);
    const crypto::AeadNonce nonce{nonce_bytes.data(), 12};
    auto seal = SealCipher::create(suite, key).value();
    auto open = OpenCipher::create(suite, key).value();
    Bytes sealed(21 + parameters.tag_size);
    REQUIRE(seal.seal(nonce, aad, plaintext, sealed));
    Bytes out(21, 0);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      Bytes wrong = sealed;
      wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << (bit % 8)));
      CHECK(open.open(nonce, aad, wrong, out).error() == SframeError::authentication_failed);
    }
    CHECK(open.open(nonce, aad, ByteView{sealed}.first(21), out).error() == SframeError::authentication_failed);
    CHECK(open.open(nonce, aad, {}, out).error() == SframeError::authentication_failed);
    CHECK(open.open(nonce, Bytes(7, 6), sealed, out).error() == SframeError::authentication_failed);
    CHECK(out == Bytes(21, 0));
    Bytes small(20);
    CHECK(open.open(nonce, aad, sealed, small).error() == SframeError::buffer_too_small);
    CHECK(seal.seal(nonce, aad, plaintext, small).error() == SframeError::buffer_too_small);
    REQUIRE(open.open(nonce, aad, sealed, out));
    CHECK(out == plaintext);
    CHECK_FALSE(SealCipher::create(suite, Bytes(5, 0)));
    CHECK_FALSE(OpenCipher::create(suite, Bytes(5, 0)));
  }
}

}  // namespace
}  // namespace sealhall::sframe
