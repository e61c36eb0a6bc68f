// Sender and receiver back to back in virtual time, with a lossy road and a toy server between them.
#include <doctest/doctest.h>

#include <algorithm>
#include <queue>
#include <vector>

#include "client/engine/contexts.h"
#include "client/engine/media_receiver.h"
#include "client/engine/media_sender.h"
#include "core/base/random.h"
#include "core/rtp/extensions.h"
#include "core/rtp/profile.h"

using namespace sealhall;
using namespace sealhall::client;
using namespace std::chrono_literals;

namespace {

/// Stands for SFrame: a three-byte mark behind the clear part names context, sender and generation.
class ToySeal final : public FrameSealing, public FrameOpening {
 public:
  std::uint8_t sender = 7;
  std::uint8_t generation = 1;
  std::uint8_t newest_known = 1;
  bool ready = true;

  bool seal(std::uint8_t context, ByteView frame, std::size_t clear, Bytes& out, Instant /*now*/) override {
    if (!ready) return false;
    out.assign(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(clear));
    out.push_back(context);
    out.push_back(sender);
    out.push_back(generation);
    out.insert(out.end(), frame.begin() + static_cast<std::ptrdiff_t>(clear), frame.end());
    return true;
  }
  std::optional<FrameKey> look(ByteView sealed, std::size_t clear) override {
    if (sealed.size() < clear + 3) return std::nullopt;
    return FrameKey{
        .sender_index = sealed[clear + 1], .context = sealed[clear], .known = sealed[clear + 2] <= newest_known};
  }
  expected<void, OpenFailure> open(ByteView sealed, std::size_t clear, Bytes& out, Instant /*now*/) override {
    if (corrupt) return unexpected(OpenFailure::not_authentic);
    out.assign(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(clear));
    out.insert(out.end(), sealed.begin() + static_cast<std::ptrdiff_t>(clear + 3), sealed.end());
    return {};
  }
  bool corrupt = false;
};

/// One way between two ends: delay and loss. The far end's transport-wide numbers are the near end's.
struct Road {
  struct Item {
    Instant at;
    std::uint64_t order;
    bool rtcp;
    Bytes data;
    bool operator<(const Item& o) const { return std::tie(at, order) > std::tie(o.at, o.order); }
  };
  std::priority_queue<Item> items;
  Duration delay = 20ms;
  double loss = 0;
  SeededRandom random{5};
  std::uint64_t order = 0;
  std::uint64_t carried = 0;

  void put(ByteView data, bool rtcp, Instant now) {
    if (!rtcp && random.chance(loss)) return;
    ++carried;
    items.push({now + delay, order++, rtcp, Bytes(data.begin(), data.end())});
  }
};

struct World final : SenderOutput, ReceiverOutput {
  Instant now{1'000s};
  ToySeal seal;
  SeededRandom random{9};
  Road up;    // sender to receiver
  Road down;  // back
  MediaSender sender{{}, random, seal, *this};
  MediaReceiver receiver{{}, seal, *this};
  std::vector<OpenedFrame> frames;
  std::vector<Bytes> data;
  std::vector<media::AudioDecision::Kind> playout;
  std::vector<std::size_t> key_frames_wanted;
  std::vector<Bytes> rtp_sent;
  std::vector<wire::Slot> slots;

  void send_rtp(ByteView packet) override {
    rtp_sent.emplace_back(packet.begin(), packet.end());
    up.put(packet, false, now);
  }
  /// Both ends send RTCP through here; which one it is shows in who is running.
  bool receiver_runs = false;
  void send_rtcp(ByteView packet) override { (receiver_runs ? down : up).put(packet, true, now); }
  void key_frame_wanted(wire::SourceKind /*kind*/, std::size_t encoding) override {
    key_frames_wanted.push_back(encoding);
  }
  void on_frame(const OpenedFrame& frame) override {
    frames.push_back(frame);
    data.emplace_back(frame.data.begin(), frame.data.end());
  }
  void on_playout(std::uint32_t /*slot*/, wire::ParticipantNumber /*p*/, const media::AudioDecision& step) override {
    playout.push_back(step.kind);
  }
  void on_slot_changed(std::uint32_t /*slot*/) override {}

  World() {
    sender.add_source(wire::SourceKind::audio, {{.rid = "", .width = 0, .height = 0, .most = DataRate::kbps(48)}});
    sender.add_source(wire::SourceKind::camera,
                      {{.rid = "q", .width = 160, .height = 90, .most = DataRate::kbps(150)},
                       {.rid = "f", .width = 640, .height = 360, .most = DataRate::kbps(700)}});
    std::uint32_t index = 0;
    for (const auto& source : sender.sources()) {
      const auto& e = source.encodings.back();
      slots.push_back(
          {.slot = index++, .video = source.kind == wire::SourceKind::camera, .ssrc = e.ssrc, .rtx_ssrc = e.rtx_ssrc});
    }
    receiver.set_slots(slots, now);
    receiver.set_senders({{3, 7}}, now);
    receiver.assign({.slot = 0, .participant = 3, .kind = wire::SourceKind::audio}, now);
    receiver.assign({.slot = 1, .participant = 3, .kind = wire::SourceKind::camera}, now);
  }

  void audio(int number) {
    const Bytes frame(80, static_cast<std::uint8_t>(number));
    sender.send_audio(wire::SourceKind::audio, {.captured = now, .frame = frame, .level = 20, .voice = true}, now);
  }
  void video(bool key, std::size_t size, std::uint8_t temporal = 0) {
    Bytes frame(size, 0x55);
    frame[0] = key ? 0x10 : 0x11;
    if (key) {
      const Bytes head{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};  // 640x360
      std::ranges::copy(head, frame.begin());
    }
    sender.send_video(wire::SourceKind::camera, 1,
                      {.captured = now, .frame = frame, .key_frame = key, .info = {.temporal_id = temporal}}, now);
  }
  void run(Duration d) {
    for (const Instant end = now + d; now < end; now += 1ms) {
      receiver_runs = false;
      sender.poll(now);
      receiver_runs = true;
      for (; !up.items.empty() && up.items.top().at <= now; up.items.pop()) deliver(up.items.top(), true);
      receiver.poll(now);
      receiver_runs = false;
      for (; !down.items.empty() && down.items.top().at <= now; down.items.pop()) deliver(down.items.top(), false);
    }
  }
  void deliver(const Road::Item& item, bool to_receiver) {
    if (!item.rtcp) {
      receiver.on_rtp(item.data, now);
      return;
    }
    const auto messages = rtp::rtcp::parse(item.data);
    REQUIRE(messages.has_value());
    if (to_receiver) {
      receiver.on_rtcp(*messages, now);
    } else {
      sender.on_rtcp(*messages, now);
    }
  }
  [[nodiscard]] StreamStats stream(wire::SourceKind kind) const {
    for (const auto& s : receiver.stats()) {
      if (s.kind == kind && s.participant == 3) return s;
    }
    return {};
  }
  [[nodiscard]] std::size_t count(wire::SourceKind kind) const {
    return static_cast<std::size_t>(std::ranges::count_if(frames, [&](const auto& f) { return f.kind == kind; }));
  }
};

}  // namespace

TEST_CASE("media path: frames come out as they went in, of the right person, on the sender's clock") {
  World w;
  for (int i = 0; i < 100; ++i) {
    if (i % 2 == 0) w.video(i == 0, 3000);
    w.audio(i);
    w.run(20ms);
  }
  w.run(100ms);
  CHECK(w.count(wire::SourceKind::audio) == 100);
  CHECK(w.count(wire::SourceKind::camera) == 50);
  CHECK(w.frames.back().participant == 3);
  CHECK(w.stream(wire::SourceKind::camera).width == 640);
  CHECK(w.stream(wire::SourceKind::camera).height == 360);
  std::optional<media::NtpMicros> audio;
  std::optional<media::NtpMicros> video;
  for (const auto& f : w.frames) {
    if (f.kind == wire::SourceKind::audio) audio = f.captured;
    if (f.kind == wire::SourceKind::camera) video = f.captured;
  }
  REQUIRE(audio.has_value());
  REQUIRE(video.has_value());
  // The last picture was captured 20 ms before the last sound.
  const auto difference = static_cast<std::int64_t>(*audio) - static_cast<std::int64_t>(*video);
  CHECK(std::abs(difference - 20'000) < 1'000);
}

TEST_CASE("media path: nothing leaves without a key") {
  World w;
  w.seal.ready = false;
  w.audio(1);
  w.video(true, 3000);
  w.run(200ms);
  CHECK(w.rtp_sent.empty());
  CHECK(w.sender.unsealed_drops() == 2);
}

TEST_CASE("media path: every packet carries its own transport-wide number, ascending by one") {
  World w;
  for (int i = 0; i < 30; ++i) {
    w.audio(i);
    w.video(i == 0, 5000);
    w.run(33ms);
  }
  REQUIRE(w.rtp_sent.size() > 100);
  std::optional<std::uint16_t> last;
  for (const Bytes& bytes : w.rtp_sent) {
    const auto packet = rtp::parse_packet(bytes);
    REQUIRE(packet.has_value());
    const auto number = rtp::transport_sequence(*packet);
    REQUIRE(number.has_value());
    if (last) CHECK(*number == static_cast<std::uint16_t>(*last + 1));
    last = number;
    CHECK(bytes.size() <= rtp::max_rtp_packet_size);
  }
}

TEST_CASE("media path: lost video packets are sent again; at 10 % loss every picture arrives") {
  World w;
  w.up.loss = 0.1;
  for (int i = 0; i < 200; ++i) {
    w.video(i == 0, 4000);
    w.run(33ms);
  }
  w.run(500ms);
  const auto s = w.stream(wire::SourceKind::camera);
  CHECK(s.nacks > 20);
  CHECK(s.retransmitted > 20);
  CHECK(w.count(wire::SourceKind::camera) >= 190);
  CHECK(static_cast<double>(s.expected - s.packets) / static_cast<double>(s.expected) > 0.05);
}

TEST_CASE("media path: at 10 % loss sound goes on, gaps are repaired from FEC or concealed") {
  World w;
  w.up.loss = 0.1;
  for (int i = 0; i < 500; ++i) {
    w.audio(i);
    w.run(20ms);
  }
  const auto decoded = std::ranges::count(w.playout, media::AudioDecision::Kind::decode);
  const auto fec = std::ranges::count(w.playout, media::AudioDecision::Kind::decode_fec);
  CHECK(decoded > 420);
  CHECK(fec > 20);
  CHECK(w.sender.audio_loss_percent() > 3);
}

TEST_CASE("media path: a picture loss indication asks the right encoder for a key frame") {
  World w;
  w.video(false, 2000);  // nothing to start from
  w.run(800ms);
  CHECK(w.frames.empty());
  REQUIRE_FALSE(w.key_frames_wanted.empty());
  CHECK(w.key_frames_wanted.front() == 1);
  CHECK(w.stream(wire::SourceKind::camera).plis > 0);
  w.video(true, 2000);
  w.run(100ms);
  CHECK(w.frames.size() == 1);
}

TEST_CASE("media path: frames wait for their generation's key, and are dropped after 500 ms without it") {
  World w;
  w.audio(1);
  w.run(100ms);
  w.seal.generation = 2;
  w.audio(2);
  w.video(true, 2000);
  w.run(200ms);
  CHECK(w.frames.size() == 1);
  w.seal.newest_known = 2;
  w.receiver.on_keys_changed(w.now);
  CHECK(w.frames.size() == 3);
  w.seal.generation = 3;
  w.audio(3);
  w.run(600ms);
  CHECK(w.frames.size() == 3);
  CHECK(w.stream(wire::SourceKind::audio).undecryptable == 1);
}

TEST_CASE("media path: what is sealed by somebody who does not own the slot is never given out") {
  World w;
  w.audio(1);
  w.run(50ms);
  w.seal.sender = 8;  // another participant's key on this participant's stream
  w.audio(2);
  w.audio(3);
  w.run(700ms);
  CHECK(w.frames.size() == 1);
  CHECK(w.stream(wire::SourceKind::audio).wrong_sender == 2);
}

TEST_CASE("media path: a camera frame in an audio slot's place, or another kind's context, is refused") {
  World w;
  w.receiver.assign({.slot = 0, .participant = 3, .kind = wire::SourceKind::share_audio}, w.now);
  w.audio(1);
  w.run(700ms);
  CHECK(w.frames.empty());
  CHECK(w.stream(wire::SourceKind::share_audio).wrong_sender == 1);
}

TEST_CASE("media path: after a slot changes hands the tail of the old owner does not hold the new one up") {
  World w;
  w.receiver.set_senders({{3, 7}, {4, 8}}, w.now);
  w.video(true, 2000);
  w.audio(1);
  w.run(50ms);
  w.video(false, 2000);
  w.audio(2);
  w.receiver.assign({.slot = 0, .participant = 4, .kind = wire::SourceKind::audio}, w.now);
  w.receiver.assign({.slot = 1, .participant = 4, .kind = wire::SourceKind::camera}, w.now);
  w.run(30ms);
  w.seal.sender = 8;
  w.video(true, 2000);
  w.audio(3);
  w.run(150ms);
  REQUIRE(w.frames.size() == 4);
  CHECK(w.frames[2].participant == 4);
  CHECK(w.frames[3].participant == 4);
}

TEST_CASE(
    "media path: a frame that does not authenticate changes nothing but a counter, and video asks for a key frame") {
  World w;
  w.seal.corrupt = true;
  w.video(true, 2000);
  w.audio(1);
  w.run(100ms);
  CHECK(w.frames.empty());
  CHECK(w.stream(wire::SourceKind::camera).decrypt_failures == 1);
  CHECK(w.stream(wire::SourceKind::audio).decrypt_failures == 1);
  CHECK_FALSE(w.key_frames_wanted.empty());
}

TEST_CASE("media path: the estimate follows the feedback: it rises on a free road") {
  World w;
  for (int i = 0; i < 300; ++i) {
    w.video(i == 0, static_cast<std::size_t>(w.sender.video_budget().bps() / 8 / 30));
    w.audio(i);
    w.run(33ms);
  }
  CHECK(w.sender.congestion_stats().feedback_messages > 50);
  CHECK(w.sender.congestion_stats().target > DataRate::kbps(500));
}

TEST_CASE("media path: garbage of any kind is counted and dropped") {
  World w;
  SeededRandom random(3);
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes(random.below(200));
    random.fill(bytes);
    if (bytes.size() > 12 && i % 2 == 0) {
      bytes[0] = 0x80;
      store_u32(&bytes[8], w.slots[static_cast<std::size_t>(i / 2) % 2].ssrc);
    }
    w.receiver.on_rtp(bytes, w.now);
    w.run(1ms);
  }
  CHECK(w.frames.empty());
}

TEST_CASE("contexts: every encoding has its own, and the way back gives the kind") {
  for (const auto kind : {wire::SourceKind::camera, wire::SourceKind::share}) {
    for (const char* rid : {"q", "h", "f"}) {
      const auto context = context_of(kind, rid);
      REQUIRE(context.has_value());
      CHECK(kind_of_context(*context) == kind);
    }
  }
  CHECK(context_of(wire::SourceKind::audio, "") == 0);
  CHECK(context_of(wire::SourceKind::camera, "x") == std::nullopt);
  CHECK(kind_of_context(8) == std::nullopt);
}
