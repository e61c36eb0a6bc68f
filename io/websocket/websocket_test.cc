#include "io/websocket/websocket.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "core/crypto/random.h"
#include "io/ca/local_ca.h"
#include "io/http/https_server.h"
#include "io/net/clock.h"
#include "io/net/fd_stream.h"
#include "io/net/timer.h"
#include "io/websocket/connection.h"

using namespace sealhall;
using namespace sealhall::io;
using namespace std::chrono_literals;
using Kind = WebSocketEvent::Kind;

namespace {

Bytes frame(Kind kind, std::string_view payload, WebSocketRole role = WebSocketRole::client) {
  SeededRandom random{1};
  Bytes out;
  write_websocket_frame(out, role, kind, as_bytes(payload), random);
  return out;
}

// A client's frame of any shape: first byte, payload, masked with zeros (so that it is readable).
Bytes raw(std::uint8_t first, std::string_view payload, bool masked = true) {
  Bytes out{first, static_cast<std::uint8_t>((masked ? 0x80 : 0) | payload.size())};
  REQUIRE(payload.size() < 126);
  if (masked) append(out, Bytes{0, 0, 0, 0});
  append(out, as_bytes(payload));
  return out;
}

struct Read {
  std::vector<WebSocketEvent> events;
  std::uint16_t error = 0;
};
Read read(const Bytes& data, std::size_t piece = 1U << 20, WebSocketRole role = WebSocketRole::server,
          WebSocketLimits limits = {}) {
  WebSocketReader reader{role, limits};
  Read out;
  for (std::size_t at = 0; at < data.size(); at += piece) {
    const auto result = reader.feed(ByteView{data}.subspan(at, std::min(piece, data.size() - at)), out.events);
    if (!result) {
      out.error = result.error();
      break;
    }
  }
  return out;
}
Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) append(all, part);
  return all;
}

// A served WebSocket whose other end is a raw stream of the test.
struct Wire final : StreamHandler {
  Loop loop;
  SeededRandom random{7};
  std::shared_ptr<Stream> mine;
  std::shared_ptr<WebSocket> socket;
  Bytes heard;
  bool ended = false;
  std::vector<std::string> texts;
  std::optional<WebSocketClosed> closed;

  explicit Wire(WebSocketOptions options = {}, bool start = true) {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    mine = make_fd_stream(loop, fds[0], {});
    mine->set_handler(this);
    socket = make_websocket(loop, make_fd_stream(loop, fds[1], {}), WebSocketRole::server, {}, "", random,
                            std::move(options));
    if (start) {
      socket->start({.on_text = [this](std::string_view t) { texts.emplace_back(t); },
                     .on_binary = {},
                     .on_closed = [this](const WebSocketClosed& c) { closed = c; }});
    }
  }
  ~Wire() {
    socket->abort();
    mine->abort();
  }
  void on_data(ByteView data) override { append(heard, data); }
  void on_closed(const Failure&) override { ended = true; }
  std::vector<WebSocketEvent> answers() { return read(heard, 1U << 20, WebSocketRole::client).events; }
};

}  // namespace

TEST_CASE("websocket: the accept value of RFC 6455 section 1.3") {
  CHECK(websocket_accept_value("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(websocket_key_is_valid("dGhlIHNhbXBsZSBub25jZQ=="));
  CHECK_FALSE(websocket_key_is_valid("dGhlIHNhbXBsZQ=="));
  CHECK_FALSE(websocket_key_is_valid("not base64"));
}

TEST_CASE("websocket: the examples of RFC 6455 section 5.7") {
  const Bytes masked{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
  CHECK(read(masked).events[0].data == "Hello");
  const Bytes unmasked{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f};
  CHECK(read(unmasked, 1, WebSocketRole::client).events[0].data == "Hello");
  CHECK(frame(Kind::text, "Hello", WebSocketRole::server) == unmasked);
  const Bytes fragmented{0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f};
  CHECK(read(fragmented, 1U << 20, WebSocketRole::client).events[0].data == "Hello");
}

TEST_CASE("websocket: what is written is read again, for every size class, role and cut") {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 4096U, 65535U, 65536U}) {
    const std::string payload(size, 'x');
    for (const WebSocketRole writer : {WebSocketRole::client, WebSocketRole::server}) {
      const WebSocketRole reader = writer == WebSocketRole::client ? WebSocketRole::server : WebSocketRole::client;
      for (const std::size_t piece : {1U, 3U, 1000U, 100000U}) {
        const Read out =
            read(join({frame(Kind::binary, payload, writer), frame(Kind::ping, "p", writer)}), piece, reader);
        REQUIRE(out.error == 0);
        REQUIRE(out.events.size() == 2);
        CHECK(out.events[0].data == payload);
        CHECK(out.events[1].kind == Kind::ping);
      }
    }
  }
}

TEST_CASE("websocket: control frames may stand between the fragments of a message") {
  const Read out = read(join({raw(0x01, "a"), raw(0x89, "?"), raw(0x00, "b"), raw(0x8a, "!"), raw(0x80, "c")}), 1);
  REQUIRE(out.events.size() == 3);
  CHECK(out.events[0].kind == Kind::ping);
  CHECK(out.events[1].kind == Kind::pong);
  CHECK(out.events[2].data == "abc");
}

TEST_CASE("websocket: every broken rule has its close code") {
  struct Case {
    const char* what;
    Bytes data;
    std::uint16_t code;
  };
  const std::vector<Case> cases{
      {"unmasked frame from a client", raw(0x81, "x", false), 1002},
      {"reserved bit", raw(0xc1, "x"), 1002},
      {"unknown data opcode", raw(0x83, "x"), 1002},
      {"unknown control opcode", raw(0x8b, "x"), 1002},
      {"fragmented control frame", raw(0x09, "x"), 1002},
      {"control frame over 125 bytes", Bytes{0x89, 0xfe, 0x00, 0x7e, 0, 0, 0, 0}, 1002},
      {"continuation without a message", raw(0x80, "x"), 1002},
      {"new message inside a message", join({raw(0x01, "a"), raw(0x81, "b")}), 1002},
      {"length not minimal, 16 bit", Bytes{0x82, 0xfe, 0x00, 0x05, 0, 0, 0, 0, 1}, 1002},
      {"length not minimal, 64 bit", Bytes{0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1}, 1002},
      {"length with the highest bit", Bytes{0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 1002},
      {"huge length", Bytes{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1}, 1009},
      {"one byte too many", Bytes{0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1}, 1009},
      {"text that is not UTF-8", raw(0x81, "\xff"), 1007},
      {"text that ends inside a character", raw(0x81, "\xe2\x82"), 1007},
      {"a surrogate", raw(0x81, "\xed\xa0\x80"), 1007},
      {"overlong", raw(0x81, "\xc0\xaf"), 1007},
      {"close with one byte", raw(0x88, "x"), 1002},
      {"close with a code that is never sent", raw(0x88, std::string_view("\x03\xed", 2)), 1002},  // 1005
      {"close with a code of nobody", raw(0x88, std::string_view("\x00\x01", 2)), 1002},
      {"close with a reason that is not UTF-8", raw(0x88, "\x03\xe8\xff"), 1007},
  };
  for (const Case& c : cases) {
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1}}) {
      CAPTURE(c.what);
      CAPTURE(piece);
      CHECK(read(c.data, piece).error == c.code);
    }
  }
  CHECK(read(raw(0x81, "x"), 1, WebSocketRole::client).error == 1002);  // a server that masks
}

TEST_CASE("websocket: a character may be cut between fragments, bad text is refused before the message ends") {
  CHECK(read(join({raw(0x01, "\xe2"), raw(0x00, "\x82"), raw(0x80, "\xac")})).events[0].data == "€");
  CHECK(read(raw(0x01, "\xff")).error == 1007);
}

TEST_CASE("websocket: messages are bounded in size and in fragments") {
  const WebSocketLimits limits{.message = 10, .fragments = 3};
  CHECK(read(raw(0x82, "0123456789"), 1, WebSocketRole::server, limits).events.size() == 1);
  CHECK(read(join({raw(0x02, "01234"), raw(0x80, "567890")}), 1, WebSocketRole::server, limits).error == 1009);
  CHECK(read(join({raw(0x02, ""), raw(0x00, ""), raw(0x00, ""), raw(0x00, "")}), 1, WebSocketRole::server, limits)
            .error == 1009);
  CHECK(read(join({raw(0x02, "a"), raw(0x00, "b"), raw(0x80, "c"), raw(0x82, "0123456789")}), 1, WebSocketRole::server,
             limits)
            .events.size() == 2);
}

TEST_CASE("websocket: a close frame is read, with and without a code, and nothing after it") {
  const Read out = read(join({raw(0x88,
                                  "\x03\xe8"
                                  "bye"),
                              raw(0x81, "ignored")}),
                        3);
  REQUIRE(out.events.size() == 1);
  CHECK(out.events[0].code == 1000);
  CHECK(out.events[0].data == "bye");
  CHECK(read(raw(0x88, "")).events[0].code == close_code::no_status);
  CHECK(read(raw(0x88, "\x0f\xa0")).events[0].code == 4000);
}

TEST_CASE("websocket: a long reason is cut at a character") {
  SeededRandom random{1};
  Bytes out;
  std::string reason;
  while (reason.size() < 200) reason += "€";
  write_websocket_close(out, WebSocketRole::server, 1000, reason, random);
  const Read back = read(out, 1, WebSocketRole::client);
  REQUIRE(back.events.size() == 1);
  CHECK(back.events[0].data.size() == 123);
  CHECK(reason.starts_with(back.events[0].data));
}

TEST_CASE("websocket connection: messages arrive, pings are answered, a close is answered with its code") {
  Wire w;
  w.mine->write(
      join({frame(Kind::text, "one"), frame(Kind::ping, "data"), frame(Kind::text, "two"), raw(0x88, "\x0f\xa1why")}));
  REQUIRE(w.loop.run_until([&] { return w.closed && w.ended; }, 5s));
  CHECK(w.texts == std::vector<std::string>{"one", "two"});
  CHECK(w.closed->code == 4001);
  CHECK(w.closed->reason == "why");
  CHECK(w.closed->failure.kind == NetError::none);
  const auto answers = w.answers();
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].kind == Kind::pong);
  CHECK(answers[0].data == "data");
  CHECK(answers[1].code == 4001);
}

TEST_CASE("websocket connection: a broken rule is told with its code and ends the connection") {
  Wire w;
  w.mine->write(raw(0x81, "x", false));
  REQUIRE(w.loop.run_until([&] { return w.closed && w.ended; }, 5s));
  CHECK(w.answers()[0].code == 1002);
  CHECK(w.closed->failure.kind == NetError::protocol);
  Wire binary;
  binary.mine->write(frame(Kind::binary, "x"));
  REQUIRE(binary.loop.run_until([&] { return binary.closed.has_value(); }, 5s));
  CHECK(binary.closed->code == 1003);
}

TEST_CASE("websocket connection: our close waits for the peer's, but not for ever") {
  Wire w{{.close_limit = 300ms}};
  w.socket->send_text("last");
  w.socket->close(close_code::going_away, "bye");
  w.socket->send_text("too late");
  REQUIRE(w.loop.run_until([&] { return w.answers().size() == 2; }, 5s));
  CHECK(w.answers()[1].code == 1001);
  SUBCASE("answered") {
    w.mine->write(raw(0x88, "\x03\xe9"));
    REQUIRE(w.loop.run_until([&] { return w.closed.has_value(); }, 5s));
    CHECK(w.closed->failure.kind == NetError::none);
  }
  SUBCASE("not answered") {
    REQUIRE(w.loop.run_until([&] { return w.closed && w.ended; }, 5s));
    CHECK(w.closed->code == close_code::abnormal);
  }
}

TEST_CASE("websocket connection: a slow consumer is closed, and its queue is bounded") {
  Wire w{{.send_queue = 100'000}};
  w.mine->set_reading(false);
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    w.socket->send_text(std::string(60'000, 'x'));
    most = std::max(most, w.socket->queued());
  }
  REQUIRE(w.loop.run_until([&] { return w.closed.has_value(); }, 5s));
  CHECK(w.closed->failure.kind == NetError::slow_consumer);
  CHECK(most < 200'000);
}

TEST_CASE("websocket connection: pings go out, and silence ends it") {
  Wire w{{.ping_every = 10ms, .silence_limit = 50ms}};
  REQUIRE(w.loop.run_until([&] { return w.closed.has_value(); }, 5s));
  CHECK(w.closed->failure.kind == NetError::timeout);
  CHECK(w.answers().size() >= 1);
  CHECK(w.answers()[0].kind == Kind::ping);
}

TEST_CASE("websocket connection: pongs keep it") {
  Wire w{{.ping_every = 5ms, .silence_limit = 1s}};
  Ticker ticker{w.loop, 5ms, [&] { w.mine->write(frame(Kind::pong, "")); }};
  bool later = false;
  Timer timer{w.loop};
  timer.after(1300ms, [&] { later = true; });
  w.loop.run_until([&] { return later || w.closed; }, 5s);
  CHECK_FALSE(w.closed);
}

TEST_CASE("websocket connection: a handler may abort and drop the socket, and a cut connection is told as lost") {
  Wire w{{}, false};
  w.socket->start({.on_text = [&](std::string_view) { w.socket->abort(); },
                   .on_binary = {},
                   .on_closed = [&](const WebSocketClosed& c) { w.closed = c; }});
  w.mine->write(join({frame(Kind::text, "a"), frame(Kind::text, "b")}));
  REQUIRE(w.loop.run_until([&] { return w.ended; }, 5s));
  CHECK_FALSE(w.closed);
  Wire v;
  v.mine->abort();
  REQUIRE(v.loop.run_until([&] { return v.closed.has_value(); }, 5s));
  CHECK(v.closed->code == close_code::abnormal);
}

TEST_CASE("websocket over TLS: upgrade, protocols, origins, refusals, and talk in both directions") {
  std::string folder = (std::filesystem::temp_directory_path() / "sealhall-ws-XXXXXX").string();
  folder = ::mkdtemp(folder.data());
  const auto ca = ensure_local_ca({.folder = folder + "/tls", .names = {}, .now = SystemWallClock{}.now()});
  REQUIRE(ca);
  const auto server_context = *TlsServerContext::load(ca->server);
  const auto client_context = *TlsClientContext::create({.ca_file = ca->ca_path});
  Loop loop;
  crypto::SystemRandom random;
  std::vector<std::shared_ptr<WebSocket>> served;
  HttpHandlers handlers;
  handlers.on_request = [](HttpRequest, HttpResponder answer) {
    answer(HttpResponse::error(404, "There is nothing at this address."));
  };
  handlers.on_upgrade = [&](HttpRequest request, HttpUpgrade upgrade) {
    WebSocketOptions options;
    options.protocols = {"sealhall.1"};
    options.origin_allowed = [](std::string_view origin, const HttpRequest&) {
      return origin == "https://good.example";
    };
    auto socket = accept_websocket(loop, request, std::move(upgrade), random, std::move(options));
    if (!socket) return;
    socket->start({.on_text = [socket](std::string_view t) { socket->send_text("echo " + std::string{t}); },
                   .on_binary = [socket](ByteView b) { socket->send_binary(b); },
                   .on_closed = [](const WebSocketClosed&) {}});
    served.push_back(std::move(socket));
  };
  auto server = HttpsServer::listen(loop, {"127.0.0.1", 0}, *server_context, std::move(handlers));
  REQUIRE(server);
  const Url url = *parse_url("wss://localhost:" + std::to_string((*server)->local().port) + "/signalling");
  const auto connect = [&](WebSocketClientOptions options) {
    std::optional<expected<std::shared_ptr<WebSocket>, Failure>> result;
    const auto attempt = connect_websocket(loop, *client_context, url, std::move(options), random,
                                           [&](auto r) { result = std::move(r); });
    REQUIRE(loop.run_until([&] { return result.has_value(); }, 5s));
    return *result;
  };
  SUBCASE("talk") {
    WebSocketClientOptions options;
    options.protocols = {"other", "sealhall.1"};
    const auto socket = connect(std::move(options));
    REQUIRE(socket);
    CHECK((*socket)->protocol() == "sealhall.1");
    std::vector<std::string> heard;
    std::optional<WebSocketClosed> closed;
    (*socket)->start({.on_text = [&](std::string_view t) { heard.emplace_back(t); },
                      .on_binary = [&](ByteView b) { heard.emplace_back(as_text(b)); },
                      .on_closed = [&](const WebSocketClosed& c) { closed = c; }});
    (*socket)->send_text("hello");
    const std::string big(65'000, 'b');
    (*socket)->send_binary(as_bytes(big));
    REQUIRE(loop.run_until([&] { return heard.size() == 2; }, 5s));
    CHECK(heard[0] == "echo hello");
    CHECK(heard[1] == big);
    served[0]->close(4010, "ended");
    REQUIRE(loop.run_until([&] { return closed.has_value(); }, 5s));
    CHECK(closed->code == 4010);
    CHECK(closed->reason == "ended");
    CHECK(loop.run_until([&] { return (*server)->stats().open == 0; }, 8s));
  }
  SUBCASE("a foreign origin") {
    WebSocketClientOptions options;
    options.headers.add("Origin", "https://evil.example");
    const auto socket = connect(std::move(options));
    REQUIRE_FALSE(socket);
    CHECK(socket.error().kind == NetError::refused_by_server);
    CHECK(socket.error().reason.find("403") != std::string::npos);
  }
  SUBCASE("an allowed origin") {
    WebSocketClientOptions options;
    options.headers.add("Origin", "https://good.example");
    CHECK(connect(std::move(options)));
  }
  SUBCASE("a version that we do not speak, and a bad key") {
    HttpClient client{loop, *client_context, url.host, url.port};
    std::vector<int> answers;
    std::optional<std::string> version;
    const auto ask = [&](std::string_view v, std::string_view key) {
      HttpClientRequest request;
      request.headers.add("Connection", "Upgrade");
      request.headers.add("Upgrade", "websocket");
      request.headers.add("Sec-WebSocket-Version", std::string{v});
      request.headers.add("Sec-WebSocket-Key", std::string{key});
      client.send(std::move(request), [&](auto r) {
        REQUIRE(r);
        answers.push_back(r->status);
        if (r->status == 426) version = r->headers.find("Sec-WebSocket-Version");
      });
    };
    ask("8", "dGhlIHNhbXBsZSBub25jZQ==");
    ask("13", "short");
    REQUIRE(loop.run_until([&] { return answers.size() == 2; }, 5s));
    CHECK(answers == std::vector<int>{426, 400});
    CHECK(version == "13");
  }
  for (const auto& socket : served) socket->abort();
  std::filesystem::remove_all(folder);
}
