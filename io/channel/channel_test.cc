#include "io/channel/channel.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "io/channel/seqpacket.h"
#include "io/channel/unix_socket.h"
#include "io/net/timer.h"

using namespace sealhall;
using namespace sealhall::io;
using namespace std::chrono_literals;

namespace {
struct Folder {
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-chan-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};
}  // namespace

TEST_CASE("channel reader: messages come out whole, however the bytes are cut") {
  const std::string stream = std::string("\0\0\0\2hi\0\0\0\0\0\0\0\3abc", 17);
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    ChannelReader reader;
    std::vector<std::string> messages;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(as_bytes(std::string_view{stream}.substr(at, piece)));
      while (true) {
        const auto message = reader.next();
        REQUIRE(message);
        if (!*message) break;
        messages.emplace_back(**message);
      }
    }
    CHECK(messages == std::vector<std::string>{"hi", "", "abc"});
  }
}

TEST_CASE("channel reader: 1 MiB is allowed, one byte more is not, and it is refused before it arrives") {
  ChannelReader reader;
  reader.feed(Bytes{0, 0x10, 0, 0});
  CHECK(reader.next().has_value());
  ChannelReader other;
  other.feed(Bytes{0, 0x10, 0, 1});
  CHECK(other.next().error() == NetError::protocol);
}

TEST_CASE("channel: messages go both ways between client and server of the same user") {
  const Folder folder;
  Loop loop;
  std::unique_ptr<Channel> at_server;
  std::string heard;
  int pid = 0;
  auto server = ChannelServer::listen(loop, folder.path + "/c.sock", [&](std::unique_ptr<Channel> channel, int peer) {
    at_server = std::move(channel);
    pid = peer;
    at_server->start([&](std::string_view m) { at_server->send("echo " + std::string{m}); }, [](const Failure&) {});
  });
  REQUIRE(server);
  struct stat info{};
  ::stat((folder.path + "/c.sock").c_str(), &info);
  CHECK((info.st_mode & 0777) == 0600);
  ChannelClient client{
      loop,
      folder.path + "/c.sock",
      {.on_open = [&] { client.send("hello"); }, .on_message = [&](std::string_view m) { heard = m; }, .on_lost = {}}};
  REQUIRE(loop.run_until([&] { return !heard.empty(); }, 5s));
  CHECK(heard == "echo hello");
  CHECK(pid == ::getpid());
}

TEST_CASE("channel: a client connects again when the server comes back, and says so") {
  const Folder folder;
  const std::string path = folder.path + "/c.sock";
  Loop loop;
  int opened = 0;
  int lost = 0;
  ChannelClient client{loop, path, {.on_open = [&] { ++opened; }, .on_message = {}, .on_lost = [&] { ++lost; }}, 5ms};
  bool later = false;
  Timer timer{loop};
  timer.after(20ms, [&] { later = true; });
  loop.run_until([&] { return later; }, 5s);
  CHECK(opened == 0);
  CHECK_FALSE(client.send("nobody hears this"));
  for (int round = 1; round <= 2; ++round) {
    std::unique_ptr<Channel> kept;
    auto server =
        ChannelServer::listen(loop, path, [&](std::unique_ptr<Channel> channel, int) { kept = std::move(channel); });
    REQUIRE(server);
    REQUIRE(loop.run_until([&] { return opened == round && kept; }, 5s));
    CHECK(client.connected());
    kept.reset();
    server->reset();
    REQUIRE(loop.run_until([&] { return lost == round; }, 5s));
  }
}

TEST_CASE("channel: a path that is in use is not taken away, one that was left behind is") {
  const Folder folder;
  Loop loop;
  auto first = ChannelServer::listen(loop, folder.path + "/s", [](auto, int) {});
  REQUIRE(first);
  CHECK(ChannelServer::listen(loop, folder.path + "/s", [](auto, int) {}).error().kind == NetError::address_in_use);
  first->reset();  // leaves the file, as a killed process does
  CHECK(ChannelServer::listen(loop, folder.path + "/s", [](auto, int) {}).has_value());
  CHECK_FALSE(ChannelServer::listen(loop, folder.path + "/" + std::string(120, 'x'), [](auto, int) {}));
}

TEST_CASE("channel: an announced length over the limit closes it, and a callback may destroy the channel") {
  const Folder folder;
  Loop loop;
  std::unique_ptr<Channel> at_server;
  std::optional<Failure> closed;
  auto server = ChannelServer::listen(loop, folder.path + "/s", [&](std::unique_ptr<Channel> channel, int) {
    at_server = std::move(channel);
    at_server->start([&](std::string_view) { at_server.reset(); }, [&](const Failure& why) { closed = why; });
  });
  REQUIRE(server);
  {
    const auto raw = connect_unix(folder.path + "/s", SOCK_STREAM);
    REQUIRE(raw);
    REQUIRE(::write(raw->get(), "\xff\xff\xff\xff", 4) == 4);
    REQUIRE(loop.run_until([&] { return closed.has_value(); }, 5s));
    CHECK(closed->kind == NetError::protocol);
  }
  const auto raw = connect_unix(folder.path + "/s", SOCK_STREAM);
  REQUIRE(::write(raw->get(), "\0\0\0\1x\0\0\0\1y", 10) == 10);
  CHECK(loop.run_until([&] { return !at_server; }, 5s));
}

TEST_CASE("channel: a message of 1 MiB arrives; a larger one closes the channel, on whichever side, and nothing else") {
  const Folder folder;
  Loop loop;
  std::unique_ptr<Channel> at_server;
  std::optional<Failure> closed;
  std::size_t heard = 0;
  auto server = ChannelServer::listen(loop, folder.path + "/s", [&](std::unique_ptr<Channel> channel, int) {
    at_server = std::move(channel);
    at_server->start([&](std::string_view m) { heard = m.size(); }, [&](const Failure& why) { closed = why; });
  });
  REQUIRE(server);
  int opened = 0;
  int lost = 0;
  ChannelClient client{
      loop, folder.path + "/s", {.on_open = [&] { ++opened; }, .on_message = {}, .on_lost = [&] { ++lost; }}, 5ms};
  REQUIRE(loop.run_until([&] { return opened == 1 && at_server; }, 5s));
  client.send(std::string(channel_message_limit, 'x'));
  REQUIRE(loop.run_until([&] { return heard == channel_message_limit; }, 5s));
  CHECK_FALSE(closed.has_value());

  const std::string too_large(channel_message_limit + 1, 'x');
  at_server->send(too_large);
  CHECK_FALSE(closed.has_value());  // not while somebody calls
  REQUIRE(loop.run_until([&] { return closed.has_value() && lost == 1; }, 5s));
  CHECK(closed->kind == NetError::protocol);

  REQUIRE(loop.run_until([&] { return client.connected(); }, 5s));
  client.send(too_large);
  REQUIRE(loop.run_until([&] { return lost == 2; }, 5s));
  REQUIRE(loop.run_until([&] { return client.connected(); }, 5s));
  client.send("hello");
  REQUIRE(loop.run_until([&] { return heard == 5; }, 5s));
}

TEST_CASE("seqpacket: borders are kept, and a slow reader loses the oldest packets, never the newest") {
  const Folder folder;
  Loop loop;
  std::unique_ptr<SeqPacket> server_side;
  auto server = SeqPacketServer::listen(loop, folder.path + "/r", [&](auto c) { server_side = std::move(c); });
  REQUIRE(server);
  auto client = SeqPacket::connect(loop, folder.path + "/r");
  REQUIRE(client);
  REQUIRE(loop.run_until([&] { return server_side != nullptr; }, 5s));
  std::vector<std::string> got;
  std::optional<Failure> closed;
  const int total = 5000;
  const auto text = [](int i) { return std::to_string(i) + std::string(1000, '.'); };
  (*client)->start([](ByteView) {}, [](const Failure&) {});
  for (int i = 0; i < total; ++i) (*client)->send(as_bytes(text(i)));
  CHECK((*client)->dropped() > 0);
  server_side->start([&](ByteView p) { got.emplace_back(as_text(p)); }, [&](const Failure& why) { closed = why; });
  REQUIRE(loop.run_until([&] { return !got.empty() && got.back() == text(total - 1); }, 5s));
  CHECK(got.size() + (*client)->dropped() == total);
  CHECK(got.front() == text(0));
  client->reset();
  REQUIRE(loop.run_until([&] { return closed.has_value(); }, 5s));
  CHECK(closed->kind == NetError::none);
}
