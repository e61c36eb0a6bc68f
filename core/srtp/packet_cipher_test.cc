#include "core/srtp/packet_cipher.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::srtp {
namespace {

Bytes hex(std::string_view text) {
  auto bytes = from_hex(text);
  REQUIRE(bytes);
  return *bytes;
}

SessionKeys session(std::string_view key, std::string_view salt, std::string_view auth = "") {
  return {SecretBytes{hex(key)}, SecretBytes{hex(salt)}, SecretBytes{hex(auth)}};
}

struct GcmCase {
  Profile profile;
  std::string_view key;
  std::string_view srtp;
  std::string_view srtcp;
};

// RFC 7714 sections 16 and 17: ROC 0, SRTCP index 0x5d4.
constexpr std::string_view gcm_salt = "517569642070726f2071756f";
constexpr std::string_view gcm_rtp =
    "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
constexpr std::string_view gcm_rtcp =
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
constexpr std::array<GcmCase, 2> gcm_cases{
    GcmCase{
        Profile::aead_aes_128_gcm, "000102030405060708090a0b0c0d0e0f",
        "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27"
        "beb16a9152cf765ee4390cce",
        "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84a"
        "a45896cf4d2fc5abf87245d9eade800005d4"},
    GcmCase{
        Profile::aead_aes_256_gcm, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36"
        "dfffd6b0f9bb7878d7a76c13",
        "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1e"
        "b30c4446839f57ff6f6cb26ac3be800005d4"}};

TEST_CASE("packet cipher: RFC 7714 section 16, SRTP with GCM, in every form of sealing and opened again") {
  for (const GcmCase& c : gcm_cases) {
    const SessionKeys keys = session(c.key, gcm_salt);
    auto sealer = PacketSealer::create(c.profile, keys);
    REQUIRE(sealer);
    const Bytes plain = hex(gcm_rtp);
    const ByteView header = ByteView{plain}.first(12);
    const ByteView payload = ByteView{plain}.subspan(12);
    // Every split into prefix and payload gives the same packet.
    for (std::size_t prefix = 0; prefix <= payload.size(); ++prefix) {
      Bytes out(plain.size() + 16);
      const auto size =
          sealer->seal_rtp(header, payload.first(prefix), payload.subspan(prefix), 0x5501a0b2, 0xf17b, out);
      REQUIRE(size == out.size());
      CHECK(to_hex(out) == c.srtp);
      Bytes small(plain.size() + 15);
      CHECK(
          sealer->seal_rtp(header, payload.first(prefix), payload.subspan(prefix), 0x5501a0b2, 0xf17b, small).error() ==
          SrtpError::buffer_too_small);
    }
    Bytes in_place = plain;
    in_place.resize(plain.size() + 16);
    const MutableBytes view{in_place};
    REQUIRE(sealer->seal_rtp(view.first(12), {}, view.subspan(12, payload.size()), 0x5501a0b2, 0xf17b, view));
    CHECK(to_hex(in_place) == c.srtp);

    auto opener = PacketOpener::create(c.profile, keys);
    REQUIRE(opener);
    REQUIRE(opener->open_rtp(in_place, 12, 0x5501a0b2, 0xf17b) == plain.size());
    CHECK(to_hex(ByteView{in_place}.first(plain.size())) == gcm_rtp);
  }
}

TEST_CASE("packet cipher: RFC 7714 section 17, SRTCP with GCM") {
  for (const GcmCase& c : gcm_cases) {
    const SessionKeys keys = session(c.key, gcm_salt);
    auto sealer = PacketSealer::create(c.profile, keys);
    auto opener = PacketOpener::create(c.profile, keys);
    REQUIRE(sealer);
    REQUIRE(opener);
    const Bytes plain = hex(gcm_rtcp);
    Bytes out(plain.size() + 20);
    REQUIRE(sealer->seal_rtcp(plain, 0x4d617273, 0x5d4, out) == out.size());
    CHECK(to_hex(out) == c.srtcp);
    REQUIRE(opener->open_rtcp(out, 0x4d617273, 0x5d4) == plain.size());
    CHECK(to_hex(ByteView{out}.first(plain.size())) == gcm_rtcp);
  }
}

TEST_CASE("packet cipher: RFC 7714 authentication-only forms agree in nonce and associated data") {
  // They are no profile of ours; they show that IV and AAD are built as the RFC says when nothing is encrypted.
  const GcmSalt salt = [] {
    GcmSalt s{};
    std::ranges::copy(hex(gcm_salt), s.begin());
    return s;
  }();
  auto aead = crypto::AeadSealer::create(crypto::AeadAlgorithm::aes_256_gcm, hex(gcm_cases[1].key));
  REQUIRE(aead);
  std::array<std::uint8_t, 16> tag{};
  REQUIRE(aead->seal(gcm_rtp_iv(salt, 0x5501a0b2, 0xf17b), hex(gcm_rtp), {}, tag));
  CHECK(to_hex(tag) == "a866d5910f887463067ceefec45215d4");
  const Bytes word = hex("000005d4");
  const Bytes rtcp = hex(gcm_rtcp);
  REQUIRE(aead->seal(gcm_rtcp_iv(salt, 0x4d617273, 0x5d4), crypto::Aad{rtcp, word}, {}, tag));
  CHECK(to_hex(tag) == "91db4afbfeee5a978fab4393ed2615fe");
}

TEST_CASE("packet cipher: the AES-CM keystreams of RFC 3711 appendix B.2 and RFC 6188 section 7.1") {
  struct Case {
    std::string_view key;
    std::string_view stream;
  };
  constexpr std::array<Case, 2> cases{
      Case{"2b7e151628aed2a6abf7158809cf4f3c",
           "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0"},
      Case{"57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
           "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31"}};
  std::array<std::uint8_t, 14> salt{};
  std::ranges::copy(hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd"), salt.begin());
  for (const Case& c : cases) {
    auto cipher = crypto::AesCtr::create(hex(c.key));
    REQUIRE(cipher);
    Bytes zeros(48);
    REQUIRE(cipher->crypt(cm_iv(salt, 0, 0), zeros, zeros));
    CHECK(to_hex(zeros) == c.stream);
  }
}

TEST_CASE("packet cipher: every part of the index and of the SSRC enters the initialisation vectors") {
  const GcmSalt zero12{};
  const std::array<std::uint8_t, 14> zero14{};
  CHECK(to_hex(gcm_rtp_iv(zero12, 0x01020304, 0x05060708090AULL)) == "00000102030405060708090a");
  CHECK(to_hex(gcm_rtcp_iv(zero12, 0x01020304, 0x75060708)) == "000001020304000075060708");
  CHECK(to_hex(cm_iv(zero14, 0x01020304, 0x05060708090AULL)) == "000000000102030405060708090a0000");
}

TEST_CASE("packet cipher: session keys that do not fit the profile are refused") {
  CHECK(PacketSealer::create(Profile::aead_aes_256_gcm, session("00", "00")).error() == SrtpError::bad_key);
  CHECK(PacketOpener::create(Profile::aes_cm_128_hmac_sha1_80,
                             session("000102030405060708090a0b0c0d0e0f", "f0f1f2f3f4f5f6f7f8f9fafbfcfd"))
            .error() == SrtpError::bad_key);
}

}  // namespace
}  // namespace sealhall::srtp
