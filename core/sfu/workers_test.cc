// Two and three workers that carry one meeting: what crosses between them.
#include <doctest/doctest.h>

#include <set>

#include "core/sfu/link.h"
#include "core/sfu/testing.h"

namespace sealhall::sfu {
namespace {

using namespace testing;  // NOLINT

Config config_of(std::uint32_t worker) {
  Config config;
  config.worker = worker;
  return config;
}

/// Workers 0..n-1 whose link datagrams reach each other when `exchange` is called.
struct Cluster {
  std::vector<std::unique_ptr<Room>> rooms;
  std::vector<std::uint32_t> all;
  std::size_t media = 0;                                                   ///< packets that crossed
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint16_t>> seen;  ///< to, ssrc, number
  std::size_t twice = 0;
  double loss = 0;
  SeededRandom random{9};

  explicit Cluster(std::uint32_t workers) {
    for (std::uint32_t i = 0; i < workers; ++i) {
      rooms.push_back(std::make_unique<Room>(config_of(i), i + 10));
      rooms.back()->next_participant = i * 100 + 1;
      all.push_back(i);
    }
  }
  Client& join(std::size_t worker, std::uint32_t audio_slots, std::uint32_t video_slots) {
    return rooms[worker]->join(audio_slots, video_slots, all);
  }
  /// Tells the other workers what control would.
  void publish(std::size_t worker, Client& client, int layers, bool audio) {
    rooms[worker]->publish(client, layers, audio);
    for (std::size_t i = 0; i < rooms.size(); ++i) {
      if (i == worker) continue;
      wire::media::SetRemotePublished remote;
      remote.meeting = meeting_key;
      remote.participant = client.participant;
      remote.worker = static_cast<std::uint32_t>(worker);
      if (layers > 0) remote.sources.push_back(Room::camera_source(client.participant, layers));
      if (audio) remote.sources.push_back(Room::audio_source(client.participant));
      CHECK(rooms[i]->forwarder.set_remote_published(remote, rooms[i]->now).has_value());
    }
  }
  void exchange() {
    for (bool any = true; any;) {
      any = false;
      for (std::size_t from = 0; from < rooms.size(); ++from) {
        std::vector<RecordingSink::LinkDatagram> datagrams = std::move(rooms[from]->sink.link);
        rooms[from]->sink.link.clear();
        for (const RecordingSink::LinkDatagram& datagram : datagrams) {
          any = true;
          const auto message = parse_link(datagram.bytes);
          REQUIRE(message.has_value());
          if (message->type == LinkType::media) {
            ++media;
            const auto key = std::tuple{datagram.worker, message->media.ssrc, message->media.sequence_number};
            if (!seen.insert(key).second) ++twice;
            if (random.chance(loss)) continue;
          }
          rooms[datagram.worker]->forwarder.on_link(static_cast<std::uint32_t>(from), datagram.bytes,
                                                    rooms[datagram.worker]->now);
        }
        for (const auto& room : rooms) room->flush();
      }
    }
  }
  void advance(Duration by) {
    for (const Instant end = rooms[0]->now + by; rooms[0]->now < end;) {
      for (const auto& room : rooms) room->advance(milliseconds{1});
      exchange();
    }
  }
  void frame(std::size_t worker, Client& client, int packets = 2) {
    rooms[worker]->send_frame(client, packets);
    exchange();
  }
};

TEST_CASE("workers: viewers on another worker see the camera, and every packet crosses once however many they are") {
  Cluster cluster{2};
  Client& sender = cluster.join(0, 0, 0);
  std::vector<Client*> viewers;
  for (int i = 0; i < 20; ++i) viewers.push_back(&cluster.join(1, 0, 1));
  cluster.publish(0, sender, 1, false);
  for (Client* viewer : viewers) cluster.rooms[1]->watch(*viewer, {{sender.participant, 180}});
  cluster.advance(milliseconds{60});
  for (int i = 0; i < 30; ++i) {
    cluster.frame(0, sender);
    cluster.advance(milliseconds{33});
  }
  CHECK(cluster.media == 60);
  CHECK(cluster.twice == 0);
  for (Client* viewer : viewers) {
    const std::vector<Received> got = cluster.rooms[1]->take(*viewer);
    CHECK(got.size() >= 50);
    CHECK(frame_mark(got[0].packet.payload)->key);
    std::uint16_t number = got[0].packet.sequence_number;
    for (const Received& each : got) CHECK(each.packet.sequence_number == number++);
  }
}

TEST_CASE("workers: nothing crosses to a worker that has no viewer, and it stops when the last one turns away") {
  Cluster cluster{3};
  Client& sender = cluster.join(0, 0, 0);
  Client& viewer = cluster.join(1, 0, 1);
  cluster.join(2, 0, 1);
  cluster.publish(0, sender, 3, false);
  cluster.rooms[1]->watch(viewer, {{sender.participant, 180}});
  cluster.advance(milliseconds{60});
  for (int i = 0; i < 10; ++i) {
    cluster.frame(0, sender);
    cluster.advance(milliseconds{33});
  }
  for (const auto& [to, ssrc, number] : cluster.seen) {
    CHECK(to == 1);
    CHECK(ssrc == sender.camera[0].ssrc());
  }
  CHECK(cluster.media == 20);
  cluster.rooms[1]->watch(viewer, {});
  cluster.advance(milliseconds{60});
  cluster.media = 0;
  cluster.frame(0, sender);
  CHECK(cluster.media == 0);
}

TEST_CASE("workers: a worker that died asks for nothing any more, and nothing is sent to it after a while") {
  Cluster cluster{2};
  Client& sender = cluster.join(0, 0, 0);
  Client& viewer = cluster.join(1, 0, 1);
  cluster.publish(0, sender, 1, false);
  cluster.rooms[1]->watch(viewer, {{sender.participant, 180}});
  cluster.advance(milliseconds{60});
  cluster.frame(0, sender);
  CHECK(cluster.media == 2);
  cluster.rooms[0]->advance(std::chrono::seconds{5});
  cluster.rooms[0]->sink.link.clear();
  cluster.rooms[0]->send_frame(sender);
  for (const auto& datagram : cluster.rooms[0]->sink.link) CHECK(parse_link(datagram.bytes)->type != LinkType::media);
}

TEST_CASE("workers: layers that only another worker wants are wanted") {
  Cluster cluster{2};
  Client& sender = cluster.join(0, 0, 0);
  Client& viewer = cluster.join(1, 0, 1);
  cluster.publish(0, sender, 3, false);
  cluster.rooms[1]->watch(viewer, {{sender.participant, 180}});
  for (int i = 0; i < 100; ++i) {
    cluster.frame(0, sender);
    cluster.advance(milliseconds{33});
  }
  REQUIRE(!cluster.rooms[0]->sink.layers.empty());
  CHECK(cluster.rooms[0]->sink.layers.back().rids == std::vector<std::string>{"q"});
  cluster.rooms[1]->watch(viewer, {{sender.participant, 720}});
  cluster.advance(milliseconds{100});
  CHECK(cluster.rooms[0]->sink.layers.back().rids.size() >= 2);
}

TEST_CASE("workers: packets that are lost between workers are asked for and cross again") {
  Cluster cluster{2};
  cluster.loss = 0.1;
  Client& sender = cluster.join(0, 0, 0);
  Client& viewer = cluster.join(1, 0, 1);
  cluster.publish(0, sender, 1, false);
  cluster.rooms[1]->watch(viewer, {{sender.participant, 180}});
  cluster.advance(milliseconds{60});
  std::set<std::uint16_t> numbers;
  std::optional<std::uint16_t> first;
  for (int i = 0; i < 200; ++i) {
    cluster.frame(0, sender, 3);
    cluster.advance(milliseconds{33});
    for (const Received& each : cluster.rooms[1]->take(viewer)) {
      if (!first) first = each.packet.sequence_number;
      numbers.insert(static_cast<std::uint16_t>(each.packet.sequence_number - *first));
    }
  }
  cluster.loss = 0;
  cluster.advance(milliseconds{300});
  for (const Received& each : cluster.rooms[1]->take(viewer)) {
    numbers.insert(static_cast<std::uint16_t>(each.packet.sequence_number - *first));
  }
  REQUIRE(numbers.size() > 400);
  CHECK(*numbers.rbegin() + 1U - numbers.size() <= 2);
}

TEST_CASE("workers: of many people only the loudest cross, and the loudest of all are heard everywhere") {
  Cluster cluster{2};
  std::vector<Client*> here;
  std::vector<Client*> there;
  for (int i = 0; i < 12; ++i) {
    here.push_back(&cluster.join(0, 2, 0));
    there.push_back(&cluster.join(1, 2, 0));
  }
  for (Client* client : here) cluster.publish(0, *client, 0, true);
  for (Client* client : there) cluster.publish(1, *client, 0, true);
  for (int i = 0; i < 150; ++i) {
    for (std::size_t k = 0; k < here.size(); ++k) {
      cluster.rooms[0]->feed(*here[k], here[k]->audio->packet(k == 3 ? 15 : 118, k == 3));
      cluster.rooms[1]->feed(*there[k], there[k]->audio->packet(k == 5 ? 25 : 118, k == 5));
    }
    for (const auto& room : cluster.rooms) room->flush();
    cluster.exchange();
    cluster.advance(milliseconds{20});
    if (i == 50) {
      cluster.media = 0;
      cluster.seen.clear();
    }
  }
  std::set<std::uint32_t> crossed;
  for (const auto& [to, ssrc, number] : cluster.seen) crossed.insert(ssrc);
  CHECK(crossed.size() <= 6);  // two a worker, and those that stood there before
  CHECK(crossed.contains(here[3]->audio->ssrc()));
  CHECK(crossed.contains(there[5]->audio->ssrc()));
  CHECK(cluster.twice == 0);
  for (const auto& room : cluster.rooms) {
    REQUIRE(room->sink.speakers.size() == 2);
    CHECK(room->sink.speakers[0] == here[3]->participant);
    CHECK(room->sink.speakers[1] == there[5]->participant);
  }
}

TEST_CASE("workers: sender reports cross, so that lip sync works on the other side") {
  Cluster cluster{2};
  Client& sender = cluster.join(0, 0, 0);
  Client& viewer = cluster.join(1, 0, 1);
  cluster.publish(0, sender, 1, false);
  cluster.rooms[1]->watch(viewer, {{sender.participant, 180}});
  cluster.advance(milliseconds{60});
  cluster.frame(0, sender);
  cluster.advance(milliseconds{20});
  const std::vector<Received> got = cluster.rooms[1]->take(viewer);
  REQUIRE(!got.empty());
  rtp::rtcp::SenderReport report;
  report.sender_ssrc = sender.camera[0].ssrc();
  report.ntp_time = 77;
  report.rtp_timestamp = sender.camera[0].timestamp() + 5;
  const rtp::rtcp::Message message{report};
  cluster.rooms[0]->forwarder.on_rtcp(sender.handle, {&message, 1}, cluster.rooms[0]->now);
  cluster.exchange();
  const auto reports = cluster.rooms[1]->sink.take_rtcp<rtp::rtcp::SenderReport>(viewer.handle);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].ntp_time == 77);
  CHECK(reports[0].rtp_timestamp == got[0].packet.timestamp + 5);
}

TEST_CASE("workers: somebody who moved to another worker is not forgotten when the first one says that they are gone") {
  Room room{config_of(0)};
  Client& viewer = room.join(0, 1, {0, 1, 2});
  wire::media::SetRemotePublished remote;
  remote.meeting = meeting_key;
  remote.participant = 50;
  remote.worker = 1;
  remote.sources.push_back(Room::camera_source(50, 1));
  REQUIRE(room.forwarder.set_remote_published(remote, room.now));
  room.watch(viewer, {{50, 180}});
  remote.worker = 2;
  REQUIRE(room.forwarder.set_remote_published(remote, room.now));
  CHECK(room.forwarder.explain(viewer.handle)[0].reason == SlotReason::not_sending);
  remote.sources.clear();
  remote.worker = 1;
  REQUIRE(room.forwarder.set_remote_published(remote, room.now));
  CHECK(room.forwarder.explain(viewer.handle)[0].reason != SlotReason::no_source);
  remote.worker = 2;
  REQUIRE(room.forwarder.set_remote_published(remote, room.now));
  CHECK(room.forwarder.explain(viewer.handle)[0].reason == SlotReason::no_source);
}

TEST_CASE("workers: of what a source may not send the numbers cross, and nothing of its content") {
  Cluster cluster{2};
  Client& sender = cluster.join(0, 0, 0);
  Client& viewer = cluster.join(1, 0, 1);
  cluster.publish(0, sender, 1, false);
  cluster.rooms[1]->watch(viewer, {{sender.participant, 180}});
  cluster.advance(milliseconds{60});
  cluster.frame(0, sender);
  for (const rtp::VideoCodec codec : {rtp::VideoCodec::vp9, rtp::VideoCodec::vp8}) {
    sender.camera[0].codec = codec;
    cluster.rooms[0]->sink.link.clear();
    cluster.rooms[0]->send_frame(sender);
    std::size_t crossed = 0;
    for (const auto& datagram : cluster.rooms[0]->sink.link) {
      const auto message = parse_link(datagram.bytes);
      REQUIRE(message.has_value());
      if (message->type != LinkType::media) continue;
      ++crossed;
      CHECK(message->payload.empty() == (codec == rtp::VideoCodec::vp9));
    }
    CHECK(crossed == 3);
  }
}

TEST_CASE("workers: a link message that fits nothing here is counted and does nothing") {
  Cluster cluster{2};
  Client& sender = cluster.join(0, 0, 0);
  cluster.join(1, 0, 1);
  cluster.publish(0, sender, 1, false);
  Forwarder& forwarder = cluster.rooms[1]->forwarder;
  const Instant now = cluster.rooms[1]->now;
  const std::uint64_t before = forwarder.stats().dropped_link;
  const MeetingUuid uuid{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                         0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
  std::array<std::uint8_t, link_media_head_size> media{};
  write_link_media(uuid, sender.participant, {.ssrc = 5, .payload_type = 96}, media);
  forwarder.on_link(0, media, now);  // unknown SSRC
  write_link_media(uuid, 999, {.ssrc = sender.camera[0].ssrc(), .payload_type = 96}, media);
  forwarder.on_link(0, media, now);  // unknown participant
  write_link_media(uuid, sender.participant, {.ssrc = sender.camera[0].ssrc(), .payload_type = 96}, media);
  forwarder.on_link(1, media, now);                    // from itself
  forwarder.on_link(5, media, now);                    // from a worker that does not carry that participant
  cluster.rooms[0]->forwarder.on_link(1, media, now);  // a participant of its own
  forwarder.on_link(0, {}, now);
  CHECK(forwarder.stats().dropped_link == before + 5);
  CHECK(cluster.rooms[0]->forwarder.stats().dropped_link == 1);
}

TEST_CASE(
    "workers: a worker may be taken out of a meeting that it has forgotten, but not be told about an unknown one") {
  Cluster cluster{1};
  Forwarder& forwarder = cluster.rooms[0]->forwarder;
  CHECK(forwarder.set_meeting_workers({meeting_key, {}}, cluster.rooms[0]->now).has_value());
  const auto told = forwarder.set_meeting_workers({meeting_key, {0, 1}}, cluster.rooms[0]->now);
  REQUIRE(!told);
  CHECK(told.error() == SfuError::unknown_meeting);
}

}  // namespace
}  // namespace sealhall::sfu
