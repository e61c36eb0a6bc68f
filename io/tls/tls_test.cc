#include <doctest/doctest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "io/ca/certificate.h"
#include "io/files/files.h"
#include "io/net/clock.h"
#include "io/net/timer.h"
#include "io/tls/listener.h"
#include "io/tls/openssl.h"

using namespace sealhall;
using namespace sealhall::io;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t day = 86'400LL * 1'000'000;

UnixMicros in_days(std::int64_t days) {
  return UnixMicros{static_cast<std::int64_t>(SystemWallClock{}.now()) + days * day};
}

struct Collector final : StreamHandler {
  std::string text;
  std::optional<Failure> closed;
  std::function<void()> on_text;
  void on_data(ByteView data) override {
    text += as_text(data);
    if (on_text) on_text();
  }
  void on_closed(const Failure& why) override { closed = why; }
};

// An authority, certificates of it, a listening server that echoes nothing and keeps what it accepts.
struct World {
  std::string folder;
  IssuedCertificate ca;
  std::string ca_path;
  Loop loop;
  std::unique_ptr<TlsServerContext> server_context;
  std::unique_ptr<TlsClientContext> client_context;
  std::unique_ptr<TlsListener> listener;
  std::shared_ptr<TlsStream> server;
  std::shared_ptr<TlsStream> client;
  Collector at_server;
  Collector at_client;

  World() {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-tls-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    ca = *issue_certificate({.common_name = "Test CA",
                             .names = {},
                             .not_before = in_days(-1),
                             .not_after = in_days(100),
                             .authority = true},
                            nullptr);
    ca_path = write("ca.pem", ca.certificate_pem);
    client_context = *TlsClientContext::create({.ca_file = ca_path});
  }
  ~World() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  std::string write(const std::string& name, const std::string& content) {
    REQUIRE(write_file_atomically(folder + "/" + name, as_bytes(content)));
    return folder + "/" + name;
  }
  CertificateFiles certificate(std::vector<std::string> names, std::int64_t from = -1, std::int64_t to = 10,
                               const IssuedCertificate* issuer = nullptr) {
    const auto issued = issue_certificate({.common_name = names[0],
                                           .names = names,
                                           .not_before = in_days(from),
                                           .not_after = in_days(to),
                                           .authority = false},
                                          issuer != nullptr ? issuer : &ca);
    REQUIRE(issued);
    return {write("server.pem", issued->certificate_pem), write("server-key.pem", issued->key_pem)};
  }
  void serve(const CertificateFiles& files, TlsListenerOptions options = {}) {
    server_context = *TlsServerContext::load(files);
    auto listening =
        TlsListener::listen(loop, {"127.0.0.1", 0}, *server_context, options, [this](std::shared_ptr<TlsStream> s) {
          server = std::move(s);
          server->set_handler(&at_server);
        });
    REQUIRE(listening);
    listener = std::move(*listening);
  }
  std::optional<Failure> connect(const std::string& host = "localhost") {
    std::optional<expected<std::shared_ptr<TlsStream>, Failure>> result;
    const auto attempt =
        connect_tls(loop, {host, listener->local().port}, *client_context, 5s, [&](auto r) { result = std::move(r); });
    REQUIRE(loop.run_until([&] { return result.has_value(); }, 10s));
    if (!*result) return result->error();
    client = **result;
    client->set_handler(&at_client);
    REQUIRE(loop.run_until([&] { return server != nullptr; }, 5s));
    return std::nullopt;
  }
};

// A client of its own on a blocking socket in a thread, for what our client would never do.
template <typename F>
void with_raw_socket(World& world, F&& body) {
  std::atomic<bool> done{false};
  std::thread thread{[&] {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(world.listener->local().port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) body(fd);
    ::close(fd);
    done = true;
    world.loop.post([] {});
  }};
  CHECK(world.loop.run_until([&] { return done.load(); }, 20s));
  thread.join();
}
template <typename F>
void with_raw_tls(World& world, F&& body, void (*setup)(SSL_CTX*)) {
  with_raw_socket(world, [&](int fd) {
    const std::unique_ptr<SSL_CTX, OpensslFree> context{SSL_CTX_new(TLS_client_method())};
    setup(context.get());
    const SslPtr ssl{SSL_new(context.get())};
    SSL_set_fd(ssl.get(), fd);
    body(ssl.get());
  });
}
std::string read_to_end(int fd) {
  std::string all;
  std::array<char, 4096> block{};
  while (true) {
    const ssize_t n = ::read(fd, block.data(), block.size());
    if (n <= 0) return all;
    all.append(block.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

TEST_CASE("tls: a verified connection carries bytes both ways, by TLS 1.3 and AES-256-GCM") {
  World w;
  w.serve(w.certificate({"localhost", "127.0.0.1"}));
  REQUIRE_FALSE(w.connect());
  CHECK(w.client->version() == "TLSv1.3");
  CHECK(w.client->cipher() == "TLS_AES_256_GCM_SHA384");
  w.client->write(as_bytes("ping"));
  REQUIRE(w.loop.run_until([&] { return w.at_server.text == "ping"; }, 5s));
  w.server->write(as_bytes("pong"));
  w.server->close();
  REQUIRE(w.loop.run_until([&] { return w.at_client.closed && w.at_server.closed; }, 5s));
  CHECK(w.at_client.text == "pong");
  CHECK(w.at_client.closed->kind == NetError::none);
  CHECK(w.at_server.closed->kind == NetError::closed_locally);
  CHECK(w.listener->stats().accepted == 1);
}

TEST_CASE("tls: an address is verified as an address") {
  World w;
  w.serve(w.certificate({"127.0.0.1"}));
  CHECK_FALSE(w.connect("127.0.0.1"));
  w.server.reset();
  const auto failure = w.connect("localhost");
  REQUIRE(failure);
  CHECK(failure->kind == NetError::certificate_name);
}

TEST_CASE("tls: a certificate for another name is refused with both names") {
  World w;
  w.serve(w.certificate({"a.example", "b.example"}));
  const auto failure = w.connect();
  REQUIRE(failure);
  CHECK(failure->kind == NetError::certificate_name);
  CHECK(failure->reason == "The server's certificate is for a.example, b.example, not for localhost.");
  CHECK(w.server == nullptr);
}

TEST_CASE("tls: expired, not yet valid, unknown and self-signed certificates are refused with their reason") {
  World w;
  SUBCASE("expired") {
    w.serve(w.certificate({"localhost"}, -20, -10));
    const auto failure = w.connect();
    REQUIRE(failure);
    CHECK(failure->kind == NetError::certificate_expired);
    CHECK(failure->reason.starts_with("The server's certificate expired on 20"));
  }
  SUBCASE("not yet valid") {
    w.serve(w.certificate({"localhost"}, 10, 20));
    const auto failure = w.connect();
    REQUIRE(failure);
    CHECK(failure->kind == NetError::certificate_not_yet);
  }
  SUBCASE("unknown authority") {
    const auto other = *issue_certificate({.common_name = "Other CA",
                                           .names = {},
                                           .not_before = in_days(-1),
                                           .not_after = in_days(100),
                                           .authority = true},
                                          nullptr);
    w.serve(w.certificate({"localhost"}, -1, 10, &other));
    const auto failure = w.connect();
    REQUIRE(failure);
    CHECK(failure->kind == NetError::certificate_unknown);
    CHECK(failure->reason.find("\"Other CA\", an authority that is unknown here") != std::string::npos);
  }
  SUBCASE("an authority of the same name with another key") {
    const auto other = *issue_certificate({.common_name = "Test CA",
                                           .names = {},
                                           .not_before = in_days(-1),
                                           .not_after = in_days(100),
                                           .authority = true},
                                          nullptr);
    w.serve(w.certificate({"localhost"}, -1, 10, &other));
    const auto failure = w.connect();
    REQUIRE(failure);
    CHECK(failure->kind == NetError::certificate_unknown);
  }
  SUBCASE("the authorities of the system do not know ours") {
    w.client_context = *TlsClientContext::create({});
    w.serve(w.certificate({"localhost"}));
    const auto failure = w.connect();
    REQUIRE(failure);
    CHECK(failure->kind == NetError::certificate_unknown);
  }
  SUBCASE("a server certificate cannot act as an authority") {
    const auto leaf = *issue_certificate({.common_name = "localhost",
                                          .names = {"localhost"},
                                          .not_before = in_days(-1),
                                          .not_after = in_days(10),
                                          .authority = false},
                                         &w.ca);
    auto files = w.certificate({"localhost"}, -1, 10, &leaf);
    w.write("server.pem", std::string{as_text(*read_file(files.chain_path))} + leaf.certificate_pem);
    w.serve(files);
    CHECK(w.connect());
  }
  CHECK(w.server == nullptr);
}

TEST_CASE("tls: many megabytes pass in order, also when the reader pauses") {
  World w;
  w.serve(w.certificate({"localhost"}));
  REQUIRE_FALSE(w.connect());
  std::string big;
  for (int i = 0; big.size() < 8'000'000; ++i) big += std::to_string(i) + ",";
  int pauses = 0;
  Timer timer{w.loop};
  w.at_client.on_text = [&] {
    if (++pauses % 20 != 0) return;
    w.client->set_reading(false);
    timer.after(1ms, [&] { w.client->set_reading(true); });
  };
  w.server->write(as_bytes(big));
  CHECK(w.server->queued() > 0);
  REQUIRE(w.loop.run_until([&] { return w.at_client.text.size() == big.size(); }, 20s));
  CHECK(w.at_client.text == big);
}

TEST_CASE("tls: without a handler nothing is lost, and the peer is held back") {
  World w;
  w.serve(w.certificate({"localhost"}));
  REQUIRE_FALSE(w.connect());
  w.server->set_handler(nullptr);
  const std::string big(20'000'000, 'x');
  w.client->write(as_bytes(big));
  bool later = false;
  Timer timer{w.loop};
  timer.after(50ms, [&] { later = true; });
  w.loop.run_until([&] { return later; }, 5s);
  CHECK(w.client->queued() > 0);
  w.server->set_handler(&w.at_server);
  CHECK(w.loop.run_until([&] { return w.at_server.text.size() == big.size(); }, 20s));
}

TEST_CASE("tls: a handler may drop the stream while it is called") {
  World w;
  w.serve(w.certificate({"localhost"}));
  REQUIRE_FALSE(w.connect());
  w.at_server.on_text = [&] { w.server.reset(); };
  w.client->write(as_bytes("x"));
  CHECK(w.loop.run_until([&] { return w.at_client.closed.has_value(); }, 5s));
}

TEST_CASE("tls: a connection that ends without close_notify counts as cut off") {
  World w;
  w.serve(w.certificate({"localhost"}));
  REQUIRE_FALSE(w.connect());
  w.client->abort();
  REQUIRE(w.loop.run_until([&] { return w.at_server.closed.has_value(); }, 5s));
  CHECK(w.at_server.closed->kind == NetError::reset);
}

TEST_CASE("tls: old versions, weak suites and unknown protocols are refused") {
  World w;
  w.serve(w.certificate({"localhost"}));
  int result = 0;
  const auto try_with = [&](void (*setup)(SSL_CTX*)) {
    with_raw_tls(w, [&](SSL* ssl) { result = SSL_connect(ssl); }, setup);
    return result;
  };
  CHECK(try_with([](SSL_CTX*) {}) == 1);
  CHECK(try_with([](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION); }) == 1);
  CHECK(try_with([](SSL_CTX* c) {
          SSL_CTX_set_security_level(c, 0);
          SSL_CTX_set_min_proto_version(c, TLS1_VERSION);
          SSL_CTX_set_max_proto_version(c, TLS1_1_VERSION);
        }) != 1);
  CHECK(try_with([](SSL_CTX* c) {
          SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
          SSL_CTX_set_cipher_list(c, "ECDHE-ECDSA-AES256-SHA384:AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384");
        }) != 1);
  CHECK(try_with([](SSL_CTX* c) { SSL_CTX_set1_groups_list(c, "P-521"); }) != 1);
  CHECK(try_with([](SSL_CTX* c) { SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>("\x02h2"), 3); }) !=
        1);
  CHECK(w.loop.run_until([&] { return w.listener->stats().failed_handshakes == 4; }, 5s));
}

TEST_CASE("tls: AES-256 is chosen although the client would rather not, and ALPN is answered") {
  World w;
  w.serve(w.certificate({"localhost"}));
  std::string cipher;
  with_raw_tls(
      w,
      [&](SSL* ssl) {
        if (SSL_connect(ssl) == 1) cipher = SSL_get_cipher_name(ssl);
      },
      [](SSL_CTX* c) {
        SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
        SSL_CTX_set_cipher_list(c, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384");
      });
  CHECK(cipher == "ECDHE-ECDSA-AES256-GCM-SHA384");
  w.client_context = *TlsClientContext::create({.ca_file = w.ca_path, .alpn = {"stun.turn"}});
  REQUIRE_FALSE(w.connect());
  CHECK(w.client->alpn() == "stun.turn");
  w.client_context = *TlsClientContext::create({.ca_file = w.ca_path, .alpn = {"h2", "http/1.1"}});
  REQUIRE_FALSE(w.connect());
  CHECK(w.client->alpn() == "http/1.1");
}

TEST_CASE("tls: renegotiation is refused") {
  World w;
  w.serve(w.certificate({"localhost"}));
  bool renegotiated = true;
  bool connected = false;
  with_raw_tls(
      w,
      [&](SSL* ssl) {
        connected = SSL_connect(ssl) == 1;
        SSL_renegotiate(ssl);
        SSL_do_handshake(ssl);
        char byte = 0;
        SSL_read(ssl, &byte, 1);
        renegotiated = SSL_num_renegotiations(ssl) > 0 && SSL_is_init_finished(ssl) == 1 && ERR_peek_error() == 0;
      },
      [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION); });
  CHECK(connected);
  CHECK_FALSE(renegotiated);
}

TEST_CASE("tls: no session is ever resumed") {
  World w;
  w.serve(w.certificate({"localhost"}));
  SSL_SESSION* session = nullptr;
  with_raw_tls(
      w,
      [&](SSL* ssl) {
        if (SSL_connect(ssl) == 1) session = SSL_get1_session(ssl);
      },
      [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION); });
  REQUIRE(session != nullptr);
  CHECK(SSL_SESSION_has_ticket(session) == 0);
  bool reused = true;
  with_raw_tls(
      w,
      [&](SSL* ssl) {
        SSL_set_session(ssl, session);
        if (SSL_connect(ssl) == 1) reused = SSL_session_reused(ssl) == 1;
      },
      [](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION); });
  CHECK_FALSE(reused);
  SSL_SESSION_free(session);
}

TEST_CASE("tls: a key update that is asked for is answered") {
  World w;
  w.serve(w.certificate({"localhost"}));
  bool alive = false;
  w.at_server.on_text = [&] { w.server->write(as_bytes("answer")); };
  with_raw_tls(
      w,
      [&](SSL* ssl) {
        if (SSL_connect(ssl) != 1) return;
        SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
        alive = SSL_write(ssl, "after", 5) == 5;
        std::array<char, 6> text{};
        alive = alive && SSL_read(ssl, text.data(), 6) == 6;
      },
      [](SSL_CTX*) {});
  CHECK(alive);
  CHECK(w.loop.run_until([&] { return w.at_server.text == "after"; }, 5s));
}

TEST_CASE("tls: garbage, plain HTTP and a half-closed hello end in a failed handshake and cost nothing") {
  World w;
  w.serve(w.certificate({"localhost"}));
  for (const std::string& start : {std::string(2000, '\xff'), std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                                   std::string("\x16\x03\x01\x02\x00\x01", 6), std::string()}) {
    with_raw_socket(w, [&](int fd) {
      if (!start.empty()) CHECK(::write(fd, start.data(), start.size()) > 0);
      ::shutdown(fd, SHUT_WR);
      read_to_end(fd);
    });
  }
  CHECK(w.loop.run_until([&] { return w.listener->stats().failed_handshakes == 4 && w.listener->stats().open == 0; },
                         8s));
  CHECK_FALSE(w.connect());
}

TEST_CASE("tls: a silent client is let go at the deadline") {
  World w;
  w.serve(w.certificate({"localhost"}), {.limits = {}, .handshake_limit = 30ms});
  with_raw_socket(w, [&](int fd) { read_to_end(fd); });
  CHECK(w.loop.run_until([&] { return w.listener->stats().failed_handshakes == 1; }, 5s));
}

TEST_CASE("tls: a server that is no TLS server is named as such") {
  World w;
  std::shared_ptr<Stream> kept;
  auto plain = TcpListener::listen(w.loop, {"127.0.0.1", 0}, {}, [&](std::shared_ptr<Stream> s) {
    kept = std::move(s);
    kept->write(as_bytes("220 mail.example ready\r\n"));
  });
  REQUIRE(plain);
  std::optional<Failure> failure;
  const auto attempt = connect_tls(w.loop, {"127.0.0.1", (*plain)->local().port}, *w.client_context, 5s, [&](auto r) {
    REQUIRE_FALSE(r);
    failure = r.error();
  });
  REQUIRE(w.loop.run_until([&] { return failure.has_value(); }, 5s));
  CHECK(failure->kind == NetError::tls_protocol);
  CHECK(failure->reason == "The other side does not speak TLS 1.2 or 1.3.");
}

TEST_CASE("tls: a server that never answers is given up at the deadline, and a dropped attempt never calls back") {
  World w;
  std::shared_ptr<Stream> kept;
  auto silent =
      TcpListener::listen(w.loop, {"127.0.0.1", 0}, {}, [&](std::shared_ptr<Stream> s) { kept = std::move(s); });
  REQUIRE(silent);
  std::optional<Failure> failure;
  auto attempt = connect_tls(w.loop, (*silent)->local(), *w.client_context, 30ms, [&](auto r) { failure = r.error(); });
  REQUIRE(w.loop.run_until([&] { return failure.has_value(); }, 5s));
  CHECK(failure->kind == NetError::timeout);
  bool called = false;
  kept.reset();
  attempt = connect_tls(w.loop, (*silent)->local(), *w.client_context, 30ms, [&](auto) { called = true; });
  REQUIRE(w.loop.run_until([&] { return kept != nullptr; }, 5s));
  attempt.reset();
  bool later = false;
  Timer timer{w.loop};
  timer.after(60ms, [&] { later = true; });
  w.loop.run_until([&] { return later; }, 5s);
  CHECK_FALSE(called);
}

TEST_CASE("tls: a reload changes what new connections see and leaves the old ones alone; a bad one changes nothing") {
  World w;
  const CertificateFiles files = w.certificate({"localhost"});
  w.serve(files);
  REQUIRE_FALSE(w.connect());
  const auto old_client = w.client;
  const auto old_server = std::exchange(w.server, nullptr);
  const std::string before = w.server_context->fingerprint();

  w.write("server-key.pem", "broken");
  const auto failed = w.server_context->reload();
  REQUIRE_FALSE(failed);
  CHECK(failed.error().reason.find("server-key.pem") != std::string::npos);
  CHECK(w.server_context->fingerprint() == before);
  REQUIRE_FALSE(w.connect());

  w.certificate({"localhost", "new.example"});
  REQUIRE(w.server_context->reload());
  CHECK(w.server_context->fingerprint() != before);
  CHECK(w.server_context->not_after() > in_days(9));
  w.server.reset();
  REQUIRE_FALSE(w.connect());

  Collector late;
  old_server->set_handler(&late);
  old_client->write(as_bytes("still here"));
  CHECK(w.loop.run_until([&] { return late.text == "still here"; }, 5s));
}

TEST_CASE("tls: files that cannot be used are named") {
  World w;
  const CertificateFiles files = w.certificate({"localhost"});
  const auto other = *issue_certificate(
      {.common_name = "x", .names = {"x"}, .not_before = in_days(-1), .not_after = in_days(1), .authority = false},
      nullptr);
  const std::string wrong_key = w.write("other-key.pem", other.key_pem);
  CHECK(TlsServerContext::load({files.chain_path, wrong_key}).error().reason ==
        "The key file " + wrong_key + " does not belong to the certificate file " + files.chain_path + ".");
  CHECK(TlsServerContext::load({w.folder + "/none.pem", files.key_path}).error().reason.find("none.pem") !=
        std::string::npos);
  CHECK(TlsClientContext::create({.ca_file = w.folder + "/none.pem"}).error().reason.find("none.pem") !=
        std::string::npos);
}
