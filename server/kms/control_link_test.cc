#include "server/kms/control_link.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "core/base/random.h"
#include "core/wire/codec.h"
#include "core/wire/frame.h"
#include "kms/testing.h"

namespace sealhall::kms {
namespace {

using namespace wire::kms;

/// Control's side: listens at a socket in a folder of its own, speaks frames with blocking calls.
struct FakeControl {
  FakeControl() {
    std::string pattern = "/tmp/sealhall_kms_XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    path = folder + "/control.sock";
  }
  ~FakeControl() {
    hang_up();
    if (listener >= 0) ::close(listener);
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
  }
  void listen() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener, 4) == 0);
  }
  void accept() {
    peer = ::accept(listener, nullptr, nullptr);
    REQUIRE(peer >= 0);
    reader = {};
  }
  void hang_up() {
    if (peer >= 0) ::close(peer);
    peer = -1;
  }
  void send_raw(const Bytes& bytes) const {
    REQUIRE(::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  void send(const ControlMessage& message) const {
    Bytes frame;
    wire::append_frame(wire::encode(message), frame);
    send_raw(frame);
  }
  /// The next message of kms; nullopt when it has hung up.
  std::optional<KmsMessage> receive() {
    for (;;) {
      auto frame = reader.next();
      REQUIRE(frame);
      if (frame->has_value()) return wire::decode_kms(**frame).value();
      Bytes room(4096);
      const ssize_t size = ::recv(peer, room.data(), room.size(), 0);
      if (size <= 0) return std::nullopt;
      reader.push(ByteView{room}.first(static_cast<std::size_t>(size)));
    }
  }
  template <class T>
  T expect() {
    const auto message = receive();
    REQUIRE(message);
    REQUIRE(std::holds_alternative<T>(*message));
    return std::get<T>(*message);
  }

  std::string folder, path;
  int listener = -1;
  int peer = -1;
  wire::FrameReader reader;
};

const Bytes uuid(16, 7);
const std::string account(22, 'A');

TEST_CASE("kms link: says hello, answers, connects again with the same instance and generations, and ends on Stop") {
  FakeControl control;
  SeededRandom random{3};
  Service service{random};
  ControlLink link{control.path, service};
  std::thread runs{[&link] { link.run(); }};  // control is not there yet: it tries until it is

  control.listen();
  control.accept();
  const Hello hello = control.expect<Hello>();
  CHECK(hello.pid == static_cast<std::uint32_t>(::getpid()));
  control.send(MakeGeneration{1, uuid, 0});
  CHECK(control.expect<GenerationMade>().generation == 1);

  control.hang_up();
  control.accept();
  CHECK(control.expect<Hello>().instance == hello.instance);
  const auto key = hpke::PrivateKey::generate(sframe::generation_suite.kem, random);
  control.send(SealGeneration{2, uuid, 1, 5, Bytes(key.public_key().begin(), key.public_key().end())});
  const Sealed sealed = control.expect<Sealed>();
  sframe::MeetingUuid meeting{};
  meeting.fill(7);
  CHECK(sframe::open_generation(meeting, 1, 5, key, sealed.sealed.enc, sealed.sealed.ciphertext));

  control.send(Stop{});
  CHECK_FALSE(control.receive());
  runs.join();
  CHECK(service.stopped());
}

TEST_CASE("kms link: a message that is none closes the connection and nothing else") {
  FakeControl control;
  control.listen();
  SeededRandom random{3};
  Service service{random};
  ControlLink link{control.path, service};
  std::thread runs{[&link] { link.run(); }};
  const auto refused = [&control](const Bytes& bytes) {
    control.accept();
    control.expect<Hello>();
    control.send_raw(bytes);
    CHECK_FALSE(control.receive());
    control.hang_up();
  };
  Bytes not_json;
  wire::append_frame("generation please", not_json);
  refused(not_json);
  Bytes unknown;
  wire::append_frame(R"({"type":"reveal_generation"})", unknown);
  refused(unknown);
  refused(Bytes{0xff, 0xff, 0xff, 0xff});
  refused(Bytes{0, 0, 0, 0});

  control.accept();
  control.expect<Hello>();
  control.send(MakeGeneration{1, uuid, 9});
  CHECK(control.expect<GenerationMade>().generation == 10);
  control.send(Stop{});
  runs.join();
}

TEST_CASE("kms link: an answer that is too large closes the connection and nothing else") {
  FakeControl control;
  control.listen();
  testing::Bench bench;
  const auto keys = bench.service();
  SeededRandom random{3};
  Service service{random, keys.get()};
  ControlLink link{control.path, service};
  std::thread runs{[&link] { link.run(); }};
  control.accept();
  control.expect<Hello>();
  control.send(MakeGeneration{1, uuid, 0});
  CHECK(control.expect<GenerationMade>().generation == 1);
  control.send(MakeDataKeys{2, Principal::control, account, "", 10'000});
  CHECK_FALSE(control.receive());
  control.hang_up();

  control.accept();
  control.expect<Hello>();
  control.send(MakeDataKeys{3, Principal::control, account, "", 1});
  CHECK(control.expect<DataKeysMade>().keys.size() == 1);
  control.send(MakeGeneration{4, uuid, 0});
  CHECK(control.expect<GenerationMade>().generation == 2);  // it has forgotten nothing
  control.send(Stop{});
  runs.join();
}

TEST_CASE("kms link: asked to end it ends, with a connection and without one") {
  for (const bool connected : {true, false}) {
    CAPTURE(connected);
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    FakeControl control;
    if (connected) control.listen();
    SeededRandom random{3};
    Service service{random};
    ControlLink link{control.path, service, nullptr, ends[0]};
    std::thread runs{[&link] { link.run(); }};
    if (connected) {
      control.accept();
      control.expect<Hello>();
    }
    CHECK(::write(ends[1], "x", 1) == 1);
    runs.join();
    CHECK_FALSE(service.stopped());
    for (const int fd : ends) ::close(fd);
  }
}

TEST_CASE("kms link: many questions at once, read slowly, are all answered in order") {
  FakeControl control;
  control.listen();
  SeededRandom random{3};
  Service service{random};
  ControlLink link{control.path, service};
  std::thread runs{[&link] { link.run(); }};
  control.accept();
  control.expect<Hello>();
  constexpr std::uint64_t count = 20'000;
  std::thread asks{[&control] {
    for (std::uint64_t i = 1; i <= count; ++i) control.send(MakeGeneration{i, uuid, 0});
  }};
  for (std::uint64_t i = 1; i <= count; ++i) {
    const auto made = control.expect<GenerationMade>();
    if (made.request != i || made.generation != i) FAIL("answer ", made.request, " for ", i);
  }
  asks.join();
  control.send(Stop{});
  runs.join();
}

}  // namespace
}  // namespace sealhall::kms
