#include "server/media/worker.h"

#include <doctest/doctest.h>

#include "server/media/testing.h"

using namespace sealhall;
using namespace sealhall::media;
using namespace sealhall::media::testing;

namespace {

void subscribe(Lab& lab, Lab::Client& viewer, const Lab::Client& source) {
  messages::SetSubscribed wish;
  wish.transport = viewer.id;
  wish.videos = {{viewer.ready.slots[4].slot, static_cast<std::uint32_t>(source.id), wire::SourceKind::camera, 720, 1}};
  lab.control(wish, viewer.worker);
}

/// `name`: what stands behind the colon; the client's own when it is empty.
Bytes check_from_nowhere(const Lab::Client& c, std::string_view password, bool nominate, const std::string& name = {}) {
  Bytes out(300);
  stun::Builder b{out, stun::Class::request, stun::method::binding, {1, 2, 3, 4}};
  b.text(stun::attribute::username, c.ready.local.ice_ufrag + ":" + (name.empty() ? c.credentials.ufrag : name))
      .u32(stun::attribute::priority, 1)
      .u64(stun::attribute::ice_controlling, 2);
  if (nominate) b.flag(stun::attribute::use_candidate);
  out.resize(*b.integrity(as_bytes(password)).fingerprint().finish());
  return out;
}

}  // namespace

TEST_CASE("media worker: two clients connect and hear each other") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  const auto connected = lab.said<messages::TransportConnected>();
  REQUIRE(connected.size() == 2);
  CHECK(connected[0].transport == a.id);
  CHECK(connected[0].srtp_profile == "AEAD_AES_256_GCM");
  CHECK(!connected[0].relayed);
  for (int i = 0; i < 10; ++i) {
    lab.say(a, "of a");
    lab.say(b, "of b");
    lab.run(20ms);
  }
  lab.run(100ms);
  CHECK(b.arrived.count("of a") == 10);
  CHECK(a.arrived.count("of b") == 10);
  CHECK(a.arrived.count("of a") == 0);
  CHECK(b.arrived.payloads.begin()->first == b.ready.slots[0].ssrc);
}

TEST_CASE("media worker: video reaches those who asked for it, every byte, in its slot") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  Lab::Client& c = lab.join();
  subscribe(lab, b, a);
  lab.run(50ms);
  lab.show(a, true, 3, 7);
  lab.run(33ms);
  for (int i = 0; i < 20; ++i) {
    lab.show(a, false, 3, 8);
    lab.run(33ms);
  }
  lab.run(200ms);
  REQUIRE(b.arrived.payloads.contains(b.ready.slots[4].ssrc));
  const auto& got = b.arrived.payloads[b.ready.slots[4].ssrc];
  CHECK(got.size() == 63);
  for (const Bytes& p : got) CHECK(p.back() == (&p - got.data() < 3 ? 7 : 8));
  CHECK(c.arrived.payloads.empty());
  CHECK(lab.worker().counters().dropped_unsealable == 0);
}

TEST_CASE("media worker: media from an unknown address, by another's address, replayed or damaged only counts") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  lab.say(a, "once");
  lab.run(100ms);
  REQUIRE(b.arrived.count("once") == 1);
  const ice::Address of_a = a.paths.begin()->second;
  const ice::Address of_b = b.paths.begin()->second;
  const Counters before = lab.worker().counters();

  lab.inject(of_a, a.last_rtp);
  CHECK(lab.worker().counters().dropped_replayed == before.dropped_replayed + 1);
  lab.inject(*ice::Address::parse("203.0.113.9", 9), a.last_rtp);
  CHECK(lab.worker().counters().dropped_unknown_address == before.dropped_unknown_address + 1);
  lab.inject(of_b, a.last_rtp);
  CHECK(lab.worker().counters().dropped_unauthenticated == before.dropped_unauthenticated + 1);

  a.mute = true;
  static_cast<void>(a.transport->send_rtp(a.media.audio("never whole"), lab.now, a.out));
  const Bytes fresh = a.out.transmits.back().data;
  a.out.clear();
  const auto counted = [&] {
    const Counters& c = lab.worker().counters();
    return c.dropped_malformed + c.dropped_unauthenticated + c.dropped_replayed + c.dropped_unknown_address +
           c.dropped_wrong_sender;
  };
  for (std::size_t bit = 0; bit < fresh.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes damaged = fresh;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    const std::uint64_t before_it = counted();
    lab.inject(of_a, damaged);
    CHECK(counted() == before_it + 1);
  }
  lab.run(100ms);
  CHECK(b.arrived.rtp == 1);
  CHECK(lab.said<messages::TransportLost>().empty());
  lab.inject(of_a, fresh);
  lab.run(100ms);
  CHECK(b.arrived.count("never whole") == 1);
}

TEST_CASE("media worker: an SSRC that was not announced is not forwarded") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  a.media.audio_ssrc = b.media.audio_ssrc;
  lab.say(a, "as b");
  lab.run(100ms);
  CHECK(b.arrived.rtp == 0);
  CHECK(lab.worker().stats(0).dropped_wrong_sender == 1);
}

TEST_CASE("media worker: media moves to another address only with a nominating check, and within its budget") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  lab.report(b);
  lab.run(50ms);
  const ice::Address elsewhere = *ice::Address::parse("203.0.113.50", 4444);
  const auto heard_at = [&](const ice::Address& address) { return lab.places[0]->sent_bytes[address]; };

  lab.inject(elsewhere, check_from_nowhere(b, "a wrong password", true));
  lab.say(a, "x");
  lab.run(50ms);
  CHECK(heard_at(elsewhere) <= check_from_nowhere(b, "a wrong password", true).size());

  const Bytes plain = check_from_nowhere(b, b.ready.local.ice_password, false);
  lab.inject(elsewhere, plain);
  lab.worker().flush(lab.now);
  const std::size_t answered = heard_at(elsewhere);
  lab.say(a, "y");
  lab.run(50ms);
  CHECK(heard_at(elsewhere) == answered);
  CHECK(b.arrived.count("y") == 1);

  // Somebody nominates an address that never speaks: it gets at most three times what was sent in its name.
  Bytes nominating = check_from_nowhere(b, b.ready.local.ice_password, true);
  stun::TransactionId other{9, 9, 9};
  nominating.resize(300);
  stun::Builder builder{nominating, stun::Class::request, stun::method::binding, other};
  nominating.resize(*builder.text(stun::attribute::username, b.ready.local.ice_ufrag + ":" + b.credentials.ufrag)
                         .u32(stun::attribute::priority, 1)
                         .u64(stun::attribute::ice_controlling, 2)
                         .flag(stun::attribute::use_candidate)
                         .integrity(as_bytes(b.ready.local.ice_password))
                         .fingerprint()
                         .finish());
  b.mute = true;
  lab.inject(elsewhere, nominating);
  for (int i = 0; i < 50; ++i) {
    lab.say(a, "a flood for a victim");
    lab.run(20ms);
  }
  CHECK(heard_at(elsewhere) <= 3 * (plain.size() + nominating.size()) + plain.size());
  CHECK(lab.worker().counters().dropped_amplification > 30);
}

TEST_CASE("media worker: who only asks whether UDP works is answered there, and nothing else goes there") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  const ice::Address elsewhere = *ice::Address::parse("203.0.113.50", 4444);
  const auto heard_at = [&](const ice::Address& address) { return lab.places[0]->sent_bytes[address]; };
  const Bytes asking = check_from_nowhere(b, b.ready.local.ice_password, true, "probe");
  lab.inject(elsewhere, asking);
  lab.worker().flush(lab.now);
  const std::size_t answered = heard_at(elsewhere);
  CHECK(answered > 0);
  CHECK(answered <= asking.size());
  // A browser's connection begins DTLS before it is closed.
  const auto unknown = lab.worker().counters().dropped_unknown_address;
  lab.inject(elsewhere, Bytes{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(lab.worker().counters().dropped_unknown_address == unknown + 1);
  lab.say(a, "x");
  lab.run(50ms);
  CHECK(heard_at(elsewhere) == answered);
  CHECK(b.arrived.count("x") == 1);
}

TEST_CASE("media worker: a captured check cannot move media") {
  Lab lab;
  Lab::Client& a = lab.add_client();
  const auto path = a.transport->add_path(ice::PathKind::udp, Lab::server(), lab.now, a.out);
  a.paths[*path] = *ice::Address::parse("198.51.100.1", 1000);
  Bytes check = a.out.transmits[0].data;
  lab.flush_client(a);
  lab.run(500ms);
  const ice::Address victim = *ice::Address::parse("203.0.113.50", 4444);
  const std::size_t before = lab.places[0]->sent;
  lab.inject(victim, check);
  lab.worker().flush(lab.now);
  CHECK(lab.places[0]->sent == before);
  CHECK(lab.places[0]->sent_bytes[victim] == 0);
  CHECK(lab.worker().counters().dropped_replayed == 1);
}

TEST_CASE("media worker: a participant cannot take over the address of another one who is active") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  lab.inject(a.paths.begin()->second, check_from_nowhere(b, b.ready.local.ice_password, true));
  CHECK(lab.worker().counters().dropped_wrong_sender == 1);
  lab.say(a, "still here");
  lab.run(50ms);
  CHECK(b.arrived.count("still here") == 1);
}

TEST_CASE(
    "media worker: an address that fell silent goes to whoever proves himself there, and only his media with it") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  Lab::Client& c = lab.join();
  const ice::Address address = a.paths.begin()->second;
  a.mute = true;
  lab.run(6s);
  lab.inject(address, check_from_nowhere(b, b.ready.local.ice_password, false));
  CHECK(lab.worker().counters().dropped_wrong_sender == 0);
  lab.worker().flush(lab.now);
  const std::size_t before = lab.places[0]->sent_bytes[address];
  lab.say(c, "to b where b was, to a nowhere");
  lab.run(50ms);
  CHECK(lab.places[0]->sent_bytes[address] == before);
  CHECK(b.arrived.count("to b where b was, to a nowhere") == 1);
}

TEST_CASE("media worker: what is not authenticated is never answered by more than it sent") {
  Lab lab;
  Lab::Client& a = lab.join();
  SeededRandom random{3};
  const ice::Address stranger = *ice::Address::parse("203.0.113.50", 4444);
  std::size_t in = 0;
  for (int i = 0; i < 5000; ++i) {
    Bytes data(random.below(300));
    random.fill(data);
    if (i % 3 == 0) {
      data = check_from_nowhere(a, "guess", true);
      if (i % 2 == 0) data[8 + random.below(data.size() - 8)] ^= 1;
    }
    in += data.size();
    lab.inject(stranger, data);
    lab.worker().flush(lab.now);
    CHECK(lab.places[0]->sent_bytes[stranger] <= in);
  }
  CHECK(lab.worker().transports() == 1);
  CHECK(lab.said<messages::TransportLost>().empty());
}

TEST_CASE("media worker: a transport without checks ends after 30 s, one that keeps checking does not") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  b.mute = true;
  lab.run(28s);
  CHECK(lab.said<messages::TransportLost>().empty());
  lab.run(3s);
  const auto lost = lab.said<messages::TransportLost>();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].transport == b.id);
  CHECK(lab.worker().transports() == 1);
  lab.run(120s);
  CHECK(lab.worker().transports() == 1);
  CHECK(a.transport->state() == dtls::SecureTransport::State::connected);
}

TEST_CASE("media worker: with UDP blocked a client is heard over its relay, and moves back") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.add_client();
  const auto udp = lab.add_path(b);
  const auto relay = lab.add_path(b, ice::PathKind::relay);
  lab.run(1s);
  REQUIRE(b.transport->selected() == udp);
  b.blocked.insert(udp);
  lab.run(2s);
  CHECK(b.transport->selected() == relay);
  CHECK(lab.said<messages::TransportConnected>().back().relayed);
  lab.say(a, "over the relay");
  lab.run(50ms);
  CHECK(b.arrived.count("over the relay") == 1);
  b.blocked.clear();
  lab.run(30s);
  CHECK(b.transport->selected() == udp);
  CHECK(!lab.said<messages::TransportConnected>().back().relayed);
}

TEST_CASE("media worker: a relay connection that closes takes its path away and not the transport") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.add_client();
  const auto relay = lab.add_path(b, ice::PathKind::relay);
  lab.run(2s);
  REQUIRE(b.transport->state() == dtls::SecureTransport::State::connected);
  CHECK(lab.said<messages::TransportConnected>().back().relayed);
  lab.worker().on_relay_closed(b.paths[relay], lab.now);
  const std::size_t before = lab.places[0]->sent_bytes[b.paths[relay]];
  lab.say(a, "to nowhere");
  b.mute = true;
  lab.run(50ms);
  CHECK(lab.places[0]->sent_bytes[b.paths[relay]] == before);
  CHECK(lab.worker().transports() == 2);
  b.mute = false;
  lab.run(2s);
  lab.say(a, "back again");
  lab.run(50ms);
  CHECK(b.arrived.count("back again") == 1);
}

TEST_CASE("media worker: a datagram that claims a relay's address from the network is dropped, even an authentic one") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.add_client();
  const auto relay = lab.add_path(b, ice::PathKind::relay);
  lab.run(2s);
  lab.control(messages::SetPublished{b.id, b.media.published(), true, true});
  lab.run(200ms);
  REQUIRE(b.transport->send_rtp(b.media.audio("by the relay"), lab.now, b.out));
  const Bytes datagram = b.out.transmits.back().data;
  b.out.clear();
  Bytes forged = datagram;
  lab.worker().on_datagram(b.paths[relay], forged, lab.now);
  CHECK(lab.worker().counters().dropped_unknown_address == 1);
  lab.inject(b.paths[relay], datagram);
  lab.run(50ms);
  CHECK(a.arrived.count("by the relay") == 1);
}

TEST_CASE("media worker: two workers of a meeting, and a packet crosses once however many listen there") {
  Lab lab{2};
  Lab::Client& a = lab.join(0);
  Lab::Client& b = lab.join(1);
  Lab::Client& c = lab.join(1);
  for (std::size_t w = 0; w < 2; ++w) lab.control(messages::MeetingWorkers{meeting_key, {0, 1}}, w);
  lab.control(messages::SetRemotePublished{meeting_key, static_cast<std::uint32_t>(a.id), 0, a.media.published()}, 1);
  for (const Lab::Client* remote : {&b, &c})
    lab.control(
        messages::SetRemotePublished{meeting_key, static_cast<std::uint32_t>(remote->id), 1, remote->media.published()},
        0);
  lab.run(200ms);
  lab.flush_links();
  lab.run(200ms);
  const std::size_t before = lab.places[0]->media_links;
  for (int i = 0; i < 20; ++i) {
    lab.say(a, "across");
    lab.run(20ms);
    lab.flush_links();
  }
  lab.run(100ms);
  lab.flush_links();
  lab.run(100ms);
  CHECK(lab.places[0]->media_links - before == 20);
  CHECK(b.arrived.count("across") >= 19);
  CHECK(c.arrived.count("across") >= 19);
}

TEST_CASE("media worker: a client with another certificate than announced gets no keys") {
  Lab lab;
  lab.client_identity = *dtls::Identity::create(dtls::native_profiles);
  Lab::Client& a = lab.add_client();
  const auto another = *dtls::Identity::create(dtls::native_profiles);
  a.transport.emplace(client_config(a.credentials, a.ready.local, another), lab.random, lab.now);
  lab.add_path(a);
  lab.run(1s);
  CHECK(a.transport->state() != dtls::SecureTransport::State::connected);
  const auto lost = lab.said<messages::TransportLost>();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].reason == "dtls: wrong certificate");
}

TEST_CASE("media worker: a transport that is opened without its client answers nothing until it is told who that is") {
  Lab lab;
  Lab::Client& a = lab.add_client(0, false);
  const auto told = [&](const dtls::Identity& identity) {
    return messages::SetRemote{
        a.id, {a.credentials.ufrag, a.credentials.password, dtls::fingerprint_text(identity.fingerprint()), {}}};
  };
  lab.add_path(a);
  const auto sent = lab.worker().stats(0).packets_out;
  lab.run(1s);
  CHECK(lab.worker().stats(0).packets_out == sent);
  CHECK(a.transport->state() == dtls::SecureTransport::State::connecting);
  SUBCASE("the right one") {
    lab.control(told(*lab.client_identity));
    lab.run(2s);
    CHECK(a.transport->state() == dtls::SecureTransport::State::connected);
    SUBCASE("and only one: a second one ends it") {
      lab.control(told(**dtls::Identity::create(dtls::native_profiles)));
      const auto lost = lab.said<messages::TransportLost>();
      REQUIRE(lost.size() == 1);
      CHECK(lost[0].reason == "a second remote end");
    }
  }
  SUBCASE("with another certificate there are no keys") {
    lab.control(told(**dtls::Identity::create(dtls::native_profiles)));
    lab.run(2s);
    CHECK(a.transport->state() != dtls::SecureTransport::State::connected);
    const auto lost = lab.said<messages::TransportLost>();
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].reason == "dtls: wrong certificate");
    CHECK(lab.said<messages::TransportConnected>().empty());
  }
  SUBCASE("one that nobody can use ends it") {
    auto bad = told(*lab.client_identity);
    bad.remote.dtls_fingerprint = "sha-1 00";
    lab.control(bad);
    REQUIRE(lab.said<messages::TransportLost>().size() == 1);
    CHECK(lab.worker().transports() == 0);
    lab.control(bad);  // of one that is gone
  }
  SUBCASE("it does not wait for ever") {
    lab.run(31s);
    CHECK(lab.worker().transports() == 0);
  }
}

TEST_CASE("media worker: transports that cannot be made are answered with a reason") {
  Lab lab;
  const ice::Credentials good = ice::make_credentials(lab.random);
  auto open = open_command(1, good, *lab.client_identity);
  open.remote->dtls_fingerprint = "sha-1 00";
  lab.control(open);
  open = open_command(2, {"ab", "short"}, *lab.client_identity);
  lab.control(open);
  open = open_command(3, good, *lab.client_identity);
  open.meeting = "no uuid";
  lab.control(open);
  const auto lost = lab.said<messages::TransportLost>();
  REQUIRE(lost.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(lost[i].transport == i + 1);
  CHECK(lab.worker().transports() == 0);
}

TEST_CASE("media worker: closing says BYE and close_notify, and frees the names") {
  Lab lab;
  Lab::Client& a = lab.join();
  Lab::Client& b = lab.join();
  lab.report(a);
  lab.report(b);
  lab.run(50ms);
  lab.control(messages::CloseTransport{a.id});
  lab.control(messages::CloseTransport{a.id});
  lab.run(50ms);
  CHECK(a.arrived.byes == 1);
  CHECK(a.transport->state() == dtls::SecureTransport::State::closed);
  CHECK(lab.worker().transports() == 1);
  lab.control(messages::Stop{});
  CHECK(lab.worker().stopping());
  lab.worker().close_all(lab.now);
  lab.run(50ms);
  CHECK(b.arrived.byes == 1);
  CHECK(b.transport->state() == dtls::SecureTransport::State::closed);
  CHECK(lab.worker().transports() == 0);
  Lab::Client& again = lab.join();
  CHECK(again.transport->state() == dtls::SecureTransport::State::connected);
}

TEST_CASE("media worker: handshakes come through 20 % loss in each direction") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Lab lab;
    SeededRandom dice{seed};
    Lab::Client& a = lab.add_client();
    lab.add_path(a);
    for (int i = 0; i < 10'000 && a.transport->state() == dtls::SecureTransport::State::connecting; ++i) {
      std::erase_if(lab.air, [&](const Lab::Flight& f) { return f.at > lab.now + 4ms && dice.chance(0.2); });
      lab.run(1ms);
    }
    CHECK_MESSAGE(a.transport->state() == dtls::SecureTransport::State::connected, seed);
  }
}
