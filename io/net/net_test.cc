#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "io/net/clock.h"
#include "io/net/endpoint.h"
#include "io/net/fd_stream.h"
#include "io/net/loop.h"
#include "io/net/system.h"
#include "io/net/tcp.h"
#include "io/net/timer.h"

using namespace sealhall;
using namespace sealhall::io;
using namespace std::chrono_literals;

namespace {

struct Collector final : StreamHandler {
  std::string text;
  std::optional<Failure> closed;
  int drained = 0;
  std::function<void()> on_text;
  void on_data(ByteView data) override {
    text += as_text(data);
    if (on_text) on_text();
  }
  void on_drained() override { ++drained; }
  void on_closed(const Failure& why) override { closed = why; }
};

struct Pair {
  Loop loop;
  std::unique_ptr<TcpListener> listener;
  std::shared_ptr<Stream> server;
  std::shared_ptr<Stream> client;
  Collector at_server;
  Collector at_client;

  Pair() {
    auto listening = TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [this](std::shared_ptr<Stream> s) {
      server = std::move(s);
      server->set_handler(&at_server);
    });
    REQUIRE(listening);
    listener = std::move(*listening);
    const auto attempt = connect_tcp(loop, listener->local(), 5s, [this](auto result) {
      REQUIRE(result);
      client = *result;
      client->set_handler(&at_client);
    });
    REQUIRE(loop.run_until([&] { return server && client; }, 5s));
  }
};

}  // namespace

TEST_CASE("endpoint: reads and writes what people type") {
  CHECK(parse_endpoint("127.0.0.1:8443") == Endpoint{"127.0.0.1", 8443});
  CHECK(parse_endpoint("[::1]:443") == Endpoint{"::1", 443});
  CHECK(parse_endpoint("a.example", 443) == Endpoint{"a.example", 443});
  CHECK(parse_endpoint("::1", 443) == Endpoint{"::1", 443});
  CHECK(parse_endpoint("[::1]", 443) == Endpoint{"::1", 443});
  CHECK(Endpoint{"::1", 443}.text() == "[::1]:443");
  CHECK(Endpoint{"a", 1}.text() == "a:1");
  for (const char* bad : {"", ":", "host", "host:", "host:65536", "host:-1", "host:1x", "[::1", "[::1]x", "[host]:1",
                          "a b:1", "::g", "h/:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_endpoint(bad));
  }
  CHECK_FALSE(parse_endpoint(std::string_view{"::1\0x", 5}, 1));
  CHECK_FALSE(is_loopback(std::string_view{"127.0.0.1\0x", 11}));
  CHECK(is_loopback("127.9.9.9"));
  CHECK(is_loopback("::1"));
  CHECK(is_loopback("::ffff:127.0.0.1"));
  CHECK_FALSE(is_loopback("128.0.0.1"));
  CHECK_FALSE(is_loopback("::2"));
}

TEST_CASE("timer: calls once, in order, not when cancelled, and may destroy itself") {
  Loop loop;
  std::string order;
  Timer late{loop};
  Timer soon{loop};
  Timer never{loop};
  late.after(20ms, [&] { order += "b"; });
  soon.after(1ms, [&] { order += "a"; });
  never.after(2ms, [&] { order += "x"; });
  never.cancel();
  auto self = std::make_unique<Timer>(loop);
  self->after(5ms, [&] {
    self.reset();
    order += "s";
  });
  CHECK(loop.run_until([&] { return order.size() == 3; }, 5s));
  CHECK(order == "asb");
  CHECK_FALSE(late.pending());
}

TEST_CASE("timer: setting again forgets the call before") {
  Loop loop;
  std::string order;
  Timer timer{loop};
  timer.after(1ms, [&] { order += "1"; });
  timer.after(2ms, [&] { order += "2"; });
  loop.run();
  CHECK(order == "2");
}

TEST_CASE("deadline: fires only when it was neither moved nor cleared") {
  Loop loop;
  int missed = 0;
  Deadline deadline{loop, [&] { ++missed; }};
  const Instant start = loop.now();
  deadline.set(start + 5ms);
  deadline.set(start + 30ms);
  REQUIRE(loop.run_until([&] { return missed == 1; }, 5s));
  CHECK(loop.now() >= start + 30ms);
  deadline.set_after(5ms);
  deadline.clear();
  Timer after{loop};
  bool later = false;
  after.after(15ms, [&] { later = true; });
  REQUIRE(loop.run_until([&] { return later; }, 5s));
  CHECK(missed == 1);
  deadline.set_after(10s);
  deadline.set_after(1ms);  // earlier than the wait that is under way
  CHECK(loop.run_until([&] { return missed == 2; }, 5s));
}

TEST_CASE("loop: another thread may post into it") {
  Loop loop;
  Ticker keep{loop, 1h, [] {}};
  std::thread::id where;
  std::thread other{[&] {
    loop.post([&] {
      where = std::this_thread::get_id();
      loop.stop();
    });
  }};
  loop.run();
  other.join();
  CHECK(where == std::this_thread::get_id());
}

TEST_CASE("signals: are delivered on the loop") {
  Loop loop;
  int got = 0;
  Signals signals{loop, {SIGUSR1}, [&](int s) { got = s; }};
  ::raise(SIGUSR1);
  CHECK(loop.run_until([&] { return got != 0; }, 5s));
  CHECK(got == SIGUSR1);
}

TEST_CASE("tcp: bytes go both ways and a polite close arrives as such") {
  Pair p;
  p.client->write(as_bytes("ping"));
  REQUIRE(p.loop.run_until([&] { return p.at_server.text == "ping"; }, 5s));
  p.server->write(as_bytes("pong"));
  p.server->close();
  REQUIRE(p.loop.run_until([&] { return p.at_client.closed.has_value(); }, 5s));
  CHECK(p.at_client.text == "pong");
  CHECK(p.at_client.closed->kind == NetError::none);
  REQUIRE(p.loop.run_until([&] { return p.at_server.closed.has_value(); }, 5s));
  CHECK(p.at_server.closed->kind == NetError::closed_locally);
  CHECK(is_loopback(p.server->peer().address));
}

TEST_CASE("tcp: a queue that the peer does not take is counted, sent in order, and reported when drained") {
  Pair p;
  p.client->set_reading(false);
  std::string big;
  for (int i = 0; big.size() < 20'000'000; ++i) big += std::to_string(i) + ",";
  p.server->write(as_bytes(big));
  CHECK(p.server->queued() > 0);
  CHECK(p.at_server.drained == 0);
  p.client->set_reading(true);
  REQUIRE(p.loop.run_until([&] { return p.at_client.text.size() == big.size(); }, 20s));
  CHECK(p.at_client.text == big);
  CHECK(p.at_server.drained == 1);
  CHECK(p.server->queued() == 0);
}

TEST_CASE("tcp: what was written before close arrives although the stream was dropped") {
  Pair p;
  p.client->set_reading(false);
  const std::string big(8'000'000, 'x');
  p.server->write(as_bytes(big));
  p.server->set_handler(nullptr);
  p.server->close();
  p.server.reset();
  p.client->set_reading(true);
  REQUIRE(p.loop.run_until([&] { return p.at_client.closed.has_value(); }, 20s));
  CHECK(p.at_client.text.size() == big.size());
}

TEST_CASE("tcp: dropping a stream closes it, and a handler may drop it while it is called") {
  Pair p;
  p.at_server.on_text = [&] { p.server.reset(); };
  p.client->write(as_bytes("bye"));
  REQUIRE(p.loop.run_until([&] { return p.at_client.closed.has_value(); }, 5s));
  CHECK(p.listener->open_connections() == 0);
  CHECK_FALSE(p.at_server.closed);
}

TEST_CASE("tcp: abort is felt by the other side and calls nothing on ours") {
  Pair p;
  p.client->abort();
  REQUIRE(p.loop.run_until([&] { return p.at_server.closed.has_value(); }, 5s));
  CHECK_FALSE(p.at_client.closed);
  p.client->write(as_bytes("into nothing"));
}

TEST_CASE("tcp: connecting to a port where nobody listens says so") {
  Loop loop;
  Endpoint at;
  {
    auto gone = TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [](auto) {});
    REQUIRE(gone);
    at = (*gone)->local();
  }
  std::optional<Failure> failure;
  const auto attempt = connect_tcp(loop, at, 5s, [&](auto result) {
    REQUIRE_FALSE(result);
    failure = result.error();
  });
  REQUIRE(loop.run_until([&] { return failure.has_value(); }, 5s));
  CHECK(failure->kind == NetError::refused);
  CHECK(failure->reason.find(at.text()) != std::string::npos);
}

TEST_CASE("tcp: a name is resolved, and localhost works whichever family listens") {
  Loop loop;
  std::shared_ptr<Stream> kept;
  auto listener = TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [&](auto s) { kept = s; });
  REQUIRE(listener);
  bool connected = false;
  const auto attempt = connect_tcp(loop, {"localhost", (*listener)->local().port}, 5s,
                                   [&](auto result) { connected = result.has_value(); });
  CHECK(loop.run_until([&] { return connected; }, 5s));
}

TEST_CASE("tcp: a dropped attempt does not call back") {
  Loop loop;
  auto listener = TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [](auto) {});
  REQUIRE(listener);
  bool called = false;
  auto attempt = connect_tcp(loop, (*listener)->local(), 5s, [&](auto) { called = true; });
  attempt.reset();
  bool later = false;
  Timer timer{loop};
  timer.after(20ms, [&] { later = true; });
  loop.run_until([&] { return later; }, 5s);
  CHECK_FALSE(called);
}

TEST_CASE("tcp: a port that is taken is named") {
  Loop loop;
  auto first = TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [](auto) {});
  REQUIRE(first);
  const auto second = TcpListener::listen(loop, (*first)->local(), {}, [](auto) {});
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == NetError::address_in_use);
  CHECK(second.error().reason ==
        "Port " + std::to_string((*first)->local().port) + " on 127.0.0.1 is used by another program.");
}

TEST_CASE("tcp: connections over the limit of an address are closed at once, and a place is given free again") {
  Loop loop;
  std::vector<std::shared_ptr<Stream>> held;
  auto listener = TcpListener::listen(loop, {"127.0.0.1", 0}, {.connections = 10, .connections_per_address = 2},
                                      [&](auto s) { held.push_back(s); });
  REQUIRE(listener);
  std::vector<std::shared_ptr<Stream>> clients;
  std::vector<std::unique_ptr<Collector>> seen;
  int turned_away = 0;
  std::vector<std::shared_ptr<ConnectAttempt>> attempts;
  const auto connect = [&] {
    attempts.push_back(connect_tcp(loop, (*listener)->local(), 5s, [&](auto result) {
      // The reset may be there before the connection is looked at.
      if (!result) {
        ++turned_away;
        return;
      }
      clients.push_back(*result);
      seen.push_back(std::make_unique<Collector>());
      clients.back()->set_handler(seen.back().get());
    }));
  };
  for (int i = 0; i < 4; ++i) connect();
  const auto closed = [&] { return std::ranges::count_if(seen, [](auto& s) { return s->closed.has_value(); }); };
  CHECK(loop.run_until([&] { return (*listener)->refused_connections() == 2 && turned_away + closed() == 2; }, 5s));
  CHECK(held.size() == 2);
  held.clear();
  CHECK((*listener)->open_connections() == 0);
  connect();
  CHECK(loop.run_until([&] { return held.size() == 1; }, 5s));
}

TEST_CASE("tcp: without descriptors accepting pauses and goes on when there are some again") {
  Loop loop;
  std::vector<std::shared_ptr<Stream>> held;
  auto listener = TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [&](auto s) { held.push_back(s); });
  REQUIRE(listener);
  std::shared_ptr<Stream> client;
  const auto attempt = connect_tcp(loop, (*listener)->local(), 5s, [&](auto result) {
    REQUIRE(result);
    client = *result;
    // From here on the process may open nothing: the limit is below what it has open.
    rlimit none{};
    ::getrlimit(RLIMIT_NOFILE, &none);
    none.rlim_cur = 3;
    ::setrlimit(RLIMIT_NOFILE, &none);
  });
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  REQUIRE(loop.run_until([&] { return client != nullptr; }, 5s));
  if (held.empty()) {
    int turns = 0;
    Timer timer{loop};
    bool later = false;
    timer.after(30ms, [&] { later = true; });
    loop.run_until(
        [&] {
          ++turns;
          return later;
        },
        5s);
    CHECK(held.empty());
    CHECK(turns < 20);  // no spinning
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(loop.run_until([&] { return held.size() == 1; }, 5s));
}

TEST_CASE("system: a process that holds keys is in no core dump, and in no swap where it may lock its memory") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool locked = keep_memory_private();
    rlimit core{};
    bool good = ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0;
    // What comes later is locked, too; without the right to lock, memory can be had as before.
    std::vector<std::uint8_t> later(std::size_t{32} << 20, 1);
    good = good && later.back() == 1;
    std::ifstream status{"/proc/self/status"};
    std::string line;
    long kilobytes = -1;
    while (std::getline(status, line)) {
      if (line.starts_with("VmLck:")) kilobytes = std::stol(line.substr(6));
    }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    const bool counted = locked || kilobytes == 0;  // sanitizers answer instead of the system
#else
    const bool counted = locked ? kilobytes >= (32 << 10) : kilobytes == 0;
#endif
    ::_exit(good && counted ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("clock: the steady clock moves forward and the wall clock is of this century") {
  const Instant a = steady_now();
  const Instant b = steady_now();
  CHECK(a <= b);
  CHECK(SystemWallClock{}.now() > UnixMicros{1'700'000'000'000'000});
}
