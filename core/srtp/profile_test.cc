#include "core/srtp/profile.h"

#include <doctest/doctest.h>

#include "core/srtp/error.h"

namespace sealhall::srtp {
namespace {

TEST_CASE("srtp profile: sizes and names of RFC 5764, RFC 6188 and RFC 7714") {
  CHECK(name(Profile::aead_aes_256_gcm) == "AEAD_AES_256_GCM");
  CHECK(name(Profile::aead_aes_128_gcm) == "AEAD_AES_128_GCM");
  CHECK(name(Profile::aes_cm_128_hmac_sha1_80) == "AES_CM_128_HMAC_SHA1_80");
  CHECK(name(Profile::aes_256_cm_hmac_sha1_80) == "AES_256_CM_HMAC_SHA1_80");
  CHECK(static_cast<int>(Profile::aes_cm_128_hmac_sha1_80) == 1);
  CHECK(static_cast<int>(Profile::aead_aes_128_gcm) == 7);
  CHECK(static_cast<int>(Profile::aead_aes_256_gcm) == 8);
  CHECK(dtls_material_size(Profile::aead_aes_256_gcm) == 88);
  CHECK(dtls_material_size(Profile::aes_cm_128_hmac_sha1_80) == 60);
  CHECK(rtp_overhead(Profile::aead_aes_256_gcm) == 16);
  CHECK(rtcp_overhead(Profile::aead_aes_256_gcm) == 20);
  CHECK(rtp_overhead(Profile::aes_cm_128_hmac_sha1_80) == 10);
  CHECK(rtcp_overhead(Profile::aes_cm_128_hmac_sha1_80) == 14);
}

TEST_CASE("srtp profile: DTLS material is client key, server key, client salt, server salt") {
  Bytes material(88);
  for (std::size_t i = 0; i < material.size(); ++i) material[i] = static_cast<std::uint8_t>(i);
  const auto keys = split_dtls_material(Profile::aead_aes_256_gcm, material);
  REQUIRE(keys);
  CHECK(keys->client.key[0] == 0);
  CHECK(keys->client.key.size() == 32);
  CHECK(keys->server.key[0] == 32);
  CHECK(keys->server.key.size() == 32);
  CHECK(keys->client.salt[0] == 64);
  CHECK(keys->client.salt.size() == 12);
  CHECK(keys->server.salt[0] == 76);
  CHECK(keys->server.salt.size() == 12);
  material.push_back(0);
  CHECK_FALSE(split_dtls_material(Profile::aead_aes_256_gcm, material));
  CHECK_FALSE(split_dtls_material(Profile::aead_aes_128_gcm, ByteView{material}.first(88)));
}

TEST_CASE("srtp profile: key and salt in one piece") {
  const Bytes material(46, 1);
  CHECK(split_key_and_salt(Profile::aes_256_cm_hmac_sha1_80, material)->salt.size() == 14);
  CHECK(split_key_and_salt(Profile::aes_cm_128_hmac_sha1_80, ByteView{material}.first(30))->key.size() == 16);
  CHECK_FALSE(split_key_and_salt(Profile::aead_aes_256_gcm, material));
  CHECK_FALSE(split_key_and_salt(Profile::aead_aes_256_gcm, {}));
}

}  // namespace
}  // namespace sealhall::srtp
