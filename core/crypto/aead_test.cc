#include "core/crypto/aead.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/random.h"

namespace sealhall::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }
AeadNonce nonce_of(const Bytes& bytes) { return AeadNonce{bytes.data(), aead_nonce_size}; }

struct Pair {
  AeadSealer sealer;
  AeadOpener opener;
};
Pair make_pair(AeadAlgorithm algorithm = AeadAlgorithm::aes_256_gcm) {
  Bytes key(aead_key_size(algorithm), 0x42);
  return {AeadSealer::create(algorithm, key).value(), AeadOpener::create(algorithm, key).value()};
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: test cases 4 and 16 (the same message and
// associated data under a 128-bit and a 256-bit key), and 13 (256 bits, everything empty).
const char* const gcm_plaintext =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba"
    "637"
    "b39";
const char* const gcm_aad = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
const char* const gcm_nonce = "cafebabefacedbaddecaf888";

TEST_CASE("aead: AES-GCM gives the published ciphertexts and opens them") {
  struct Case {
    AeadAlgorithm algorithm;
    const char *key, *nonce, *aad, *plaintext, *sealed;
  };
  const Case cases[] = {
      {AeadAlgorithm::aes_128_gcm, "feffe9928665731c6d6a8f9467308308", gcm_nonce, gcm_aad, gcm_plaintext,
       "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac9"
       "73d58"
       "e0915bc94fbc3221a5db94fae95ae7121a47"},
      {AeadAlgorithm::aes_256_gcm, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", gcm_nonce,
       gcm_aad, gcm_plaintext,
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0"
       "abcc9"
       "f66276fc6ece0f4e1768cddf8853bb2d551b"},
      {AeadAlgorithm::aes_256_gcm, "0000000000000000000000000000000000000000000000000000000000000000",
       "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
  };
  for (const Case& c : cases) {
    const Bytes key = hex(c.key), nonce = hex(c.nonce), aad = hex(c.aad), plaintext = hex(c.plaintext);
    auto sealer = AeadSealer::create(c.algorithm, key).value();
    Bytes out(plaintext.size() + aead_tag_size);
    REQUIRE(sealer.seal(nonce_of(nonce), aad, plaintext, out).value() == out.size());
    CHECK(to_hex(out) == c.sealed);
    auto opener = AeadOpener::create(c.algorithm, key).value();
    Bytes back(plaintext.size());
    REQUIRE(opener.open(nonce_of(nonce), aad, out, back).value() == back.size());
    CHECK(back == plaintext);
  }
}

TEST_CASE("aead: one context serves many messages, and every one opens, in place and out of place") {
  SeededRandom random{1};
  auto [sealer, opener] = make_pair();
  for (std::size_t size = 0; size < 400; ++size) {
    Bytes nonce(12), aad(size % 37), plaintext(size);
    random.fill(nonce);
    random.fill(aad);
    random.fill(plaintext);
    Bytes apart(size + aead_tag_size);
    REQUIRE(sealer.seal(nonce_of(nonce), aad, plaintext, apart));
    Bytes in_place = plaintext;
    in_place.resize(size + aead_tag_size);
    REQUIRE(sealer.seal(nonce_of(nonce), aad, ByteView{in_place}.first(size), in_place));
    CHECK(in_place == apart);
    REQUIRE(opener.open(nonce_of(nonce), aad, in_place, in_place).value() == size);
    in_place.resize(size);
    CHECK(in_place == plaintext);
  }
}

TEST_CASE("aead: associated data in two pieces is the same as in one") {
  auto [sealer, opener] = make_pair();
  const Bytes nonce(12, 7), aad = hex("000102030405060708090a0b0c0d0e0f1011121314"), plaintext(50, 1);
  Bytes whole(66), split(66), back(50);
  REQUIRE(sealer.seal(nonce_of(nonce), aad, plaintext, whole));
  for (std::size_t cut = 0; cut <= aad.size(); ++cut) {
    const Aad pieces{ByteView{aad}.first(cut), ByteView{aad}.subspan(cut)};
    REQUIRE(sealer.seal(nonce_of(nonce), pieces, plaintext, split));
    CHECK(split == whole);
    CHECK(opener.open(nonce_of(nonce), pieces, whole, back));
  }
}

TEST_CASE("aead: a packet gathered from header, prefix and shared payload equals one sealed whole") {
  SeededRandom random{2};
  auto [sealer, opener] = make_pair();
  for (const std::size_t prefix_size : {0U, 1U, 2U, 6U, 15U, 16U, 17U}) {
    for (const std::size_t payload_size : {0U, 1U, 9U, 10U, 14U, 15U, 16U, 31U, 700U, 1180U}) {
      Bytes nonce(12), header(20), prefix(prefix_size), payload(payload_size);
      random.fill(nonce);
      random.fill(header);
      random.fill(prefix);
      random.fill(payload);
      const Bytes payload_before = payload;
      Bytes packet(header.size() + prefix_size + payload_size + aead_tag_size);
      REQUIRE(sealer.seal_packet(nonce_of(nonce), header, prefix, payload, packet).value() == packet.size());
      CHECK(payload == payload_before);
      Bytes whole = prefix;
      append(whole, payload);
      Bytes sealed(whole.size() + aead_tag_size);
      REQUIRE(sealer.seal(nonce_of(nonce), header, whole, sealed));
      Bytes expected_packet = header;
      append(expected_packet, sealed);
      CHECK(packet == expected_packet);
      // The header may stand in the output already.
      Bytes again(packet.size());
      std::ranges::copy(header, again.begin());
      REQUIRE(sealer.seal_packet(nonce_of(nonce), ByteView{again}.first(header.size()), prefix, payload, again));
      CHECK(again == packet);
    }
  }
}

TEST_CASE("aead: any changed bit of ciphertext, tag, associated data or nonce is refused, and leaves zeros") {
  auto [sealer, opener] = make_pair();
  const Bytes nonce(12, 3), aad(9, 5), plaintext(33, 0xEE);
  Bytes sealed(49);
  REQUIRE(sealer.seal(nonce_of(nonce), aad, plaintext, sealed));
  const auto refused = [&](const Bytes& n, const Bytes& a, const Bytes& s) {
    Bytes out(33, 0xCC);
    const auto result = opener.open(nonce_of(n), a, s, out);
    return !result && result.error() == CryptoError::authentication_failed && out == Bytes(33, 0);
  };
  const auto flipped = [](Bytes bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
    return bytes;
  };
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) CHECK(refused(nonce, aad, flipped(sealed, bit)));
  for (std::size_t bit = 0; bit < aad.size() * 8; ++bit) CHECK(refused(nonce, flipped(aad, bit), sealed));
  for (std::size_t bit = 0; bit < nonce.size() * 8; ++bit) CHECK(refused(flipped(nonce, bit), aad, sealed));
  Bytes out(33);
  CHECK(opener.open(nonce_of(nonce), aad, sealed, out));  // a refusal does not spoil the context
}

TEST_CASE("aead: what is shorter than a tag, or has none, is refused") {
  auto [sealer, opener] = make_pair();
  const Bytes nonce(12, 3);
  Bytes out(64);
  for (std::size_t size = 0; size < aead_tag_size; ++size) {
    const auto result = opener.open(nonce_of(nonce), {}, Bytes(size, 0), out);
    REQUIRE_FALSE(result);
    CHECK(result.error() == CryptoError::authentication_failed);
  }
  Bytes sealed(20 + aead_tag_size);
  REQUIRE(sealer.seal(nonce_of(nonce), {}, Bytes(20, 1), sealed));
  CHECK_FALSE(opener.open(nonce_of(nonce), {}, ByteView{sealed}.first(20), out));  // the tag cut off
  CHECK_FALSE(opener.open(nonce_of(nonce), {}, ByteView{sealed}.first(35), out));
}

TEST_CASE("aead: wrong key sizes and small outputs are refused before anything is written") {
  for (const std::size_t size : {0U, 15U, 17U, 24U, 31U, 33U}) {
    CHECK(AeadSealer::create(AeadAlgorithm::aes_256_gcm, Bytes(size, 1)).error() == CryptoError::bad_key_size);
    CHECK(AeadOpener::create(AeadAlgorithm::aes_128_gcm, Bytes(size, 1)).error() == CryptoError::bad_key_size);
  }
  CHECK(AeadSealer::create(AeadAlgorithm::aes_256_gcm, Bytes(16, 1)).error() == CryptoError::bad_key_size);
  auto [sealer, opener] = make_pair();
  const Bytes nonce(12, 1), plaintext(10, 2);
  Bytes small(25, 0xAA);
  CHECK(sealer.seal(nonce_of(nonce), {}, plaintext, small).error() == CryptoError::buffer_too_small);
  CHECK(sealer.seal_packet(nonce_of(nonce), Bytes(12, 0), {}, plaintext, small).error() ==
        CryptoError::buffer_too_small);
  CHECK(opener.open(nonce_of(nonce), {}, Bytes(60, 0), small).error() == CryptoError::buffer_too_small);
  CHECK(small == Bytes(25, 0xAA));
}

TEST_CASE("aead: a refusal leaves nothing in the error queue that a TLS connection would take for its own") {
  auto [sealer, opener] = make_pair();
  Bytes out(64);
  CHECK_FALSE(opener.open(nonce_of(Bytes(12, 3)), {}, Bytes(40, 0), out));
  CHECK(ERR_peek_error() == 0);
}

}  // namespace
}  // namespace sealhall::crypto
