#include "core/srtp/sender.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/srtp/test_access.h"

namespace sealhall::srtp {
namespace {

Bytes hex(std::string_view text) {
  auto bytes = from_hex(text);
  REQUIRE(bytes);
  return *bytes;
}

struct PacketCase {
  Profile profile;
  std::string_view key_and_salt;
  std::string_view srtp;
  std::string_view srtcp;
};

// Whole packets under master keys, made by another implementation (see ../shared/vectors/srtp): the RTCP index is 1.
constexpr std::string_view plain_rtp = "800f1234decafbadcafebabeabababababababababababababababab";
constexpr std::string_view plain_rtcp = "81c8000bcafebabeabababababababababababababababab";
constexpr std::array<PacketCase, 3> cases{
    PacketCase{Profile::aes_cm_128_hmac_sha1_80, "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6",
               "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
               "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"},
    PacketCase{Profile::aead_aes_128_gcm, "000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab",
               "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
               "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001"},
    PacketCase{Profile::aes_256_cm_hmac_sha1_80,
               "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b63b04803de51ee7c96423ab5b78d2",
               "800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b", ""}};

SrtpSender sender_of(const PacketCase& c) {
  const Bytes material = hex(c.key_and_salt);
  const auto master = split_key_and_salt(c.profile, material);
  REQUIRE(master);
  auto sender = SrtpSender::create(c.profile, *master);
  REQUIRE(sender);
  return std::move(*sender);
}

SrtpSender gcm_sender(std::size_t max_ssrcs = SrtpSender::default_max_ssrcs) {
  const Bytes key(32, 7);
  const Bytes salt(12, 9);
  auto sender = SrtpSender::create(Profile::aead_aes_256_gcm, {key, salt}, max_ssrcs);
  REQUIRE(sender);
  return std::move(*sender);
}

Bytes header(std::uint16_t sequence_number, std::uint32_t ssrc = 1) {
  Bytes h = hex("806000000000000000000000");
  store_u16(&h[2], sequence_number);
  store_u32(&h[8], ssrc);
  return h;
}

expected<std::size_t, SrtpError> send(SrtpSender& sender, std::uint16_t sequence_number, std::uint32_t ssrc = 1) {
  const Bytes payload = {1, 2, 3};
  std::array<std::uint8_t, 64> out{};
  return sender.protect(header(sequence_number, ssrc), payload, out);
}

TEST_CASE("srtp sender: whole packets under known master keys, out of place and in place") {
  for (const PacketCase& c : cases) {
    CAPTURE(std::string{name(c.profile)});
    const Bytes plain = hex(plain_rtp);
    Bytes out(plain.size() + rtp_overhead(c.profile));
    SrtpSender first = sender_of(c);
    REQUIRE(first.protect(ByteView{plain}.first(12), ByteView{plain}.subspan(12), out) == out.size());
    CHECK(to_hex(out) == c.srtp);
    SrtpSender second = sender_of(c);
    Bytes in_place = plain;
    in_place.resize(out.size());
    REQUIRE(second.protect_in_place(in_place, plain.size()) == out.size());
    CHECK(to_hex(in_place) == c.srtp);
    if (c.srtcp.empty()) continue;
    TestAccess::set_next_rtcp_index(first, 1);
    TestAccess::set_next_rtcp_index(second, 1);
    const Bytes rtcp = hex(plain_rtcp);
    Bytes rtcp_out(rtcp.size() + rtcp_overhead(c.profile));
    REQUIRE(first.protect_rtcp(rtcp, rtcp_out) == rtcp_out.size());
    CHECK(to_hex(rtcp_out) == c.srtcp);
    Bytes rtcp_in_place = rtcp;
    rtcp_in_place.resize(rtcp_out.size());
    REQUIRE(second.protect_rtcp(MutableBytes{rtcp_in_place}.first(rtcp.size()), rtcp_in_place) == rtcp_out.size());
    CHECK(to_hex(rtcp_in_place) == c.srtcp);
  }
}

TEST_CASE("srtp sender: header extension and CSRCs stay in the clear when a packet is protected in place") {
  const Bytes plain = hex("916000010000000200000003aaaaaaaabede00011001000011223344");
  for (const PacketCase& c : cases) {
    SrtpSender sender = sender_of(c);
    Bytes buffer = plain;
    buffer.resize(plain.size() + rtp_overhead(c.profile));
    REQUIRE(sender.protect_in_place(buffer, plain.size()) == buffer.size());
    CHECK(equal(ByteView{buffer}.first(24), ByteView{plain}.first(24)));
    CHECK_FALSE(equal(ByteView{buffer}.subspan(24, 4), ByteView{plain}.subspan(24)));
  }
}

TEST_CASE("srtp sender: no index is used twice, and order does not matter within the window") {
  SrtpSender sender = gcm_sender();
  CHECK(send(sender, 1000));
  CHECK(send(sender, 1000).error() == SrtpError::index_reused);
  CHECK(send(sender, 1002));
  CHECK(send(sender, 1001));
  CHECK(send(sender, 1001).error() == SrtpError::index_reused);
  CHECK(send(sender, 1002 - 511));
  CHECK(send(sender, 1002 - 512).error() == SrtpError::index_reused);
  CHECK(send(sender, 1000, 2));  // another SSRC has indices of its own
}

TEST_CASE("srtp sender: the same number a cycle later is another index") {
  SrtpSender sender = gcm_sender();
  const Bytes payload(20, 5);
  Bytes first(48);
  Bytes second(48);
  REQUIRE(sender.protect(header(7), payload, first));
  for (std::uint32_t n = 8; n < 0x10007; n += 1000) REQUIRE(send(sender, static_cast<std::uint16_t>(n)));
  REQUIRE(sender.protect(header(7), payload, second));
  CHECK_FALSE(equal(first, second));
}

TEST_CASE("srtp sender: a packet that failed may be sent again") {
  SrtpSender sender = gcm_sender();
  std::array<std::uint8_t, 64> out{};
  const Bytes payload(30, 1);
  CHECK(sender.protect(header(5), payload, MutableBytes{out}.first(57)).error() == SrtpError::buffer_too_small);
  CHECK(sender.protect(header(5), payload, MutableBytes{out}.first(58)));
  const Bytes rtcp = hex("80c9000100000009");
  CHECK(sender.protect_rtcp(rtcp, MutableBytes{out}.first(27)).error() == SrtpError::buffer_too_small);
  REQUIRE(sender.protect_rtcp(rtcp, MutableBytes{out}.first(28)));
  CHECK(load_u32(&out[24]) == 0x80000000);  // the first index is zero
}

TEST_CASE("srtp sender: what is no RTP or RTCP packet is refused") {
  SrtpSender sender = gcm_sender();
  Bytes buffer(100);
  CHECK(sender.protect({}, {}, buffer).error() == SrtpError::malformed);
  CHECK(sender.protect(hex("8060000000000000000000"), {}, buffer).error() == SrtpError::malformed);
  CHECK(sender.protect(hex("406000000000000000000000"), {}, buffer).error() == SrtpError::malformed);
  CHECK(sender.protect_in_place(buffer, 12).error() == SrtpError::malformed);
  CHECK(sender.protect_in_place(buffer, 101).error() == SrtpError::buffer_too_small);
  buffer[0] = 0x8F;  // 15 CSRCs that are not there
  CHECK(sender.protect_in_place(buffer, 71).error() == SrtpError::malformed);
  CHECK(sender.protect_in_place(buffer, 72));
  buffer[0] = 0x90;
  buffer[14] = 0;
  buffer[15] = 9;
  CHECK(sender.protect_in_place(buffer, 51).error() == SrtpError::malformed);
  buffer[0] = 0x90;
  CHECK(sender.protect_in_place(buffer, 15).error() == SrtpError::malformed);
  CHECK(sender.protect_rtcp(hex("80c90001000000"), buffer).error() == SrtpError::malformed);
  CHECK(sender.protect_rtcp(hex("40c9000100000009"), buffer).error() == SrtpError::malformed);
}

TEST_CASE("srtp sender: a header alone, without payload, is protected too") {
  SrtpSender sender = gcm_sender();
  std::array<std::uint8_t, 28> out{};
  CHECK(sender.protect(header(1), {}, out) == 28U);
  CHECK(sender.protect_in_place(out, 12).error() == SrtpError::index_reused);
}

TEST_CASE("srtp sender: stops at the limit of SSRCs, and those that are known go on") {
  SrtpSender sender = gcm_sender(3);
  for (std::uint32_t ssrc = 1; ssrc <= 3; ++ssrc) CHECK(send(sender, 1, ssrc));
  CHECK(send(sender, 1, 4).error() == SrtpError::too_many_ssrcs);
  CHECK(send(sender, 2, 3));
}

TEST_CASE("srtp sender: a key ends with 2^48 packets and with 2^31 reports") {
  SrtpSender sender = gcm_sender();
  TestAccess::mark_sent(sender, 1, max_packet_index - 1);
  CHECK(send(sender, 0xFFFF));
  CHECK(send(sender, 0).error() == SrtpError::key_exhausted);
  TestAccess::set_next_rtcp_index(sender, 0x7FFFFFFF);
  std::array<std::uint8_t, 64> out{};
  CHECK(sender.protect_rtcp(hex("80c9000100000009"), out));
  CHECK(sender.protect_rtcp(hex("80c9000100000009"), out).error() == SrtpError::key_exhausted);
}

TEST_CASE("srtp sender: keys of another size than the profile's are refused") {
  const Bytes key(16, 1);
  const Bytes salt(12, 1);
  CHECK(SrtpSender::create(Profile::aead_aes_256_gcm, {key, salt}).error() == SrtpError::bad_key);
  CHECK(SrtpSender::create(Profile::aes_cm_128_hmac_sha1_80, {key, salt}).error() == SrtpError::bad_key);
  CHECK(SrtpSender::create(Profile::aead_aes_128_gcm, {key, salt}));
}

}  // namespace
}  // namespace sealhall::srtp
