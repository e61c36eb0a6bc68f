#include "core/media/packetizer.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::media;

TEST_CASE("fragments: as few as possible, equal, only the last may be shorter") {
  for (std::size_t size = 1; size < 6000; size += 7) {
    for (const std::size_t most : {1U, 10U, 333U, 1154U}) {
      const FragmentPlan plan = plan_fragments(size, most);
      std::size_t sum = 0;
      for (std::size_t i = 0; i < plan.count; ++i) {
        REQUIRE(plan.size(i) >= 1);
        REQUIRE(plan.size(i) <= most);
        if (i + 1 < plan.count) REQUIRE(plan.size(i) == plan.fragment_size);
        REQUIRE(plan.offset(i) == sum);
        sum += plan.size(i);
      }
      REQUIRE(sum == size);
      REQUIRE(plan.count <= (size + most - 1) / most);
    }
  }
}

TEST_CASE("fragments: two nearly equal halves, not a full packet and a crumb") {
  const FragmentPlan plan = plan_fragments(1200, 1154);
  CHECK(plan.count == 2);
  CHECK(plan.size(0) == 600);
  CHECK(plan.size(1) == 600);
}

TEST_CASE("VP8: descriptors carry picture id, TL0PICIDX, TID, Y and N; S stands on the first packet only") {
  Vp8Packetizer packetizer{0x7fff, 255};
  Bytes frame(3000, 0x10);
  auto payloads = packetizer.packetize(frame, Vp8FrameInfo{});
  REQUIRE(payloads.has_value());
  REQUIRE(payloads->count() == 3);
  Bytes joined;
  for (std::size_t i = 0; i < payloads->count(); ++i) {
    Bytes out(payloads->payload_size(i));
    REQUIRE(payloads->write(i, out).value() == out.size());
    CHECK(out.size() <= max_rtp_payload_size);
    CHECK(payloads->marker(i) == (i == 2));
    const auto parsed = rtp::parse_vp8(out);
    REQUIRE(parsed.has_value());
    CHECK(parsed->frame_start == (i == 0));
    CHECK(parsed->key_frame_start == (i == 0));
    CHECK(parsed->descriptor.picture_id == 0x7fff);
    CHECK(parsed->descriptor.tl0_picture_index == 255);
    CHECK(parsed->descriptor.temporal_id == 0);
    append(joined, ByteView{out}.subspan(parsed->descriptor_size));
  }
  CHECK(joined == frame);

  frame[0] = 1;
  payloads = packetizer.packetize(frame, Vp8FrameInfo{.temporal_id = 2, .layer_sync = true, .non_reference = true});
  REQUIRE(payloads.has_value());
  CHECK(payloads->descriptor().picture_id == 0);           // 15 bits wrap
  CHECK(payloads->descriptor().tl0_picture_index == 255);  // that of the base frame it stands on
  CHECK(payloads->descriptor().layer_sync);
  CHECK(payloads->descriptor().non_reference);

  payloads = packetizer.packetize(frame, Vp8FrameInfo{});
  REQUIRE(payloads.has_value());
  CHECK(payloads->descriptor().tl0_picture_index == 0);
}

TEST_CASE("VP8: bad frames and small buffers are refused and use up no picture id") {
  Vp8Packetizer packetizer{5, 0};
  CHECK(packetizer.packetize({}, Vp8FrameInfo{}).error() == PacketizeError::empty_frame);
  const Bytes huge(max_video_frame_size + 1);
  CHECK(packetizer.packetize(huge, Vp8FrameInfo{}).error() == PacketizeError::frame_too_large);
  const Bytes frame(10);
  const auto payloads = packetizer.packetize(frame, Vp8FrameInfo{});
  REQUIRE(payloads.has_value());
  CHECK(payloads->descriptor().picture_id == 5);
  Bytes small(payloads->payload_size(0) - 1);
  CHECK(payloads->write(0, small).error() == PacketizeError::buffer_too_small);
}

TEST_CASE("Opus: one frame is one payload, timestamps count samples, the marker opens a talk spurt") {
  OpusPacketizer packetizer{0xffff'ff00};
  const Bytes frame(80, 7);
  auto payload = packetizer.packetize(frame, 960);
  REQUIRE(payload.has_value());
  CHECK(payload->timestamp == 0xffff'ff00);
  CHECK(payload->marker);
  CHECK(payload->payload.data() == frame.data());
  payload = packetizer.packetize(frame, 960);
  CHECK(payload->timestamp == 0xffff'ff00 + 960U);
  CHECK_FALSE(payload->marker);
  packetizer.skip(4800);
  payload = packetizer.packetize(frame, 960);
  CHECK(payload->timestamp == static_cast<std::uint32_t>(0xffff'ff00 + 960U * 2 + 4800));
  CHECK(payload->marker);
  CHECK(packetizer.packetize({}, 960).error() == PacketizeError::empty_frame);
  CHECK(packetizer.packetize(Bytes(max_rtp_payload_size + 1), 960).error() == PacketizeError::frame_too_large);
}
