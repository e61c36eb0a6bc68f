#include "core/rtp/packet.h"

#include <doctest/doctest.h>

#include "core/base/random.h"
#include "core/rtp/extensions.h"
#include "core/rtp/test_random.h"

namespace sealhall::rtp {
namespace {

// RFC 3550 section 5.1, byte by byte: V=2, no flags, M=1, PT=111, sequence 0x1234, timestamp, SSRC, payload "abc".
const Bytes plain = {0x80, 0xEF, 0x12, 0x34, 0x00, 0x01, 0x02, 0x03, 0xDE, 0xAD, 0xBE, 0xEF, 'a', 'b', 'c'};

Bytes with_extension(std::uint16_t profile, const Bytes& elements) {
  Bytes packet = {0x90, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
  packet.push_back(static_cast<std::uint8_t>(profile >> 8));
  packet.push_back(static_cast<std::uint8_t>(profile));
  packet.push_back(0);
  packet.push_back(static_cast<std::uint8_t>(elements.size() / 4));
  append(packet, elements);
  packet.push_back(0xAA);
  return packet;
}

TEST_CASE("packet: the fixed header is read field by field and nothing is copied") {
  const auto packet = parse_packet(plain);
  REQUIRE(packet);
  CHECK(packet->marker);
  CHECK(packet->payload_type == 111);
  CHECK(packet->sequence_number == 0x1234);
  CHECK(packet->timestamp == 0x00010203);
  CHECK(packet->ssrc == 0xDEADBEEF);
  CHECK(packet->csrcs.empty());
  CHECK(packet->extension_profile == 0);
  CHECK(packet->header_size == 12);
  CHECK(packet->padding_size == 0);
  CHECK(as_text(packet->payload) == "abc");
  CHECK(packet->payload.data() == plain.data() + 12);
}

TEST_CASE("packet: every shorter datagram than the fixed header is truncated, a bare header is a packet") {
  for (std::size_t n = 0; n < 12; ++n) {
    const auto packet = parse_packet(ByteView{plain}.first(n));
    REQUIRE_FALSE(packet);
    CHECK(packet.error() == PacketError::truncated);
  }
  const auto bare = parse_packet(ByteView{plain}.first(12));
  REQUIRE(bare);
  CHECK(bare->payload.empty());
}

TEST_CASE("packet: other versions are refused") {
  for (const unsigned version : {0U, 1U, 3U}) {
    Bytes packet = plain;
    packet[0] = static_cast<std::uint8_t>(version << 6);
    CHECK(parse_packet(packet).error() == PacketError::wrong_version);
  }
}

TEST_CASE("packet: 0 to 15 CSRCs are skipped, and missing ones are truncation") {
  for (std::uint8_t count = 0; count <= 15; ++count) {
    Bytes packet(12 + count * 4U, 0x55);
    packet[0] = static_cast<std::uint8_t>(0x80 | count);
    packet.push_back(0x77);
    const auto parsed = parse_packet(packet);
    REQUIRE(parsed);
    CHECK(parsed->csrcs.size() == count * 4U);
    CHECK(parsed->header_size == 12 + count * 4U);
    CHECK(parsed->payload.size() == 1);
    if (count > 0) CHECK(parse_packet(ByteView{packet}.first(packet.size() - 2)).error() == PacketError::truncated);
  }
}

TEST_CASE("packet: padding is taken off, and a padding length of zero or beyond the payload is an error") {
  Bytes packet = {0xA0, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 'x', 0, 0, 3};
  const auto parsed = parse_packet(packet);
  REQUIRE(parsed);
  CHECK(as_text(parsed->payload) == "x");
  CHECK(parsed->padding_size == 3);
  packet.back() = 4;  // the whole payload is padding: a probe
  REQUIRE(parse_packet(packet));
  CHECK(parse_packet(packet)->payload.empty());
  packet.back() = 5;
  CHECK(parse_packet(packet).error() == PacketError::bad_padding);
  packet.back() = 0;
  CHECK(parse_packet(packet).error() == PacketError::bad_padding);
  CHECK(parse_packet(ByteView{packet}.first(12)).error() == PacketError::bad_padding);
}

TEST_CASE("packet: 255 bytes of padding are the most that the length byte can say") {
  Bytes packet = {0xA0, 0x7E, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
  packet.resize(12 + 255);
  packet.back() = 255;
  REQUIRE(parse_packet(packet));
  CHECK(parse_packet(packet)->padding_size == 255);
}

TEST_CASE("packet: one-byte extension elements are found between padding bytes (RFC 8285 section 4.2)") {
  const Bytes packet = with_extension(0xBEDE, {0x10, 0xFF, 0x00, 0x31, 0x01, 0x02, 0x00, 0x00});
  const auto parsed = parse_packet(packet);
  REQUIRE(parsed);
  CHECK(parsed->extension_profile == 0xBEDE);
  CHECK(parsed->extension.size() == 8);
  CHECK(parsed->header_size == 24);
  REQUIRE(parsed->find_extension(1));
  CHECK(equal(*parsed->find_extension(1), Bytes{0xFF}));
  REQUIRE(parsed->find_extension(3));
  CHECK(equal(*parsed->find_extension(3), Bytes{1, 2}));
  CHECK_FALSE(parsed->find_extension(2));
  CHECK_FALSE(parsed->find_extension(0));
  CHECK(equal(parsed->payload, Bytes{0xAA}));
}

TEST_CASE("packet: a one-byte element may fill 16 bytes and may not overrun the block") {
  Bytes elements(20, 0x07);
  elements[0] = 0x4F;  // id 4, 16 bytes
  elements[17] = elements[18] = elements[19] = 0;
  REQUIRE(parse_packet(with_extension(0xBEDE, elements)));
  const Bytes packet = with_extension(0xBEDE, elements);
  CHECK(parse_packet(packet)->find_extension(4)->size() == 16);
  CHECK(parse_packet(with_extension(0xBEDE, {0x43, 1, 2, 3})).error() == PacketError::bad_extension);
  CHECK(parse_packet(with_extension(0xBEDE, {0, 0, 0, 0x10})).error() == PacketError::bad_extension);
}

TEST_CASE("packet: id 15 and id 0 with a length end the processing of a block") {
  const Bytes fifteen = with_extension(0xBEDE, {0x10, 0x01, 0xF9, 0x30});
  const auto parsed = parse_packet(fifteen);
  REQUIRE(parsed);
  CHECK(parsed->find_extension(1));
  CHECK_FALSE(parsed->find_extension(3));
  CHECK_FALSE(parsed->find_extension(15));
  const Bytes zero = with_extension(0xBEDE, {0x10, 0x01, 0x09, 0x30});
  REQUIRE(parse_packet(zero));
  CHECK_FALSE(parse_packet(zero)->find_extension(3));
}

TEST_CASE("packet: two-byte elements are read, empty ones too (RFC 8285 section 4.3)") {
  for (const std::uint16_t profile : std::array<std::uint16_t, 3>{0x1000, 0x1007, 0x100F}) {
    const Bytes packet = with_extension(profile, {0x01, 0x00, 0x00, 0x03, 0x02, 0xAB, 0xCD, 0x00});
    const auto parsed = parse_packet(packet);
    REQUIRE(parsed);
    REQUIRE(parsed->find_extension(1));
    CHECK(parsed->find_extension(1)->empty());
    REQUIRE(parsed->find_extension(3));
    CHECK(equal(*parsed->find_extension(3), Bytes{0xAB, 0xCD}));
  }
  CHECK(parse_packet(with_extension(0x1000, {0, 0, 0, 1})).error() == PacketError::bad_extension);
  CHECK(parse_packet(with_extension(0x1000, {1, 3, 0, 1})).error() == PacketError::bad_extension);
}

TEST_CASE("packet: an unknown extension profile is accepted and has no elements") {
  const Bytes packet = with_extension(0x1234, {0x10, 0xFF, 0xFF, 0xFF});
  const auto parsed = parse_packet(packet);
  REQUIRE(parsed);
  CHECK(parsed->extension_profile == 0x1234);
  CHECK_FALSE(parsed->find_extension(1));
}

TEST_CASE("packet: an extension that is longer than the datagram is truncation") {
  Bytes packet = with_extension(0xBEDE, {0x10, 0xFF, 0, 0});
  packet[15] = 2;
  CHECK(parse_packet(packet).error() == PacketError::truncated);
  packet[14] = 0xFF;
  packet[15] = 0xFF;
  CHECK(parse_packet(packet).error() == PacketError::truncated);
  CHECK(parse_packet(ByteView{packet}.first(14)).error() == PacketError::truncated);
  const Bytes empty = with_extension(0xBEDE, {});
  REQUIRE(parse_packet(empty));
  CHECK(parse_packet(empty)->header_size == 16);
}

TEST_CASE("packet: the header is written byte by byte as the RFC draws it") {
  const std::array<std::uint8_t, 1> level = encode(AudioLevel{.voice = true, .level = 30});
  const std::array<std::uint8_t, 2> sequence = encode_transport_sequence(0xCAFE);
  const std::array<ExtensionElement, 2> elements{ExtensionElement{extension_id::audio_level, level},
                                                 ExtensionElement{extension_id::transport_sequence, sequence}};
  std::array<std::uint8_t, 64> out{};
  const auto size = write_header({.marker = true,
                                  .payload_type = 111,
                                  .sequence_number = 0x0102,
                                  .timestamp = 0x03040506,
                                  .ssrc = 0x0708090A,
                                  .extensions = elements},
                                 out);
  REQUIRE(size);
  CHECK(
      equal(ByteView{out}.first(*size), Bytes{0x90, 0xEF, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A,
                                              0xBE, 0xDE, 0x00, 0x02, 0x10, 0x9E, 0x31, 0xCA, 0xFE, 0x00, 0x00, 0x00}));
  CHECK(write_header({}, MutableBytes{out}.first(11)).error() == PacketError::buffer_too_small);
  CHECK(write_header({.extensions = elements}, MutableBytes{out}.first(23)).error() == PacketError::buffer_too_small);
  CHECK(write_header({.extensions = elements}, MutableBytes{out}.first(24)));
}

TEST_CASE("packet: what is written is read back identically, for random fields and elements") {
  SeededRandom random{7};
  for (int round = 0; round < 2000; ++round) {
    std::array<std::array<std::uint8_t, 16>, 5> data{};
    std::vector<ExtensionElement> elements;
    const std::size_t count = size_below(random, 6);
    for (std::size_t i = 0; i < count; ++i) {
      random.fill(data[i]);
      elements.push_back(
          {static_cast<ExtensionId>(1 + (i * 3) % 14), ByteView{data[i]}.first(1 + size_below(random, 16))});
    }
    const HeaderFields fields{.marker = random.chance(0.5),
                              .payload_type = static_cast<std::uint8_t>(random.below(128)),
                              .sequence_number = static_cast<std::uint16_t>(random.next()),
                              .timestamp = random.u32(),
                              .ssrc = random.u32(),
                              .extensions = elements};
    Bytes out(200);
    const auto size = write_header(fields, out);
    REQUIRE(size);
    Bytes payload(size_below(random, 50));
    random.fill(payload);
    out.resize(*size);
    append(out, payload);
    const auto parsed = parse_packet(out);
    REQUIRE(parsed);
    CHECK(parsed->marker == fields.marker);
    CHECK(parsed->payload_type == fields.payload_type);
    CHECK(parsed->sequence_number == fields.sequence_number);
    CHECK(parsed->timestamp == fields.timestamp);
    CHECK(parsed->ssrc == fields.ssrc);
    CHECK(parsed->header_size == *size);
    CHECK(equal(parsed->payload, payload));
    for (const ExtensionElement& element : elements) {
      const auto found = parsed->find_extension(element.id);
      REQUIRE(found);
      CHECK(equal(*found, element.data));
    }
  }
}

TEST_CASE("packet: random bytes are parsed or refused, and every view stays inside them") {
  SeededRandom random{8};
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes(size_below(random, 64));
    random.fill(bytes);
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x3F) | 0x80);
    if (bytes.size() >= 14 && random.chance(0.5)) {
      bytes[0] &= 0xF0;
      bytes[12] = 0xBE;
      bytes[13] = 0xDE;
    }
    const auto parsed = parse_packet(bytes);
    if (!parsed) continue;
    CHECK(parsed->header_size + parsed->payload.size() + parsed->padding_size == bytes.size());
    for (unsigned id = 0; id < 256; ++id) {
      const auto found = parsed->find_extension(static_cast<ExtensionId>(id));
      if (!found || found->empty()) continue;
      CHECK(found->data() >= parsed->extension.data());
      CHECK(found->data() + found->size() <= parsed->extension.data() + parsed->extension.size());
    }
  }
}

TEST_CASE("classify: the first byte ranges of RFC 7983, and RTCP by its packet type") {
  const auto kind = [](unsigned first, unsigned second = 0) {
    return classify(Bytes{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)});
  };
  CHECK(classify({}) == DatagramKind::unknown);
  CHECK(classify(Bytes{0x80}) == DatagramKind::unknown);
  for (unsigned first = 0; first < 256; ++first) {
    DatagramKind want = DatagramKind::unknown;
    if (first <= 3) want = DatagramKind::stun;
    if (first >= 20 && first <= 63) want = DatagramKind::dtls;
    if (first >= 64 && first <= 79) want = DatagramKind::turn_channel;
    if (first >= 128 && first <= 191) want = DatagramKind::rtp;
    CHECK(kind(first) == want);
  }
  for (unsigned second = 0; second < 256; ++second) {
    CHECK((kind(0x80, second) == DatagramKind::rtcp) == (second >= 192 && second <= 223));
  }
}

}  // namespace
}  // namespace sealhall::rtp
