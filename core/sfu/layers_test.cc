// Which layer a viewer gets, through the whole forwarding unit.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/sfu/testing.h"

namespace sealhall::sfu {
namespace {

using namespace testing;  // NOLINT

void bound_rate(Room& room, const Client& client, std::uint64_t bps) {
  const rtp::rtcp::Message remb{rtp::rtcp::Remb{.sender_ssrc = 1, .bitrate_bps = bps, .ssrcs = {}}};
  room.forwarder.on_rtcp(client.handle, {&remb, 1}, room.now);
}

/// Frames for `time`; everything that is sent arrives. Layers of about 83, 250 and 750 kbit/s.
std::vector<Received> stream(Room& room, Client& sender, Client& viewer, Duration time, std::uint64_t bound = 0) {
  std::vector<Received> all;
  for (const Instant end = room.now + time; room.now < end;) {
    room.answer_key_requests();
    static constexpr std::array<int, 3> packets{1, 1, 3};
    static constexpr std::array<std::size_t, 3> sizes{280, 1000, 1000};
    for (std::size_t i = 0; i < sender.camera.size(); ++i) {
      for (const Bytes& packet : sender.camera[i].frame(packets[i], sizes[i])) room.feed(sender, packet);
    }
    if (bound != 0) bound_rate(room, viewer, bound);
    room.flush();
    room.advance(milliseconds{33});
    // Probes are acknowledged too, so that the estimate can grow by them.
    std::vector<Received> got = std::move(room.sink.packets[value(viewer.handle)]);
    room.sink.packets[value(viewer.handle)].clear();
    room.acknowledge(viewer, got);
    for (Received& each : got) {
      if (each.kind == PacketKind::video) all.push_back(std::move(each));
    }
  }
  return all;
}

std::set<std::uint32_t> encodings(const std::vector<Received>& packets) {
  std::set<std::uint32_t> ssrcs;
  for (const Received& each : packets) {
    if (const auto mark = frame_mark(each.packet.payload)) ssrcs.insert(mark->ssrc);
  }
  return ssrcs;
}

TEST_CASE("layers: on a good path the estimate grows until the viewer has what was wished for, and it says so") {
  Config config;
  config.start_rate = DataRate::kbps(300);
  Room room{config};
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, false);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 720}});
  stream(room, sender, viewer, std::chrono::seconds{8});
  const SlotExplanation explained = room.forwarder.explain(viewer.handle)[0];
  CHECK(explained.reason == SlotReason::as_wished);
  CHECK(explained.encoding == 2);
  CHECK(explained.temporal == 2);
  CHECK(encodings(stream(room, sender, viewer, std::chrono::seconds{1})) ==
        std::set<std::uint32_t>{sender.camera[2].ssrc()});
  CHECK(room.forwarder.explain_text(viewer.handle).find("as_wished") != std::string::npos);
}

TEST_CASE("layers: when the path gets narrow the viewer comes down within a second, and goes up again after it") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, false);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 720}});
  stream(room, sender, viewer, std::chrono::seconds{8});
  REQUIRE(room.forwarder.explain(viewer.handle)[0].encoding == 2);
  stream(room, sender, viewer, std::chrono::seconds{1}, 100'000);
  CHECK(room.forwarder.explain(viewer.handle)[0].encoding == 0);
  CHECK(room.forwarder.explain(viewer.handle)[0].reason == SlotReason::limited_by_bandwidth);
  CHECK(encodings(stream(room, sender, viewer, std::chrono::seconds{1}, 100'000)) ==
        std::set<std::uint32_t>{sender.camera[0].ssrc()});
  // A bound above the need is no bound.
  stream(room, sender, viewer, std::chrono::seconds{12}, 20'000'000);
  CHECK(room.forwarder.explain(viewer.handle)[0].encoding == 2);
}

/// Sound of `sender`, and pictures when there is a camera, for `time`; without `answers` nothing comes back. How many
/// packets of pictures the viewer got.
std::size_t talk(Room& room, Client& sender, Client& viewer, Duration time, bool answers = true) {
  std::size_t pictures = 0;
  int tick = 0;
  for (const Instant end = room.now + time; room.now < end; ++tick) {
    room.answer_key_requests();
    room.feed(sender, sender.audio->packet(20, true, 100));
    // 25 frames a second, of which every fourth, the lowest frame rate, is larger: 70 kbit/s of the smallest layer's
    // 150.
    for (std::size_t i = 0; tick % 2 == 0 && i < sender.camera.size(); ++i) {
      // As a browser: what the server does not want is not sent.
      static constexpr std::array<const char*, 3> names{"q", "h", "f"};
      if (!room.sink.layers.empty() && std::ranges::count(room.sink.layers.back().rids, names[i]) == 0) continue;
      const int packets = static_cast<int>(i) * 2 + 1;
      for (const Bytes& packet : sender.camera[i].frame(packets, tick % 8 == 0 ? 1400 : 460)) room.feed(sender, packet);
    }
    room.flush();
    room.advance(milliseconds{20});
    const std::vector<Received> got = std::move(room.sink.packets[value(viewer.handle)]);
    room.sink.packets[value(viewer.handle)].clear();
    pictures += static_cast<std::size_t>(
        std::ranges::count_if(got, [](const Received& each) { return each.kind == PacketKind::video; }));
    if (answers) room.acknowledge(viewer, got);
  }
  return pictures;
}

TEST_CASE("layers: who has listened only, through a disturbance, is shown pictures when they want them") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, true);
  Client& viewer = room.join(1, 1);
  talk(room, sender, viewer, std::chrono::seconds{3});
  talk(room, sender, viewer, std::chrono::seconds{8}, false);
  talk(room, sender, viewer, std::chrono::seconds{3});
  REQUIRE(room.sink.layers.back().rids.empty());  // nobody watches
  room.watch(viewer, {{sender.participant, 720}});
  CHECK(talk(room, sender, viewer, std::chrono::seconds{20}) > 100);
}

TEST_CASE("layers: a screen that begins late, on a path for less than it was announced with, is shown") {
  Config config;
  config.start_rate = DataRate::kbps(600);
  Room room{config};
  Client& sender = room.join(0, 0);
  Client& viewer = room.join(0, 1);
  wire::media::SetPublished command;
  command.transport = sender.id;
  wire::PublishedSource screen = Room::camera_source(sender.participant, 1);
  screen.kind = SourceKind::share;
  screen.encodings[0].height = 1080;
  screen.encodings[0].max_bitrate_bps = 2'500'000;
  sender.camera.emplace_back(screen.encodings[0].ssrc, 3);
  command.sources = {screen};
  REQUIRE(room.forwarder.set_published(command, room.now));
  wire::media::SetSubscribed wish;
  wish.transport = viewer.id;
  wish.videos.push_back(
      {.slot = 0, .participant = sender.participant, .kind = SourceKind::share, .max_height = 1080, .priority = 10});
  REQUIRE(room.forwarder.set_subscribed(wish, room.now));
  room.advance(std::chrono::seconds{3});
  // As a browser: what the server does not want is not sent.
  std::vector<VideoEncoder> all = sender.camera;
  std::size_t shown = 0;
  for (int i = 0; i < 100; ++i) {
    const bool wanted = room.sink.layers.empty() || !room.sink.layers.back().rids.empty();
    sender.camera = wanted ? all : std::vector<VideoEncoder>{};
    shown += stream(room, sender, viewer, milliseconds{200}, 600'000).size();
    if (wanted) all = sender.camera;
  }
  CHECK(shown > 300);
}

TEST_CASE("layers: with nearly nothing left the slot is paused and says why") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, false);
  Client& viewer = room.join(0, 2);
  Client& other = room.join(0, 0);
  room.publish(other, 3, false);
  room.watch(viewer, {{sender.participant, 720}, {other.participant, 720}});
  stream(room, sender, viewer, std::chrono::seconds{3});
  bound_rate(room, viewer, 30'000);
  room.advance(milliseconds{100});
  const auto explained = room.forwarder.explain(viewer.handle);
  CHECK(explained[1].reason == SlotReason::no_bandwidth);
  CHECK(explained[1].encoding == -1);
}

TEST_CASE("layers: a layer that its sender does not encode is passed over after a while, and taken when it comes") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, false);
  std::vector<VideoEncoder> all = sender.camera;
  sender.camera.erase(sender.camera.begin() + 2);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 720}});
  const std::vector<Received> first = stream(room, sender, viewer, std::chrono::seconds{1});
  CHECK(!first.empty());  // something smaller is shown meanwhile
  stream(room, sender, viewer, std::chrono::seconds{9});
  CHECK(room.forwarder.explain(viewer.handle)[0].encoding == 1);
  CHECK(room.forwarder.explain(viewer.handle)[0].reason == SlotReason::limited_by_sender);
  sender.camera.push_back(all[2]);
  stream(room, sender, viewer, std::chrono::seconds{6});
  CHECK(room.forwarder.explain(viewer.handle)[0].encoding == 2);
  CHECK(room.forwarder.explain(viewer.handle)[0].reason == SlotReason::as_wished);
}

TEST_CASE("layers: a viewer whose layer stops being sent falls back to one that is") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, false);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 720}});
  stream(room, sender, viewer, std::chrono::seconds{8});
  REQUIRE(room.forwarder.explain(viewer.handle)[0].encoding == 2);
  sender.camera.erase(sender.camera.begin() + 2);
  stream(room, sender, viewer, std::chrono::seconds{6});
  CHECK(room.forwarder.explain(viewer.handle)[0].encoding == 1);
}

TEST_CASE("layers: max_height 0 pauses a slot, and the wish for a participant who is not there yet waits") {
  Room room;
  Client& viewer = room.join(0, 2);
  room.watch(viewer, {{2, 720}, {2, 0}});
  CHECK(room.forwarder.explain(viewer.handle)[0].reason == SlotReason::no_source);
  Client& sender = room.join(0, 0);
  REQUIRE(sender.participant == 2);
  room.publish(sender, 1, false);
  room.advance(milliseconds{50});
  CHECK(room.sink.slots[viewer.id][0].participant == 2);
  room.send_frame(sender);
  room.advance(milliseconds{100});
  room.send_frame(sender);
  CHECK(room.forwarder.explain(viewer.handle)[0].encoding == 0);
  CHECK(room.forwarder.explain(viewer.handle)[1].reason == SlotReason::paused_by_viewer);
  CHECK(!room.take(viewer).empty());
  room.forwarder.close_transport(sender.handle, room.now);
  room.flush();
  CHECK(!room.sink.slots[viewer.id][0].participant);
  CHECK(room.forwarder.explain(viewer.handle)[0].reason == SlotReason::no_source);
}

TEST_CASE(
    "layers: a switch to a layer whose key frame is long ago waits for a new one and goes on with the old layer until "
    "then") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, false);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 180}});
  stream(room, sender, viewer, std::chrono::seconds{2});
  room.watch(viewer, {{sender.participant, 360}});
  // The sender does not hear of the request for a while.
  std::vector<Received> between;
  for (int i = 0; i < 10; ++i) {
    for (VideoEncoder& encoder : sender.camera) {
      for (const Bytes& packet : encoder.frame(1, 200)) room.feed(sender, packet);
    }
    room.flush();
    room.advance(milliseconds{33});
    for (Received& each : room.take(viewer)) between.push_back(std::move(each));
  }
  CHECK(between.size() >= 8);
  CHECK(encodings(between) == std::set<std::uint32_t>{sender.camera[0].ssrc()});
  const std::vector<Received> after = stream(room, sender, viewer, std::chrono::seconds{1});
  const auto first = std::find_if(after.begin(), after.end(), [&](const Received& each) {
    return frame_mark(each.packet.payload)->ssrc == sender.camera[1].ssrc();
  });
  REQUIRE(first != after.end());
  CHECK(frame_mark(first->packet.payload)->key);
}

TEST_CASE("layers: probes look for more bandwidth only while something better could be shown") {
  Config config;
  config.start_rate = DataRate::kbps(300);
  Room room{config};
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, false);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 720}});
  stream(room, sender, viewer, std::chrono::seconds{8});
  CHECK(room.forwarder.stats().probes_out > 0);
  room.watch(viewer, {{sender.participant, 180}});
  stream(room, sender, viewer, std::chrono::seconds{2});
  const std::uint64_t before = room.forwarder.stats().probes_out;
  stream(room, sender, viewer, std::chrono::seconds{10});
  CHECK(room.forwarder.stats().probes_out <= before + 40);
}

}  // namespace
}  // namespace sealhall::sfu
