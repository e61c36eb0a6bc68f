#include "core/srtp/receiver.h"

#include <doctest/doctest.h>

#include "core/base/random.h"
#include "core/srtp/sender.h"
#include "core/srtp/test_access.h"

namespace sealhall::srtp {
namespace {

constexpr std::array<Profile, 4> profiles{Profile::aead_aes_256_gcm, Profile::aead_aes_128_gcm,
                                          Profile::aes_cm_128_hmac_sha1_80, Profile::aes_256_cm_hmac_sha1_80};

// Both ends of one direction.
struct Pair {
  explicit Pair(Profile profile, std::size_t max_ssrcs = 128, std::uint8_t seed = 1)
      : material(make_material(profile, seed)),
        sender(*SrtpSender::create(profile, *split_key_and_salt(profile, material))),
        receiver(*SrtpReceiver::create(profile, *split_key_and_salt(profile, material), max_ssrcs)) {}

  static Bytes make_material(Profile profile, std::uint8_t seed) {
    Bytes bytes(key_size(profile) + salt_size(profile));
    SeededRandom random{seed};
    random.fill(bytes);
    return bytes;
  }

  Bytes protect(std::uint16_t sequence_number, std::uint32_t ssrc = 1, std::size_t payload_size = 40) {
    Bytes packet(12 + payload_size, 0x5A);
    packet[0] = 0x80;
    packet[1] = 0x60;
    store_u16(&packet[2], sequence_number);
    store_u32(&packet[8], ssrc);
    const std::size_t plain = packet.size();
    packet.resize(plain + rtp_overhead(sender.profile()));
    REQUIRE(sender.protect_in_place(packet, plain) == packet.size());
    return packet;
  }
  Bytes protect_rtcp(std::uint32_t ssrc = 1) {
    Bytes packet = {0x80, 0xC9, 0, 2, 0, 0, 0, 0, 1, 2, 3, 4};
    store_u32(&packet[4], ssrc);
    const std::size_t plain = packet.size();
    packet.resize(plain + rtcp_overhead(sender.profile()));
    REQUIRE(sender.protect_rtcp(MutableBytes{packet}.first(plain), packet) == packet.size());
    return packet;
  }
  // Works on a copy, as a packet that came twice would.
  expected<std::size_t, SrtpError> receive(Bytes packet) { return receiver.unprotect(packet); }
  expected<std::size_t, SrtpError> receive_rtcp(Bytes packet) { return receiver.unprotect_rtcp(packet); }

  Bytes material;
  SrtpSender sender;
  SrtpReceiver receiver;
};

TEST_CASE("srtp receiver: gives back what was sent, for all profiles and sizes") {
  for (const Profile profile : profiles) {
    Pair pair{profile};
    for (std::uint16_t n = 0; n < 200; ++n) {
      Bytes packet = pair.protect(n, 1, n);
      const auto size = pair.receiver.unprotect(packet);
      REQUIRE(size == 12U + n);
      for (std::size_t i = 12; i < *size; ++i) REQUIRE(packet[i] == 0x5A);
    }
    for (int n = 0; n < 10; ++n) {
      Bytes packet = pair.protect_rtcp();
      REQUIRE(pair.receiver.unprotect_rtcp(packet) == 12U);
      CHECK(packet[11] == 4);
    }
  }
}

TEST_CASE("srtp receiver: every packet once, out of order within the window") {
  for (const Profile profile : profiles) {
    Pair pair{profile};
    std::vector<Bytes> packets;
    for (std::uint16_t n = 100; n < 300; ++n) packets.push_back(pair.protect(n));
    CHECK(pair.receive(packets[150]) == 52U);
    CHECK(pair.receive(packets[150]).error() == SrtpError::replayed);
    for (std::size_t i = 0; i < packets.size(); ++i) {
      if (i != 150) CHECK(pair.receive(packets[i]) == 52U);
    }
    for (const Bytes& packet : packets) CHECK(pair.receive(packet).error() == SrtpError::replayed);
    const Bytes report = pair.protect_rtcp();
    CHECK(pair.receive_rtcp(report) == 12U);
    CHECK(pair.receive_rtcp(report).error() == SrtpError::replayed);
  }
}

TEST_CASE("srtp receiver: packets behind the window are refused unseen") {
  Pair pair{Profile::aead_aes_256_gcm};
  const Bytes early = pair.protect(1);
  const Bytes edge = pair.protect(2);
  REQUIRE(pair.receive(pair.protect(300)));
  REQUIRE(pair.receive(pair.protect(600)));
  REQUIRE(pair.receive(pair.protect(1025)));
  CHECK(pair.receive(early).error() == SrtpError::too_old);
  CHECK(pair.receive(edge) == 52U);
  std::vector<Bytes> reports;
  for (int i = 0; i < 130; ++i) reports.push_back(pair.protect_rtcp());
  CHECK(pair.receive_rtcp(reports[129]));
  CHECK(pair.receive_rtcp(reports[1]).error() == SrtpError::too_old);
  CHECK(pair.receive_rtcp(reports[2]));
}

TEST_CASE("srtp receiver: any flipped bit of a packet is refused and changes nothing") {
  for (const Profile profile : profiles) {
    Pair pair{profile};
    REQUIRE(pair.receive(pair.protect(100)));
    const Bytes packet = pair.protect(101, 1, 10);
    for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
      Bytes flipped = packet;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1U << (bit % 8));
      CHECK_FALSE(pair.receive(flipped));
    }
    CHECK(pair.receiver.ssrc_count() == 1);
    CHECK(pair.receive(packet) == 22U);
    const Bytes report = pair.protect_rtcp();
    for (std::size_t bit = 0; bit < report.size() * 8; ++bit) {
      Bytes flipped = report;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1U << (bit % 8));
      CHECK_FALSE(pair.receive_rtcp(flipped));
    }
    CHECK(pair.receiver.ssrc_count() == 1);
    CHECK(pair.receive_rtcp(report) == 12U);
  }
}

TEST_CASE("srtp receiver: any cut of a packet is refused") {
  for (const Profile profile : profiles) {
    Pair pair{profile};
    const Bytes packet = pair.protect(1, 1, 20);
    const Bytes report = pair.protect_rtcp();
    for (std::size_t n = 0; n < packet.size(); ++n) {
      CHECK_FALSE(pair.receive(Bytes{packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(n)}));
    }
    for (std::size_t n = 0; n < report.size(); ++n) {
      CHECK_FALSE(pair.receive_rtcp(Bytes{report.begin(), report.begin() + static_cast<std::ptrdiff_t>(n)}));
    }
    CHECK(pair.receiver.ssrc_count() == 0);
  }
}

TEST_CASE("srtp receiver: packets of another key, of the other kind, and plain packets are refused") {
  for (const Profile profile : profiles) {
    Pair pair{profile};
    Pair other{profile, 128, 2};
    CHECK(pair.receive(other.protect(1)).error() == SrtpError::authentication_failed);
    CHECK(pair.receive_rtcp(other.protect_rtcp()).error() == SrtpError::authentication_failed);
    CHECK_FALSE(pair.receive(pair.protect_rtcp()));
    Bytes plain(100, 0x80);
    plain[0] = 0x80;
    CHECK_FALSE(pair.receive(plain));
    CHECK(pair.receiver.ssrc_count() == 0);
  }
}

TEST_CASE("srtp receiver: SRTCP without the encryption bit is refused before anything else") {
  for (const Profile profile : profiles) {
    Pair pair{profile};
    Bytes report = pair.protect_rtcp();
    const std::size_t word = is_aead(profile) ? report.size() - 4 : report.size() - 14;
    report[word] &= 0x7F;
    CHECK(pair.receive_rtcp(report).error() == SrtpError::unencrypted);
  }
}

TEST_CASE("srtp receiver: what is no packet at all is malformed") {
  Pair pair{Profile::aead_aes_256_gcm};
  CHECK(pair.receive({}).error() == SrtpError::malformed);
  CHECK(pair.receive(Bytes(27, 0x80)).error() == SrtpError::malformed);
  CHECK(pair.receive(Bytes(100, 0x40)).error() == SrtpError::malformed);
  Bytes extension(40, 0);
  extension[0] = 0x90;
  extension[15] = 4;  // header of 32 bytes: no room for a tag
  CHECK(pair.receive(extension).error() == SrtpError::malformed);
  CHECK(pair.receive_rtcp(Bytes(27, 0x80)).error() == SrtpError::malformed);
  CHECK(pair.receive_rtcp(Bytes(100, 0x40)).error() == SrtpError::malformed);
}

TEST_CASE("srtp receiver: follows the rollover counter over three wraps with loss, reordering and duplicates") {
  for (const Profile profile : {Profile::aead_aes_256_gcm, Profile::aes_cm_128_hmac_sha1_80}) {
    Pair pair{profile};
    SeededRandom random{6};
    std::vector<Bytes> held;
    std::uint32_t delivered = 0;
    std::uint32_t sent = 0;
    for (std::uint32_t n = 30'000; n < 30'000 + 3 * 65536; n += 1 + static_cast<std::uint32_t>(random.below(12))) {
      Bytes packet = pair.protect(static_cast<std::uint16_t>(n), 1, 4);
      ++sent;
      if (random.chance(0.2)) {
        held.push_back(std::move(packet));
      } else {
        REQUIRE(pair.receive(packet));
        ++delivered;
        if (random.chance(0.1)) CHECK(pair.receive(packet).error() == SrtpError::replayed);
      }
      if (held.size() > 10) {
        for (const Bytes& late : held) {
          REQUIRE(pair.receive(late));
          ++delivered;
        }
        held.clear();
      }
    }
    CHECK(delivered + held.size() == sent);
  }
}

TEST_CASE("srtp receiver: a packet from before the first index cannot be told from a replay") {
  Pair pair{Profile::aead_aes_256_gcm};
  REQUIRE(pair.receive(pair.protect(5)));
  Bytes forged = pair.protect(6);
  store_u16(&forged[2], 65000);
  CHECK(pair.receive(forged).error() == SrtpError::too_old);
}

TEST_CASE("srtp receiver: packets of an index beyond 2^16 carry the rollover counter in nonce and tag") {
  for (const Profile profile : profiles) {
    Pair pair{profile};
    constexpr std::uint64_t index = (std::uint64_t{0x12345678} << 16) | 100;
    TestAccess::mark_sent(pair.sender, 1, index);
    TestAccess::mark_received(pair.receiver, 1, index);
    CHECK(pair.receive(pair.protect(101)) == 52U);
    // A receiver that believes in another cycle cannot open it.
    SrtpReceiver other = *SrtpReceiver::create(profile, *split_key_and_salt(profile, pair.material));
    TestAccess::mark_received(other, 1, index + 0x10000);
    Bytes packet = pair.protect(102);
    CHECK(other.unprotect(packet).error() == SrtpError::authentication_failed);
  }
}

TEST_CASE("srtp receiver: a forger cannot make it remember SSRCs, a peer only up to the limit") {
  Pair pair{Profile::aead_aes_256_gcm, 4};
  SeededRandom random{12};
  for (int i = 0; i < 1000; ++i) {
    Bytes forged = pair.protect(static_cast<std::uint16_t>(i), 77);
    store_u32(&forged[8], random.u32());
    CHECK_FALSE(pair.receive(forged));
  }
  CHECK(pair.receiver.ssrc_count() == 0);
  for (std::uint32_t ssrc = 1; ssrc <= 4; ++ssrc) CHECK(pair.receive(pair.protect(1, ssrc)));
  CHECK(pair.receive(pair.protect(1, 5)).error() == SrtpError::too_many_ssrcs);
  CHECK(pair.receive_rtcp(pair.protect_rtcp(6)).error() == SrtpError::too_many_ssrcs);
  CHECK(pair.receive(pair.protect(2, 4)));
  CHECK(pair.receive_rtcp(pair.protect_rtcp(4)));
  CHECK(pair.receiver.ssrc_count() == 4);
}

TEST_CASE("srtp receiver: RTCP of an SSRC before its first RTP packet does not set the rollover counter") {
  Pair pair{Profile::aead_aes_256_gcm};
  for (int i = 0; i < 5; ++i) REQUIRE(pair.receive_rtcp(pair.protect_rtcp(9)));
  CHECK(pair.receive(pair.protect(60000, 9)) == 52U);
}

}  // namespace
}  // namespace sealhall::srtp
