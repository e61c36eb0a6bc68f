// For tests of the media process: a stand-in for control and clients with real sockets, all in one thread.
#pragma once

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
#include "server/media/process.h"
#include "server/media/testing.h"

namespace sealhall::media::testing {

struct RunDirectory {
  RunDirectory() {
    std::string name = "/tmp/sealhall-media-test-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~RunDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  std::string path;
};

inline sockaddr_un unix_address(const std::string& path) {
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
    wait_for_workers(workers);
  }
  void wait_for_workers(std::size_t workers) {
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
  Client& add_client(std::uint32_t worker = 0, std::uint32_t audio_slots = 4, std::uint32_t video_slots = 4) {
    clients.push_back(std::make_unique<Client>());
    Client& c = *clients.back();
    c.id = clients.size();
    c.worker = worker;
    c.credentials = ice::make_credentials(random);
    const auto candidate = control.of(worker)->hello->candidates.at(0);
    c.server = *ice::Address::parse(candidate.address, candidate.port);
    c.media.audio_ssrc = static_cast<std::uint32_t>(1000 * c.id + 1);
    c.media.video_ssrc = static_cast<std::uint32_t>(1000 * c.id + 2);
    auto open = open_command(c.id, c.credentials, *identity);
    open.audio_slots = audio_slots;
    open.video_slots = video_slots;
    control.say(worker, open);
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

}  // namespace sealhall::media::testing
