#include "tests/lab/ecb2020.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/rtp/packet.h"

namespace sealhall::lab {
namespace {

std::array<std::uint8_t, 32> test_key() {
  std::array<std::uint8_t, 64> prk{};
  prk[0] = 7;
  return derive_ecb2020_key(prk);
}

TEST_CASE("ecb2020: the block cipher is AES-256 (NIST SP 800-38A F.1.5, first block)") {
  const auto key = *from_hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  // The length prefix stands in the first block, so the known block is put second: 12 bytes fill up the first.
  Bytes payload(12, 0);
  append(payload, *from_hex("6bc1bee22e409f96e93d7e117393172a"));
  const Bytes sealed = seal_ecb2020(std::span<const std::uint8_t, 32>{key}, payload);
  CHECK(to_hex(ByteView{sealed}.subspan(16, 16)) == "f3eed1bdb5d2a03c064b5a7e3db181f8");
}

TEST_CASE("ecb2020: what was sealed opens again, for every length") {
  for (std::size_t size = 0; size < 70; ++size) {
    const Bytes payload(size, 0x5a);
    const auto opened = open_ecb2020(test_key(), seal_ecb2020(test_key(), payload));
    REQUIRE(opened);
    CHECK(*opened == payload);
  }
}

TEST_CASE("ecb2020: why it was left behind: equal blocks look equal, and swapped blocks open without complaint") {
  Bytes payload(1200);
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = i < 600 ? 1 : 2;
  Bytes sealed = seal_ecb2020(test_key(), payload);
  CHECK(repeated_block_share(sealed) > 0.9);
  CHECK(repeated_block_share(seal_gcm(test_key(), 1, payload)) == 0.0);
  std::swap_ranges(sealed.begin() + 160, sealed.begin() + 176, sealed.begin() + 960);  // an attacker moves a block
  const auto opened = open_ecb2020(test_key(), sealed);
  REQUIRE(opened);
  CHECK(*opened != payload);
}

TEST_CASE("ecb2020: a packet's RTP header stays in the clear, and what follows does not depend on it") {
  const Bytes payload(100, 0x5a);
  const rtp::HeaderFields fields{
      .marker = true, .payload_type = 96, .sequence_number = 4711, .timestamp = 90'000, .ssrc = 0x01020304};
  Bytes header(12);
  REQUIRE(rtp::write_header(fields, header) == 12);
  Bytes packet = seal_packet_ecb2020(test_key(), fields, payload);
  CHECK(to_hex(ByteView{packet}.first(12)) == to_hex(header));
  const auto parsed = rtp::parse_packet(packet);
  REQUIRE(parsed);
  CHECK(parsed->sequence_number == 4711);
  CHECK(to_hex(parsed->payload) == to_hex(seal_ecb2020(test_key(), payload)));
  // An attacker sends it once more under the next number: it is what the meeting would have sent.
  store_u16(&packet[2], 4712);
  rtp::HeaderFields next = fields;
  next.sequence_number = 4712;
  CHECK(to_hex(packet) == to_hex(seal_packet_ecb2020(test_key(), next, payload)));
}

TEST_CASE("ecb2020: sizes that cannot be are refused") {
  CHECK(open_ecb2020(test_key(), Bytes{}).error() == Ecb2020Error::bad_size);
  CHECK(open_ecb2020(test_key(), Bytes(15)).error() == Ecb2020Error::bad_size);
}

}  // namespace
}  // namespace sealhall::lab
