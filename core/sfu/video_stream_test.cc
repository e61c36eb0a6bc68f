#include "core/sfu/video_stream.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/base/random.h"
#include "core/rtp/vp8.h"
#include "core/rtp/vp9.h"

namespace sealhall::sfu {
namespace {

using Kind = VideoDecision::Kind;

/// Frames of one VP8 encoding in the pattern T0 T2 T1 T2 at 30 a second.
struct Encoder {
  std::uint64_t seq = 0x10000 + 65'500;
  std::uint32_t timestamp = 0xffff'ff00;
  std::uint16_t picture = 0x7ff0;
  std::uint8_t tl0 = 250;
  int frame = 0;

  std::vector<LogEntry> next(bool key, int packets, bool sync = true) {
    static constexpr std::array<std::uint8_t, 4> pattern{0, 2, 1, 2};
    if (key) frame = 0;
    const std::uint8_t temporal = pattern[static_cast<std::size_t>(frame) % 4];
    if (temporal == 0) ++tl0;
    std::vector<LogEntry> entries;
    for (int i = 0; i < packets; ++i) {
      LogEntry entry;
      entry.seq = rtp::SeqNo{seq++};
      entry.timestamp = timestamp;
      entry.picture_id = picture;
      entry.tl0_picture_index = tl0;
      entry.temporal_id = temporal;
      entry.has_picture_id = entry.has_tl0 = entry.has_temporal = entry.video = true;
      entry.layer_sync = temporal != 0 && sync;
      entry.start_of_partition = entry.frame_start = i == 0;
      entry.key_start = key && i == 0;
      entry.marker = i + 1 == packets;
      entry.size = 100;
      entries.push_back(entry);
    }
    timestamp += 3000;
    picture = (picture + 1) & 0x7fff;
    ++frame;
    return entries;
  }
};

TEST_CASE("video stream: nothing is forwarded before a key frame starts it") {
  VideoStream stream{10, 1000};
  Encoder encoder;
  CHECK(stream.next(encoder.next(false, 1)[0]).kind == Kind::drop);
  CHECK(!stream.running());
}

TEST_CASE("video stream: the first source begins with the slot's own numbers") {
  VideoStream stream{10, 1000};
  Encoder encoder;
  const LogEntry key = encoder.next(true, 1)[0];
  stream.start(key, stream.timestamp_after(Duration{0}));
  const VideoDecision decision = stream.next(key);
  REQUIRE(decision.kind == Kind::forward);
  CHECK(decision.numbers.sequence == 10);
  CHECK(decision.numbers.timestamp == 1000);
  CHECK(decision.numbers.picture_id == 0);
}

TEST_CASE("video stream: a lower temporal limit holds from the next frame on, not within one") {
  VideoStream stream{0, 0};
  Encoder encoder;
  stream.start(encoder.next(true, 1)[0], 0);
  const std::vector<LogEntry> frame = encoder.next(false, 2);
  REQUIRE(frame[0].temporal_id == 2);
  CHECK(stream.next(frame[0]).kind == Kind::forward);
  stream.limit_temporal(0);
  CHECK(stream.next(frame[1]).kind == Kind::forward);
  CHECK(stream.next(encoder.next(false, 1)[0]).kind == Kind::drop);
}

TEST_CASE("video stream: a higher temporal layer is entered at a layer sync only, one at a time") {
  VideoStream stream{0, 0};
  stream.limit_temporal(0);
  Encoder encoder;
  const LogEntry key = encoder.next(true, 1)[0];
  stream.start(key, 0);
  stream.next(key);
  stream.limit_temporal(2);
  CHECK(stream.next(encoder.next(false, 1)[0]).kind == Kind::drop);         // T2 sync, but T1 is not there yet
  CHECK(stream.next(encoder.next(false, 1, false)[0]).kind == Kind::drop);  // T1 without sync
  CHECK(stream.next(encoder.next(false, 1, false)[0]).kind == Kind::drop);  // T2
  CHECK(stream.next(encoder.next(false, 1)[0]).kind == Kind::forward);      // T0
  CHECK(stream.next(encoder.next(false, 1)[0]).kind == Kind::drop);         // T2 sync
  CHECK(stream.next(encoder.next(false, 1)[0]).kind == Kind::forward);      // T1 sync
  CHECK(stream.next(encoder.next(false, 1)[0]).kind == Kind::forward);      // T2 sync
  CHECK(stream.temporal() == 2);
}

TEST_CASE("video stream: left out frames leave no hole in numbers and picture ids; padding of the source neither") {
  VideoStream stream{0, 0};
  stream.limit_temporal(1);
  Encoder encoder;
  LogEntry key = encoder.next(true, 1)[0];
  stream.start(key, 0);
  std::uint16_t sequence = stream.next(key).numbers.sequence;
  std::uint16_t picture = 0;
  for (int i = 0; i < 200; ++i) {
    if (i % 7 == 0) {
      LogEntry padding;
      padding.seq = rtp::SeqNo{encoder.seq++};
      padding.timestamp = encoder.timestamp;
      padding.padding_only = true;
      CHECK(stream.next(padding).kind == Kind::drop);
    }
    for (const LogEntry& entry : encoder.next(i % 40 == 39, 3)) {
      const VideoDecision decision = stream.next(entry);
      CHECK((decision.kind == Kind::forward) == (entry.temporal_id <= 1));
      if (decision.kind != Kind::forward) continue;
      CHECK(decision.numbers.sequence == static_cast<std::uint16_t>(++sequence));
      if (entry.frame_start) ++picture;
      CHECK(decision.numbers.picture_id == (picture & 0x7fff));
    }
  }
}

TEST_CASE("video stream: after a switch numbers go on, and what the new source sent before its key frame is left out") {
  VideoStream stream{100, 5000};
  Encoder first;
  LogEntry key = first.next(true, 1)[0];
  stream.start(key, stream.timestamp_after(Duration{0}));
  stream.next(key);
  const VideoDecision before = stream.next(first.next(false, 1)[0]);
  Encoder second{.seq = 0x10000 + 3, .timestamp = 77, .picture = 3, .tl0 = 9};
  const std::vector<LogEntry> frame = second.next(true, 2);
  stream.start(frame[0], stream.timestamp_after(std::chrono::milliseconds{33}));
  // The key frame's second packet overtook its first one.
  const VideoDecision other = stream.next(frame[1]);
  const VideoDecision start = stream.next(frame[0]);
  CHECK(start.numbers.sequence == static_cast<std::uint16_t>(before.numbers.sequence + 1));
  CHECK(other.numbers.sequence == static_cast<std::uint16_t>(before.numbers.sequence + 2));
  CHECK(start.numbers.timestamp == before.numbers.timestamp + 33 * 90);
  CHECK(start.numbers.picture_id == ((before.numbers.picture_id + 1) & 0x7fff));
  CHECK(other.numbers.picture_id == start.numbers.picture_id);
  LogEntry before_key = frame[0];
  before_key.seq = rtp::SeqNo{rtp::value(frame[0].seq) - 1};
  before_key.key_start = false;
  CHECK(stream.next(before_key).kind == Kind::drop);
}

TEST_CASE(
    "video stream: a late packet of a frame that was left out is answered with a filler under the number that waits") {
  VideoStream stream{0, 0};
  stream.limit_temporal(1);
  Encoder encoder;
  LogEntry key = encoder.next(true, 1)[0];
  stream.start(key, 0);
  stream.next(key);
  const LogEntry lost = encoder.next(false, 1)[0];  // T2, not wanted, and lost on the way here
  const VideoDecision after = stream.next(encoder.next(false, 1)[0]);
  CHECK(after.numbers.sequence == 2);
  const VideoDecision filler = stream.next(lost);
  CHECK(filler.kind == Kind::filler);
  CHECK(filler.numbers.sequence == 1);
}

TEST_CASE("video stream: a frame that was lost whole and comes late gets the picture id that was kept for it") {
  VideoStream stream{0, 0};
  Encoder encoder;
  LogEntry key = encoder.next(true, 1)[0];
  stream.start(key, 0);
  stream.next(key);
  const LogEntry lost = encoder.next(false, 1)[0];
  CHECK(stream.next(encoder.next(false, 1)[0]).numbers.picture_id == 2);
  const VideoDecision late = stream.next(lost);
  REQUIRE(late.kind == Kind::forward);
  CHECK(late.numbers.picture_id == 1);
  CHECK(late.numbers.sequence == 1);
}

TEST_CASE("video stream: the descriptor says what the source's said, with the slot's picture id and TL0PICIDX") {
  Encoder encoder;
  LogEntry entry = encoder.next(true, 1)[0];
  encoder.next(false, 1);
  entry = encoder.next(false, 1)[0];
  entry.non_reference = true;
  std::array<std::uint8_t, 6> out{};
  std::array<std::uint8_t, 7> payload{};
  const std::size_t size = write_descriptor(entry, 0x1234, 77, out);
  CHECK(size == 6);
  std::copy_n(out.begin(), size, payload.begin());
  const auto parsed = rtp::parse_vp8(payload);
  REQUIRE(parsed);
  CHECK(parsed->descriptor_size == size);
  CHECK(parsed->descriptor.picture_id == 0x1234);
  CHECK(parsed->descriptor.tl0_picture_index == 77);
  CHECK(parsed->descriptor.temporal_id == entry.temporal_id);
  CHECK(parsed->descriptor.layer_sync == bool{entry.layer_sync});
  CHECK(parsed->descriptor.non_reference);
  CHECK(parsed->descriptor.start_of_partition);
}

TEST_CASE("video stream: VP9 layers come back after a forwarded frame with U; left out pictures leave their ids free") {
  VideoStream stream{10, 0};
  stream.limit_temporal(0);
  Encoder encoder;
  const auto next = [&](bool key, bool up) {
    LogEntry entry = encoder.next(key, 1)[0];
    entry.codec = rtp::VideoCodec::vp9;
    entry.layer_sync = up;
    return entry;
  };
  const LogEntry key = next(true, false);
  stream.start(key, 0);
  CHECK(stream.codec() == rtp::VideoCodec::vp9);
  CHECK(stream.next(key).numbers.picture_id == 0);
  stream.limit_temporal(2);
  CHECK(stream.next(next(false, false)).kind == Kind::drop);  // T2
  CHECK(stream.next(next(false, true)).kind == Kind::drop);   // T1: what is not forwarded opens nothing
  CHECK(stream.next(next(false, false)).kind == Kind::drop);  // T2
  const VideoDecision base = stream.next(next(false, true));  // T0
  REQUIRE(base.kind == Kind::forward);
  CHECK(base.numbers.picture_id == 4);
  CHECK(base.numbers.sequence == 11);
  const VideoDecision upper = stream.next(next(false, false));  // T2, at once
  REQUIRE(upper.kind == Kind::forward);
  CHECK(upper.numbers.picture_id == 5);
  CHECK(upper.numbers.sequence == 12);
}

TEST_CASE("video stream: of VP9's descriptor the front is written, all of what the source said in it") {
  LogEntry entry;
  entry.codec = rtp::VideoCodec::vp9;
  entry.vp9_flags = 0xEC;  // I P L B E
  entry.vp9_layer = 0x50;  // TID 2, U
  entry.has_picture_id = entry.has_temporal = entry.has_tl0 = true;
  std::array<std::uint8_t, 6> out{};
  REQUIRE(write_descriptor(entry, 0x1234, 77, out) == 5);
  const auto parsed = rtp::parse_vp9(out);
  REQUIRE(parsed);
  CHECK(parsed->front_size == 5);
  CHECK(parsed->front.picture_id == 0x1234);
  CHECK(parsed->front.tl0_picture_index == 77);
  CHECK(parsed->front.layer->temporal_id == 2);
  CHECK(parsed->front.layer->switching_up);
  CHECK(parsed->front.inter_predicted);
  CHECK(parsed->front.end_of_frame);
  LogEntry bare;
  bare.codec = rtp::VideoCodec::vp9;
  bare.vp9_flags = 0x08;
  CHECK(write_descriptor(bare, 1, 1, out) == 1);
  CHECK(out[0] == 0x08);
}

TEST_CASE("video stream: a descriptor without extensions stays one byte") {
  LogEntry entry;
  entry.start_of_partition = true;
  std::array<std::uint8_t, 6> out{};
  CHECK(write_descriptor(entry, 1, 1, out) == 1);
  CHECK(out[0] == 0x10);
}

}  // namespace
}  // namespace sealhall::sfu
