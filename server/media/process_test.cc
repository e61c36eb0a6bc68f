// The media process with real sockets on loopback: UDP, links, relay connections and the control channel.
#include "server/media/process.h"

#include <doctest/doctest.h>

#include "server/media/socket_testing.h"

using namespace sealhall;
using namespace sealhall::media;
using namespace sealhall::media::testing;

TEST_CASE("media process: it says hello with its fingerprint and where it is reached, and reports every second") {
  Town town;
  const auto* worker = town.control.of(0);
  CHECK(worker->hello->pid == static_cast<std::uint32_t>(::getpid()));
  CHECK(dtls::parse_fingerprint(worker->hello->dtls_fingerprint));
  REQUIRE(worker->hello->candidates.size() == 1);
  CHECK(worker->hello->candidates[0].address == "127.0.0.1");
  CHECK(worker->hello->candidates[0].port == town.processes[0]->address().port);
  town.until([&] { return town.control.said<messages::WorkerStats>(0).size() >= 2; });
}

TEST_CASE("media process: two clients over real UDP") {
  Town town;
  Client& a = town.join();
  Client& b = town.join();
  town.during(150ms);  // slots are assigned a few times a second
  a.say("over the air", io::steady_now());
  town.until([&] { return b.arrived.count("over the air") == 1; });
  b.say("and back", io::steady_now());
  town.until([&] { return a.arrived.count("and back") == 1; });
}

TEST_CASE("media process: a burst of video leaves as GSO runs, and arrives whole without GSO, too") {
  for (const int mode : {0, 1, 2}) {
    Town town{1, mode != 1};
    Client& a = town.join();
    Client& b = town.join();
    town.subscribe(b, a);
    town.during(50ms);
    if (mode == 2) town.processes[0]->udp().fail_gso_for_test(EIO);
    for (int i = 0; i < 8; ++i) {
      a.show(i == 0, 8, static_cast<std::uint8_t>(i), io::steady_now());
      town.during(30ms);
    }
    const std::uint32_t slot = b.ready.slots[4].ssrc;
    town.until([&] { return b.arrived.payloads[slot].size() >= 64; });
    CHECK(b.arrived.payloads[slot].size() == 64);
    const auto& counters = town.processes[0]->udp().counters();
    CHECK(counters.dropped_error + counters.dropped_full == 0);
    if (mode == 0 && town.processes[0]->udp().gso()) {
      MESSAGE("GSO messages: " << counters.gso_messages);
      CHECK(counters.gso_messages > 0);
    } else if (mode == 0) {
      MESSAGE("SKIPPED GSO: it is refused here");
    } else {
      CHECK(!town.processes[0]->udp().gso());
      CHECK(counters.gso_messages == 0);
    }
  }
}

TEST_CASE("media process: media over a relay connection, and from UDP to the relay when UDP is blocked") {
  Town town;
  Client& a = town.join();
  Client& b = town.join();
  town.add_relay(b);
  town.during(300ms);
  b.udp_blocked = true;
  const Instant blocked = io::steady_now();
  town.until([&] { return b.transport->selected_kind() == ice::PathKind::relay; }, 5s);
  const Duration took = io::steady_now() - blocked;
  MESSAGE("from UDP to the relay in " << to_millis(took) << " ms");
  CHECK(took < 2s);
  a.say("through the relay", io::steady_now());
  town.until([&] { return b.arrived.count("through the relay") == 1; });
  CHECK(town.control.said<messages::TransportConnected>(0).back().relayed);
  b.udp_blocked = false;
  town.until([&] { return b.transport->selected_kind() == ice::PathKind::udp; }, 30s);
  b.relay = {};
  b.transport->remove_path(*b.relay_path, io::steady_now(), b.out);
  town.during(50ms);
  a.say("direct again", io::steady_now());
  town.until([&] { return b.arrived.count("direct again") == 1; });
}

TEST_CASE("media process: two workers share a meeting over their link") {
  Town town{2};
  Client& a = town.join(0);
  Client& b = town.join(1);
  Client& c = town.join(1);
  for (const std::uint32_t w : {0U, 1U}) town.control.say(w, messages::MeetingWorkers{meeting_key, {0, 1}});
  town.control.say(1,
                   messages::SetRemotePublished{meeting_key, static_cast<std::uint32_t>(a.id), 0, a.media.published()});
  for (const Client* r : {&b, &c})
    town.control.say(
        0, messages::SetRemotePublished{meeting_key, static_cast<std::uint32_t>(r->id), 1, r->media.published()});
  town.subscribe(b, a);
  town.during(200ms);
  for (int i = 0; i < 30; ++i) {
    a.say("across", io::steady_now());
    a.show(i % 10 == 0, 6, 3, io::steady_now());
    town.during(20ms);
  }
  town.during(200ms);
  CHECK(b.arrived.count("across") >= 29);
  CHECK(c.arrived.count("across") >= 29);
  CHECK(b.arrived.payloads[b.ready.slots[4].ssrc].size() >= 120);
  b.say("and back", io::steady_now());
  town.until([&] { return a.arrived.count("and back") == 1; });
}

TEST_CASE(
    "media process: 10,000 malformed datagrams a second beside a meeting cost no packet of it and get no more than "
    "they sent") {
  Town town;
  for (int i = 0; i < 10; ++i) town.join();
  auto attacker = std::move(*io::UdpSocket::open({.bind = *ice::Address::parse("127.0.0.1", 0)}));
  SeededRandom random{9};
  Client& a = *town.clients[0];
  const Bytes captured = a.last_datagram;
  const auto malformed = [&](std::uint64_t kind) {
    Bytes data(1 + random.below(1200));
    random.fill(data);
    switch (kind % 6) {
      case 0:
        break;  // noise
      case 1:
        data[0] = 0x80;
        break;  // like RTP
      case 2:
        data[0] = 22;
        break;  // like DTLS
      case 3:
        data = captured;
        break;  // a replay from elsewhere
      case 4:   // STUN with the right fragment and a wrong password
      case 5: {
        data.assign(300, 0);
        stun::TransactionId id{};
        random.fill(id);
        stun::Builder b{data, stun::Class::request, stun::method::binding, id};
        const std::string ufrag = kind % 6 == 4 ? a.ready.local.ice_ufrag : "whoever0";
        data.resize(*b.text(stun::attribute::username, ufrag + ":" + a.credentials.ufrag)
                         .u32(stun::attribute::priority, 1)
                         .u64(stun::attribute::ice_controlling, 1)
                         .flag(stun::attribute::use_candidate)
                         .integrity(as_bytes("a guess"))
                         .fingerprint()
                         .finish());
      }
    }
    return data;
  };
  std::vector<Bytes> flood;
  for (std::uint64_t i = 0; i < 10'000; ++i) flood.push_back(malformed(i));
  const messages::WorkerStats before = town.processes[0]->worker().stats(0);
  std::size_t sent_bytes = 0;
  std::size_t next = 0;
  std::size_t spoken = 0;
  const Instant start = io::steady_now();
  while (next < flood.size() || spoken < 50) {
    const Instant now = io::steady_now();
    const auto due = std::min<std::size_t>(flood.size(), static_cast<std::size_t>(to_seconds(now - start) * 10'000));
    for (; next < due; ++next) {
      const io::OutMessage message{town.processes[0]->address(), flood[next],
                                   static_cast<std::uint16_t>(flood[next].size())};
      attacker->send({&message, 1});
      sent_bytes += flood[next].size();
    }
    if (spoken < 50 && now - start >= spoken * 20ms) {
      a.say("in the storm", now);
      ++spoken;
    }
    town.step();
  }
  town.during(200ms);
  for (std::size_t i = 1; i < town.clients.size(); ++i) CHECK(town.clients[i]->arrived.count("in the storm") == 50);
  io::ReceiveBatch answers;
  std::size_t answered = 0;
  while (attacker->receive(answers, io::steady_now()) > 0)
    for (const io::UdpDatagram& d : answers.datagrams()) answered += d.bytes.size();
  CHECK(answered <= sent_bytes);
  const messages::WorkerStats after = town.processes[0]->worker().stats(0);
  const std::uint64_t dropped = after.dropped_malformed + after.dropped_unauthenticated +
                                after.dropped_unknown_address + after.dropped_replayed - before.dropped_malformed -
                                before.dropped_unauthenticated - before.dropped_unknown_address -
                                before.dropped_replayed;
  CHECK(dropped == 10'000);
  CHECK(after.transports == 10);
}

TEST_CASE("media process: when control is started anew the worker comes back, without the transports of before") {
  Town town;
  Client& a = town.join();
  town.control.workers.clear();
  town.until([&] { return town.control.of(0) != nullptr; });
  CHECK(town.processes[0]->worker().transports() == 0);
  town.until([&] { return a.transport->state() == dtls::SecureTransport::State::closed; });
  CHECK(town.join().transport->state() == dtls::SecureTransport::State::connected);
}

TEST_CASE("media process: SIGTERM and Stop end it politely") {
  for (const bool by_control : {false, true}) {
    Town town;
    Client& a = town.join();
    Client& b = town.join();
    a.say("x", io::steady_now());
    b.say("y", io::steady_now());
    town.during(50ms);
    if (by_control) {
      town.control.say(0, messages::Stop{});
    } else {
      town.processes[0]->stop();
    }
    town.until([&] {
      return a.transport->state() == dtls::SecureTransport::State::closed &&
             b.transport->state() == dtls::SecureTransport::State::closed &&
             !town.control.said<messages::Stopped>(0).empty();
    });
    CHECK(a.arrived.byes == 1);
    CHECK(!town.processes[0]->turn(Duration{0}));
  }
}

TEST_CASE("media process: a port that is taken is a reason, not a crash") {
  Town town;
  Options options;
  options.run = town.run.path;
  options.worker = 9;
  options.bind = town.processes[0]->address();
  const auto second = Process::start(options);
  REQUIRE(!second);
  CHECK(second.error().kind == io::NetError::address_in_use);
}
