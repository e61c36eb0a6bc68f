// The media process with real sockets on loopback: UDP, links, relay connections and the control channel.
#include "server/media/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "core/wire/codec.h"
#include "io/net/clock.h"
#include "server/media/testing.h"

using namespace sealhall;
using namespace sealhall::media;
using namespace sealhall::media::testing;

namespace {

struct RunDirectory {
  RunDirectory() {
    std::string name = "/tmp/sealhall-media-test-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~RunDirectory() { std::filesystem::remove_all(path); }
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  std::string path;
};

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

/// Stands in for the control process: one connection a worker.
struct Control {
  explicit Control(const std::string& run) {
    listener = io::FileDescriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const sockaddr_un address = unix_address(control_path(run));
    ::unlink(address.sun_path);
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener.get(), 8) == 0);
  }
  struct Worker {
    io::FileDescriptor fd;
    wire::FrameReader reader;
    std::optional<messages::Hello> hello;
    std::vector<messages::WorkerMessage> said;
    bool closed = false;
  };
  void step() {
    for (;;) {
      io::FileDescriptor fd{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!fd) break;
      workers.push_back(std::make_unique<Worker>());
      workers.back()->fd = std::move(fd);
    }
    for (const auto& w : workers) {
      std::array<std::uint8_t, 65536> buffer;
      for (;;) {
        const ssize_t n = ::recv(w->fd.get(), buffer.data(), buffer.size(), 0);
        if (n == 0) w->closed = true;
        if (n <= 0) break;
        w->reader.push(ByteView{buffer}.first(static_cast<std::size_t>(n)));
      }
      for (;;) {
        const auto frame = w->reader.next();
        REQUIRE(frame);
        if (!*frame) break;
        auto message = wire::decode_media_worker(**frame);
        REQUIRE(message);
        if (const auto* hello = std::get_if<messages::Hello>(&*message)) w->hello = *hello;
        w->said.push_back(std::move(*message));
      }
    }
  }
  Worker* of(std::uint32_t number) {
    for (auto w = workers.rbegin(); w != workers.rend(); ++w)
      if ((*w)->hello && (*w)->hello->worker == number && !(*w)->closed) return w->get();
    return nullptr;
  }
  void say(std::uint32_t number, const messages::ControlMessage& message) {
    Bytes out;
    wire::append_frame(wire::encode(message), out);
    REQUIRE(::send(of(number)->fd.get(), out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size()));
  }
  template <typename T>
  std::vector<T> said(std::uint32_t number) {
    std::vector<T> all;
    if (Worker* w = of(number))
      for (const auto& m : w->said)
        if (const T* t = std::get_if<T>(&m)) all.push_back(*t);
    return all;
  }
  io::FileDescriptor listener;
  std::vector<std::unique_ptr<Worker>> workers;
};

/// A client with a socket of its own, or a relay connection.
struct Client {
  sfu::TransportId id = 0;
  std::uint32_t worker = 0;
  ice::Credentials credentials;
  messages::TransportReady ready;
  std::unique_ptr<io::UdpSocket> socket;
  io::FileDescriptor relay;
  std::optional<ice::PathId> udp_path;
  std::optional<ice::PathId> relay_path;
  ice::Address server;
  std::optional<dtls::SecureTransport> transport;
  dtls::SecureTransport::Outbox out;
  io::ReceiveBatch received;
  Arrived arrived;
  ClientMedia media;
  bool udp_blocked = false;
  Bytes last_datagram;

  void step(Instant now) {
    if (socket != nullptr)
      while (socket->receive(received, now) > 0)
        for (const io::UdpDatagram& d : received.datagrams())
          if (udp_path && !udp_blocked) transport->on_datagram(*udp_path, d.from, d.bytes, now, out);
    std::array<std::uint8_t, 2048> buffer;
    while (relay) {
      const ssize_t n = ::recv(relay.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n <= 0) break;
      transport->on_datagram(*relay_path, server, MutableBytes{buffer}.first(static_cast<std::size_t>(n)), now, out);
    }
    if (const auto t = transport->next_deadline(); t && *t <= now) transport->handle_timeout(now, out);
    flush();
  }
  void flush() {
    for (const auto& t : out.transmits) {
      if (t.path == relay_path) {
        ::send(relay.get(), t.data.data(), t.data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      } else if (socket != nullptr && !udp_blocked) {
        const io::OutMessage message{t.to, t.data, static_cast<std::uint16_t>(t.data.size())};
        socket->send({&message, 1});
        last_datagram = t.data;
      }
    }
    for (const auto& r : out.received) arrived.take(r);
    out.clear();
  }
  void say(std::string_view text, Instant now) {
    REQUIRE(transport->send_rtp(media.audio(text), now, out));
    flush();
  }
  void show(bool key, std::size_t packets, std::uint8_t mark, Instant now) {
    for (const Bytes& p : media.video(key, packets, mark)) REQUIRE(transport->send_rtp(p, now, out));
    flush();
  }
};

/// Everything in one thread, a step at a time.
struct Town {
  explicit Town(std::size_t workers = 1, bool gso = true) : control(run.path) {
    identity = *dtls::Identity::create(dtls::native_profiles);
    for (std::size_t i = 0; i < workers; ++i) {
      Options options;
      options.run = run.path;
      options.worker = static_cast<std::uint32_t>(i);
      options.bind = *ice::Address::parse("127.0.0.1", 0);
      options.gso = gso;
      auto process = Process::start(options);
      REQUIRE(process);
      processes.push_back(std::move(*process));
    }
    until([&] {
      for (std::size_t i = 0; i < workers; ++i)
        if (control.of(static_cast<std::uint32_t>(i)) == nullptr) return false;
      return true;
    });
  }
  void step() {
    for (const auto& p : processes) p->turn(Duration{0});
    const Instant now = io::steady_now();
    control.step();
    for (const auto& c : clients)
      if (c->transport) c->step(now);
    std::vector<pollfd> fds;  // waits for the next thing that happens, at most 1 ms
    for (const auto& p : processes) fds.push_back({p->udp().fd(), POLLIN, 0});
    for (const auto& c : clients)
      if (c->socket != nullptr) fds.push_back({c->socket->fd(), POLLIN, 0});
    ::poll(fds.data(), fds.size(), 1);
  }
  bool until(const std::function<bool()>& done, Duration limit = 10s) {
    const Instant end = io::steady_now() + limit;
    while (!done()) {
      if (io::steady_now() > end) {
        for (const auto& p : processes) {
          const sfu::Stats& f = p->worker().forwarder().stats();
          const Counters& n = p->worker().counters();
          MESSAGE("worker: forwarded " << f.packets_in << " -> " << f.packets_out << ", unannounced "
                                       << f.dropped_unannounced << ", duplicate " << f.dropped_duplicate
                                       << ", unauthenticated " << n.dropped_unauthenticated << ", unknown "
                                       << n.dropped_unknown_address);
        }
        CHECK_MESSAGE(false, "waited in vain");
        return false;
      }
      step();
    }
    return true;
  }
  void during(Duration d) {
    const Instant end = io::steady_now() + d;
    while (io::steady_now() < end) step();
  }
  Client& add_client(std::uint32_t worker = 0) {
    clients.push_back(std::make_unique<Client>());
    Client& c = *clients.back();
    c.id = clients.size();
    c.worker = worker;
    c.credentials = ice::make_credentials(random);
    c.server = processes[worker]->address();
    c.media.audio_ssrc = static_cast<std::uint32_t>(1000 * c.id + 1);
    c.media.video_ssrc = static_cast<std::uint32_t>(1000 * c.id + 2);
    control.say(worker, open_command(c.id, c.credentials, *identity));
    until([&] {
      for (const auto& ready : control.said<messages::TransportReady>(worker))
        if (ready.transport == c.id) {
          c.ready = ready;
          return true;
        }
      return false;
    });
    c.transport.emplace(client_config(c.credentials, c.ready.local, identity), random, io::steady_now());
    return c;
  }
  void add_udp(Client& c) {
    c.socket = std::move(*io::UdpSocket::open({.bind = *ice::Address::parse("127.0.0.1", 0)}));
    c.udp_path = c.transport->add_path(ice::PathKind::udp, c.server, io::steady_now(), c.out);
    c.flush();
  }
  void add_relay(Client& c) {
    c.relay = io::FileDescriptor{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const sockaddr_un address = unix_address(relay_path(run.path, c.worker));
    REQUIRE(::connect(c.relay.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    c.relay_path = c.transport->add_path(ice::PathKind::relay, c.server, io::steady_now(), c.out);
    c.flush();
  }
  Client& join(std::uint32_t worker = 0) {
    Client& c = add_client(worker);
    add_udp(c);
    until([&] { return c.transport->state() == dtls::SecureTransport::State::connected; });
    control.say(worker, messages::SetPublished{c.id, c.media.published(), true, true});
    until([&] {
      for (const auto& m : control.said<messages::TransportConnected>(worker))
        if (m.transport == c.id) return true;
      return false;
    });
    return c;
  }
  void subscribe(const Client& viewer, const Client& source) {
    messages::SetSubscribed wish{viewer.id, {}};
    wish.videos = {
        {viewer.ready.slots[4].slot, static_cast<std::uint32_t>(source.id), wire::SourceKind::camera, 720, 1}};
    control.say(viewer.worker, wish);
  }

  RunDirectory run;
  SeededRandom random{21};
  std::shared_ptr<const dtls::Identity> identity;
  Control control;
  std::vector<std::unique_ptr<Process>> processes;
  std::vector<std::unique_ptr<Client>> clients;
};

}  // namespace

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
    if (mode == 0) {
      MESSAGE("GSO messages: " << counters.gso_messages << (town.processes[0]->udp().gso() ? "" : " (refused here)"));
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
