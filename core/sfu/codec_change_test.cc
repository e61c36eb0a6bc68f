// Publishers that go over to another codec and back, within one stream: what their viewers get.
#include <doctest/doctest.h>

#include "core/rtp/vp9.h"
#include "core/sfu/testing.h"

namespace sealhall::sfu {
namespace {

using namespace testing;  // NOLINT
using rtp::VideoCodec;

struct Watching {
  Room room;
  Client& sender;
  Client& viewer;

  Watching() : sender(room.join(0, 0)), viewer(room.join(0, 1)) {
    room.publish(sender, 1, false);
    encoder().temporal_layers = false;
    room.watch(viewer, {{sender.participant, 180}});
    send(20);
  }
  VideoEncoder& encoder() { return sender.camera[0]; }
  void send(int frames) {
    for (int i = 0; i < frames; ++i) {
      room.send_frame(sender);
      room.advance(milliseconds{33});
    }
  }
  /// What control says that the camera may send.
  void may_send(const char* codec) {
    wire::media::SetPublished command;
    command.transport = sender.id;
    command.sources.push_back(Room::camera_source(sender.participant, 1));
    command.sources.back().codec = codec;
    REQUIRE(room.forwarder.set_published(command, room.now).has_value());
  }
  /// What the browser sends from its next frame on; encoders begin with a key frame.
  void encode(VideoCodec codec) {
    encoder().codec = codec;
    encoder().want_key();
  }
};

bool begins_key_frame(const Received& received) {
  if (received.packet.payload_type == rtp::payload_type::vp9) {
    const auto vp9 = rtp::parse_vp9(received.packet.payload);
    return vp9 && vp9->key_frame_start;
  }
  const auto vp8 = rtp::parse_vp8(received.packet.payload);
  return vp8 && vp8->key_frame_start;
}
std::uint16_t picture_of(const Received& received) {
  if (received.packet.payload_type == rtp::payload_type::vp9)
    return rtp::parse_vp9(received.packet.payload)->front.picture_id.value();
  return rtp::parse_vp8(received.packet.payload)->descriptor.picture_id.value();
}

TEST_CASE("codec change: to VP9 and back within one stream: numbers go on, and each codec begins with a key frame") {
  Watching test;
  test.may_send("vp9");
  test.send(3);  // the publisher has not begun with it yet
  test.encode(VideoCodec::vp9);
  test.send(10);
  test.may_send("vp8");
  test.encode(VideoCodec::vp8);
  test.send(10);
  test.room.advance(milliseconds{100});
  const std::vector<Received> got = test.room.take(test.viewer);
  REQUIRE(got.size() >= 90);
  std::vector<std::uint8_t> codecs{got[0].packet.payload_type};
  for (std::size_t i = 1; i < got.size(); ++i) {
    const Received& before = got[i - 1];
    const Received& each = got[i];
    CHECK(each.packet.ssrc == before.packet.ssrc);
    CHECK(each.packet.sequence_number == static_cast<std::uint16_t>(before.packet.sequence_number + 1));
    const bool new_frame = before.packet.marker;
    CHECK((each.packet.timestamp != before.packet.timestamp) == new_frame);
    CHECK(static_cast<std::int32_t>(each.packet.timestamp - before.packet.timestamp) >= 0);
    CHECK(picture_of(each) == ((picture_of(before) + (new_frame ? 1 : 0)) & 0x7fff));
    if (each.packet.payload_type == codecs.back()) continue;
    codecs.push_back(each.packet.payload_type);
    CHECK(begins_key_frame(each));
  }
  CHECK(codecs == std::vector<std::uint8_t>{rtp::payload_type::vp8, rtp::payload_type::vp9, rtp::payload_type::vp8});
  CHECK(test.room.forwarder.stats().dropped_not_allowed == 0);
}

TEST_CASE("codec change: what a source may not send goes nowhere, and leaves no hole") {
  Watching test;
  test.encode(VideoCodec::vp9);
  test.send(5);
  test.encode(VideoCodec::vp8);
  test.send(5);
  test.room.advance(milliseconds{100});
  const std::vector<Received> got = test.room.take(test.viewer);
  CHECK(test.room.forwarder.stats().dropped_not_allowed == 15);
  std::uint16_t sequence = got.at(0).packet.sequence_number;
  for (const Received& each : got) {
    CHECK(each.packet.payload_type == rtp::payload_type::vp8);
    CHECK(each.packet.sequence_number == sequence++);
  }
}

TEST_CASE("codec change: who comes in after a codec was taken away gets nothing of it, not even what is stored") {
  Watching test;
  test.may_send("vp9");
  test.encode(VideoCodec::vp9);
  test.send(20);
  test.encode(VideoCodec::vp9);
  test.send(1);  // a fresh key frame, which is replayed to whoever comes
  test.may_send("vp8");
  Client& second = test.room.join(0, 1);
  test.room.watch(second, {{test.sender.participant, 180}});
  test.room.flush();
  test.room.advance(milliseconds{30});
  test.send(3);  // the publisher has not heard yet
  CHECK(test.room.take(second).empty());
  test.encode(VideoCodec::vp8);
  test.send(3);
  test.room.advance(milliseconds{100});
  const std::vector<Received> got = test.room.take(second);
  REQUIRE_FALSE(got.empty());
  CHECK(begins_key_frame(got[0]));
  for (const Received& each : got) CHECK(each.packet.payload_type == rtp::payload_type::vp8);
}

TEST_CASE("codec change: a key frame of the new codec that is lost whole is asked for") {
  Watching test;
  test.may_send("vp9");
  test.encode(VideoCodec::vp9);
  static_cast<void>(test.encoder().frame(3, 400));
  const int before = test.encoder().key_frames;
  test.room.take(test.viewer);
  test.send(1);  // predicted from what never came
  for (const Received& each : test.room.take(test.viewer)) {
    CHECK(each.packet.payload_type == rtp::payload_type::vp8);
  }
  test.send(2);
  test.room.advance(milliseconds{100});
  CHECK(test.encoder().key_frames == before + 1);
  const std::vector<Received> got = test.room.take(test.viewer);
  REQUIRE_FALSE(got.empty());
  CHECK(got[0].packet.payload_type == rtp::payload_type::vp9);
  CHECK(begins_key_frame(got[0]));
}

TEST_CASE(
    "codec change: key frames a quarter of the timestamps' circle apart are sent once each, not round and round") {
  Watching test;
  test.may_send("vp9");
  test.room.advance(milliseconds{100});
  test.room.take(test.viewer);
  for (const VideoCodec codec : {VideoCodec::vp8, VideoCodec::vp9, VideoCodec::vp8, VideoCodec::vp9}) {
    test.encode(codec);
    // 2^32 ticks are 47,721 s. Nobody waits so long: the publisher says so.
    for (const Bytes& packet : test.encoder().frame(1, 400, std::chrono::seconds{11'930})) {
      test.room.feed(test.sender, packet);
    }
  }
  test.room.flush();
  test.room.advance(std::chrono::seconds{2});
  const std::vector<Received> got = test.room.take(test.viewer);
  CHECK(got.size() >= 4);
  CHECK(got.size() <= 8);
}

TEST_CASE("codec change: a codec that was taken away before a viewer got to its key frame is not begun with") {
  Watching test;
  test.may_send("vp9");
  test.room.advance(milliseconds{100});
  test.room.take(test.viewer);
  test.encode(VideoCodec::vp9);
  for (const Bytes& packet : test.encoder().frame(2, 400)) test.room.feed(test.sender, packet);
  test.may_send("vp8");
  test.room.flush();
  test.room.advance(milliseconds{100});
  CHECK(test.room.take(test.viewer).empty());
}

TEST_CASE(
    "codec change: who comes in gets no key frame of a codec that was taken away, though the newest packet is VP8") {
  Watching test;
  test.may_send("vp9");
  test.encode(VideoCodec::vp9);
  test.send(20);
  test.encode(VideoCodec::vp9);
  test.send(1);
  test.encoder().codec = VideoCodec::vp8;  // its key frame is lost
  for (const Bytes& packet : test.encoder().frame(1, 400)) test.room.feed(test.sender, packet);
  test.may_send("vp8");
  Client& second = test.room.join(0, 1);
  test.room.watch(second, {{test.sender.participant, 180}});
  test.room.flush();
  test.room.advance(milliseconds{30});
  CHECK(test.room.take(second).empty());
}

TEST_CASE("codec change: a late key frame of the codec before is not the one that was asked for") {
  Watching test;
  test.may_send("vp9");
  test.encoder().want_key();
  const std::vector<Bytes> late = test.encoder().frame(1, 400);
  test.encoder().codec = VideoCodec::vp9;  // its key frame is lost
  const auto predicted = [&] {
    for (const Bytes& packet : test.encoder().frame(1, 400)) test.room.feed(test.sender, packet);
    test.room.flush();
  };
  predicted();
  for (const Bytes& packet : late) test.room.feed(test.sender, packet);
  test.room.flush();
  test.room.sink.take_rtcp<rtp::rtcp::Pli>(test.sender.handle);
  for (int i = 0; i < 60; ++i) {
    test.room.advance(milliseconds{33});
    predicted();
  }
  CHECK_FALSE(test.room.sink.take_rtcp<rtp::rtcp::Pli>(test.sender.handle).empty());
}

TEST_CASE("codec change: VP9 is sent again under its own payload type, with the bytes that it had") {
  Watching test;
  test.may_send("vp9");
  test.encode(VideoCodec::vp9);
  test.send(5);
  const std::vector<Received> got = test.room.take(test.viewer);
  REQUIRE(got.size() > 10);
  const Received& lost = got[got.size() - 4];
  REQUIRE(lost.packet.payload_type == rtp::payload_type::vp9);
  const rtp::rtcp::Message message{rtp::rtcp::Nack{.sender_ssrc = 1,
                                                   .media_ssrc = test.room.video_slot(test.viewer, 0).ssrc,
                                                   .sequence_numbers = {lost.packet.sequence_number}}};
  test.room.forwarder.on_rtcp(test.viewer.handle, {&message, 1}, test.room.now);
  const std::vector<Received> again = test.room.take(test.viewer);
  REQUIRE(again.size() == 1);
  CHECK(again[0].packet.payload_type == rtp::payload_type::vp9_rtx);
  REQUIRE(again[0].packet.payload.size() == lost.packet.payload.size() + 2);
  CHECK(load_u16(again[0].packet.payload.data()) == lost.packet.sequence_number);
  CHECK(equal(again[0].packet.payload.subspan(2), lost.packet.payload));
}

TEST_CASE("codec change: H.264 is forwarded as it came, from parameter sets on") {
  Watching test;
  test.may_send("h264");
  std::uint16_t sequence = test.encoder().sequence();
  std::uint32_t timestamp = test.encoder().timestamp();
  const auto feed = [&](const Bytes& payload) {
    timestamp += 3000;
    Bytes packet(100);
    const auto size = rtp::write_header({.marker = true,
                                         .payload_type = rtp::payload_type::h264,
                                         .sequence_number = sequence++,
                                         .timestamp = timestamp,
                                         .ssrc = test.encoder().ssrc()},
                                        packet);
    REQUIRE(size.has_value());
    packet.resize(*size);
    append(packet, payload);
    test.room.feed(test.sender, packet);
    test.room.flush();
    test.room.advance(milliseconds{33});
  };
  test.room.take(test.viewer);
  const Bytes delta = {0x61, 1, 2, 3};
  const Bytes key = {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce, 0, 2, 0x65, 0x88};
  feed(delta);
  CHECK(test.room.take(test.viewer).empty());
  feed(key);
  feed(delta);
  const std::vector<Received> got = test.room.take(test.viewer);
  REQUIRE(got.size() == 2);
  CHECK(got[0].packet.payload_type == rtp::payload_type::h264);
  CHECK(equal(got[0].packet.payload, key));
  CHECK(equal(got[1].packet.payload, delta));
  const std::uint64_t malformed = test.room.forwarder.stats().dropped_malformed;
  feed(Bytes{0x7d, 1, 2, 3});  // a type of interleaved mode
  CHECK(test.room.forwarder.stats().dropped_malformed == malformed + 1);
}

TEST_CASE("codec change: a codec that nobody knows is refused") {
  Watching test;
  wire::media::SetPublished command;
  command.transport = test.sender.id;
  command.sources.push_back(Room::camera_source(test.sender.participant, 1));
  for (const char* codec : {"av1", "opus", ""}) {
    command.sources.back().codec = codec;
    CHECK(test.room.forwarder.set_published(command, test.room.now).error() == SfuError::bad_codec);
  }
}

}  // namespace
}  // namespace sealhall::sfu
