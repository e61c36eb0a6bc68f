#include "core/sfu/forwarder.h"

#include <doctest/doctest.h>

#include <set>

#include "core/sfu/testing.h"

namespace sealhall::sfu {
namespace {

using namespace testing;  // NOLINT

std::uint32_t frame_number(const Received& received) {
  const auto vp8 = rtp::parse_vp8(received.packet.payload);
  return load_u32(&received.packet.payload[vp8->descriptor_size + 1]);
}

TEST_CASE("forwarder: a viewer gets the camera that it asked for, from a key frame on") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 1, false);
  Client& viewer = room.join(0, 2);
  for (int i = 0; i < 3; ++i) room.send_frame(sender);
  CHECK(room.take(viewer).empty());
  room.advance(milliseconds{1000});
  room.watch(viewer, {{sender.participant, 180}});
  for (int i = 0; i < 10; ++i) {
    room.advance(milliseconds{33});
    room.send_frame(sender);
  }
  room.advance(milliseconds{100});
  const std::vector<Received> got = room.take(viewer);
  REQUIRE(got.size() >= 20);
  const wire::Slot& slot = room.video_slot(viewer, 0);
  const auto first = rtp::parse_vp8(got[0].packet.payload);
  REQUIRE(first);
  CHECK(first->key_frame_start);
  std::uint16_t sequence = got[0].packet.sequence_number;
  for (const Received& each : got) {
    CHECK(each.packet.ssrc == slot.ssrc);
    CHECK(each.packet.payload_type == rtp::payload_type::vp8);
    CHECK(each.packet.sequence_number == sequence++);
  }
  CHECK(room.sink.slots[viewer.id][0].participant == sender.participant);
  CHECK(sender.camera[0].key_frames == 2);
}

TEST_CASE("forwarder: who joins just after a key frame gets it without another request") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 1, false);
  Client& first = room.join(0, 1);
  room.watch(first, {{sender.participant, 180}});
  room.send_frame(sender);
  room.advance(milliseconds{33});
  room.send_frame(sender);
  room.advance(milliseconds{50});
  const int before = sender.camera[0].key_frames;
  Client& second = room.join(0, 1);
  room.watch(second, {{sender.participant, 180}});
  room.flush();
  room.advance(milliseconds{50});
  CHECK(room.take(second).size() == 6);
  room.answer_key_requests();
  room.send_frame(sender);
  CHECK(sender.camera[0].key_frames == before);
}

TEST_CASE("forwarder: packets with an SSRC that the sender has not announced go nowhere and are counted") {
  Room room;
  Client& sender = room.join(1, 0);
  Client& other = room.join(1, 0);
  room.publish(sender, 0, true);
  AudioEncoder stray{4242, 1};
  room.feed(sender, stray.packet(20, true));
  // Somebody else's SSRC is not announced by this transport either.
  room.feed(other, sender.audio->packet(20, true));
  room.flush();
  room.advance(milliseconds{50});
  CHECK(room.take(other).empty());
  CHECK(room.take(sender).empty());
  CHECK(room.forwarder.stats().dropped_unannounced == 2);
}

TEST_CASE("forwarder: audio of somebody whom a host has muted is dropped and counted") {
  Room room;
  Client& sender = room.join(1, 0);
  Client& other = room.join(1, 0);
  room.publish(sender, 0, true);
  room.advance(milliseconds{30});
  wire::media::SetPublished muted;
  muted.transport = sender.id;
  muted.sources.push_back(Room::audio_source(sender.participant));
  muted.audio_allowed = false;
  REQUIRE(room.forwarder.set_published(muted, room.now));
  room.feed(sender, sender.audio->packet(20, true));
  room.flush();
  room.advance(milliseconds{50});
  CHECK(room.take(other).empty());
  CHECK(room.forwarder.stats().dropped_not_allowed == 1);
  muted.audio_allowed = true;
  REQUIRE(room.forwarder.set_published(muted, room.now));
  room.feed(sender, sender.audio->packet(20, true));
  room.flush();
  room.advance(milliseconds{50});
  CHECK(room.take(other).size() == 1);
}

TEST_CASE("forwarder: a shared screen and its sound go on while camera and microphone are off") {
  Room room;
  Client& sender = room.join(0, 0);
  Client& viewer = room.join(2, 2);
  wire::media::SetPublished off;
  off.transport = sender.id;
  off.sources = {Room::camera_source(sender.participant, 1), Room::audio_source(sender.participant)};
  off.audio_allowed = off.video_allowed = false;
  for (const SourceKind kind : {SourceKind::share, SourceKind::share_audio}) {
    wire::PublishedSource shared = off.sources[kind == SourceKind::share ? 0 : 1];
    shared.kind = kind;
    shared.encodings[0].ssrc += 20;
    if (shared.encodings[0].rtx_ssrc != 0) shared.encodings[0].rtx_ssrc += 20;
    off.sources.push_back(std::move(shared));
  }
  const auto ssrc = [&](std::size_t source) { return off.sources[source].encodings[0].ssrc; };
  sender.camera.emplace_back(ssrc(0), 1);
  sender.camera.emplace_back(ssrc(2), 2);
  AudioEncoder microphone{ssrc(1), 3};
  AudioEncoder sound{ssrc(3), 4};
  REQUIRE(room.forwarder.set_published(off, room.now).has_value());
  wire::media::SetSubscribed both;
  both.transport = viewer.id;
  for (const SourceKind kind : {SourceKind::camera, SourceKind::share}) {
    wire::VideoWish wish;
    wish.slot = static_cast<std::uint32_t>(viewer.audio_slots + both.videos.size());
    wish.participant = sender.participant;
    wish.kind = kind;
    wish.max_height = 180;
    both.videos.push_back(wish);
  }
  REQUIRE(room.forwarder.set_subscribed(both, room.now).has_value());
  for (int i = 0; i < 10; ++i) {
    room.feed(sender, microphone.packet(20, true));
    room.feed(sender, sound.packet(20, true));
    room.send_frame(sender);
    room.advance(milliseconds{33});
  }
  std::size_t screen = 0;
  std::size_t heard = 0;
  for (const Received& each : room.take(viewer)) {
    CHECK(each.packet.ssrc != room.video_slot(viewer, 0).ssrc);
    screen += each.packet.ssrc == room.video_slot(viewer, 1).ssrc ? 1 : 0;
    if (each.packet.payload_type != rtp::payload_type::opus) continue;
    CHECK(load_u32(each.packet.payload.data()) == sound.ssrc());
    ++heard;
  }
  CHECK(screen > 0);
  CHECK(heard > 0);
  CHECK(room.forwarder.stats().dropped_not_allowed == 10 + 30);
}

TEST_CASE("forwarder: nobody is sent their own voice or picture") {
  Room room;
  Client& one = room.join(4, 2);
  room.publish(one, 1, true);
  room.watch(one, {{one.participant, 180}});
  room.feed(one, one.audio->packet(20, true));
  room.send_frame(one);
  room.advance(milliseconds{200});
  CHECK(room.take(one).empty());
  CHECK(room.forwarder.explain(one.handle)[0].reason == SlotReason::no_source);
}

TEST_CASE("forwarder: audio of several speakers leaves in one run of packets of one size, the shortest last") {
  Room room;
  std::vector<Client*> speakers;
  for (int i = 0; i < 4; ++i) {
    speakers.push_back(&room.join(0, 0));
    room.publish(*speakers.back(), 0, true);
  }
  Client& listener = room.join(8, 0);
  room.advance(milliseconds{30});
  const int runs = room.sink.runs;
  for (std::size_t i = 0; i < 4; ++i) room.feed(*speakers[i], speakers[i]->audio->packet(20, true, 60 + 10 * i));
  room.flush();
  CHECK(room.take(listener).empty());  // waits for the others
  room.advance(milliseconds{5});
  CHECK(room.sink.runs == runs + 1);
  const std::vector<Received> got = room.take(listener);
  REQUIRE(got.size() == 4);
  std::set<std::uint32_t> ssrcs;
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(got[i].bytes.size() == (i < 3 ? got[0].bytes.size() : got[0].bytes.size() - 30));
    CHECK(got[i].packet.payload.size() == 90 - 10 * i);
    ssrcs.insert(got[i].packet.ssrc);
    const auto level = rtp::audio_level(got[i].packet);
    REQUIRE(level);
    CHECK(level->level == 20);
    CHECK(level->voice);
  }
  CHECK(ssrcs.size() == 4);
}

TEST_CASE("forwarder: a large key frame leaves in paced runs") {
  Config config;
  config.start_rate = DataRate::kbps(2000);
  Room room{config};
  Client& sender = room.join(0, 0);
  room.publish(sender, 1, false);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 180}});
  room.send_frame(sender, 40, 1100);
  const std::size_t at_once = room.take(viewer).size();
  CHECK(at_once >= 3);
  CHECK(at_once <= max_run_packets);
  room.advance(milliseconds{5});
  CHECK(room.take(viewer).size() <= max_run_packets);
  room.advance(milliseconds{150});
  room.advance(milliseconds{50});
  CHECK(room.forwarder.stats().packets_out >= 40);
}

TEST_CASE("forwarder: nothing is sent before the transport is connected, nor after it was lost") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 1, true);
  Client& viewer = room.join(1, 1, {}, false);
  room.watch(viewer, {{sender.participant, 180}});
  room.send_frame(sender);
  room.feed(sender, sender.audio->packet(20, true));
  room.advance(milliseconds{100});
  CHECK(room.take(viewer).empty());
  room.forwarder.set_connected(viewer.handle, true, room.now);
  room.send_frame(sender);
  room.advance(milliseconds{50});
  CHECK(!room.take(viewer).empty());
  room.forwarder.set_connected(viewer.handle, false, room.now);
  room.send_frame(sender);
  room.advance(milliseconds{50});
  CHECK(room.take(viewer).empty());
}

TEST_CASE("forwarder: sender reports keep the original clock and follow the slot's timestamps") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 1, true);
  Client& viewer = room.join(1, 1);
  room.watch(viewer, {{sender.participant, 180}});
  room.send_frame(sender);
  room.feed(sender, sender.audio->packet(20, true));
  room.advance(milliseconds{20});
  const std::vector<Received> got = room.take(viewer);
  rtp::rtcp::SenderReport report;
  report.sender_ssrc = sender.camera[0].ssrc();
  report.ntp_time = 0x1122334455667788;
  report.rtp_timestamp = sender.camera[0].timestamp() + 900;
  rtp::rtcp::Message message{report};
  room.forwarder.on_rtcp(sender.handle, {&message, 1}, room.now);
  report.sender_ssrc = sender.audio->ssrc();
  report.rtp_timestamp = sender.audio->timestamp() + 480;
  message = report;
  room.forwarder.on_rtcp(sender.handle, {&message, 1}, room.now);
  const auto reports = room.sink.take_rtcp<rtp::rtcp::SenderReport>(viewer.handle);
  REQUIRE(reports.size() == 2);
  for (const Received& each : got) {
    const bool video = each.kind == PacketKind::video;
    const rtp::rtcp::SenderReport& mine = reports[video ? 0 : 1];
    CHECK(mine.sender_ssrc == each.packet.ssrc);
    CHECK(mine.ntp_time == 0x1122334455667788);
    CHECK(mine.rtp_timestamp == each.packet.timestamp + (video ? 900 : 480));
  }
  CHECK(reports[0].packet_count == 3);
}

TEST_CASE("forwarder: a receiver report that names our sender report gives the round trip") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 0, true);
  Client& viewer = room.join(1, 0);
  room.advance(milliseconds{30});
  room.feed(sender, sender.audio->packet(20, true));
  room.advance(milliseconds{20});
  rtp::rtcp::SenderReport report;
  report.sender_ssrc = sender.audio->ssrc();
  report.ntp_time = 0x1122334455667788;
  rtp::rtcp::Message message{report};
  room.forwarder.on_rtcp(sender.handle, {&message, 1}, room.now);
  room.move_to(room.now + milliseconds{70});
  rtp::rtcp::ReceiverReport answer;
  rtp::rtcp::ReportBlock block;
  block.ssrc = viewer.slots[0].ssrc;
  block.last_sr = rtp::rtcp::middle_of(0x1122334455667788);
  block.delay_since_last_sr = 65536 * 30 / 1000;
  answer.reports.push_back(block);
  message = answer;
  room.forwarder.on_rtcp(viewer.handle, {&message, 1}, room.now);
  CHECK(to_millis(room.forwarder.round_trip(viewer.handle)) == doctest::Approx(40).epsilon(0.05));
}

TEST_CASE("forwarder: publishers get transport-wide feedback, receiver reports and requests for what was lost") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 1, false);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 180}});
  std::vector<Bytes> lost;
  for (int i = 0; i < 40; ++i) {
    room.answer_key_requests();
    std::vector<Bytes> frame = sender.camera[0].frame(3, 300);
    for (std::size_t k = 0; k < 3; ++k) {
      if (i == 20 && k == 1) {
        lost.push_back(frame[k]);
      } else {
        room.feed(sender, frame[k]);
      }
    }
    room.flush();
    room.advance(milliseconds{33});
  }
  CHECK(room.sink.take_rtcp<rtp::rtcp::TransportFeedback>(sender.handle).size() >= 10);
  const auto reports = room.sink.take_rtcp<rtp::rtcp::ReceiverReport>(sender.handle);
  REQUIRE(!reports.empty());
  CHECK(reports.back().reports[0].ssrc == sender.camera[0].ssrc());
  const auto nacks = room.sink.take_rtcp<rtp::rtcp::Nack>(sender.handle);
  REQUIRE(!nacks.empty());
  const auto packet = rtp::parse_packet(lost[0]);
  CHECK(nacks[0].media_ssrc == sender.camera[0].ssrc());
  CHECK(nacks[0].sequence_numbers == rtp::rtcp::List<std::uint16_t>{packet->sequence_number});

  // The retransmission closes the gap at the viewer too.
  std::set<std::uint16_t> numbers;
  std::vector<Received> got = room.take(viewer);
  for (const Received& each : got) numbers.insert(each.packet.sequence_number);
  const std::uint16_t first = got[0].packet.sequence_number;
  std::vector<std::uint16_t> missing;
  for (std::uint16_t n = 0; n < got.size(); ++n) {
    if (!numbers.contains(static_cast<std::uint16_t>(first + n)))
      missing.push_back(static_cast<std::uint16_t>(first + n));
  }
  REQUIRE(missing.size() == 1);
  Bytes rtx(1500);
  const auto size = rtp::write_header({.payload_type = rtp::payload_type::vp8_rtx,
                                       .sequence_number = 1,
                                       .timestamp = packet->timestamp,
                                       .ssrc = sender.camera[0].ssrc() + 50,
                                       .extensions = {}},
                                      rtx);
  rtx.resize(*size);
  rtx.push_back(static_cast<std::uint8_t>(packet->sequence_number >> 8));
  rtx.push_back(static_cast<std::uint8_t>(packet->sequence_number));
  append(rtx, packet->payload);
  room.feed(sender, rtx);
  room.feed(sender, lost[0]);  // and the original, late
  room.flush();
  got = room.take(viewer);
  REQUIRE(got.size() == 1);
  CHECK(got[0].packet.sequence_number == missing[0]);
  CHECK(room.forwarder.stats().recovered == 1);
  CHECK(room.forwarder.stats().dropped_duplicate == 1);
}

TEST_CASE("forwarder: key-frame requests of many viewers become one, spaced and repeated until a key frame comes") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 1, false);
  std::vector<Client*> viewers;
  for (int i = 0; i < 50; ++i) viewers.push_back(&room.join(0, 1));
  for (int i = 0; i < 5; ++i) {
    room.send_frame(sender);
    room.advance(milliseconds{100});
  }
  room.sink.take_rtcp<rtp::rtcp::Pli>(sender.handle);
  for (Client* viewer : viewers) room.watch(*viewer, {{sender.participant, 180}});
  CHECK(room.sink.take_rtcp<rtp::rtcp::Pli>(sender.handle).size() == 1);
  for (int i = 0; i < 20; ++i) {
    for (const Bytes& packet : sender.camera[0].frame(1, 100)) room.feed(sender, packet);  // ignores the request
    for (Client* viewer : viewers) {
      const rtp::rtcp::Message pli{rtp::rtcp::Pli{.sender_ssrc = 1, .media_ssrc = room.video_slot(*viewer, 0).ssrc}};
      room.forwarder.on_rtcp(viewer->handle, {&pli, 1}, room.now);
    }
    room.advance(milliseconds{50});
  }
  const std::size_t requests = room.sink.take_rtcp<rtp::rtcp::Pli>(sender.handle).size();
  CHECK(requests >= 2);
  CHECK(requests <= 3);
  sender.camera[0].want_key();
  room.send_frame(sender);
  room.advance(milliseconds{2000});
  CHECK(room.sink.take_rtcp<rtp::rtcp::Pli>(sender.handle).empty());
  for (Client* viewer : viewers) CHECK(!room.take(*viewer).empty());
}

TEST_CASE("forwarder: layers that nobody receives are reported, and reported again when somebody wants them") {
  Room room;
  Client& sender = room.join(0, 0);
  room.publish(sender, 3, false);
  Client& viewer = room.join(0, 1);
  room.watch(viewer, {{sender.participant, 180}});
  for (int i = 0; i < 90; ++i) {
    room.send_frame(sender);
    room.advance(milliseconds{33});
  }
  REQUIRE(!room.sink.layers.empty());
  CHECK(room.sink.layers.back().transport == sender.id);
  CHECK(room.sink.layers.back().rids == std::vector<std::string>{"q"});
  room.sink.layers.clear();
  room.watch(viewer, {{sender.participant, 360}});
  room.advance(milliseconds{30});
  REQUIRE(!room.sink.layers.empty());
  CHECK(room.sink.layers.back().rids == std::vector<std::string>{"q", "h"});
}

TEST_CASE("forwarder: every command that makes no sense is refused and changes nothing") {
  Config config;
  config.max_transports = 2;
  config.max_meetings = 1;
  Room room{config};
  wire::media::OpenTransport open;
  open.transport = 1;
  open.meeting = "XY";
  open.participant = 1;
  CHECK(room.forwarder.open_transport(open, room.now).error() == SfuError::bad_meeting_key);
  open.meeting = meeting_key;
  open.video_slots = 65;
  CHECK(room.forwarder.open_transport(open, room.now).error() == SfuError::too_many_slots);
  open.video_slots = 1;
  const auto opened = room.forwarder.open_transport(open, room.now);
  REQUIRE(opened);
  CHECK(room.forwarder.open_transport(open, room.now).error() == SfuError::duplicate_transport);
  open.transport = 2;
  CHECK(room.forwarder.open_transport(open, room.now).error() == SfuError::duplicate_transport);
  open.participant = 2;
  open.meeting = "ffffffffffffffffffffffffffffffff";
  CHECK(room.forwarder.open_transport(open, room.now).error() == SfuError::too_many_meetings);
  open.meeting = meeting_key;
  REQUIRE(room.forwarder.open_transport(open, room.now));
  open.transport = 3;
  open.participant = 3;
  CHECK(room.forwarder.open_transport(open, room.now).error() == SfuError::too_many_transports);

  wire::media::SetPublished published;
  published.transport = 99;
  CHECK(room.forwarder.set_published(published, room.now).error() == SfuError::unknown_transport);
  published.transport = 1;
  published.sources = {Room::audio_source(1), Room::audio_source(1)};
  CHECK(room.forwarder.set_published(published, room.now).error() == SfuError::too_many_sources);
  published.sources = {Room::camera_source(1, 3)};
  published.sources[0].encodings[1].ssrc = published.sources[0].encodings[0].rtx_ssrc;
  CHECK(room.forwarder.set_published(published, room.now).error() == SfuError::duplicate_ssrc);
  published.sources = {Room::camera_source(1, 3)};
  published.sources[0].codec = "av1";
  CHECK(room.forwarder.set_published(published, room.now).error() == SfuError::bad_codec);
  published.sources = {Room::camera_source(1, 3)};
  published.sources[0].encodings.clear();
  CHECK(room.forwarder.set_published(published, room.now).error() == SfuError::too_many_sources);
  wire::media::SetSubscribed subscribed;
  subscribed.transport = 1;
  subscribed.videos.push_back({.slot = 1});
  CHECK(room.forwarder.set_subscribed(subscribed, room.now).error() == SfuError::too_many_slots);
  room.forwarder.close_transport(opened->handle, room.now);
  CHECK(room.forwarder.transports() == 1);
  CHECK(!room.forwarder.find(1));
}

TEST_CASE("forwarder: a slot goes on in one stream when its viewer turns to somebody else") {
  Room room;
  Client& one = room.join(0, 0);
  Client& two = room.join(0, 0);
  room.publish(one, 1, false);
  room.publish(two, 1, false);
  Client& viewer = room.join(0, 1);
  std::vector<Received> got;
  for (int round = 0; round < 6; ++round) {
    room.watch(viewer, {{round % 2 == 0 ? one.participant : two.participant, 180}});
    for (int i = 0; i < 10; ++i) {
      room.send_frame(one);
      room.send_frame(two);
      room.advance(milliseconds{33});
    }
    for (Received& each : room.take(viewer, room.video_slot(viewer, 0).ssrc)) got.push_back(std::move(each));
  }
  REQUIRE(got.size() > 100);
  std::uint16_t sequence = got[0].packet.sequence_number;
  std::uint32_t timestamp = got[0].packet.timestamp;
  std::uint16_t picture = rtp::parse_vp8(got[0].packet.payload)->descriptor.picture_id.value();
  for (const Received& each : got) {
    CHECK(each.packet.sequence_number == sequence++);
    CHECK(static_cast<std::int32_t>(each.packet.timestamp - timestamp) >= 0);
    const auto vp8 = rtp::parse_vp8(each.packet.payload);
    if (each.packet.timestamp != timestamp) picture = (picture + 1) & 0x7fff;
    CHECK(vp8->descriptor.picture_id == picture);
    timestamp = each.packet.timestamp;
  }
  CHECK(room.sink.slots[viewer.id][0].participant == two.participant);
  CHECK(frame_number(got.back()) > 50);
}

}  // namespace
}  // namespace sealhall::sfu
