#include <doctest/doctest.h>

#include <map>
#include <string>

#include "core/crypto/aead.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/hash.h"
#include "core/crypto/hkdf.h"
#include "core/crypto/p256.h"
#include "core/crypto/x25519.h"
#include "tests/support/vectors_json.h"

namespace sealhall {
namespace {

using namespace crypto;
using boost::json::value;
using test::hex_of;
using test::number_of;

/// Runs every case of a file through `check(group, case)`, which returns why a case does not fit, or nothing when it
/// ran.
template <class Check>
void run_file(const std::string& file, int wanted, Check check) {
  const auto vectors = test::load_vectors("wycheproof/" + file);
  if (!vectors) return;
  int ran = 0;
  std::map<std::string, int> left_out;
  for (const auto& group : vectors->at("testGroups").as_array()) {
    for (const auto& c : group.at("tests").as_array()) {
      INFO(file, " tcId ", number_of(c, "tcId"));
      const std::string why = check(group, c);
      if (why.empty()) {
        ++ran;
      } else {
        ++left_out[why];
      }
    }
  }
  MESSAGE(file, ": ", ran, " ran");
  for (const auto& [why, count] : left_out) MESSAGE("  ", count, " do not fit: ", why);
  CHECK(ran == wanted);
}

bool is_valid(const value& c) { return test::text_of(c, "result") == "valid"; }

TEST_CASE("wycheproof: AES-GCM") {
  run_file("aes_gcm_test.json", 133, [](const value&, const value& c) -> std::string {
    const Bytes key = hex_of(c, "key"), nonce = hex_of(c, "iv"), aad = hex_of(c, "aad"), message = hex_of(c, "msg");
    if (key.size() == 24) return "AES-192 is not offered";
    if (nonce.size() != aead_nonce_size) return "nonce is not 96 bits (other sizes are not offered)";
    const auto algorithm = key.size() == 16 ? AeadAlgorithm::aes_128_gcm : AeadAlgorithm::aes_256_gcm;
    Bytes sealed = hex_of(c, "ct");
    append(sealed, hex_of(c, "tag"));
    Bytes out(message.size());
    const auto opened =
        AeadOpener::create(algorithm, key)->open(AeadNonce{nonce.data(), aead_nonce_size}, aad, sealed, out);
    CHECK(opened.has_value() == is_valid(c));
    if (is_valid(c)) {
      CHECK(out == message);
      Bytes again(sealed.size());
      CHECK(AeadSealer::create(algorithm, key)->seal(AeadNonce{nonce.data(), aead_nonce_size}, aad, message, again));
      CHECK(again == sealed);
    } else {
      CHECK(out == Bytes(message.size(), 0));
    }
    return {};
  });
}

void run_hkdf(const std::string& file, int wanted, HashAlgorithm hash) {
  run_file(file, wanted, [hash](const value&, const value& c) -> std::string {
    const SecretBytes prk = hkdf_extract(hash, hex_of(c, "salt"), {hex_of(c, "ikm")});
    Bytes out(static_cast<std::size_t>(number_of(c, "size")));
    const auto expanded = hkdf_expand(hash, prk.reveal(), {hex_of(c, "info")}, out);
    CHECK(expanded.has_value() == is_valid(c));
    if (is_valid(c)) CHECK(out == hex_of(c, "okm"));
    return {};
  });
}

TEST_CASE("wycheproof: HKDF") {
  run_hkdf("hkdf_sha256_test.json", 86, HashAlgorithm::sha256);
  run_hkdf("hkdf_sha384_test.json", 83, HashAlgorithm::sha384);
  run_hkdf("hkdf_sha512_test.json", 83, HashAlgorithm::sha512);
}

void run_hmac(const std::string& file, int wanted, HashAlgorithm hash) {
  run_file(file, wanted, [hash](const value& group, const value& c) -> std::string {
    const auto tag_size = static_cast<std::size_t>(number_of(group, "tagSize") / 8);
    CHECK(Hmac{hash, hex_of(c, "key")}.verify({hex_of(c, "msg")}, hex_of(c, "tag"), tag_size) == is_valid(c));
    return {};
  });
}

TEST_CASE("wycheproof: HMAC") {
  run_hmac("hmac_sha1_test.json", 170, HashAlgorithm::sha1);
  run_hmac("hmac_sha256_test.json", 174, HashAlgorithm::sha256);
  run_hmac("hmac_sha384_test.json", 174, HashAlgorithm::sha384);
  run_hmac("hmac_sha512_test.json", 174, HashAlgorithm::sha512);
}

TEST_CASE("wycheproof: X25519") {
  run_file("x25519_test.json", 518, [](const value&, const value& c) -> std::string {
    const Bytes bytes = hex_of(c, "private");
    const auto key = X25519PrivateKey::from_bytes(std::span<const std::uint8_t, 32>{bytes.data(), 32});
    const auto secret = key.agree(hex_of(c, "public"));
    if (test::has_flag(c, "ZeroSharedSecret")) {
      CHECK((!secret && secret.error() == CryptoError::zero_shared_secret));
    } else {
      REQUIRE(secret);
      CHECK(equal(secret->reveal(), hex_of(c, "shared")));
    }
    return {};
  });
}

TEST_CASE("wycheproof: Ed25519") {
  run_file("ed25519_test.json", 151, [](const value& group, const value& c) -> std::string {
    const auto verified = ed25519_verify(hex_of(group.at("publicKey"), "pk"), hex_of(c, "msg"), hex_of(c, "sig"));
    CHECK(verified.has_value() == is_valid(c));
    return {};
  });
}

/// The scalar as 32 bytes: the file writes leading zeros as it likes.
Bytes scalar_of(Bytes bytes) {
  while (bytes.size() > 32 && bytes.front() == 0) bytes.erase(bytes.begin());
  while (bytes.size() < 32) bytes.insert(bytes.begin(), 0);
  return bytes;
}

TEST_CASE("wycheproof: ECDH on P-256") {
  run_file("ecdh_secp256r1_ecpoint_test.json", 354, [](const value&, const value& c) -> std::string {
    if (test::text_of(c, "result") == "acceptable") return "compressed points are not offered";
    const auto key = P256PrivateKey::from_scalar(scalar_of(hex_of(c, "private")));
    REQUIRE(key);
    const auto secret = key->agree(hex_of(c, "public"));
    CHECK(secret.has_value() == is_valid(c));
    if (secret) CHECK(equal(secret->reveal(), hex_of(c, "shared")));
    return {};
  });
}

TEST_CASE("wycheproof: ECDSA on P-256 with SHA-256") {
  run_file("ecdsa_secp256r1_sha256_test.json", 484, [](const value& group, const value& c) -> std::string {
    const auto verified =
        p256_verify(hex_of(group.at("publicKey"), "uncompressed"), hex_of(c, "msg"), hex_of(c, "sig"));
    CHECK(verified.has_value() == is_valid(c));
    return {};
  });
}

}  // namespace
}  // namespace sealhall
