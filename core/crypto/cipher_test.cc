#include "core/crypto/cipher.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }
std::span<const std::uint8_t, 16> block(const Bytes& bytes) {
  return std::span<const std::uint8_t, 16>{bytes.data(), 16};
}

TEST_CASE("cipher: AES single blocks as in FIPS 197 appendix C.1 and C.3") {
  const Bytes in = hex("00112233445566778899aabbccddeeff");
  Bytes out(16);
  REQUIRE(
      AesBlock::create(hex("000102030405060708090a0b0c0d0e0f"))->encrypt(block(in), std::span<std::uint8_t, 16>{out}));
  CHECK(to_hex(out) == "69c4e0d86a7b0430d8cdb78070b4c55a");
  auto aes256 = AesBlock::create(hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
  REQUIRE(aes256->encrypt(block(in), std::span<std::uint8_t, 16>{out}));
  CHECK(to_hex(out) == "8ea2b7ca516745bfeafc49904b496089");
}

TEST_CASE("cipher: AES-CTR gives the SRTP keystream of RFC 3711 appendix B.2, whole and in pieces") {
  auto ctr = AesCtr::create(hex("2b7e151628aed2a6abf7158809cf4f3c")).value();
  const Bytes counter = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000");
  Bytes stream(48);
  REQUIRE(ctr.crypt(block(counter), Bytes(48, 0), stream));
  CHECK(to_hex(stream) ==
        "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0");
  Bytes pieces(48, 0);
  REQUIRE(ctr.start(block(counter)));
  for (std::size_t at = 0, step = 1; at < 48; at += step, step = std::min<std::size_t>(step + 4, 48 - at)) {
    const MutableBytes part = MutableBytes{pieces}.subspan(at, step);
    REQUIRE(ctr.update(part, part));  // in place
  }
  CHECK(pieces == stream);
}

TEST_CASE("cipher: only keys of 16 and 32 bytes, only outputs that hold the input") {
  for (const std::size_t size : {0U, 15U, 24U, 33U}) {
    CHECK(AesCtr::create(Bytes(size, 0)).error() == CryptoError::bad_key_size);
    CHECK(AesBlock::create(Bytes(size, 0)).error() == CryptoError::bad_key_size);
  }
  auto ctr = AesCtr::create(Bytes(16, 0)).value();
  Bytes out(3);
  CHECK(ctr.crypt(block(Bytes(16, 0)), Bytes(4, 0), out).error() == CryptoError::buffer_too_small);
  CHECK(ctr.crypt(block(Bytes(16, 0)), {}, {}));
}

}  // namespace
}  // namespace sealhall::crypto
