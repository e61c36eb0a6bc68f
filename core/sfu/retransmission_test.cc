// NACKs of receivers: what is sent again, and how little a storm of them does.
#include <doctest/doctest.h>

#include <set>

#include "core/sfu/testing.h"

namespace sealhall::sfu {
namespace {

using namespace testing;  // NOLINT

struct Watching {
  Room room;
  Client& sender;
  Client& viewer;
  std::vector<Received> got;

  explicit Watching(int frames = 10, const Config& config = {})
      : room(config), sender(room.join(0, 0)), viewer(room.join(0, 2)) {
    room.publish(sender, 1, false);
    room.watch(viewer, {{sender.participant, 180}});
    send(frames);
  }
  void send(int frames) {
    for (int i = 0; i < frames; ++i) {
      room.send_frame(sender);
      room.advance(milliseconds{33});
    }
    for (Received& each : room.take(viewer)) got.push_back(std::move(each));
  }
  std::vector<Received> nack(const rtp::rtcp::List<std::uint16_t>& numbers) {
    const rtp::rtcp::Message message{
        rtp::rtcp::Nack{.sender_ssrc = 1, .media_ssrc = room.video_slot(viewer, 0).ssrc, .sequence_numbers = numbers}};
    room.forwarder.on_rtcp(viewer.handle, {&message, 1}, room.now);
    return room.take(viewer);
  }
};

TEST_CASE("retransmission: what is asked for comes on the slot's RTX stream with its original number and bytes") {
  Watching test;
  REQUIRE(test.got.size() >= 20);
  const Received& lost = test.got[test.got.size() - 7];
  const std::vector<Received> again = test.nack({lost.packet.sequence_number});
  REQUIRE(again.size() == 1);
  CHECK(again[0].kind == PacketKind::retransmission);
  CHECK(again[0].packet.payload_type == rtp::payload_type::vp8_rtx);
  CHECK(again[0].packet.ssrc == test.room.video_slot(test.viewer, 0).rtx_ssrc);
  CHECK(again[0].packet.timestamp == lost.packet.timestamp);
  CHECK(again[0].packet.marker == lost.packet.marker);
  REQUIRE(again[0].packet.payload.size() == lost.packet.payload.size() + 2);
  CHECK(load_u16(again[0].packet.payload.data()) == lost.packet.sequence_number);
  CHECK(equal(again[0].packet.payload.subspan(2), lost.packet.payload));
}

TEST_CASE("retransmission: the RTX stream counts its own packets") {
  Watching test;
  const std::vector<Received> one = test.nack({test.got[3].packet.sequence_number});
  const std::vector<Received> two = test.nack({test.got[4].packet.sequence_number});
  REQUIRE(one.size() == 1);
  REQUIRE(two.size() == 1);
  CHECK(two[0].packet.sequence_number == static_cast<std::uint16_t>(one[0].packet.sequence_number + 1));
}

TEST_CASE("retransmission: a packet is sent again at most once a round trip") {
  Watching test;
  const rtp::rtcp::List<std::uint16_t> numbers{test.got[test.got.size() - 2].packet.sequence_number};
  CHECK(test.nack(numbers).size() == 1);
  CHECK(test.nack(numbers).empty());
  test.room.move_to(test.room.now + milliseconds{60});
  CHECK(test.nack(numbers).empty());
  test.room.move_to(test.room.now + milliseconds{60});
  CHECK(test.nack(numbers).size() == 1);
  CHECK(test.room.forwarder.stats().nacks_answered == 2);
  CHECK(test.room.forwarder.stats().nacks_refused == 2);
}

TEST_CASE("retransmission: numbers that were never sent, are too old or belong to another slot get nothing") {
  Watching test;
  CHECK(test.nack({static_cast<std::uint16_t>(test.got.back().packet.sequence_number + 5)}).empty());
  const std::uint16_t first = test.got[0].packet.sequence_number;
  test.send(80);
  CHECK(test.nack({first}).empty());
  const rtp::rtcp::Message message{rtp::rtcp::Nack{.sender_ssrc = 1,
                                                   .media_ssrc = test.room.video_slot(test.viewer, 1).ssrc,
                                                   .sequence_numbers = {test.got.back().packet.sequence_number}}};
  test.room.forwarder.on_rtcp(test.viewer.handle, {&message, 1}, test.room.now);
  CHECK(test.room.take(test.viewer).empty());
}

TEST_CASE("retransmission: what was sent before the slot changed its source is not sent again") {
  Watching test;
  Client& other = test.room.join(0, 0);
  test.room.publish(other, 1, false);
  const std::uint16_t before = test.got.back().packet.sequence_number;
  test.room.watch(test.viewer, {{other.participant, 180}});
  test.room.send_frame(other);
  test.room.advance(milliseconds{33});
  test.room.take(test.viewer);
  CHECK(test.nack({before}).empty());
}

TEST_CASE("retransmission: a storm of NACKs of 300 viewers gets each of them no more than its budget") {
  Config config;
  config.start_rate = DataRate::kbps(1000);
  Room room{config};
  Client& sender = room.join(0, 0);
  room.publish(sender, 1, false);
  std::vector<Client*> viewers;
  for (int i = 0; i < 300; ++i) {
    viewers.push_back(&room.join(0, 1));
    room.watch(*viewers.back(), {{sender.participant, 180}});
  }
  for (int i = 0; i < 30; ++i) {
    room.send_frame(sender, 4, 1000);
    room.advance(milliseconds{33});
  }
  const std::uint64_t sent = room.forwarder.stats().packets_out;
  for (int round = 0; round < 20; ++round) {
    for (Client* viewer : viewers) {
      rtp::rtcp::Nack nack;
      nack.media_ssrc = room.video_slot(*viewer, 0).ssrc;
      const auto& all = room.sink.packets[value(viewer->handle)];
      for (const Received& each : all) {
        if (each.packet.ssrc == nack.media_ssrc) nack.sequence_numbers.push_back(each.packet.sequence_number);
      }
      const rtp::rtcp::Message message{std::move(nack)};
      room.forwarder.on_rtcp(viewer->handle, {&message, 1}, room.now);
    }
    room.move_to(room.now + milliseconds{5});
  }
  const double bytes = static_cast<double>(room.forwarder.stats().retransmissions_out) * 1050.0 / 300.0;
  // A second's part of the estimate is 50 kB here; the storm lasts a tenth of a second and there is a burst saved up.
  CHECK(bytes <= 1'000'000 / 8.0 * 0.4 * (0.3 + 0.1) + 2000);
  CHECK(room.forwarder.stats().nacks_refused > 10 * room.forwarder.stats().nacks_answered);
  // New frames still reach everybody.
  room.send_frame(sender, 1, 100);
  room.advance(milliseconds{500});
  CHECK(room.forwarder.stats().packets_out - room.forwarder.stats().retransmissions_out - sent >= 300);
}

}  // namespace
}  // namespace sealhall::sfu
