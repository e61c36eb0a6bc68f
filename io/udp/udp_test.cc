#include <doctest/doctest.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <vector>

#include "io/net/clock.h"
#include "io/udp/send_batch.h"
#include "io/udp/socket.h"

using namespace sealhall;
using namespace sealhall::io;

namespace {

std::unique_ptr<UdpSocket> open(std::string_view address = "127.0.0.1", bool gso = true) {
  auto socket = UdpSocket::open({.bind = *ice::Address::parse(address, 0), .gso = gso});
  REQUIRE(socket);
  return std::move(*socket);
}

/// Whether this kernel knows UDP_SEGMENT (udp(7)), asked with a socket that has nothing to do with ours.
bool kernel_has_gso() {
  const FileDescriptor fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const int segment = 500;
  return ::setsockopt(fd.get(), IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) == 0;
}

/// Waits in poll(2) until `count` datagrams have come.
std::vector<Bytes> receive(UdpSocket& socket, std::size_t count, ReceiveBatch& batch) {
  std::vector<Bytes> got;
  while (got.size() < count) {
    pollfd p{socket.fd(), POLLIN, 0};
    REQUIRE(::poll(&p, 1, 5000) == 1);
    socket.receive(batch, steady_now());
    for (const UdpDatagram& d : batch.datagrams()) got.emplace_back(d.bytes.begin(), d.bytes.end());
  }
  return got;
}

struct Recorder final : DatagramSink {
  void send(std::span<const OutMessage> messages) noexcept override {
    for (const OutMessage& m : messages) {
      sizes.push_back(m.bytes.size());
      segments.push_back(m.segment);
      to.push_back(m.to);
    }
    ++calls;
  }
  std::vector<std::size_t> sizes;
  std::vector<std::uint16_t> segments;
  std::vector<ice::Address> to;
  int calls = 0;
};

void put(SendBatch& batch, const ice::Address& to, std::size_t size, std::uint8_t fill = 1) {
  const MutableBytes room = batch.prepare(to);
  std::fill_n(room.begin(), size, fill);
  batch.commit(size);
}

const ice::Address a = *ice::Address::parse("192.0.2.1", 1);
const ice::Address b = *ice::Address::parse("192.0.2.1", 2);

}  // namespace

TEST_CASE("udp batch: equal sizes to one receiver become one run, a shorter one ends it") {
  Recorder sink;
  SendBatch batch{sink};
  for (int i = 0; i < 3; ++i) put(batch, a, 1200);
  put(batch, a, 300);
  put(batch, a, 300);
  put(batch, b, 300);
  batch.flush();
  CHECK(sink.sizes == std::vector<std::size_t>{3900, 300, 300});
  CHECK(sink.segments == std::vector<std::uint16_t>{1200, 300, 300});
  CHECK(sink.to == std::vector{a, a, b});
}

TEST_CASE("udp batch: a larger datagram, an ended run and sixteen datagrams each start a new message") {
  Recorder sink;
  SendBatch batch{sink};
  put(batch, a, 100);
  put(batch, a, 101);
  batch.end_run();
  put(batch, a, 101);
  batch.flush();
  CHECK(sink.sizes == std::vector<std::size_t>{100, 101, 101});
  sink.sizes.clear();
  for (int i = 0; i < 40; ++i) put(batch, a, 1000);
  batch.flush();
  CHECK(sink.sizes == std::vector<std::size_t>{16000, 16000, 8000});
}

TEST_CASE("udp batch: a full batch flushes itself and loses nothing") {
  Recorder sink;
  SendBatch batch{sink};
  for (int i = 0; i < 1000; ++i) put(batch, i % 2 == 0 ? a : b, 1400);
  batch.flush();
  std::size_t sum = 0;
  for (const std::size_t s : sink.sizes) sum += s;
  CHECK(sum == 1000 * 1400);
  CHECK(sink.calls > 1);
  batch.flush();
  CHECK(batch.empty());
}

TEST_CASE("udp: runs arrive as single datagrams, whole and in order, over IPv4 and IPv6") {
  for (const std::string_view ip : {"127.0.0.1", "::1"}) {
    if (ip == "::1" && !UdpSocket::open({.bind = *ice::Address::parse(ip, 0)})) {
      MESSAGE("SKIPPED IPv6: this machine has none");
      continue;
    }
    auto from = open(ip);
    auto to = open(ip);
    SendBatch batch{*from};
    for (std::uint8_t i = 0; i < 10; ++i) put(batch, to->local(), i == 9 ? 77 : 500, i);
    put(batch, to->local(), 900, 99);
    batch.flush();
    ReceiveBatch received;
    const auto got = receive(*to, 11, received);
    REQUIRE(got.size() == 11);
    for (std::uint8_t i = 0; i < 10; ++i) CHECK(got[i] == Bytes(i == 9 ? 77 : 500, i));
    CHECK(got[10] == Bytes(900, 99));
    CHECK(from->counters().datagrams_out == 11);
    CHECK(from->counters().dropped_error + from->counters().dropped_full == 0);
    if (kernel_has_gso()) {
      CHECK(from->gso());
      CHECK(from->counters().gso_messages == 1);  // the ten; the larger one is a message of its own
    } else {
      MESSAGE("SKIPPED GSO: this kernel has none");
    }
  }
}

TEST_CASE("udp: sender's address and arrival time come with a datagram") {
  auto from = open();
  auto to = open();
  const Instant before = steady_now();
  SendBatch batch{*from};
  put(batch, to->local(), 10);
  batch.flush();
  ReceiveBatch received;
  receive(*to, 1, received);
  const UdpDatagram& d = received.datagrams()[0];
  CHECK(d.from == from->local());
  CHECK(d.arrived >= before - std::chrono::milliseconds{2});
  CHECK(d.arrived <= steady_now());
}

TEST_CASE("udp: an IPv6 socket on all addresses speaks IPv4, and names such peers by their IPv4 address") {
  auto dual = UdpSocket::open({.bind = *ice::Address::parse("::", 0)});
  if (!dual) {
    MESSAGE("SKIPPED IPv6: this machine has none");
    return;
  }
  auto v4 = open();
  const auto target = *ice::Address::parse("127.0.0.1", (*dual)->local().port);
  SendBatch to_dual{*v4};
  put(to_dual, target, 20);
  to_dual.flush();
  ReceiveBatch received;
  receive(**dual, 1, received);
  CHECK(received.datagrams()[0].from == v4->local());
  SendBatch to_v4{**dual};
  for (int i = 0; i < 3; ++i) put(to_v4, v4->local(), 200);
  to_v4.flush();
  CHECK(receive(*v4, 3, received).size() == 3);
}

TEST_CASE("udp: a kernel that refuses GSO is not asked again, and nothing is lost") {
  for (const int error : {EIO, EINVAL, EMSGSIZE}) {
    auto from = open();
    auto to = open();
    from->fail_gso_for_test(error);
    SendBatch batch{*from};
    put(batch, to->local(), 50, 9);
    batch.end_run();
    for (std::uint8_t i = 0; i < 5; ++i) put(batch, to->local(), 400, i);
    batch.end_run();
    put(batch, to->local(), 60, 8);
    batch.flush();
    CHECK(!from->gso());
    from->fail_gso_for_test(0);
    for (std::uint8_t i = 0; i < 5; ++i) put(batch, to->local(), 400, i);
    batch.flush();
    ReceiveBatch received;
    const auto got = receive(*to, 12, received);
    CHECK(got[0] == Bytes(50, 9));
    for (std::uint8_t i = 0; i < 5; ++i) CHECK(got[1 + i] == Bytes(400, i));
    CHECK(got[6] == Bytes(60, 8));
    CHECK(from->counters().gso_messages == 0);
    CHECK(from->counters().datagrams_out == 12);
  }
}

TEST_CASE("udp: the operator's switch keeps GSO off") {
  auto from = open("127.0.0.1", false);
  auto to = open();
  SendBatch batch{*from};
  for (std::uint8_t i = 0; i < 20; ++i) put(batch, to->local(), 400, i);
  batch.flush();
  ReceiveBatch received;
  CHECK(receive(*to, 20, received).size() == 20);
  CHECK(from->counters().gso_messages == 0);
}

TEST_CASE("udp: a datagram that is larger than a buffer is counted and dropped") {
  auto from = open();
  auto to = open();
  const Bytes large(4000, 1);
  const OutMessage message{to->local(), large, 4000};
  from->send({&message, 1});
  SendBatch batch{*from};
  put(batch, to->local(), 5);
  batch.flush();
  ReceiveBatch received;
  const auto got = receive(*to, 1, received);
  CHECK(got[0].size() == 5);
  CHECK(received.oversized() == 1);
}

TEST_CASE("udp: what cannot be sent is counted, and the rest goes on") {
  auto from = open();
  auto to = open();
  SendBatch batch{*from};
  put(batch, *ice::Address::parse("127.0.0.1", 0), 10);  // port 0 is nobody's
  put(batch, to->local(), 10);
  batch.flush();
  ReceiveBatch received;
  CHECK(receive(*to, 1, received).size() == 1);
  CHECK(from->counters().dropped_error == 1);
}

TEST_CASE("udp: a port that is taken is refused with a reason") {
  auto first = open();
  const auto second = UdpSocket::open({.bind = first->local()});
  REQUIRE(!second);
  CHECK(second.error().kind == NetError::address_in_use);
}
