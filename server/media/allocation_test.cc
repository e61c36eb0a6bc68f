// Nothing is allocated per packet on the media path; count_allocations_test.cc counts.
#include <doctest/doctest.h>

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
  std::size_t sent_before = 0;
  for (int i = 0; i < rounds; ++i) {
    if (i == rounds / 2) {  // what is made on first use has been made
      allocations_for_test = 0;
      in = 0;
      sent_before = lab.places[0]->sent;
    }
    for (Bytes& datagram : sealed[static_cast<std::size_t>(i)]) {
      worker.on_datagram(from, datagram, lab.now);
      ++in;
    }
    worker.flush(lab.now);
    for (int step = 0; step < 16; ++step) {
      lab.now += 1ms;
      if (worker.next_deadline() <= lab.now) worker.handle_timeout(lab.now);
    }
  }
  const std::uint64_t counted = allocations_for_test;
  const std::size_t sent = lab.places[0]->sent - sent_before;
  MESSAGE(in << " packets in, " << sent << " out, " << counted << " allocations");
  CHECK(sent > in * 4);
  // Reports and feedback (RTCP messages with lists) come a few times a second, whatever the number of packets.
  CHECK(counted * 10 < in);
}
