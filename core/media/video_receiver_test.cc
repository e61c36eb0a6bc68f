#include "core/media/video_receiver.h"

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <set>

#include "core/base/random.h"
#include "core/media/video_testing.h"

using namespace sealhall;
using namespace sealhall::media;
using namespace sealhall::media::testing;
using namespace std::chrono_literals;

namespace {
std::vector<ReceivedFrame> drain(VideoReceiver& receiver, Instant now) {
  std::vector<ReceivedFrame> frames;
  while (auto frame = receiver.pop(now)) frames.push_back(std::move(*frame));
  return frames;
}
}  // namespace

TEST_CASE("video: a clean stream comes out whole, at once, with its times") {
  VideoReceiver receiver;
  PretendEncoder encoder;
  Instant now{10s};
  std::uint64_t last_picture = 0;
  Instant last_render{};
  for (int i = 0; i < 100; ++i) {
    now += 33'333us;
    const auto packets = encoder.next(i == 0);
    for (const auto& packet : packets) receiver.on_packet(packet.view(), now);
    const auto frames = drain(receiver, now);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].key_frame == (i == 0));
    CHECK(frames[0].timestamp == packets[0].timestamp);
    if (i > 0) CHECK(frames[0].picture == last_picture + 1);
    last_picture = frames[0].picture;
    CHECK(frames[0].render_at >= last_render);
    CHECK(frames[0].render_at <= now + 60ms);
    last_render = frames[0].render_at;
    CHECK_FALSE(receiver.take_key_frame_request(now));
  }
  CHECK(receiver.stats().frames == 100);
  CHECK(receiver.stats().skipped_pictures == 0);
}

TEST_CASE("video: key frame requests are rate-limited while nothing helps, and end when it does") {
  VideoReceiver receiver;
  PretendEncoder encoder;
  Instant now{10s};
  (void)encoder.next(true);  // lost
  int requests = 0;
  for (int i = 0; i < 300; ++i) {
    now += 10ms;
    if (i % 3 == 0) {
      for (const auto& packet : encoder.next(false)) receiver.on_packet(packet.view(), now);
    }
    CHECK(drain(receiver, now).empty());
    requests += receiver.take_key_frame_request(now) ? 1 : 0;
  }
  CHECK(requests >= 5);
  CHECK(requests <= 6);
  for (const auto& packet : encoder.next(true)) receiver.on_packet(packet.view(), now);
  CHECK(drain(receiver, now).size() == 1);
  CHECK_FALSE(receiver.take_key_frame_request(now + 10s));
  receiver.restart_from_key_frame();
  CHECK(receiver.take_key_frame_request(now + 10s));
}

TEST_CASE("video: packets without one whole frame ask for a key frame by the deadline") {
  VideoReceiver receiver;
  PretendEncoder encoder;
  Instant now{10s};
  receiver.on_packet(encoder.next(true, 5000)[2].view(), now);
  CHECK_FALSE(receiver.take_key_frame_request(now));
  REQUIRE(receiver.next_deadline().has_value());
  now = *receiver.next_deadline();
  CHECK(now - Instant{10s} <= 250ms);
  CHECK(receiver.take_key_frame_request(now));
}

TEST_CASE("video: a retransmitted packet is waited for and costs no frame") {
  VideoReceiver receiver;
  receiver.on_rtt(50ms);
  PretendEncoder encoder;
  Instant now{10s};
  std::deque<std::pair<Instant, OwnedVideoPacket>> late;
  SeededRandom random{4};
  std::size_t out = 0;
  for (int i = 0; i < 600; ++i) {
    for (const auto& packet : encoder.next(i == 0)) {
      if (random.chance(0.1)) {
        late.emplace_back(now + 60ms, packet);
      } else {
        receiver.on_packet(packet.view(), now);
      }
    }
    for (int step = 0; step < 33; ++step) {
      now += 1ms;
      while (!late.empty() && late.front().first <= now) {
        receiver.on_packet(late.front().second.view(true), now);
        late.pop_front();
      }
      out += drain(receiver, now).size();
      CHECK_FALSE(receiver.take_key_frame_request(now));
    }
  }
  CHECK(out >= 597);
  CHECK(receiver.stats().skipped_pictures == 0);
  CHECK(receiver.stats().target_delay >= 60ms);
}

TEST_CASE("video: lip sync delays the picture, within the maximum") {
  VideoReceiver receiver;
  PretendEncoder encoder;
  Instant now{10s};
  receiver.set_minimum_delay(200ms);
  Instant render{};
  for (int i = 0; i < 10; ++i) {
    now += 33'333us;
    const auto packets = encoder.next(i == 0);
    for (const auto& packet : packets) receiver.on_packet(packet.view(), now);
    render = drain(receiver, now).at(0).render_at;
    CHECK(receiver.playout_time(packets[0].timestamp).has_value());
  }
  CHECK(render >= now + 195ms);
  CHECK(render <= now + 205ms);
}

TEST_CASE(
    "video: another source behind the slot begins with its key frame; the rest of the old one is not waited for") {
  Instant now{10s};
  // The SFU keeps the sequence numbers continuous; picture ids may go on or begin anew.
  for (const std::uint16_t first_picture : {std::uint16_t{20}, std::uint16_t{3}}) {
    PretendEncoder old_source{500, 10};
    PretendEncoder new_source{static_cast<std::uint16_t>(500 + 10 * 2), first_picture};
    VideoReceiver slot;
    for (int i = 0; i < 10; ++i) {
      now += 33ms;
      auto packets = old_source.next(i == 0);
      REQUIRE(packets.size() == 2);
      if (i >= 8) packets.pop_back();  // what the old source sent last did not arrive whole
      for (const auto& packet : packets) slot.on_packet(packet.view(), now);
      (void)drain(slot, now);
    }
    CHECK(slot.stats().frames == 8);
    std::size_t out = 0;
    for (int i = 0; i < 10; ++i) {
      now += 33ms;
      for (const auto& packet : new_source.next(i == 0)) slot.on_packet(packet.view(), now);
      const auto frames = drain(slot, now);
      if (out == 0 && !frames.empty()) {
        CHECK(frames[0].key_frame);
        CHECK(frames[0].after_skip);
        CHECK(i <= 6);  // the usual wait for what may still come, then on
        CHECK(slot.done_to() >= 520);
      }
      out += frames.size();
      CHECK_FALSE(slot.take_key_frame_request(now));
    }
    CHECK(out == 10);
  }
}

namespace {

/// What the true references of every sent frame are, so that a run can be judged.
struct SentFrame {
  std::uint8_t layer = 0;
  bool key = false;
  std::vector<std::size_t> references;
};

}  // namespace

TEST_CASE(
    "video: random loss, reorder, duplication: never a frame without its references, ascending, bounded, always "
    "moving") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SeededRandom random{seed};
    VideoReceiver::Config config;
    config.max_packets = 256;
    VideoReceiver receiver{config};
    receiver.on_rtt(Duration{static_cast<std::int64_t>(random.below(200'000))});
    PretendEncoder encoder{static_cast<std::uint16_t>(random.next()), static_cast<std::uint16_t>(random.below(0x8000))};
    const double loss = random.unit() * 0.3;
    const double healed = random.unit();
    struct Flight {
      Instant at{};
      OwnedVideoPacket packet;
    };
    std::vector<Flight> flying;
    std::map<std::uint32_t, std::size_t> by_timestamp;
    std::vector<SentFrame> sent;
    std::set<std::size_t> given;
    Instant now{};
    bool key = true;
    std::optional<std::size_t> base, middle;
    std::optional<std::size_t> last_out;
    std::size_t last_progress = 0;
    for (std::size_t i = 0; i < 700; ++i) {
      const auto packets =
          encoder.next(key, 1 + static_cast<std::size_t>(random.below(random.chance(0.05) ? 60'000 : 4000)));
      SentFrame frame;
      frame.key = key;
      frame.layer = encoder.last().temporal_id;
      if (!key) {
        if (frame.layer == 0) frame.references = {*base};
        if (frame.layer == 1) frame.references = {*base};
        if (frame.layer == 2)
          frame.references = encoder.last().layer_sync ? std::vector{*base} : std::vector{*base, *middle};
      }
      if (frame.layer == 0) base = i;
      if (frame.layer == 1) middle = i;
      key = false;
      by_timestamp[packets[0].timestamp] = i;
      sent.push_back(frame);
      for (const auto& packet : packets) {
        const int copies = random.chance(0.05) ? 2 : 1;
        for (int c = 0; c < copies; ++c) {
          Duration delay{static_cast<std::int64_t>(random.below(30'000))};
          if (random.chance(loss)) {
            if (!random.chance(healed)) continue;
            delay += 100ms;
          }
          flying.push_back({now + delay, packet});
        }
      }
      const Instant end = now + 33ms;
      for (; now < end; now += 3ms) {
        for (std::size_t f = 0; f < flying.size();) {
          if (flying[f].at > now) {
            ++f;
            continue;
          }
          receiver.on_packet(flying[f].packet.view(), now);
          flying[f] = flying.back();
          flying.pop_back();
        }
        while (auto out = receiver.pop(now)) {
          const std::size_t number = by_timestamp.at(out->timestamp);
          REQUIRE(sent[number].key == out->key_frame);
          for (const std::size_t reference : sent[number].references) REQUIRE(given.contains(reference));
          if (last_out) REQUIRE(number > *last_out);
          last_out = number;
          given.insert(number);
          last_progress = i;
        }
        if (receiver.take_key_frame_request(now)) key = true;
      }
      // With frames coming through at all, nothing stands still for longer than patience, request and a key frame take.
      if (loss < 0.1) REQUIRE(i - last_progress < 60);
    }
    CHECK(receiver.stats().key_frame_requests <= 48);  // 23 s: never more than two a second
    if (loss < 0.1) CHECK(given.size() > 150);
  }
}
