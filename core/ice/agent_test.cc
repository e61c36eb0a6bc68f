#include "core/ice/agent.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/ice/lite_agent.h"

using namespace sealhall;
using namespace sealhall::ice;
using namespace std::chrono_literals;

namespace {

const Credentials server_side{"srvufrag", "server-password-of-24-ch"};
const Credentials client_side{"cliufrag", "client-password-of-24-ch"};
const Address server_address = *Address::parse("192.0.2.1", 8801);

/// A client's agent and a server's lite agent with a network between them, in virtual time.
struct World {
  struct Link {
    PathKind kind{};
    bool up = true;    // client to server
    bool down = true;  // server to client
    double loss = 0;
    Duration delay = 10ms;
    Address seen_as = {};  // the client as the server sees it on this path
  };
  struct Flight {
    Instant at{};
    bool to_server = false;
    PathId path{};
    Bytes data;
  };

  explicit World(std::uint64_t seed, AgentConfig config = {}) : random(seed), agent(with(std::move(config)), random) {
    now = Instant{} + 100s;
    lite.emplace(server_side, client_side, now);
  }
  static AgentConfig with(AgentConfig config) {
    config.local = client_side;
    config.remote = server_side;
    return config;
  }

  PathId add(Link link) {
    link.seen_as = *Address::parse("198.51.100.7", static_cast<std::uint16_t>(1000 + links.size()));
    const auto id = agent.add_path(link.kind, server_address, now, out);
    REQUIRE(id);
    links[static_cast<std::uint32_t>(*id)] = link;
    flush();
    return *id;
  }
  Link& link(PathId id) { return links[static_cast<std::uint32_t>(id)]; }

  void flush() {
    for (AgentTransmit& t : out.transmits) {
      ++checks_sent;
      const Link& l = link(t.path);
      if (l.up && !random.chance(l.loss)) air.push_back({now + l.delay, true, t.path, std::move(t.data)});
    }
    for (const AgentEvent& e : out.events) {
      events.push_back(e);
      event_times.push_back(now);
    }
    out.transmits.clear();
    out.events.clear();
  }
  void deliver(const Flight& f) {
    const Link& l = link(f.path);
    if (f.to_server) {
      if (!l.up) return;
      std::array<std::uint8_t, 256> reply{};
      const auto message = stun::parse(f.data);
      REQUIRE(message);
      const auto answer = lite->on_check(*message, l.seen_as, now, reply);
      if (answer.selected_changed) server_moves.push_back(l.kind);
      if (answer.size > 0 && l.down && !random.chance(l.loss))
        air.push_back({now + l.delay, false, f.path, Bytes(reply.begin(), reply.begin() + answer.size)});
    } else if (l.down) {
      agent.on_datagram(f.path, server_address, f.data, now, out);
    }
  }
  void run_until(Instant end) {
    for (;;) {
      Instant next = end;
      std::size_t first = air.size();
      for (std::size_t i = 0; i < air.size(); ++i)
        if (air[i].at < next) {
          next = air[i].at;
          first = i;
        }
      const auto deadline = agent.next_deadline();
      if (deadline && *deadline < next) {
        REQUIRE(*deadline >= now - 1s);
        now = std::max(now, *deadline);
        agent.handle_timeout(now, out);
        const auto after = agent.next_deadline();
        REQUIRE((!after || *after > now));  // a deadline that does not move would be a busy loop
      } else if (first < air.size()) {
        now = std::max(now, next);
        const Flight f = air[first];
        air.erase(air.begin() + static_cast<std::ptrdiff_t>(first));
        deliver(f);
      } else {
        now = end;
        return;
      }
      flush();
    }
  }
  void run(Duration d) { run_until(now + d); }
  [[nodiscard]] std::optional<Instant> when(AgentEventKind kind, Instant from = Instant{}) const {
    for (std::size_t i = 0; i < events.size(); ++i)
      if (events[i].kind == kind && event_times[i] >= from) return event_times[i];
    return std::nullopt;
  }
  [[nodiscard]] std::size_t count(AgentEventKind kind) const {
    return static_cast<std::size_t>(std::ranges::count(events, kind, &AgentEvent::kind));
  }

  SeededRandom random;
  Instant now;
  Agent agent;
  std::optional<LiteAgent> lite;
  AgentOutbox out;
  std::map<std::uint32_t, Link> links;
  std::vector<Flight> air;
  std::vector<AgentEvent> events;
  std::vector<Instant> event_times;
  std::vector<PathKind> server_moves;
  std::size_t checks_sent = 0;
};

}  // namespace

TEST_CASE("ice agent: UDP is selected two round trips after the first check") {
  World w{1};
  const Instant start = w.now;
  const PathId udp = w.add({.kind = PathKind::udp});
  w.run(1s);
  CHECK(w.agent.selected() == udp);
  CHECK(*w.when(AgentEventKind::path_valid) == start + 20ms);
  CHECK(*w.when(AgentEventKind::path_selected) == start + 40ms);
  CHECK(w.lite->selected() == w.link(udp).seen_as);
  CHECK(w.agent.round_trip(udp) == 20ms);
}

TEST_CASE("ice agent: media may be sent after one round trip, before the nomination") {
  World w{1};
  const PathId udp = w.add({.kind = PathKind::udp});
  w.run(21ms);
  CHECK(!w.agent.selected());
  CHECK(w.agent.send_path() == udp);
}

TEST_CASE("ice agent: lost checks are repeated until one comes through") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    World w{seed};
    w.add({.kind = PathKind::udp, .loss = 0.4});
    w.run(8s);
    CHECK_MESSAGE(w.agent.selected(), seed);
  }
}

TEST_CASE("ice agent: with UDP blocked the relay carries media after the head start") {
  World w{2};
  const Instant start = w.now;
  w.add({.kind = PathKind::udp, .up = false});
  const PathId relay = w.add({.kind = PathKind::relay});
  w.run(3s);
  CHECK(w.agent.selected() == relay);
  CHECK(*w.when(AgentEventKind::path_selected) <= start + 700ms);
  CHECK(w.server_moves == std::vector{PathKind::relay});
}

TEST_CASE("ice agent: UDP wins the head start against a faster relay") {
  World w{3};
  const PathId udp = w.add({.kind = PathKind::udp, .delay = 200ms});
  w.add({.kind = PathKind::relay, .delay = 1ms});
  w.run(3s);
  CHECK(w.agent.selected() == udp);
  CHECK(w.count(AgentEventKind::path_selected) == 1);
}

TEST_CASE("ice agent: UDP that is blocked in a meeting is left within 1.3 s, in either direction") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    World w{seed};
    const PathId udp = w.add({.kind = PathKind::udp});
    const PathId relay = w.add({.kind = PathKind::relay});
    w.agent.set_media_expected(true, w.now);
    w.run(10s + seed * 37ms);
    REQUIRE(w.agent.selected() == udp);
    (seed % 3 == 0 ? w.link(udp).up : w.link(udp).down) = false;
    if (seed % 3 == 1) w.link(udp).up = false;
    const Instant blocked = w.now;
    w.run(2s);
    CHECK(w.agent.selected() == relay);
    const auto moved = w.when(AgentEventKind::path_selected, blocked);
    REQUIRE(moved);
    CHECK(*moved - blocked <= 1300ms);
    CHECK(w.lite->selected() == w.link(relay).seen_as);
  }
}

TEST_CASE("ice agent: UDP that works again is used again once it has been stable, within 10 s") {
  World w{5};
  const PathId udp = w.add({.kind = PathKind::udp});
  const PathId relay = w.add({.kind = PathKind::relay});
  w.agent.set_media_expected(true, w.now);
  w.run(90s);
  w.link(udp).up = false;
  w.run(20s);
  REQUIRE(w.agent.selected() == relay);
  w.link(udp).up = true;
  const Instant works = w.now;
  w.run(2s);
  CHECK(w.agent.selected() == relay);  // not at the first answer
  w.run(8s);
  CHECK(w.agent.selected() == udp);
  CHECK(*w.when(AgentEventKind::path_selected, works) - works <= 6s);
  CHECK(w.lite->selected() == w.link(udp).seen_as);
}

TEST_CASE("ice agent: UDP that keeps failing is returned to more and more slowly, but within 30 s of working") {
  World w{6};
  const PathId udp = w.add({.kind = PathKind::udp});
  w.add({.kind = PathKind::relay});
  w.agent.set_media_expected(true, w.now);
  w.run(5s);
  for (int i = 0; i < 8; ++i) {
    w.link(udp).down = false;
    w.run(5s);
    REQUIRE(w.agent.selected() != udp);
    w.link(udp).down = true;
    const Instant works = w.now;
    w.run(30s);
    CHECK(w.agent.selected() == udp);
    if (i >= 4) CHECK(*w.when(AgentEventKind::path_selected, works) - works >= 15s);
  }
}

TEST_CASE("ice agent: ten percent loss each way does not make a working path look dead") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World w{seed};
    const PathId udp = w.add({.kind = PathKind::udp, .loss = 0.10, .delay = 25ms});
    w.add({.kind = PathKind::relay});
    w.agent.set_media_expected(true, w.now);
    w.run(600s);
    CHECK(w.agent.selected() == udp);
    CHECK(w.count(AgentEventKind::path_selected) <= 3);  // the relay at most for the first seconds
  }
}

TEST_CASE("ice agent: a path of 600 ms round trip is not called dead") {
  World w{8};
  const PathId udp = w.add({.kind = PathKind::udp, .delay = 300ms});
  w.add({.kind = PathKind::relay});
  w.agent.set_media_expected(true, w.now);
  w.run(300s);
  CHECK(w.agent.selected() == udp);
  CHECK(w.count(AgentEventKind::path_dead) == 0);
}

TEST_CASE("ice agent: an idle transport checks every five seconds, with media three times a second") {
  World w{9};
  w.add({.kind = PathKind::udp});
  w.run(2s);
  std::size_t before = w.checks_sent;
  w.run(100s);
  CHECK(w.checks_sent - before >= 16);
  CHECK(w.checks_sent - before <= 26);
  w.agent.set_media_expected(true, w.now);
  before = w.checks_sent;
  w.run(100s);
  CHECK(w.checks_sent - before >= 230);
  CHECK(w.checks_sent - before <= 260);
}

TEST_CASE("ice agent: without any answer the transport fails after the consent timeout") {
  World w{10};
  const PathId udp = w.add({.kind = PathKind::udp});
  w.run(1s);
  w.link(udp).down = false;
  const Instant blocked = w.now;
  w.run(60s);
  CHECK(w.agent.failed());
  CHECK(!w.agent.next_deadline());
  CHECK(!w.agent.send_path());
  const Duration waited = *w.when(AgentEventKind::failed) - blocked;
  CHECK(waited <= 30s);
  CHECK(waited >= 23s);
}

TEST_CASE("ice agent: a relay that becomes available after UDP died is used at once") {
  World w{11};
  const PathId udp = w.add({.kind = PathKind::udp});
  w.agent.set_media_expected(true, w.now);
  w.run(2s);
  w.link(udp).up = false;
  w.run(2s);
  CHECK(w.count(AgentEventKind::path_dead) == 1);
  CHECK(w.count(AgentEventKind::path_suspect) == 1);
  const PathId relay = w.add({.kind = PathKind::relay});
  w.run(100ms);
  CHECK(w.agent.selected() == relay);
}

TEST_CASE("ice agent: a removed path gives way to another valid one") {
  World w{12};
  const PathId udp = w.add({.kind = PathKind::udp});
  const PathId relay = w.add({.kind = PathKind::relay});
  w.run(2s);
  REQUIRE(w.agent.selected() == udp);
  w.agent.remove_path(udp, w.now, w.out);
  w.flush();
  CHECK(w.agent.send_path() == relay);
  w.run(100ms);
  CHECK(w.agent.selected() == relay);
  CHECK(!w.agent.remote(udp));
}

TEST_CASE("ice agent: answers that are forged, from elsewhere or to nothing change nothing") {
  World w{13};
  w.links[1] = {.kind = PathKind::udp};
  const PathId udp = *w.agent.add_path(PathKind::udp, server_address, w.now, w.out);
  const Bytes request = w.out.transmits[0].data;
  const auto parsed = stun::parse(request);
  const auto answer = [&](const std::string& key, const stun::TransactionId& id, bool fingerprint = true) {
    Bytes out(256);
    stun::Builder b{out, stun::Class::success, stun::method::binding, id};
    b.xor_address(stun::attribute::xor_mapped_address, server_address).integrity(as_bytes(key));
    if (fingerprint) b.fingerprint();
    out.resize(*b.finish());
    return out;
  };
  AgentOutbox out;
  const Bytes good = answer(server_side.password, parsed->transaction);
  stun::TransactionId other{};
  CHECK(!w.agent.on_datagram(udp, server_address, answer("wrong", parsed->transaction), w.now, out));
  CHECK(!w.agent.on_datagram(udp, server_address, answer(server_side.password, other), w.now, out));
  CHECK(
      !w.agent.on_datagram(udp, server_address, answer(server_side.password, parsed->transaction, false), w.now, out));
  CHECK(!w.agent.on_datagram(udp, *Address::parse("192.0.2.2", 8801), good, w.now, out));
  CHECK(!w.agent.on_datagram(PathId{99}, server_address, good, w.now, out));
  CHECK(!w.agent.on_datagram(udp, server_address, request, w.now, out));  // our own check, reflected
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    CHECK(!w.agent.on_datagram(udp, server_address, flipped, w.now, out));
  }
  CHECK(out.events.empty());
  CHECK(!w.agent.send_path());
  CHECK(w.agent.on_datagram(udp, server_address, good, w.now, out));
  CHECK(w.agent.send_path() == udp);
}

TEST_CASE("ice agent: a check of a full peer with our password is answered, others are not") {
  World w{14};
  w.links[1] = {.kind = PathKind::udp};
  const PathId udp = *w.agent.add_path(PathKind::udp, server_address, w.now, w.out);
  const auto request = [](const std::string& username, const std::string& key) {
    Bytes out(256);
    stun::Builder b{out, stun::Class::request, stun::method::binding, {5}};
    b.text(stun::attribute::username, username).integrity(as_bytes(key)).fingerprint();
    out.resize(*b.finish());
    return out;
  };
  AgentOutbox out;
  CHECK(!w.agent.on_datagram(udp, server_address, request("cliufrag:other", client_side.password), w.now, out));
  CHECK(!w.agent.on_datagram(udp, server_address, request("cliufrag:srvufrag", "wrong"), w.now, out));
  CHECK(out.transmits.empty());
  CHECK(w.agent.on_datagram(udp, server_address, request("cliufrag:srvufrag", client_side.password), w.now, out));
  REQUIRE(out.transmits.size() == 1);
  const auto answer = stun::parse(out.transmits[0].data);
  CHECK(answer->kind == stun::Class::success);
  CHECK(stun::verify_integrity(*answer, as_bytes(client_side.password)));
}
