// Both ends of TURN against each other, and the server against clients that do not keep the rules.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "core/ice/turn_client.h"
#include "core/ice/turn_server.h"

using namespace sealhall;
using namespace sealhall::turn;
using namespace std::chrono_literals;

namespace {

const ice::Address relay_address = *ice::Address::parse("198.18.0.1", 50000);
const ice::Address client_address = *ice::Address::parse("203.0.113.5", 40000);
const ice::Address worker = *ice::Address::parse("192.0.2.1", 8801);
const ice::Address stranger = *ice::Address::parse("192.0.2.66", 53);

struct Host final : Authority {
  std::optional<std::string> password_for(std::string_view username) override {
    if (username == "alice") return "secret";
    if (username == "bob") return "other";
    return std::nullopt;
  }
  bool permits_peer(const ice::Address& peer) override { return peer == worker || peer == second_worker; }
  std::optional<ice::Address> claim_allocation(std::string_view) override {
    if (claimed >= quota) return std::nullopt;
    ++claimed;
    return relay_address;
  }
  void release_allocation(std::string_view, const ice::Address&) override { --claimed; }
  const ice::Address second_worker = *ice::Address::parse("192.0.2.1", 8802);
  int claimed = 0;
  int quota = 1;
};

struct Pair {
  explicit Pair(std::string password = "secret", std::string username = "alice")
      : client({std::move(username), std::move(password)}, random) {
    config.realm = "sealhall";
    config.software = "test";
    config.client = client_address;
    server.emplace(config, host, random, now);
  }
  /// Carries bytes both ways, `cut` bytes at a time, until nothing moves.
  void pump(std::size_t cut = 1 << 20) {
    for (int i = 0; i < 50 && (!to_server.to_server.empty() || !from_server.to_client.empty()); ++i) {
      const Bytes up = std::exchange(to_server.to_server, {});
      for (std::size_t at = 0; at < up.size(); at += cut)
        server->on_bytes(ByteView{up}.subspan(at, std::min(cut, up.size() - at)), now, from_server);
      const Bytes down = std::exchange(from_server.to_client, {});
      for (std::size_t at = 0; at < down.size(); at += cut)
        client.on_bytes(ByteView{down}.subspan(at, std::min(cut, down.size() - at)), now, to_server);
    }
  }
  void connect() {
    client.start(now, to_server);
    client.add_peer(worker, now, to_server);
    pump();
    REQUIRE(client.ready(worker));
  }
  /// Runs the client's timers up to `until`, a step a deadline.
  void run_client_until(Instant until) {
    while (client.next_deadline() && *client.next_deadline() <= until) {
      now = *client.next_deadline();
      client.handle_timeout(now, to_server);
      pump();
      if (to_server.failed) return;
    }
    now = until;
  }

  SeededRandom random{42};
  Host host;
  Instant now{};
  ServerConfig config;
  std::optional<ServerSession> server;
  ServerOutbox from_server;
  Client client;
  ClientOutbox to_server;
};

/// A client that sends what the test wants.
struct Raw {
  Pair pair;
  std::string nonce;
  std::string username = "alice";
  std::array<std::uint8_t, 16> key = stun::long_term_key("alice", "sealhall", "secret");
  Bytes last;

  Raw() {
    send(stun::method::allocate, [](stun::Builder&) {}, false);
  }

  /// The answer's error code, 0 for success, -1 for none.
  int send(std::uint16_t method, auto&& fill, bool credentials = true, stun::Class kind = stun::Class::request) {
    Bytes out(1500);
    stun::Builder b{out, kind, method, {9}};
    fill(b);
    if (credentials)
      b.text(stun::attribute::username, username)
          .text(stun::attribute::realm, "sealhall")
          .text(stun::attribute::nonce, nonce)
          .integrity(key);
    out.resize(*b.finish());
    pair.server->on_bytes(out, pair.now, pair.from_server);
    last = std::exchange(pair.from_server.to_client, {});
    if (last.empty()) return -1;
    const auto m = stun::parse(last);
    REQUIRE(m);
    if (const auto fresh = m->text(stun::attribute::nonce)) nonce = *fresh;
    return m->kind == stun::Class::success ? 0 : m->error_code().value_or(-2);
  }
  int allocate() {
    return send(stun::method::allocate, [](auto& b) { b.u32(stun::attribute::requested_transport, 17U << 24); });
  }
  int permit(const ice::Address& peer) {
    return send(stun::method::create_permission,
                [&](auto& b) { b.xor_address(stun::attribute::xor_peer_address, peer); });
  }
  int bind(std::uint16_t channel, const ice::Address& peer) {
    return send(stun::method::channel_bind, [&](auto& b) {
      b.u32(stun::attribute::channel_number, std::uint32_t{channel} << 16)
          .xor_address(stun::attribute::xor_peer_address, peer);
    });
  }
  std::size_t send_data(const ice::Address& peer) {
    pair.from_server.to_peers.clear();
    send(
        stun::method::send,
        [&](auto& b) { b.xor_address(stun::attribute::xor_peer_address, peer).text(stun::attribute::data, "data"); },
        false, stun::Class::indication);
    return pair.from_server.to_peers.size();
  }
};

}  // namespace

TEST_CASE("turn: a client allocates, binds a channel and exchanges datagrams, however the stream is cut") {
  for (const std::size_t cut : {1, 3, 7, 1 << 20}) {
    Pair pair;
    pair.client.start(pair.now, pair.to_server);
    pair.client.add_peer(worker, pair.now, pair.to_server);
    CHECK(!pair.client.send(worker, as_bytes("early"), pair.to_server));
    pair.pump(cut);
    CHECK(pair.to_server.allocated == relay_address);
    CHECK(pair.from_server.allocated == relay_address);
    CHECK(pair.to_server.peers_ready == std::vector{worker});
    CHECK(pair.server->username() == "alice");
    REQUIRE(pair.client.send(worker, as_bytes("up"), pair.to_server));
    pair.pump(cut);
    REQUIRE(pair.from_server.to_peers.size() == 1);
    CHECK(pair.from_server.to_peers[0].peer == worker);
    CHECK(as_text(pair.from_server.to_peers[0].data) == "up");
    CHECK(pair.server->on_peer_datagram(worker, as_bytes("down"), pair.now, pair.from_server));
    pair.pump(cut);
    REQUIRE(pair.to_server.received.size() == 1);
    CHECK(pair.to_server.received[0].peer == worker);
    CHECK(as_text(pair.to_server.received[0].data) == "down");
  }
}

TEST_CASE("turn: an allocation lives as long as its client refreshes it") {
  Pair pair;
  pair.connect();
  pair.run_client_until(Instant{} + 3h);
  CHECK(!pair.to_server.failed);
  CHECK(pair.server->next_deadline() > pair.now);
  CHECK(pair.client.send(worker, as_bytes("still"), pair.to_server));
  pair.pump();
  CHECK(pair.from_server.to_peers.size() == 1);
}

TEST_CASE("turn: an allocation that is not refreshed ends, and its quota is free again") {
  Pair pair;
  pair.connect();
  CHECK(pair.host.claimed == 1);
  pair.server->handle_timeout(Instant{} + 9min, pair.from_server);
  CHECK(!pair.from_server.close);
  pair.server->handle_timeout(Instant{} + 10min, pair.from_server);
  CHECK(pair.from_server.close == TurnError::timed_out);
  CHECK(pair.from_server.released);
  CHECK(pair.host.claimed == 0);
  CHECK(!pair.server->on_peer_datagram(worker, as_bytes("x"), Instant{} + 10min, pair.from_server));
}

TEST_CASE("turn: the client gives its allocation back; a session that is destroyed does, too") {
  Pair pair;
  pair.connect();
  pair.client.release(pair.now, pair.to_server);
  pair.pump();
  CHECK(pair.from_server.released);
  CHECK(pair.host.claimed == 0);
  Pair other;
  other.connect();
  other.server.reset();
  CHECK(other.host.claimed == 0);
}

TEST_CASE("turn: wrong password, unknown user and exhausted quota fail the client with a reason") {
  Pair wrong{"not it"};
  wrong.client.start(wrong.now, wrong.to_server);
  wrong.pump();
  CHECK(wrong.to_server.failed == TurnError::unauthorised);
  Pair unknown{"secret", "mallory"};
  unknown.client.start(unknown.now, unknown.to_server);
  unknown.pump();
  CHECK(unknown.to_server.failed == TurnError::unauthorised);
  Pair full;
  full.host.quota = 0;
  full.client.start(full.now, full.to_server);
  full.pump();
  CHECK(full.to_server.failed == TurnError::refused);
}

TEST_CASE("turn: a server that does not answer fails the client after its timeout") {
  Pair pair;
  pair.client.start(pair.now, pair.to_server);
  CHECK(pair.client.next_deadline() == Instant{} + 5s);
  pair.client.handle_timeout(Instant{} + 5s, pair.to_server);
  CHECK(pair.to_server.failed == TurnError::timed_out);
  CHECK(!pair.client.next_deadline());
}

TEST_CASE("turn: a peer that is not permitted fails the client") {
  Pair pair;
  pair.connect();
  pair.client.add_peer(stranger, pair.now, pair.to_server);
  pair.pump();
  CHECK(pair.to_server.failed == TurnError::refused);
}

TEST_CASE("turn server: nothing goes to a peer that the program does not permit") {
  Raw raw;
  REQUIRE(raw.allocate() == 0);
  CHECK(raw.permit(stranger) == 403);
  CHECK(raw.bind(0x4000, stranger) == 403);
  CHECK(raw.send_data(stranger) == 0);
  CHECK(raw.send_data(worker) == 0);  // no permission yet
  CHECK(raw.permit(worker) == 0);
  CHECK(raw.send_data(worker) == 1);
  // The permission is for the address, the predicate is asked for the port as well.
  CHECK(raw.send_data(*ice::Address::parse("192.0.2.1", 22)) == 0);
  CHECK(raw.send_data(raw.pair.host.second_worker) == 1);
}

TEST_CASE("turn server: one forbidden peer in a list refuses all of it") {
  Raw raw;
  REQUIRE(raw.allocate() == 0);
  CHECK(raw.send(stun::method::create_permission, [](auto& b) {
    b.xor_address(stun::attribute::xor_peer_address, worker).xor_address(stun::attribute::xor_peer_address, stranger);
  }) == 403);
  CHECK(raw.send_data(worker) == 0);
  CHECK(raw.send(stun::method::create_permission, [](auto&) {}) == 400);
}

TEST_CASE("turn server: datagrams of peers without a permission are dropped, others come as indication or channel") {
  Raw raw;
  REQUIRE(raw.allocate() == 0);
  auto& pair = raw.pair;
  CHECK(!pair.server->on_peer_datagram(worker, as_bytes("x"), pair.now, pair.from_server));
  CHECK(pair.from_server.to_client.empty());
  REQUIRE(raw.permit(worker) == 0);
  CHECK(pair.server->on_peer_datagram(worker, as_bytes("x"), pair.now, pair.from_server));
  const auto indication = stun::parse(pair.from_server.to_client);
  REQUIRE(indication);
  CHECK(indication->kind == stun::Class::indication);
  CHECK(indication->method == stun::method::data);
  CHECK(indication->xor_address(stun::attribute::xor_peer_address).value() == worker);
  CHECK(as_text(*indication->find(stun::attribute::data)) == "x");
  CHECK(!pair.server->on_peer_datagram(worker, Bytes(5000), pair.now, pair.from_server));
  pair.from_server.to_client.clear();
  REQUIRE(raw.bind(0x4005, worker) == 0);
  CHECK(pair.server->on_peer_datagram(worker, as_bytes("x"), pair.now, pair.from_server));
  CHECK(load_u16(pair.from_server.to_client.data()) == 0x4005);
  // RFC 8656 section 9: five minutes.
  CHECK(!pair.server->on_peer_datagram(worker, as_bytes("x"), pair.now + 5min, pair.from_server));
}

TEST_CASE("turn server: requests without, with incomplete and with wrong credentials") {
  Raw raw;
  CHECK(!raw.nonce.empty());
  CHECK(raw.send(stun::method::allocate, [](auto&) {}, false) == 401);
  CHECK(raw.send(stun::method::allocate, [](auto& b) { b.integrity(as_bytes("k")); }, false) == 400);
  raw.key[0] ^= 1;
  CHECK(raw.allocate() == 401);
  raw.key[0] ^= 1;
  raw.username = "mallory";
  CHECK(raw.allocate() == 401);
  raw.username = "alice";
  CHECK(raw.allocate() == 0);
  CHECK(raw.allocate() == 437);
  raw.username = "bob";
  CHECK(raw.permit(worker) == 441);
}

TEST_CASE("turn server: a stale nonce is 438 with a fresh one") {
  Raw raw;
  const std::string first = raw.nonce;
  raw.pair.now += 59min;
  CHECK(raw.allocate() == 0);
  raw.pair.now += 1min;
  CHECK(raw.permit(worker) == 438);
  CHECK(raw.nonce != first);
  CHECK(raw.permit(worker) == 0);
}

TEST_CASE("turn server: what Allocate asks for is checked") {
  Raw raw;
  raw.pair.host.quota = 100;
  const auto with = [&](auto&& fill) { return raw.send(stun::method::allocate, fill); };
  CHECK(with([](auto&) {}) == 400);
  CHECK(with([](auto& b) { b.u32(stun::attribute::requested_transport, 6U << 24); }) == 442);
  CHECK(
      with([](auto& b) {
        b.u32(stun::attribute::requested_transport, 17U << 24).u32(stun::attribute::requested_address_family, 2U << 24);
      }) == 440);
  CHECK(raw.pair.host.claimed == 0);
  CHECK(with([](auto& b) {
          b.u32(stun::attribute::requested_transport, 17U << 24).bytes(stun::attribute::even_port, Bytes{0x80});
        }) == 420);
  CHECK(with([](auto& b) {
          b.u32(stun::attribute::requested_transport, 17U << 24).u32(stun::attribute::lifetime, 1'000'000);
        }) == 0);
  CHECK(stun::parse(raw.last)->u32(stun::attribute::lifetime) == 3600U);
  CHECK(stun::parse(raw.last)->xor_address(stun::attribute::xor_mapped_address).value() == client_address);
}

TEST_CASE("turn server: channel numbers and peers are bound one to one, in range and in number") {
  Raw raw;
  REQUIRE(raw.allocate() == 0);
  CHECK(raw.bind(0x3FFF, worker) == 400);
  CHECK(raw.bind(0x5000, worker) == 400);
  CHECK(raw.bind(0x4000, worker) == 0);
  CHECK(raw.bind(0x4000, worker) == 0);
  CHECK(raw.bind(0x4001, worker) == 400);
  CHECK(raw.bind(0x4000, raw.pair.host.second_worker) == 400);
  CHECK(raw.bind(0x4001, raw.pair.host.second_worker) == 0);
  CHECK(raw.send(stun::method::channel_bind, [](auto&) {}) == 400);
}

TEST_CASE("turn server: without an allocation nothing works, and data is dropped") {
  Raw raw;
  CHECK(raw.permit(worker) == 437);
  CHECK(raw.bind(0x4000, worker) == 437);
  CHECK(raw.send(stun::method::refresh, [](auto&) {}) == 437);
  CHECK(raw.send_data(worker) == 0);
  Bytes data;
  append_channel_data(data, 0x4000, as_bytes("x"));
  raw.pair.server->on_bytes(data, raw.pair.now, raw.pair.from_server);
  CHECK(raw.pair.from_server.to_peers.empty());
  CHECK(raw.send(stun::method::binding, [](auto&) {}, false) == 0);
  CHECK(stun::parse(raw.last)->xor_address(stun::attribute::xor_mapped_address).value() == client_address);
}

TEST_CASE("turn server: idle strangers, guessing and broken streams are closed") {
  Pair idle;
  CHECK(idle.server->next_deadline() == Instant{} + 10s);
  idle.server->handle_timeout(Instant{} + 10s, idle.from_server);
  CHECK(idle.from_server.close == TurnError::timed_out);

  Raw raw;
  raw.key[3] ^= 1;
  for (int i = 0; i < 40 && !raw.pair.from_server.close; ++i) raw.allocate();
  CHECK(raw.pair.from_server.close == TurnError::too_many_errors);

  Pair broken;
  broken.server->on_bytes(as_bytes("\xff\xff\xff\xff"), broken.now, broken.from_server);
  CHECK(broken.from_server.close == TurnError::bad_frame);
  broken.server->on_bytes(as_bytes("anything"), broken.now, broken.from_server);
  CHECK(broken.from_server.to_client.empty());
}

TEST_CASE("turn client: answers that are not authentic do not count") {
  Pair pair;
  pair.client.start(pair.now, pair.to_server);
  Bytes first = std::exchange(pair.to_server.to_server, {});
  pair.server->on_bytes(first, pair.now, pair.from_server);
  pair.client.on_bytes(std::exchange(pair.from_server.to_client, {}), pair.now, pair.to_server);
  pair.server->on_bytes(std::exchange(pair.to_server.to_server, {}), pair.now, pair.from_server);
  Bytes forged = pair.from_server.to_client;
  forged[forged.size() - 1] ^= 1;  // the last byte of MESSAGE-INTEGRITY
  pair.client.on_bytes(forged, pair.now, pair.to_server);
  CHECK(!pair.to_server.allocated);
  pair.client.on_bytes(pair.from_server.to_client, pair.now, pair.to_server);
  CHECK(pair.to_server.allocated == relay_address);
}

TEST_CASE("turn: any flipped bit of the stream neither crashes nor reaches a stranger") {
  Raw raw;
  REQUIRE(raw.allocate() == 0);
  REQUIRE(raw.bind(0x4000, worker) == 0);
  Bytes data;
  append_channel_data(data, 0x4000, as_bytes("some data of a peer"));
  Bytes request(300);
  stun::Builder b{request, stun::Class::request, stun::method::create_permission, {1}};
  b.xor_address(stun::attribute::xor_peer_address, stranger);
  request.resize(*b.finish());
  append(data, request);
  for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
    Raw fresh;
    REQUIRE(fresh.allocate() == 0);
    REQUIRE(fresh.bind(0x4000, worker) == 0);
    Bytes flipped = data;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    fresh.pair.server->on_bytes(flipped, fresh.pair.now, fresh.pair.from_server);
    fresh.send_data(stranger);  // may complete a frame whose length was flipped
    for (const PeerDatagram& d : fresh.pair.from_server.to_peers) CHECK(d.peer == worker);
  }
}
