#include <doctest/doctest.h>

#include <optional>

#include "core/srtp/key_derivation.h"
#include "core/srtp/packet_cipher.h"
#include "core/srtp/receiver.h"
#include "core/srtp/sender.h"
#include "core/srtp/test_access.h"
#include "tests/support/vectors_json.h"

namespace sealhall {
namespace {

using namespace srtp;
using test::hex_of;
using test::number_of;

const char* const file = "srtp/srtp-vectors.json";

std::optional<Profile> profile_of(std::string_view text) {
  for (const Profile profile : {Profile::aes_cm_128_hmac_sha1_80, Profile::aead_aes_128_gcm, Profile::aead_aes_256_gcm,
                                Profile::aes_256_cm_hmac_sha1_80}) {
    if (name(profile) == text) return profile;
  }
  return std::nullopt;
}

template <std::size_t N>
std::array<std::uint8_t, N> first_of(const Bytes& bytes) {
  REQUIRE(bytes.size() >= N);
  std::array<std::uint8_t, N> out{};
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

TEST_CASE("vectors: AES-CM keystreams of RFC 3711 and RFC 6188") {
  const auto vectors = test::load_vectors(file);
  if (!vectors) return;
  int ran = 0;
  for (const auto& c : vectors->at("aes_cm_keystream").as_array()) {
    const auto salt = first_of<14>(hex_of(c, "session_salt_shifted"));
    auto cipher = crypto::AesCtr::create(hex_of(c, "session_key")).value();
    const auto iv = cm_iv(salt, static_cast<std::uint32_t>(number_of(c, "ssrc")), number_of(c, "index"));
    const Bytes wanted = hex_of(c, "keystream_first_3_blocks");
    Bytes stream(wanted.size());
    REQUIRE(cipher.crypt(iv, stream, stream));
    CHECK(stream == wanted);
    ++ran;
  }
  MESSAGE("SRTP keystreams: ", ran);
  CHECK(ran == 2);
}

TEST_CASE("vectors: SRTP key derivation of RFC 3711 and RFC 6188") {
  const auto vectors = test::load_vectors(file);
  if (!vectors) return;
  int ran = 0;
  for (const auto& c : vectors->at("kdf").as_array()) {
    const Bytes key = hex_of(c, "master_key"), salt = hex_of(c, "master_salt");
    const Profile profile = key.size() == 16 ? Profile::aes_cm_128_hmac_sha1_80 : Profile::aes_256_cm_hmac_sha1_80;
    const auto keys = derive_session_keys(profile, {key, salt}, PacketKind::rtp);
    REQUIRE(keys);
    CHECK(equal(keys->cipher_key.reveal(), hex_of(c, "cipher_key_label0")));
    CHECK(equal(keys->auth_key.reveal(), hex_of(c, "auth_key_label1")));
    CHECK(equal(keys->salt.reveal(), hex_of(c, "cipher_salt_label2")));
    ++ran;
  }
  MESSAGE("SRTP key derivations: ", ran);
  CHECK(ran == 2);
}

TEST_CASE("vectors: SRTP and SRTCP with AES-GCM of RFC 7714, sealed, opened, and authenticated only") {
  const auto vectors = test::load_vectors(file);
  if (!vectors) return;
  int ran = 0;
  for (const auto& c : vectors->at("aead_gcm_rfc7714").as_array()) {
    const auto profile = profile_of(c.at("profile").as_string());
    REQUIRE(profile);
    const SessionKeys keys{SecretBytes{hex_of(c, "session_key")}, SecretBytes{hex_of(c, "session_salt")},
                           SecretBytes{}};
    auto sealer = PacketSealer::create(*profile, keys).value();
    auto opener = PacketOpener::create(*profile, keys).value();
    const Bytes rtp = hex_of(c, "rtp"), rtcp = hex_of(c, "rtcp");
    const std::uint32_t ssrc = load_u32(&rtp[8]);
    const std::uint64_t index = number_of(c, "roc") << 16 | load_u16(&rtp[2]);
    const auto rtcp_index = static_cast<std::uint32_t>(number_of(c, "srtcp_index"));

    Bytes out(rtp.size() + 16);
    REQUIRE(sealer.seal_rtp(ByteView{rtp}.first(12), {}, ByteView{rtp}.subspan(12), ssrc, index, out) == out.size());
    CHECK(out == hex_of(c, "srtp"));
    REQUIRE(opener.open_rtp(out, 12, ssrc, index) == rtp.size());
    CHECK(equal(ByteView{out}.first(rtp.size()), rtp));

    Bytes report(rtcp.size() + 20);
    REQUIRE(sealer.seal_rtcp(rtcp, load_u32(&rtcp[4]), rtcp_index, report) == report.size());
    CHECK(report == hex_of(c, "srtcp"));
    REQUIRE(opener.open_rtcp(report, load_u32(&rtcp[4]), rtcp_index) == rtcp.size());
    CHECK(equal(ByteView{report}.first(rtcp.size()), rtcp));

    // No profile here sends without encryption; the tags show nonce and associated data all the same.
    auto aead = crypto::AeadSealer::create(*profile == Profile::aead_aes_128_gcm ? crypto::AeadAlgorithm::aes_128_gcm
                                                                                 : crypto::AeadAlgorithm::aes_256_gcm,
                                           hex_of(c, "session_key"))
                    .value();
    const auto salt = first_of<12>(hex_of(c, "session_salt"));
    std::array<std::uint8_t, 16> tag{};
    REQUIRE(aead.seal(gcm_rtp_iv(salt, ssrc, index), rtp, {}, tag));
    CHECK(equal(tag, ByteView{hex_of(c, "srtp_auth_only")}.last(16)));
    std::array<std::uint8_t, 4> word{};
    store_u32(word.data(), rtcp_index);
    REQUIRE(aead.seal(gcm_rtcp_iv(salt, load_u32(&rtcp[4]), rtcp_index), crypto::Aad{rtcp, word}, {}, tag));
    CHECK(equal(tag, ByteView{hex_of(c, "srtcp_auth_only")}.subspan(rtcp.size(), 16)));
    ++ran;
  }
  MESSAGE("SRTP AES-GCM: ", ran);
  CHECK(ran == 2);
}

TEST_CASE("vectors: whole SRTP and SRTCP packets under master keys, sent and received") {
  const auto vectors = test::load_vectors(file);
  if (!vectors) return;
  int packets = 0;
  int reports = 0;
  for (const auto& c : vectors->at("packets_libsrtp").as_array()) {
    const auto profile = profile_of(c.at("profile").as_string());
    REQUIRE(profile);
    const Bytes material = hex_of(c, "master_key_and_salt");
    const auto master = split_key_and_salt(*profile, material);
    REQUIRE(master);
    auto sender = SrtpSender::create(*profile, *master).value();
    auto receiver = SrtpReceiver::create(*profile, *master).value();

    const Bytes rtp = hex_of(c, "rtp");
    Bytes out(rtp.size() + rtp_overhead(*profile));
    REQUIRE(sender.protect(ByteView{rtp}.first(12), ByteView{rtp}.subspan(12), out) == out.size());
    CHECK(out == hex_of(c, "srtp"));
    REQUIRE(receiver.unprotect(out) == rtp.size());
    CHECK(equal(ByteView{out}.first(rtp.size()), rtp));
    ++packets;

    if (c.as_object().contains("srtcp")) {
      const Bytes rtcp = hex_of(c, "rtcp");
      Bytes report(rtcp.size() + rtcp_overhead(*profile));
      TestAccess::set_next_rtcp_index(sender, 1);  // the maker of the vectors counts from one
      REQUIRE(sender.protect_rtcp(rtcp, report) == report.size());
      CHECK(report == hex_of(c, "srtcp"));
      REQUIRE(receiver.unprotect_rtcp(report) == rtcp.size());
      CHECK(equal(ByteView{report}.first(rtcp.size()), rtcp));
      ++reports;
    }
  }
  MESSAGE("SRTP packets: ", packets, ", SRTCP packets: ", reports);
  CHECK(packets == 3);
  CHECK(reports == 2);
}

}  // namespace
}  // namespace sealhall
