#include "io/dtls/secure_transport.h"

#include <doctest/doctest.h>

#include <map>

#include "core/ice/lite_agent.h"
#include "core/rtp/packet.h"
#include "core/srtp/srtp.h"

using namespace sealhall;
using namespace sealhall::dtls;
using namespace std::chrono_literals;

namespace {

const ice::Credentials server_side{"srvufrag", "server-password-of-24-ch"};
const ice::Credentials client_side{"cliufrag", "client-password-of-24-ch"};
const ice::Address server_address = *ice::Address::parse("192.0.2.1", 8801);

Bytes rtp_packet(std::uint16_t sequence) {
  Bytes packet(60, 0x5A);
  rtp::HeaderFields fields;
  fields.payload_type = 111;
  fields.sequence_number = sequence;
  fields.ssrc = 77;
  REQUIRE(rtp::write_header(fields, packet));
  return packet;
}
Bytes rtcp_packet() { return {0x80, 201, 0, 1, 0, 0, 0, 1}; }

/// The client's transport, a small server, and a network in virtual time with 10 ms each way.
struct World {
  explicit World(bool frugal = false) {
    client_identity = *Identity::create(native_profiles);
    server_identity = *Identity::create(server_profiles);
    SecureTransportConfig config;
    config.local = client_side;
    config.remote = server_side;
    config.remote_fingerprint = server_identity->fingerprint();
    config.identity = client_identity;
    config.frugal = frugal;
    make(config);
  }
  void make(const SecureTransportConfig& config) {
    client.emplace(config, random, now);
    lite.emplace(server_side, client_side, now);
    dtls.emplace(server_identity, Role::server, client_identity->fingerprint(), now);
  }
  ice::PathId add(ice::PathKind kind) {
    const auto id = client->add_path(kind, server_address, now, out);
    REQUIRE(id);
    seen_as[*id] = *ice::Address::parse("198.51.100.7", static_cast<std::uint16_t>(1000 + seen_as.size()));
    up[*id] = true;
    flush();
    return *id;
  }
  void flush() {
    for (auto& t : out.transmits)
      if (up[t.path]) air.push_back({now + 10ms, true, t.path, std::move(t.data)});
    for (auto& r : out.received) received.push_back(std::move(r));
    for (const auto& e : out.events) events.push_back(e.kind);
    out.clear();
  }
  void to_client(ByteView data, std::optional<ice::Address> to) {
    if (!to) return;
    for (const auto& [id, address] : seen_as)
      if (address == *to && up[id]) air.push_back({now + 10ms, false, id, Bytes(data.begin(), data.end())});
  }
  void server_receives(ice::PathId path, Bytes data) {
    const ice::Address from = seen_as[path];
    switch (rtp::classify(data)) {
      case rtp::DatagramKind::stun: {
        std::array<std::uint8_t, 256> reply{};
        const auto answer = lite->on_check(*stun::parse(data), from, now, reply);
        to_client(ByteView{reply}.first(answer.size), from);
        return;
      }
      case rtp::DatagramKind::dtls: {
        Datagrams datagrams;
        dtls->handle(data, now, datagrams);
        for (const Bytes& d : datagrams) to_client(d, lite->send_to());
        if (const auto keys = dtls->take_keys()) {
          sender.emplace(*srtp::SrtpSender::create(keys->profile, keys->send()));
          receiver.emplace(*srtp::SrtpReceiver::create(keys->profile, keys->receive()));
        }
        return;
      }
      default:
        if (receiver && receiver->unprotect(data)) {
          ++server_media;
          dtls->release();
        }
    }
  }
  void server_sends(std::uint16_t sequence) {
    Bytes packet = rtp_packet(sequence);
    const std::size_t size = packet.size();
    packet.resize(size + 20);
    packet.resize(*sender->protect_in_place(packet, size));
    last_sent = packet;
    to_client(packet, lite->send_to());
  }
  void run(Duration d) {
    const Instant end = now + d;
    for (;;) {
      Instant next = end;
      std::size_t first = air.size();
      for (std::size_t i = 0; i < air.size(); ++i)
        if (air[i].at < next) next = air[i].at, first = i;
      const auto deadline = client->next_deadline();
      if (deadline && *deadline < next) {
        now = std::max(now, *deadline);
        client->handle_timeout(now, out);
      } else if (first < air.size()) {
        now = std::max(now, next);
        Flight f = std::move(air[first]);
        air.erase(air.begin() + static_cast<std::ptrdiff_t>(first));
        if (f.to_server) {
          server_receives(f.path, std::move(f.data));
        } else if (up[f.path]) {
          client->on_datagram(f.path, server_address, f.data, now, out);
        }
      } else {
        now = end;
        return;
      }
      flush();
    }
  }
  [[nodiscard]] bool saw(SecureTransport::EventKind kind) const {
    return std::ranges::find(events, kind) != events.end();
  }

  struct Flight {
    Instant at{};
    bool to_server = false;
    ice::PathId path{};
    Bytes data;
  };
  SeededRandom random{5};
  Instant now = Instant{} + 50s;
  std::shared_ptr<const Identity> client_identity;
  std::shared_ptr<const Identity> server_identity;
  std::optional<SecureTransport> client;
  std::optional<ice::LiteAgent> lite;
  std::optional<Endpoint> dtls;
  std::optional<srtp::SrtpSender> sender;
  std::optional<srtp::SrtpReceiver> receiver;
  SecureTransport::Outbox out;
  std::map<ice::PathId, ice::Address> seen_as;
  std::map<ice::PathId, bool> up;
  std::vector<Flight> air;
  std::vector<SecureTransport::Received> received;
  std::vector<SecureTransport::EventKind> events;
  std::size_t server_media = 0;
  Bytes last_sent;
};

}  // namespace

TEST_CASE("secure transport: connected after three round trips, media flows both ways") {
  for (const bool frugal : {false, true}) {
    World w{frugal};
    w.add(ice::PathKind::udp);
    CHECK(w.client->send_rtp(rtp_packet(1), w.now, w.out).error() == SecureTransport::SendError::not_connected);
    w.run(80ms);
    CHECK(w.client->state() == SecureTransport::State::connected);
    CHECK(w.client->profile() == SrtpProfile::aead_aes_256_gcm);
    CHECK(w.saw(SecureTransport::EventKind::connected));
    CHECK(w.client->selected_kind() == ice::PathKind::udp);
    CHECK(w.client->round_trip() == 20ms);
    CHECK(w.client->send_rtp(rtp_packet(1), w.now, w.out));
    CHECK(w.client->send_rtcp(rtcp_packet(), w.now, w.out));
    w.flush();
    w.run(20ms);
    CHECK(w.server_media == 1);
    CHECK(w.dtls->released());
    w.server_sends(9);
    w.run(20ms);
    REQUIRE(w.received.size() == 1);
    CHECK(!w.received[0].rtcp);
    CHECK(w.received[0].packet == rtp_packet(9));
  }
}

TEST_CASE("secure transport: media follows from UDP to the relay and back") {
  World w;
  const auto udp = w.add(ice::PathKind::udp);
  w.add(ice::PathKind::relay);
  w.run(2s);
  REQUIRE(w.client->selected_kind() == ice::PathKind::udp);
  w.up[udp] = false;
  w.run(1500ms);
  CHECK(w.client->selected_kind() == ice::PathKind::relay);
  REQUIRE(w.client->send_rtp(rtp_packet(1), w.now, w.out));
  w.flush();
  w.server_sends(1);
  w.run(20ms);
  CHECK(w.server_media == 1);
  CHECK(w.received.size() == 1);
  w.up[udp] = true;
  w.run(25s);
  CHECK(w.client->selected_kind() == ice::PathKind::udp);
}

TEST_CASE("secure transport: replayed, damaged and foreign packets change counters only") {
  World w;
  const auto udp = w.add(ice::PathKind::udp);
  w.run(1s);
  w.server_sends(4);
  w.run(20ms);
  REQUIRE(w.received.size() == 1);
  Bytes replay = w.last_sent;
  w.client->on_datagram(udp, server_address, replay, w.now, w.out);
  CHECK(w.client->counters().dropped_replayed == 1);
  w.server_sends(5);
  for (std::size_t bit = 0; bit < w.last_sent.size() * 8; ++bit) {
    Bytes damaged = w.last_sent;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    w.client->on_datagram(udp, server_address, damaged, w.now, w.out);
  }
  Bytes elsewhere = w.last_sent;
  w.client->on_datagram(udp, *ice::Address::parse("192.0.2.2", 8801), elsewhere, w.now, w.out);
  CHECK(w.out.received.empty());
  CHECK(w.out.events.empty());
  w.air.clear();
  w.client->on_datagram(udp, server_address, w.last_sent, w.now, w.out);
  CHECK(w.out.received.size() == 1);
}

TEST_CASE("secure transport: a server with another certificate is refused") {
  World w;
  SecureTransportConfig config;
  config.local = client_side;
  config.remote = server_side;
  config.identity = w.client_identity;
  config.remote_fingerprint = w.client_identity->fingerprint();
  w.make(config);
  w.add(ice::PathKind::udp);
  w.run(1s);
  CHECK(w.client->state() == SecureTransport::State::failed);
  CHECK(w.client->error() == SecureTransport::Error::dtls_failed);
  CHECK(w.saw(SecureTransport::EventKind::failed));
  CHECK(!w.client->next_deadline());
}

TEST_CASE("secure transport: the server's close_notify ends it, so does our own") {
  World w;
  w.add(ice::PathKind::udp);
  w.run(1s);
  Datagrams out;
  w.dtls->close(out);
  REQUIRE(out.size() == 1);
  w.to_client(out[0], w.lite->send_to());
  w.run(100ms);
  CHECK(w.client->state() == SecureTransport::State::closed);
  CHECK(w.client->error() == SecureTransport::Error::closed_by_peer);

  World o;
  o.add(ice::PathKind::udp);
  o.run(1s);
  o.client->close(o.now, o.out);
  CHECK(o.out.transmits.size() == 1);
  o.flush();
  o.run(50ms);
  CHECK(o.dtls->state() == Endpoint::State::closed);
  CHECK(o.client->send_rtp(rtp_packet(1), o.now, o.out).error() == SecureTransport::SendError::not_connected);
}

TEST_CASE("secure transport: without any answer it fails after the consent timeout") {
  World w;
  const auto udp = w.add(ice::PathKind::udp);
  w.up[udp] = false;
  w.run(40s);
  CHECK(w.client->state() == SecureTransport::State::failed);
  CHECK(w.client->error() == SecureTransport::Error::ice_failed);
}
