// Nothing is allocated per packet on the media path; count_allocations_test.cc counts.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>

#include "server/media/testing.h"

extern std::uint64_t allocations_for_test;

using namespace sealhall;
using namespace sealhall::media;
using namespace sealhall::media::testing;

TEST_CASE("media worker: nothing is allocated per packet, from the datagram in to the sealed datagrams out") {
  Lab lab;
  Lab::Client& speaker = lab.join();
  std::vector<Lab::Client*> viewers;
  for (int i = 0; i < 12; ++i) viewers.push_back(&lab.join());
  for (Lab::Client* v : viewers) {
    messages::SetSubscribed wish{v->id, {}};
    wish.videos = {{v->ready.slots[4].slot, static_cast<std::uint32_t>(speaker.id), wire::SourceKind::camera, 720, 1}};
    lab.control(wish);
  }
  lab.show(speaker, true, 4, 1);
  lab.run(100ms);
  // The client's datagrams are made beforehand, so that only the worker is measured.
  constexpr int rounds = 200;
  std::vector<std::vector<Bytes>> sealed(rounds);
  for (int i = 0; i < rounds; ++i) {
    std::vector<Bytes> packets = speaker.media.video(i % 50 == 0, 4, 2);
    packets.push_back(speaker.media.audio("speech"));
    for (const Bytes& p : packets) REQUIRE(speaker.transport->send_rtp(p, lab.now, speaker.out));
    for (auto& t : speaker.out.transmits) sealed[static_cast<std::size_t>(i)].push_back(std::move(t.data));
    speaker.out.clear();
  }
  const ice::Address from = speaker.paths.begin()->second;
  Worker& worker = lab.worker();
  lab.places[0]->quiet = true;
  std::uint64_t in = 0;
  std::uint64_t per_packet = 0;  // from the datagram in to what leaves at once
  std::size_t sent_before = 0;
  for (int i = 0; i < rounds; ++i) {
    if (i == rounds / 2) {  // what is made on first use has been made
      allocations_for_test = 0;
      per_packet = 0;
      in = 0;
      sent_before = lab.places[0]->sent;
    }
    const std::uint64_t before = allocations_for_test;
    for (Bytes& datagram : sealed[static_cast<std::size_t>(i)]) {
      worker.on_datagram(from, datagram, lab.now);
      ++in;
    }
    worker.flush(lab.now);
    per_packet += allocations_for_test - before;
    for (int step = 0; step < 16; ++step) {
      lab.now += 1ms;
      if (worker.next_deadline() <= lab.now) worker.handle_timeout(lab.now);
    }
  }
  const std::uint64_t with_time = allocations_for_test;
  const std::size_t sent = lab.places[0]->sent - sent_before;
  MESSAGE(in << " packets in, " << sent << " out, " << with_time << " allocations, all of them in time-outs");
  CHECK(sent > in * 4);
  CHECK(per_packet == 0);
  // As time passes, paced packets leave (which costs nothing either) and reports and feedback are made: RTCP messages
  // with lists, a few times a second, whatever the number of packets.
  CHECK(with_time * 10 < in);
}

TEST_CASE("media worker: nothing is allocated per RTCP packet that comes in") {
  using namespace rtp::rtcp;
  Lab lab;
  Lab::Client& viewer = lab.join();
  lab.run(100ms);
  constexpr int rounds = 100;
  std::vector<Bytes> sealed;
  for (int i = 0; i < rounds; ++i) {
    TransportFeedback feedback{.sender_ssrc = 77, .feedback_count = static_cast<std::uint8_t>(i)};
    for (std::uint16_t n = 0; n < 40; ++n) feedback.arrivals.push_back({n, Duration{n * 250}});
    const std::array<Message, 4> messages{
        ReceiverReport{.sender_ssrc = 77, .reports = {{.ssrc = 1}, {.ssrc = 2}, {.ssrc = 3}}},
        SourceDescription{.chunks = {{.ssrc = 77, .cname = "a-name-that-does-not-fit-into-the-string-itself"}}},
        Nack{.sender_ssrc = 77, .media_ssrc = 5, .sequence_numbers = {1, 2, 9, 30, 60}}, std::move(feedback)};
    Bytes plain(1200);
    plain.resize(*rtp::rtcp::write(messages, plain));
    REQUIRE(viewer.transport->send_rtcp(plain, lab.now, viewer.out));
  }
  for (auto& t : viewer.out.transmits) sealed.push_back(std::move(t.data));
  viewer.out.clear();
  REQUIRE(sealed.size() == rounds);
  const ice::Address from = viewer.paths.begin()->second;
  std::size_t at = 0;
  for (; at < rounds / 2; ++at) lab.worker().on_datagram(from, sealed[at], lab.now);  // what first use makes
  allocations_for_test = 0;
  for (; at < rounds; ++at) lab.worker().on_datagram(from, sealed[at], lab.now);
  CHECK(allocations_for_test == 0);
}
