#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "io/ca/local_ca.h"
#include "io/http/client.h"
#include "io/http/https_server.h"
#include "io/http/response_parser.h"
#include "io/http/router.h"
#include "io/net/clock.h"
#include "io/net/fd_stream.h"
#include "io/net/timer.h"

using namespace sealhall;
using namespace sealhall::io;
using namespace std::chrono_literals;

namespace {

// One end of a socket pair is served, the other one is the test's: HTTP without TLS and without ports.
struct Wire final : StreamHandler {
  Loop loop;
  HttpServer server;
  std::shared_ptr<Stream> mine;
  std::string heard;
  std::optional<Failure> closed;

  explicit Wire(HttpHandlers handlers, HttpServerLimits limits = {}) : server(loop, std::move(handlers), limits) {
    connect();
  }
  ~Wire() {
    if (mine) mine->abort();
  }
  void connect() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    if (mine) mine->abort();
    heard.clear();
    closed.reset();
    mine = make_fd_stream(loop, fds[0], {});
    mine->set_handler(this);
    server.serve(make_fd_stream(loop, fds[1], {"192.0.2.1", 5}));
  }
  void on_data(ByteView data) override { heard += as_text(data); }
  void on_closed(const Failure& why) override { closed = why; }

  void say(std::string_view text) { mine->write(as_bytes(text)); }
  bool hear(std::string_view text) {
    std::size_t from = 0;  // what was searched is not searched again: answers of megabytes come in small pieces
    return loop.run_until(
        [&] {
          const bool found = heard.find(text, from) != std::string::npos;
          from = heard.size() < text.size() ? 0 : heard.size() - text.size() + 1;
          return found;
        },
        5s);
  }
  bool ends() {
    return loop.run_until([&] { return closed.has_value(); }, 5s);
  }
  [[nodiscard]] int status() const { return heard.size() > 12 ? std::stoi(heard.substr(9, 3)) : 0; }
  void settle() {
    bool later = false;
    Timer timer{loop};
    timer.after(20ms, [&] { later = true; });
    loop.run_until([&] { return later; }, 5s);
  }
};

HttpHandlers echo() {
  HttpHandlers handlers;
  handlers.on_request = [](HttpRequest request, HttpResponder answer) {
    answer(HttpResponse::text(200, request.method + " " + request.target + " " + request.body));
  };
  return handlers;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

const std::string get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("http server: answers with length, date and the security headers, and keeps the connection") {
  Wire w{echo()};
  w.say(get);
  REQUIRE(w.hear("GET /x "));
  for (const char* line :
       {"HTTP/1.1 200 OK\r\n", "Content-Length: 7\r\n", "Date: ", "X-Content-Type-Options: nosniff\r\n",
        "Cache-Control: no-store\r\n", "Content-Security-Policy: default-src 'none'",
        "Cross-Origin-Opener-Policy: same-origin\r\n"}) {
    CAPTURE(line);
    CHECK(w.heard.find(line) != std::string::npos);
  }
  CHECK(w.heard.find("Strict-Transport-Security") == std::string::npos);
  w.heard.clear();
  w.say("GET /y HTTP/1.1\r\nHost: meet.example\r\n\r\n");
  CHECK(w.hear("GET /y "));
  CHECK(w.heard.find("Strict-Transport-Security") != std::string::npos);
  CHECK_FALSE(w.closed);
}

TEST_CASE("http server: a handler's own headers replace the standard ones and cannot break the answer") {
  HttpHandlers handlers;
  handlers.on_request = [](HttpRequest, HttpResponder answer) {
    HttpResponse response = HttpResponse::text(302, "");
    response.headers.set("Cache-Control", "max-age=5");
    response.headers.set("Location", "/a\r\nSet-Cookie: evil=1\r\n\r\nbody");
    answer(std::move(response));
  };
  Wire w{std::move(handlers)};
  w.say(get);
  REQUIRE(w.hear("\r\n\r\n"));
  CHECK(w.heard.find("max-age=5") != std::string::npos);
  CHECK(w.heard.find("no-store") == std::string::npos);
  CHECK(w.heard.find("\r\nSet-Cookie") == std::string::npos);
}

TEST_CASE("http server: HEAD, 204 and HTTP/1.0") {
  Wire w{echo()};
  w.say("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(w.hear("\r\n\r\n"));
  CHECK(w.heard.find("Content-Length: 8\r\n") != std::string::npos);
  CHECK(w.heard.ends_with("\r\n\r\n"));
  w.heard.clear();
  w.say("GET /old HTTP/1.0\r\n\r\n");
  CHECK(w.ends());
  CHECK(w.heard.find("Connection: close") != std::string::npos);
  HttpHandlers none;
  none.on_request = [](HttpRequest, HttpResponder answer) { answer(HttpResponse::empty(204)); };
  Wire v{std::move(none)};
  v.say(get);
  REQUIRE(v.hear("\r\n\r\n"));
  CHECK(v.heard.find("Content-Length") == std::string::npos);
}

TEST_CASE("http server: pipelined requests are answered in order, one at a time, also when answers come late") {
  std::vector<std::pair<std::string, HttpResponder>> waiting;
  std::size_t most = 0;
  HttpHandlers handlers;
  handlers.on_request = [&](HttpRequest request, HttpResponder answer) {
    waiting.emplace_back(request.target, std::move(answer));
    most = std::max(most, waiting.size());
  };
  Wire w{std::move(handlers)};
  std::string all;
  for (int i = 0; i < 50; ++i)
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  w.say(all);
  for (int i = 0; i < 50; ++i) {
    REQUIRE(w.loop.run_until([&] { return !waiting.empty(); }, 5s));
    CHECK(waiting[0].first == "/" + std::to_string(i));
    HttpResponder answer = std::move(waiting[0].second);
    waiting.clear();
    answer(HttpResponse::text(200, "answer " + std::to_string(i) + ";"));
  }
  CHECK(w.hear("answer 49;"));
  CHECK(most == 1);
  CHECK(w.heard.find("answer 3;") < w.heard.find("answer 4;"));
}

TEST_CASE("http server: a flood of pipelined requests is held back while one is answered") {
  std::optional<HttpResponder> held;
  HttpHandlers handlers;
  handlers.on_request = [&](HttpRequest, HttpResponder answer) { held = std::move(answer); };
  Wire w{std::move(handlers)};
  std::string flood;
  while (flood.size() < 4'000'000) flood += get;
  w.say(flood);
  w.settle();
  CHECK(held);
  CHECK(w.mine->queued() > 3'000'000);  // it waits at the sender, not in our memory
  held.reset();
}

TEST_CASE(
    "http server: a forgotten answer is a 500, a late one a 503, and an answer to a client that has gone is nothing") {
  HttpHandlers handlers;
  std::vector<HttpResponder> held;
  handlers.on_request = [&](HttpRequest request, HttpResponder answer) {
    if (request.target == "/held") held.push_back(std::move(answer));
  };
  Wire w{std::move(handlers), {.answer = 20ms}};
  w.say(get);
  REQUIRE(w.hear("\r\n\r\n"));
  CHECK(w.status() == 500);
  w.heard.clear();
  w.say("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(w.ends());
  CHECK(w.status() == 503);
  held[0](HttpResponse::text(200, "too late"));
  held.clear();
  w.connect();
  w.say("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(w.loop.run_until([&] { return held.size() == 1; }, 5s));
  w.mine->abort();
  w.mine.reset();
  REQUIRE(w.loop.run_until([&] { return w.server.connections() == 0; }, 5s));
  held[0](HttpResponse::text(200, "nobody there"));
}

TEST_CASE("http server: each wrong request gets its own error as JSON, and the connection ends") {
  struct Case {
    std::string text;
    int status;
  };
  const std::vector<Case> cases{{"nonsense\r\n\r\n", 400},
                                {"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\n\r\n", 411},
                                {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n", 413},
                                {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
                                {"GET / HTTP/1.1\r\nHost: a\r\nExpect: rain\r\n\r\n", 417},
                                {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'x') + "\r\n\r\n", 431},
                                {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                                {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505}};
  Wire w{echo()};
  for (const Case& c : cases) {
    CAPTURE(c.status);
    w.connect();
    w.say(c.text);
    CHECK(w.ends());
    CHECK(w.status() == c.status);
    CHECK(w.heard.find("{\"code\":" + std::to_string(c.status) + ",\"message\":\"") != std::string::npos);
    CHECK(w.heard.find("Connection: close") != std::string::npos);
  }
  CHECK(w.loop.run_until([&] { return w.server.connections() == 0; }, 8s));
}

TEST_CASE("http server: an error reaches a client that is still sending") {
  Wire w{echo()};
  w.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n" + std::string(3'000'000, 'x'));
  REQUIRE(w.hear("}"));
  CHECK(w.status() == 413);
}

TEST_CASE("http server: slow clients run into a deadline in every phase") {
  const HttpServerLimits quick{
      .header = 30ms, .body = 30ms, .first_byte = 30ms, .keep_alive = 30ms, .answer = 1s, .send = 30ms};
  Wire w{echo(), quick};
  SUBCASE("nothing at all") {
    CHECK(w.ends());
    CHECK(w.heard.empty());
  }
  SUBCASE("a header drop by drop does not move the deadline") {
    const std::string drops = "GET / HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    std::size_t at = 0;
    Ticker ticker{w.loop, 2ms, [&] { w.say(drops.substr(at++ % drops.size(), 1)); }};
    CHECK(w.ends());
    CHECK(w.status() == 408);
    CHECK(at < 40);
  }
  SUBCASE("a body that does not come") {
    w.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
    CHECK(w.ends());
    CHECK(w.status() == 408);
  }
  SUBCASE("empty lines only") {
    w.say("\r\n");
    CHECK(w.ends());
  }
  SUBCASE("idle after an answer") {
    w.say(get);
    CHECK(w.ends());
    CHECK(w.status() == 200);
    CHECK(count(w.heard, "HTTP/1.1") == 1);
  }
  SUBCASE("does not take the answer") {
    HttpHandlers handlers;
    handlers.on_request = [](HttpRequest, HttpResponder answer) {
      answer(HttpResponse::text(200, std::string(30'000'000, 'x')));
    };
    Wire big{std::move(handlers), quick};
    big.mine->set_reading(false);
    big.say(get);
    CHECK(big.loop.run_until([&] { return big.server.connections() == 0; }, 5s));
  }
}

namespace {
// Gives `total` bytes in pieces of `piece`, at once or a little later; after `fails_at` it cannot go on.
struct Pieces final : HttpSource {
  Pieces(Loop& l, std::size_t t, std::size_t p, bool late, std::size_t fail)
      : loop(l), total(t), piece(p), later(late), fails_at(fail) {}
  void next(std::move_only_function<void(Bytes)> give) override {
    Bytes bytes(at >= fails_at ? 0 : std::min(piece, total - at), static_cast<std::uint8_t>('a' + at / piece % 26));
    at += bytes.size();
    if (!later) return give(std::move(bytes));
    loop.post([give = std::move(give), bytes = std::move(bytes)]() mutable { give(std::move(bytes)); });
  }
  Loop& loop;
  std::size_t total;
  std::size_t piece;
  bool later;
  std::size_t fails_at;
  std::size_t at = 0;
};
}  // namespace

TEST_CASE("http server: content from a source comes whole, as fast as it is taken, and the connection goes on") {
  constexpr std::size_t total = 5'000'000;
  bool late = false;
  SUBCASE("at once") {}
  SUBCASE("later") { late = true; }
  Loop* loop = nullptr;
  std::weak_ptr<Pieces> source;
  HttpHandlers handlers;
  handlers.on_request = [&](HttpRequest request, HttpResponder answer) {
    if (request.target != "/x") return answer(HttpResponse::text(200, "next"));
    HttpResponse response;
    const auto pieces = std::make_shared<Pieces>(*loop, total, 10'000, late, SIZE_MAX);
    source = pieces;
    response.source = pieces;
    response.source_size = total;
    answer(std::move(response));
  };
  Wire w{std::move(handlers)};
  loop = &w.loop;
  w.mine->set_reading(false);
  w.say(get + "GET /y HTTP/1.1\r\nHost: a\r\n\r\n");
  w.settle();
  const auto early = source.lock();
  REQUIRE(early);
  CHECK(early->at < total / 2);  // a peer that does not read is not read ahead for
  w.mine->set_reading(true);
  REQUIRE(w.hear("next"));
  const std::size_t body = w.heard.find("\r\n\r\n") + 4;
  CHECK(w.heard.find("Content-Length: 5000000\r\n") < body);
  CHECK(w.heard.find("HTTP/1.1 200 OK", body) == body + total);
  CHECK(w.heard[body] == 'a');
  CHECK(w.heard[body + 10'000] == 'b');
  CHECK(w.heard[body + 9'999] == 'a');
}

TEST_CASE("http server: a source that cannot go on cuts the connection, and HEAD asks it for nothing") {
  Loop* loop = nullptr;
  std::shared_ptr<Pieces> pieces;
  HttpHandlers handlers;
  handlers.on_request = [&](HttpRequest, HttpResponder answer) {
    HttpResponse response;
    pieces = std::make_shared<Pieces>(*loop, 50'000, 10'000, true, 20'000);
    response.source = pieces;
    response.source_size = 50'000;
    answer(std::move(response));
  };
  Wire w{std::move(handlers)};
  loop = &w.loop;
  w.say("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(w.hear("Content-Length: 50000\r\n"));
  w.settle();
  CHECK(pieces->at == 0);
  CHECK_FALSE(w.closed);
  w.say(get);
  CHECK(w.ends());
  CHECK(pieces->at == 20'000);
}

TEST_CASE("http server: Expect: 100-continue is answered before the body, or refused at once") {
  HttpHandlers handlers = echo();
  handlers.body_limit = [](const HttpRequest& request) -> std::size_t { return request.target == "/big" ? 1000 : 5; };
  Wire w{std::move(handlers)};
  w.say("POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(w.hear("HTTP/1.1 100 Continue\r\n\r\n"));
  w.say("0123456789");
  CHECK(w.hear("POST /big 0123456789"));
  w.heard.clear();
  w.say("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  CHECK(w.ends());
  CHECK(w.status() == 413);
}

TEST_CASE("http server: an upgrade takes the stream and the bytes that came with the request") {
  HttpUpgrade::Taken taken;
  HttpHandlers handlers = echo();
  handlers.on_upgrade = [&](HttpRequest request, HttpUpgrade upgrade) {
    if (request.target == "/no") return upgrade.answer(HttpResponse::error(403, "no"));
    taken = upgrade.take();
  };
  Wire w{std::move(handlers)};
  w.say("GET /no HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  REQUIRE(w.hear("\"no\""));
  w.say("GET /yes HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: x\r\n\r\nfirst bytes");
  REQUIRE(w.loop.run_until([&] { return taken.stream != nullptr; }, 5s));
  CHECK(as_text(taken.already_read) == "first bytes");
  CHECK(w.server.connections() == 0);
  taken.stream->write(as_bytes("after HTTP"));
  CHECK(w.hear("after HTTP"));
  taken.stream.reset();  // before its loop
}

TEST_CASE("http server: a first byte of STUN is another protocol, later ones are not") {
  std::shared_ptr<Stream> stream;
  Bytes first;
  HttpHandlers handlers = echo();
  handlers.on_stun_stream = [&](std::shared_ptr<Stream> s, Bytes bytes) {
    stream = std::move(s);
    first = std::move(bytes);
  };
  Wire w{std::move(handlers)};
  w.mine->write(Bytes{0x00, 0x03, 0x00, 0x08, 0x21});
  REQUIRE(w.loop.run_until([&] { return stream != nullptr; }, 5s));
  CHECK(first == Bytes{0x00, 0x03, 0x00, 0x08, 0x21});
  stream->write(as_bytes("turn"));
  CHECK(w.hear("turn"));
  stream.reset();
  w.connect();
  w.say(get);
  REQUIRE(w.hear("GET /x"));
  w.mine->write(Bytes{0x00, 0x01});
  CHECK(w.ends());
  CHECK(stream == nullptr);
  Wire without{echo()};
  without.mine->write(Bytes{0x00, 0x01});
  CHECK(without.ends());
}

TEST_CASE("http server: draining finishes what is being answered and closes the rest") {
  std::optional<HttpResponder> held;
  HttpHandlers handlers;
  handlers.on_request = [&](HttpRequest, HttpResponder answer) { held = std::move(answer); };
  Wire w{std::move(handlers)};
  w.say(get);
  REQUIRE(w.loop.run_until([&] { return held.has_value(); }, 5s));
  w.server.drain();
  (*held)(HttpResponse::text(200, "last words"));
  CHECK(w.ends());
  CHECK(w.heard.find("last words") != std::string::npos);
  CHECK(w.heard.find("Connection: close") != std::string::npos);
}

TEST_CASE("router: patterns, methods, encoding") {
  Router router;
  router.add("GET", "/v2/meetings/{}", [](HttpRequest, RouteArguments a, HttpResponder answer) {
    answer(HttpResponse::text(200, "one " + a[0]));
  });
  router.add("GET", "/v2/meetings/mine",
             [](HttpRequest, RouteArguments, HttpResponder answer) { answer(HttpResponse::text(200, "mine")); });
  router.add(
      "POST", "/v2/meetings/{}",
      [](HttpRequest, RouteArguments, HttpResponder answer) { answer(HttpResponse::text(200, "posted")); }, 7);
  HttpHandlers handlers;
  handlers.on_request = [&](HttpRequest request, HttpResponder answer) {
    router.route(std::move(request), std::move(answer));
  };
  handlers.body_limit = [&](const HttpRequest& request) { return router.body_limit(request); };
  Wire w{std::move(handlers)};
  const auto ask = [&](const std::string& line) {
    w.connect();
    w.say(line + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(w.ends());
    return w.status();
  };
  CHECK(ask("GET /v2/meetings/a%2Fb") == 200);
  CHECK(w.heard.ends_with("one a/b"));
  CHECK(ask("GET /v2/meetings/mine?x=1") == 200);
  CHECK(w.heard.ends_with("mine"));
  CHECK(ask("HEAD /v2/meetings/mine") == 200);
  CHECK(ask("GET /v2/meetings/") == 404);
  CHECK(ask("GET /v2/meetings/a/b") == 404);
  CHECK(ask("GET /") == 404);
  CHECK(ask("GET /v2/meetings/%zz") == 400);
  CHECK(ask("DELETE /v2/meetings/x") == 405);
  CHECK(w.heard.find("Allow: GET, HEAD, POST\r\n") != std::string::npos);
  CHECK(ask("OPTIONS /v2/meetings/x") == 204);
  w.connect();
  w.say("POST /v2/meetings/x HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n12345678");
  CHECK(w.ends());
  CHECK(w.status() == 413);
}

TEST_CASE("url: what is taken and what is not") {
  const auto url = parse_url("https://meet.example:8443/j/12?x=1#k=secret");
  REQUIRE(url);
  CHECK(url->host == "meet.example");
  CHECK(url->port == 8443);
  CHECK(url->target == "/j/12?x=1");
  CHECK(url->fragment == "k=secret");
  CHECK(url->host_header() == "meet.example:8443");
  CHECK(parse_url("wss://[::1]")->host_header() == "[::1]");
  CHECK(parse_url("https://a?b")->target == "/?b");
  for (const char* bad : {"", "http://a/", "https://", "https://user@a/", "https://a:0/", "https://a:b/",
                          "https://a/ b", "https://a/\r\nX: y", "ftp://a"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_url(bad));
  }
}

TEST_CASE(
    "https: server and client together, with kept connections, a closed one, and errors that explain themselves") {
  std::string folder = (std::filesystem::temp_directory_path() / "sealhall-https-XXXXXX").string();
  folder = ::mkdtemp(folder.data());
  const auto ca = ensure_local_ca({.folder = folder + "/tls", .names = {}, .now = SystemWallClock{}.now()});
  REQUIRE(ca);
  const auto server_context = *TlsServerContext::load(ca->server);
  const auto client_context = *TlsClientContext::create({.ca_file = ca->ca_path});
  Loop loop;
  HttpHandlers handlers = echo();
  auto server =
      HttpsServer::listen(loop, {"127.0.0.1", 0}, *server_context, std::move(handlers), {.keep_alive = 250ms});
  REQUIRE(server);
  const std::uint16_t port = (*server)->local().port;
  HttpClient client{loop, *client_context, "localhost", port};
  std::vector<std::string> bodies;
  const auto take = [&](expected<HttpResponse, Failure> r) {
    REQUIRE(r);
    bodies.push_back(r->body);
  };
  client.send({.method = "GET", .target = "/1", .headers = {}, .body = {}}, take);
  client.send({.method = "POST", .target = "/2", .headers = {}, .body = "hello"}, take);
  client.send({.method = "HEAD", .target = "/3", .headers = {}, .body = {}}, take);
  REQUIRE(loop.run_until([&] { return bodies.size() == 3; }, 5s));
  CHECK(bodies == std::vector<std::string>{"GET /1 ", "POST /2 hello", ""});
  CHECK((*server)->stats().accepted == 1);
  REQUIRE(loop.run_until([&] { return (*server)->stats().open == 0; }, 5s));  // the server closed it: idle
  client.send({.method = "GET", .target = "/4", .headers = {}, .body = {}}, take);
  REQUIRE(loop.run_until([&] { return bodies.size() == 4; }, 5s));
  CHECK((*server)->stats().accepted == 2);

  std::optional<Failure> failure;
  HttpClient wrong_name{loop, *client_context, "127.0.0.2", port};
  server->reset();
  wrong_name.send({}, [&](auto r) { failure = r.error(); });
  REQUIRE(loop.run_until([&] { return failure.has_value(); }, 5s));
  CHECK(failure->kind == NetError::refused);
  failure.reset();
  auto dropped = std::make_unique<HttpClient>(loop, *client_context, "localhost", port);
  dropped->send({}, [&](auto r) { failure = r.error(); });
  dropped.reset();
  bool later = false;
  Timer timer{loop};
  timer.after(30ms, [&] { later = true; });
  loop.run_until([&] { return later; }, 5s);
  CHECK_FALSE(failure);
  std::filesystem::remove_all(folder);
}
