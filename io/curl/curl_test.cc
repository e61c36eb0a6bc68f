#include "io/curl/curl.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "io/ca/local_ca.h"
#include "io/http/https_server.h"
#include "io/net/clock.h"
#include "io/net/timer.h"
#include "tests/support/smtp_server.h"

using namespace sealhall;
using namespace sealhall::io;
using namespace std::chrono_literals;
using sealhall::testing::SmtpServer;

namespace {

struct World {
  std::string folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-curl-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
  LocalCa ca = [this] {
    auto made = ensure_local_ca({folder + "/tls", {}, SystemWallClock{}.now()});
    REQUIRE(made.has_value());
    return *made;
  }();
  Loop loop;
  std::unique_ptr<TlsServerContext> context;
  std::vector<HttpRequest> requests;
  std::function<void(HttpRequest, HttpResponder)> on_request = [](HttpRequest, HttpResponder answer) {
    answer(HttpResponse::text(200, "hello"));
  };
  std::unique_ptr<HttpsServer> https;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<TcpListener> http_port;
  std::unique_ptr<Curl> curl = std::make_unique<Curl>(loop);

  World() {
    auto loaded = TlsServerContext::load(ca.server);
    REQUIRE(loaded.has_value());
    context = std::move(*loaded);
    auto server = HttpsServer::listen(loop, {"127.0.0.1", 0}, *context, handlers());
    REQUIRE(server.has_value());
    https = std::move(*server);
    http = std::make_unique<HttpServer>(loop, handlers(), HttpServerLimits{});
    auto port = TcpListener::listen(loop, {"127.0.0.1", 0}, {},
                                    [this](std::shared_ptr<Stream> s) { http->serve(std::move(s)); });
    REQUIRE(port.has_value());
    http_port = std::move(*port);
  }
  ~World() {
    curl.reset();
    std::filesystem::remove_all(folder);
  }
  HttpHandlers handlers() {
    HttpHandlers out;
    out.on_request = [this](HttpRequest request, HttpResponder answer) {
      requests.push_back(request);
      on_request(std::move(request), std::move(answer));
    };
    return out;
  }
  HttpFetch to(const std::string& target) {
    HttpFetch f;
    f.url = "https://localhost:" + std::to_string(https->local().port) + target;
    f.ca_file = ca.ca_path;
    return f;
  }
  expected<HttpFetched, FetchError> fetch(HttpFetch request) {
    std::optional<expected<HttpFetched, FetchError>> result;
    curl->fetch(std::move(request), [&](auto r) { result = std::move(r); });
    CHECK_FALSE(result);
    REQUIRE(loop.run_until([&] { return result.has_value(); }, 10s));
    return std::move(*result);
  }
  expected<void, FetchError> send(SmtpSend mail) {
    std::optional<expected<void, FetchError>> result;
    curl->send_mail(std::move(mail), [&](auto r) { result = std::move(r); });
    REQUIRE(loop.run_until([&] { return result.has_value(); }, 10s));
    return std::move(*result);
  }
  SmtpSend mail(const SmtpServer& server) {
    SmtpSend m{server.url(), "from@example.org", "ada@example.org"};
    m.message = "Subject: x\r\n\r\nHello\r\n.dot\r\n";
    m.ca_file = ca.ca_path;
    return m;
  }
};

FetchErrorKind kind(const auto& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().kind;
}

}  // namespace

TEST_CASE("curl: methods, headers and bodies arrive as they were given; so does the answer") {
  World w;
  w.on_request = [](HttpRequest, HttpResponder answer) {
    auto response = HttpResponse::text(201, "made");
    response.headers.set("X-Thing", " a b ");
    answer(std::move(response));
  };
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    CAPTURE(method);
    HttpFetch f = w.to("/x?y=1");
    f.method = method;
    f.headers = {{"Authorization", "Bearer t"}, {"X-Empty", ""}};
    const std::string body = "some\0body";
    f.body.assign(body.begin(), body.end());
    const auto got = w.fetch(std::move(f));
    REQUIRE(got.has_value());
    CHECK(got->status == 201);
    CHECK(as_text(got->body) == "made");
    CHECK(got->header("x-thing") == "a b");
    CHECK(got->header("nothing").empty());
    const HttpRequest& request = w.requests.back();
    CHECK(request.method == method);
    CHECK(request.target == "/x?y=1");
    CHECK(request.body == body);
    CHECK(request.headers.find("Authorization") == "Bearer t");
    CHECK(request.headers.find("X-Empty") == "");
    CHECK_FALSE(request.headers.find("Content-Type"));
    CHECK_FALSE(request.headers.find("Expect"));
  }
  CHECK(w.fetch(w.to("/y"))->status == 201);
  CHECK(w.requests.back().method == "GET");
  HttpFetch empty_post = w.to("/z");
  empty_post.method = "POST";
  CHECK(w.fetch(std::move(empty_post))->status == 201);
  CHECK(w.requests.back().headers.find("Content-Length") == "0");
  HttpFetch head = w.to("/h");
  head.method = "HEAD";
  CHECK(w.fetch(std::move(head))->body.empty());
}

TEST_CASE("curl: a certificate that does not verify ends the request before anything was sent") {
  World w;
  HttpFetch unknown = w.to("/");
  unknown.ca_file.clear();  // the system's authorities do not know ours
  CHECK(kind(w.fetch(std::move(unknown))) == FetchErrorKind::untrusted);
  HttpFetch no_file = w.to("/");
  no_file.ca_file = w.folder + "/nothing.pem";
  CHECK(kind(w.fetch(std::move(no_file))) == FetchErrorKind::untrusted);
  CHECK(w.requests.empty());
}

TEST_CASE("curl: clear text only by name, other schemes never, redirects are not followed") {
  World w;
  HttpFetch clear;
  clear.url = "http://127.0.0.1:" + std::to_string(w.http_port->local().port) + "/";
  CHECK(kind(w.fetch(clear)) == FetchErrorKind::bad_url);
  clear.allow_clear_text = true;
  CHECK(w.fetch(clear)->status == 200);
  for (const char* url :
       {"file:///etc/passwd", "ftp://localhost/", "gopher://localhost/", "", "https://", "nonsense"}) {
    CAPTURE(url);
    HttpFetch f;
    f.url = url;
    f.allow_clear_text = true;
    CHECK_FALSE(w.fetch(std::move(f)).has_value());
  }
  HttpFetch split = w.to("/");
  split.headers = {{"X", "a\r\nEvil: b"}};
  CHECK(kind(w.fetch(std::move(split))) == FetchErrorKind::bad_url);
  w.on_request = [](HttpRequest, HttpResponder answer) {
    auto response = HttpResponse::text(302, "");
    response.headers.set("Location", "https://localhost/elsewhere");
    answer(std::move(response));
  };
  CHECK(w.fetch(w.to("/"))->status == 302);
}

TEST_CASE("curl: too much, too slow, nobody there") {
  World w;
  w.on_request = [](HttpRequest, HttpResponder answer) { answer(HttpResponse::text(200, std::string(5000, 'x'))); };
  HttpFetch small = w.to("/");
  small.max_response = 4999;
  CHECK(kind(w.fetch(std::move(small))) == FetchErrorKind::too_large);
  HttpFetch pieces = w.to("/");
  std::size_t got = 0;
  pieces.on_body = [&](ByteView piece) { got += piece.size(); };
  CHECK(w.fetch(std::move(pieces))->body.empty());
  CHECK(got == 5000);
  std::vector<HttpResponder> never;
  w.on_request = [&](HttpRequest, HttpResponder answer) { never.push_back(std::move(answer)); };
  HttpFetch slow = w.to("/");
  slow.timeout = 50ms;
  CHECK(kind(w.fetch(std::move(slow))) == FetchErrorKind::timeout);
  HttpFetch nobody = w.to("/");
  nobody.url = "https://127.0.0.1:1/";
  CHECK(kind(w.fetch(std::move(nobody))) == FetchErrorKind::unreachable);
  never.clear();
}

TEST_CASE("curl: an address that a user typed in does not lead into our own network") {
  World w;
  HttpFetch f = w.to("/");
  f.reach = Reach::public_only;
  CHECK(kind(w.fetch(f)) == FetchErrorKind::not_allowed);
  CHECK(w.fetch(w.to("/")).has_value());                   // this connection stays open ..
  CHECK(kind(w.fetch(f)) == FetchErrorKind::not_allowed);  // .. and is not used for the one that needs the check
  CHECK(w.requests.size() == 1);
}

TEST_CASE("curl: which addresses are public") {
  for (const char* yes :
       {"8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.1.0.1", "223.255.255.255",
        "2a00:1450::1", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"}) {
    CAPTURE(yes);
    CHECK(is_public_address(yes));
  }
  for (const char* no : {"",
                         "x",
                         "localhost",
                         "0.0.0.0",
                         "10.1.2.3",
                         "127.0.0.1",
                         "127.9.9.9",
                         "169.254.169.254",
                         "172.16.0.1",
                         "172.31.255.255",
                         "192.168.0.1",
                         "100.64.0.1",
                         "100.127.255.255",
                         "192.0.0.8",
                         "192.0.2.1",
                         "198.18.0.1",
                         "198.19.255.255",
                         "198.51.100.7",
                         "203.0.113.9",
                         "224.0.0.1",
                         "240.0.0.1",
                         "255.255.255.255",
                         "::",
                         "::1",
                         "::ffff:10.0.0.1",
                         "::ffff:127.0.0.1",
                         "fe80::1",
                         "fc00::1",
                         "fd12::1",
                         "fec0::1",
                         "ff02::1",
                         "2001::1",
                         "2001:db8::1",
                         "64:ff9b::7f00:1",
                         "64:ff9b:1::1",
                         "2002:a00:1::",
                         "2002:c0a8:1::1",
                         "100::1",
                         "4000::1"}) {
    CAPTURE(no);
    CHECK_FALSE(is_public_address(no));
  }
}

TEST_CASE("curl: more requests than places wait their turn; a Curl that goes calls nobody back") {
  World w;
  w.curl = std::make_unique<Curl>(w.loop, 3);
  int done = 0;
  for (int i = 0; i < 20; ++i) {
    w.curl->fetch(w.to("/" + std::to_string(i)), [&](auto r) {
      CHECK(r.has_value());
      ++done;
    });
  }
  CHECK(w.loop.run_until([&] { return done == 20; }, 10s));
  std::vector<HttpResponder> never;
  w.on_request = [&](HttpRequest, HttpResponder answer) { never.push_back(std::move(answer)); };
  bool called = false;
  for (int i = 0; i < 5; ++i) w.curl->fetch(w.to("/"), [&](auto) { called = true; });
  CHECK(w.loop.run_until([&] { return never.size() == 3; }, 10s));
  w.curl.reset();
  never.clear();
  bool later = false;
  w.loop.post([&] { later = true; });
  CHECK(w.loop.run_until([&] { return later; }, 5s));
  CHECK_FALSE(called);
}

TEST_CASE("smtp: by TLS and by STARTTLS, with and without a password") {
  World w;
  for (const auto security : {SmtpServer::Security::tls, SmtpServer::Security::starttls}) {
    SmtpServer server{w.loop, security, &w.ca.server};
    REQUIRE(w.send(w.mail(server)).has_value());
    SmtpSend known = w.mail(server);
    known.user = "me";
    known.password = "secret";
    REQUIRE(w.send(known).has_value());
    REQUIRE(server.received.size() == 2);
    CHECK(server.received[0].from.starts_with("<from@example.org>"));
    CHECK(server.received[0].to == "<ada@example.org>");
    CHECK(server.received[0].text == "Subject: x\r\n\r\nHello\r\n.dot\r\n");
    CHECK(server.received[0].encrypted);
    CHECK(server.received[0].credentials.empty());
    CHECK(server.received[1].credentials == "|me|secret");
  }
}

TEST_CASE("smtp: without verified TLS nothing is said") {
  World w;
  SmtpServer tls{w.loop, SmtpServer::Security::tls, &w.ca.server};
  SmtpSend unknown = w.mail(tls);
  unknown.ca_file.clear();
  CHECK(kind(w.send(unknown)) == FetchErrorKind::untrusted);
  CHECK(tls.received.empty());
  SmtpServer clear{w.loop, SmtpServer::Security::clear};
  CHECK(kind(w.send(w.mail(clear))) == FetchErrorKind::untrusted);  // STARTTLS is not offered: somebody took it away
  CHECK(clear.received.empty());
  SmtpSend on_purpose = w.mail(clear);
  on_purpose.allow_clear_text = true;
  CHECK(w.send(on_purpose).has_value());
  CHECK(clear.received.size() == 1);
}

TEST_CASE("smtp: the server's no comes with its number; a connection that breaks is another thing") {
  World w;
  SmtpServer server{w.loop, SmtpServer::Security::tls, &w.ca.server};
  const auto with = [&](const std::string& at, const std::string& reply) {
    server.answer = [=](const std::string& command) { return command.starts_with(at) ? reply : std::string{}; };
    return w.send(w.mail(server));
  };
  for (const char* at : {"MAIL", "RCPT", "DATA", "."}) {
    CAPTURE(at);
    const auto never = with(at, "550 no such user");
    CHECK(kind(never) == FetchErrorKind::refused);
    CHECK(never.error().status == 550);
    const auto later = with(at, "451 come back");
    CHECK(kind(later) == FetchErrorKind::refused);
    CHECK(later.error().status == 451);
  }
  CHECK(kind(with("RCPT", "hang up")) == FetchErrorKind::unreachable);
  server.answer = {};
  SmtpSend evil = w.mail(server);
  evil.to = "ada@example.org>\r\nRCPT TO:<eve@example.org";
  CHECK(kind(w.send(evil)) == FetchErrorKind::bad_url);
  CHECK(server.received.empty());
}
