#include "core/rtp/extensions.h"

#include <doctest/doctest.h>

namespace sealhall::rtp {
namespace {

// A packet with the given elements; the buffer must outlive it.
Packet packet_with(std::span<const ExtensionElement> elements, MutableBytes buffer) {
  const auto size = write_header({.extensions = elements}, buffer);
  REQUIRE(size);
  const auto packet = parse_packet(ByteView{buffer}.first(*size));
  REQUIRE(packet);
  return *packet;
}

TEST_CASE("extensions: audio level keeps voice and level for all 256 values (RFC 6464 section 3)") {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::array<std::uint8_t, 1> data{static_cast<std::uint8_t>(byte)};
    const std::array<ExtensionElement, 1> elements{ExtensionElement{extension_id::audio_level, data}};
    Bytes buffer(32);
    const auto level = audio_level(packet_with(elements, buffer));
    REQUIRE(level);
    CHECK(level->voice == (byte >= 128));
    CHECK(level->level == byte % 128);
    CHECK(encode(*level) == data);
  }
  CHECK(encode(AudioLevel{.voice = false, .level = 200})[0] == 127);
}

TEST_CASE("extensions: absent elements and elements of a wrong size are no value") {
  Bytes buffer(64);
  const Packet none = packet_with({}, buffer);
  CHECK_FALSE(audio_level(none));
  CHECK_FALSE(transport_sequence(none));
  CHECK_FALSE(text_extension(none, extension_id::mid));
  const std::array<std::uint8_t, 3> three{1, 2, 3};
  const std::array<ExtensionElement, 2> wrong{ExtensionElement{extension_id::audio_level, three},
                                              ExtensionElement{extension_id::transport_sequence, three}};
  const Packet packet = packet_with(wrong, buffer);
  CHECK_FALSE(audio_level(packet));
  CHECK_FALSE(transport_sequence(packet));
}

TEST_CASE("extensions: transport-wide sequence and stream ids") {
  const auto sequence = encode_transport_sequence(0xFF01);
  CHECK(sequence == std::array<std::uint8_t, 2>{0xFF, 0x01});
  const std::array<ExtensionElement, 3> elements{ExtensionElement{extension_id::transport_sequence, sequence},
                                                 ExtensionElement{extension_id::mid, as_bytes("video")},
                                                 ExtensionElement{extension_id::rid, as_bytes("h")}};
  Bytes buffer(64);
  const Packet packet = packet_with(elements, buffer);
  CHECK(transport_sequence(packet) == 0xFF01);
  CHECK(text_extension(packet, extension_id::mid) == "video");
  CHECK(text_extension(packet, extension_id::rid) == "h");
  CHECK_FALSE(text_extension(packet, extension_id::repaired_rid));
}

TEST_CASE("extensions: an empty or over-long text of the two-byte form is no text") {
  Bytes bytes = {0x90, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0x10, 0x00, 0x00, 0x06, 4, 0, 10, 17};
  bytes.resize(12 + 4 + 24, 'a');
  bytes[37] = bytes[38] = bytes[39] = 0;
  const auto packet = parse_packet(bytes);
  REQUIRE(packet);
  CHECK(packet->find_extension(4)->empty());
  CHECK(packet->find_extension(10)->size() == 17);
  CHECK_FALSE(text_extension(*packet, extension_id::mid));
  CHECK_FALSE(text_extension(*packet, extension_id::rid));
}

}  // namespace
}  // namespace sealhall::rtp
