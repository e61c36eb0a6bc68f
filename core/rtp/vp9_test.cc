#include "core/rtp/vp9.h"

#include <doctest/doctest.h>

#include "core/base/random.h"

namespace sealhall::rtp {
namespace {

TEST_CASE("vp9: the shortest descriptor, one byte; B begins a frame, and P says whether it needs another one") {
  const auto key = parse_vp9(Bytes{0x0C, 0xAA});
  REQUIRE(key);
  CHECK(key->descriptor_size == 1);
  CHECK(key->front_size == 1);
  CHECK(key->frame_start);
  CHECK(key->key_frame_start);
  CHECK(key->front.end_of_frame);
  CHECK_FALSE(key->front.picture_id);
  CHECK_FALSE(key->front.layer);
  const auto predicted = parse_vp9(Bytes{0x48, 0xAA});
  REQUIRE(predicted);
  CHECK(predicted->frame_start);
  CHECK_FALSE(predicted->key_frame_start);
  const auto middle = parse_vp9(Bytes{0x00, 0xAA});
  REQUIRE(middle);
  CHECK_FALSE(middle->frame_start);
  CHECK_FALSE(middle->key_frame_start);
}

TEST_CASE("vp9: non-flexible mode: picture id, layer indices, TL0PICIDX (RFC 9628 section 4.2)") {
  // I P L B; 15-bit picture id 0x1234; TID 2, U, SID 0, D 0; TL0PICIDX 0x77.
  const auto parsed = parse_vp9(Bytes{0xE8, 0x92, 0x34, 0x50, 0x77, 0xAA});
  REQUIRE(parsed);
  CHECK(parsed->front.inter_predicted);
  CHECK_FALSE(parsed->front.flexible);
  CHECK(parsed->front.picture_id == 0x1234);
  REQUIRE(parsed->front.layer.has_value());
  CHECK(parsed->front.layer->temporal_id == 2);
  CHECK(parsed->front.layer->switching_up);
  CHECK(parsed->front.layer->spatial_id == 0);
  CHECK_FALSE(parsed->front.layer->inter_layer);
  CHECK(parsed->front.tl0_picture_index == 0x77);
  CHECK(parsed->front_size == 5);
  CHECK(parsed->descriptor_size == 5);
  CHECK(parsed->frame_start);
  CHECK_FALSE(parsed->key_frame_start);
}

TEST_CASE("vp9: flexible mode has no TL0PICIDX, and up to three reference indices when predicted") {
  // I P L F B; 7-bit picture id 5; SID 1, D; P_DIFF 1 and another, P_DIFF 2 and another, P_DIFF 3.
  const auto parsed = parse_vp9(Bytes{0xF8, 0x05, 0x03, 0x03, 0x05, 0x06, 0xAA});
  REQUIRE(parsed);
  CHECK(parsed->front.flexible);
  CHECK(parsed->front.picture_id == 5);
  CHECK(parsed->front.layer->spatial_id == 1);
  CHECK(parsed->front.layer->inter_layer);
  CHECK_FALSE(parsed->front.tl0_picture_index);
  CHECK(parsed->front_size == 3);
  CHECK(parsed->descriptor_size == 6);
  CHECK_FALSE(parsed->frame_start);  // the picture began with spatial layer 0
  const auto fourth = parse_vp9(Bytes{0xF8, 0x05, 0x03, 0x03, 0x05, 0x07, 0x08, 0xAA});
  REQUIRE_FALSE(fourth);
  CHECK(fourth.error() == Vp9Error::too_many_references);
  // Not predicted: no reference indices, whatever the next byte is.
  CHECK(parse_vp9(Bytes{0xB8, 0x05, 0x00, 0x03, 0xAA})->descriptor_size == 3);
}

TEST_CASE("vp9: an upper spatial layer that is predicted from no other picture begins no key frame") {
  const auto base = parse_vp9(Bytes{0xA8, 0x05, 0x00, 0x01, 0xAA});
  REQUIRE(base);
  CHECK(base->key_frame_start);
  const auto upper = parse_vp9(Bytes{0xA8, 0x05, 0x03, 0x01, 0xAA});
  REQUIRE(upper);
  CHECK_FALSE(upper->frame_start);
  CHECK_FALSE(upper->key_frame_start);
}

TEST_CASE("vp9: the scalability structure is stepped over, and says how large the largest layer is") {
  // I B E V; picture id 1; N_S 1, Y, G; 320 x 180, 640 x 360; two pictures: T0 with no reference, T1 with two.
  const Bytes full = {0x8E, 0x01, 0x38, 0x01, 0x40, 0x00, 0xB4, 0x02, 0x80,
                      0x01, 0x68, 0x02, 0x10, 0x38, 0x01, 0x02, 0xAA};
  const auto parsed = parse_vp9(full);
  REQUIRE(parsed);
  CHECK(parsed->front.has_structure);
  CHECK(parsed->front_size == 2);
  CHECK(parsed->descriptor_size == full.size() - 1);
  REQUIRE(parsed->size.has_value());
  CHECK(parsed->size->width == 640);
  CHECK(parsed->size->height == 360);
  CHECK(parsed->key_frame_start);
  const auto without = parse_vp9(Bytes{0x0A, 0x00, 0xAA});
  REQUIRE(without);
  CHECK_FALSE(without->size);
  CHECK(without->descriptor_size == 2);
  for (std::size_t n = 0; n < full.size(); ++n) {
    const auto cut = parse_vp9(ByteView{full}.first(n));
    REQUIRE_FALSE(cut);
    CHECK(cut.error() == Vp9Error::truncated);
  }
}

TEST_CASE("vp9: a structure that announces 255 pictures is not believed beyond the packet") {
  Bytes packet = {0x0A, 0x08, 0xFF};
  for (int k = 0; k < 255; ++k) packet.push_back(0x0C);  // each with three references that are not there
  CHECK_FALSE(parse_vp9(packet));
}

TEST_CASE("vp9: the front is written as the RFC draws it, the picture id in 15 bits") {
  std::array<std::uint8_t, max_vp9_front_size> out{};
  const Vp9Front front{.inter_predicted = true,
                       .start_of_frame = true,
                       .picture_id = 5,
                       .layer = Vp9Layer{.temporal_id = 2, .switching_up = true},
                       .tl0_picture_index = 0x77};
  REQUIRE(write_vp9_front(front, out) == 5U);
  CHECK(equal(out, Bytes{0xE8, 0x80, 0x05, 0x50, 0x77}));
  for (std::size_t n = 0; n < 5; ++n) {
    CHECK(write_vp9_front(front, MutableBytes{out}.first(n)).error() == Vp9Error::buffer_too_small);
  }
  REQUIRE(write_vp9_front({.end_of_frame = true}, out) == 1U);
  CHECK(out[0] == 0x04);
}

TEST_CASE("vp9: every front that is written is read back the same") {
  SeededRandom random{9};
  for (int round = 0; round < 5000; ++round) {
    Vp9Front in{.inter_predicted = random.chance(0.5),
                .flexible = random.chance(0.5),
                .start_of_frame = random.chance(0.5),
                .end_of_frame = random.chance(0.5),
                .has_structure = random.chance(0.5),
                .not_for_upper = random.chance(0.5)};
    if (random.chance(0.5)) in.picture_id = static_cast<std::uint16_t>(random.below(0x8000));
    if (random.chance(0.5)) {
      in.layer = Vp9Layer{.temporal_id = static_cast<std::uint8_t>(random.below(8)),
                          .switching_up = random.chance(0.5),
                          .spatial_id = static_cast<std::uint8_t>(random.below(8)),
                          .inter_layer = random.chance(0.5)};
      if (!in.flexible) in.tl0_picture_index = static_cast<std::uint8_t>(random.below(256));
    }
    Bytes out(max_vp9_front_size);
    const auto size = write_vp9_front(in, out);
    REQUIRE(size);
    out.resize(*size);
    // What may follow: one reference index of N 0, an empty structure, a byte of the frame. All zeros.
    out.resize(*size + 3);
    const auto parsed = parse_vp9(out);
    REQUIRE(parsed);
    const Vp9Front& back = parsed->front;
    CHECK(parsed->front_size == *size);
    CHECK(back.inter_predicted == in.inter_predicted);
    CHECK(back.flexible == in.flexible);
    CHECK(back.start_of_frame == in.start_of_frame);
    CHECK(back.end_of_frame == in.end_of_frame);
    CHECK(back.has_structure == in.has_structure);
    CHECK(back.not_for_upper == in.not_for_upper);
    CHECK(back.picture_id == in.picture_id);
    CHECK(back.tl0_picture_index == in.tl0_picture_index);
    REQUIRE(back.layer.has_value() == in.layer.has_value());
    if (!in.layer) continue;
    CHECK(back.layer->temporal_id == in.layer->temporal_id);
    CHECK(back.layer->switching_up == in.layer->switching_up);
    CHECK(back.layer->spatial_id == in.layer->spatial_id);
    CHECK(back.layer->inter_layer == in.layer->inter_layer);
  }
}

}  // namespace
}  // namespace sealhall::rtp
