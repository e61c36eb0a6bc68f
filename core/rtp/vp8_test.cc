#include "core/rtp/vp8.h"

#include <doctest/doctest.h>

#include "core/base/random.h"

namespace sealhall::rtp {
namespace {

TEST_CASE("vp8: the shortest descriptor, one byte, in front of a key frame") {
  const auto parsed = parse_vp8(Bytes{0x10, 0x50, 0x01});  // S=1 PID=0; P bit 0: key frame
  REQUIRE(parsed);
  CHECK(parsed->descriptor_size == 1);
  CHECK(parsed->frame_start);
  CHECK(parsed->key_frame_start);
  CHECK_FALSE(parsed->descriptor.picture_id);
  CHECK_FALSE(parsed->descriptor.temporal_id);
}

TEST_CASE("vp8: only the first packet of partition 0 starts a frame") {
  CHECK_FALSE(parse_vp8(Bytes{0x10, 0x51})->key_frame_start);  // P bit 1
  CHECK(parse_vp8(Bytes{0x10, 0x51})->frame_start);
  CHECK_FALSE(parse_vp8(Bytes{0x00, 0x50})->frame_start);
  CHECK_FALSE(parse_vp8(Bytes{0x00, 0x50})->key_frame_start);
  CHECK_FALSE(parse_vp8(Bytes{0x11, 0x50})->frame_start);
  CHECK(parse_vp8(Bytes{0x11, 0x50})->descriptor.partition_id == 1);
}

TEST_CASE("vp8: every optional field at its place (RFC 7741 section 4.2)") {
  // X N S PID=2; I L T K; 15-bit picture id 0x1234; TL0PICIDX 0x77; TID 2, Y, KEYIDX 21.
  const auto parsed = parse_vp8(Bytes{0xB2, 0xF0, 0x92, 0x34, 0x77, 0xB5, 0x01});
  REQUIRE(parsed);
  CHECK(parsed->descriptor.non_reference);
  CHECK(parsed->descriptor.start_of_partition);
  CHECK(parsed->descriptor.partition_id == 2);
  CHECK(parsed->descriptor.picture_id == 0x1234);
  CHECK(parsed->descriptor.tl0_picture_index == 0x77);
  CHECK(parsed->descriptor.temporal_id == 2);
  CHECK(parsed->descriptor.layer_sync);
  CHECK(parsed->descriptor.key_index == 21);
  CHECK(parsed->descriptor_size == 6);
}

TEST_CASE("vp8: a 7-bit picture id takes one byte") {
  const auto parsed = parse_vp8(Bytes{0x90, 0x80, 0x7F, 0x00});
  REQUIRE(parsed);
  CHECK(parsed->descriptor.picture_id == 0x7F);
  CHECK(parsed->descriptor_size == 3);
}

TEST_CASE("vp8: TID and KEYIDX count only when their bits say so") {
  const auto only_key = parse_vp8(Bytes{0x80, 0x10, 0xFF, 0x00});
  REQUIRE(only_key);
  CHECK_FALSE(only_key->descriptor.temporal_id);
  CHECK_FALSE(only_key->descriptor.layer_sync);
  CHECK(only_key->descriptor.key_index == 31);
  const auto only_temporal = parse_vp8(Bytes{0x80, 0x20, 0xFF, 0x00});
  REQUIRE(only_temporal);
  CHECK(only_temporal->descriptor.temporal_id == 3);
  CHECK(only_temporal->descriptor.layer_sync);
  CHECK_FALSE(only_temporal->descriptor.key_index);
}

TEST_CASE("vp8: a descriptor cut short, or with nothing behind it, is truncated") {
  const Bytes full = {0xB2, 0xF0, 0x92, 0x34, 0x77, 0xB5, 0x01};
  for (std::size_t n = 0; n < full.size(); ++n) {
    REQUIRE_FALSE(parse_vp8(ByteView{full}.first(n)));
    CHECK(parse_vp8(ByteView{full}.first(n)).error() == Vp8Error::truncated);
  }
  CHECK_FALSE(parse_vp8(Bytes{0x10}));
}

TEST_CASE("vp8: the descriptor is written as the RFC draws it, picture id in 15 bits") {
  std::array<std::uint8_t, 6> out{};
  const Vp8Descriptor descriptor{.non_reference = true,
                                 .start_of_partition = true,
                                 .partition_id = 2,
                                 .picture_id = 5,
                                 .tl0_picture_index = 0x77,
                                 .temporal_id = 2,
                                 .layer_sync = true,
                                 .key_index = 21};
  REQUIRE(write_vp8_descriptor(descriptor, out) == 6U);
  CHECK(equal(out, Bytes{0xB2, 0xF0, 0x80, 0x05, 0x77, 0xB5}));
  for (std::size_t n = 0; n < 6; ++n) {
    CHECK(write_vp8_descriptor(descriptor, MutableBytes{out}.first(n)).error() == Vp8Error::buffer_too_small);
  }
  REQUIRE(write_vp8_descriptor({.start_of_partition = true, .layer_sync = true}, out) == 1U);
  CHECK(out[0] == 0x10);
}

TEST_CASE("vp8: every descriptor that is written is read back the same") {
  SeededRandom random{3};
  for (int round = 0; round < 5000; ++round) {
    Vp8Descriptor in{.non_reference = random.chance(0.5),
                     .start_of_partition = random.chance(0.5),
                     .partition_id = static_cast<std::uint8_t>(random.below(8))};
    if (random.chance(0.5)) in.picture_id = static_cast<std::uint16_t>(random.below(0x8000));
    if (random.chance(0.5)) in.tl0_picture_index = static_cast<std::uint8_t>(random.below(256));
    if (random.chance(0.5)) {
      in.temporal_id = static_cast<std::uint8_t>(random.below(4));
      in.layer_sync = random.chance(0.5);
    }
    if (random.chance(0.5)) in.key_index = static_cast<std::uint8_t>(random.below(32));
    Bytes out(7);
    const auto size = write_vp8_descriptor(in, out);
    REQUIRE(size);
    out.resize(*size + 1);
    const auto parsed = parse_vp8(out);
    REQUIRE(parsed);
    const Vp8Descriptor& back = parsed->descriptor;
    CHECK(parsed->descriptor_size == *size);
    CHECK(back.non_reference == in.non_reference);
    CHECK(back.start_of_partition == in.start_of_partition);
    CHECK(back.partition_id == in.partition_id);
    CHECK(back.picture_id == in.picture_id);
    CHECK(back.tl0_picture_index == in.tl0_picture_index);
    CHECK(back.temporal_id == in.temporal_id);
    CHECK(back.layer_sync == in.layer_sync);
    CHECK(back.key_index == in.key_index);
  }
}

TEST_CASE("vp8: ten clear bytes on key frames, three on others, never more than there are") {
  Bytes key(100, 0x10);
  Bytes delta(100, 0x11);
  CHECK(vp8_is_key_frame(key));
  CHECK_FALSE(vp8_is_key_frame(delta));
  CHECK_FALSE(vp8_is_key_frame({}));
  CHECK(vp8_clear_prefix_size(key) == 10);
  CHECK(vp8_clear_prefix_size(delta) == 3);
  CHECK(vp8_clear_prefix_size(ByteView{key}.first(4)) == 4);
  CHECK(vp8_clear_prefix_size(ByteView{delta}.first(2)) == 2);
  CHECK(vp8_clear_prefix_size({}) == 0);
}

TEST_CASE("vp8: a key frame says how large its picture is, without the bits that scale it; nothing else does") {
  const Bytes key{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0x68, 0x81, 7};
  const auto size = vp8_frame_size(key);
  REQUIRE(size.has_value());
  CHECK(size->width == 640);
  CHECK(size->height == 360);
  for (std::size_t n = 0; n < 10; ++n) CHECK_FALSE(vp8_frame_size(ByteView{key}.first(n)));
  Bytes other = key;
  other[0] |= 1;
  CHECK_FALSE(vp8_frame_size(other));
  other = key;
  other[4] = 0;
  CHECK_FALSE(vp8_frame_size(other));
  other = key;
  other[6] = other[7] = 0;
  CHECK_FALSE(vp8_frame_size(other));
}

}  // namespace
}  // namespace sealhall::rtp
