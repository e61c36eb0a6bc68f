#include "core/srtp/key_derivation.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::srtp {
namespace {

SessionKeys derived(Profile profile, std::string_view key, std::string_view salt, PacketKind kind) {
  const auto key_bytes = from_hex(key);
  const auto salt_bytes = from_hex(salt);
  REQUIRE(key_bytes);
  REQUIRE(salt_bytes);
  auto keys = derive_session_keys(profile, {*key_bytes, *salt_bytes}, kind);
  REQUIRE(keys);
  return std::move(*keys);
}

TEST_CASE("srtp keys: the values of RFC 3711 appendix B.3") {
  const SessionKeys keys = derived(Profile::aes_cm_128_hmac_sha1_80, "E1F97A0D3E018BE0D64FA32C06DE4139",
                                   "0EC675AD498AFEEBB6960B3AABE6", PacketKind::rtp);
  CHECK(to_hex(keys.cipher_key.reveal()) == "c61e7a93744f39ee10734afe3ff7a087");
  CHECK(to_hex(keys.salt.reveal()) == "30cbbc08863d8c85d49db34a9ae1");
  CHECK(to_hex(keys.auth_key.reveal()) == "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
}

TEST_CASE("srtp keys: the values of RFC 6188 section 7.2") {
  const SessionKeys keys =
      derived(Profile::aes_256_cm_hmac_sha1_80, "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
              "3b04803de51ee7c96423ab5b78d2", PacketKind::rtp);
  CHECK(to_hex(keys.cipher_key.reveal()) == "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4");
  CHECK(to_hex(keys.salt.reveal()) == "fa31791685ca444a9e07c6c64e93");
  CHECK(to_hex(keys.auth_key.reveal()) == "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05");
}

TEST_CASE("srtp keys: SRTCP has keys of its own, and AEAD profiles have no authentication key") {
  const Bytes material(32, 0x42);
  for (const Profile profile : {Profile::aes_cm_128_hmac_sha1_80, Profile::aead_aes_128_gcm, Profile::aead_aes_256_gcm,
                                Profile::aes_256_cm_hmac_sha1_80}) {
    const MasterKey master{ByteView{material}.first(key_size(profile)), ByteView{material}.first(salt_size(profile))};
    const auto rtp = derive_session_keys(profile, master, PacketKind::rtp);
    const auto rtcp = derive_session_keys(profile, master, PacketKind::rtcp);
    REQUIRE(rtp);
    REQUIRE(rtcp);
    CHECK_FALSE(rtp->cipher_key == rtcp->cipher_key);
    CHECK_FALSE(rtp->salt == rtcp->salt);
    CHECK(rtp->cipher_key.size() == key_size(profile));
    CHECK(rtp->salt.size() == salt_size(profile));
    CHECK(rtp->auth_key.size() == (is_aead(profile) ? 0 : 20));
  }
}

TEST_CASE("srtp keys: a key or salt of another size than the profile's is refused") {
  const Bytes b(64, 1);
  const auto error_of = [&](Profile profile, std::size_t key, std::size_t salt) {
    const auto keys = derive_session_keys(profile, {ByteView{b}.first(key), ByteView{b}.first(salt)}, PacketKind::rtp);
    return keys ? std::optional<SrtpError>{} : keys.error();
  };
  CHECK_FALSE(error_of(Profile::aead_aes_256_gcm, 32, 12));
  CHECK(error_of(Profile::aead_aes_256_gcm, 16, 12) == SrtpError::bad_key);
  CHECK(error_of(Profile::aead_aes_256_gcm, 32, 14) == SrtpError::bad_key);
  CHECK(error_of(Profile::aes_cm_128_hmac_sha1_80, 16, 12) == SrtpError::bad_key);
  CHECK(error_of(Profile::aes_cm_128_hmac_sha1_80, 0, 0) == SrtpError::bad_key);
}

}  // namespace
}  // namespace sealhall::srtp
