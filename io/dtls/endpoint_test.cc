#include "io/dtls/endpoint.h"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <functional>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::dtls;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const Identity> identity(std::span<const SrtpProfile> profiles = server_profiles) {
  auto made = Identity::create(profiles);
  REQUIRE(made);
  return *made;
}

/// Two endpoints and the air between them, in virtual time.
struct Pair {
  explicit Pair(std::span<const SrtpProfile> client_profiles = native_profiles,
                std::span<const SrtpProfile> profiles_of_server = server_profiles)
      : client_identity(identity(client_profiles)), server_identity(identity(profiles_of_server)) {
    make(server_identity->fingerprint(), client_identity->fingerprint());
  }
  void make(const Fingerprint& expected_by_client, const Fingerprint& expected_by_server) {
    client.emplace(client_identity, Role::client, expected_by_client, now);
    server.emplace(server_identity, Role::server, expected_by_server, now);
  }
  /// Delivers until nothing is in the air; `keep(to_server, datagram)` may drop or change.
  void exchange() {
    for (int i = 0; i < 100 && (!to_server.empty() || !to_client.empty()); ++i) {
      for (Bytes& d : std::exchange(to_server, {})) {
        largest = std::max(largest, d.size());
        ++sent;
        if (keep(true, d)) server->handle(d, now, to_client);
      }
      for (Bytes& d : std::exchange(to_client, {})) {
        largest = std::max(largest, d.size());
        ++sent;
        if (keep(false, d)) client->handle(d, now, to_server);
      }
    }
  }
  void start() {
    client->start(now, to_server);
    exchange();
  }
  /// Follows the deadlines of both ends until both are done or `limit` has passed.
  void run(Duration limit) {
    const Instant end = now + limit;
    for (;;) {
      Instant next = end;
      for (Endpoint* e : {&*client, &*server})
        if (const auto d = e->next_deadline()) next = std::min(next, *d);
      if (next >= end) return;
      REQUIRE(next >= now);
      now = next;
      for (Endpoint* e : {&*client, &*server})
        if (e->next_deadline() && *e->next_deadline() <= now)
          e->handle_timeout(now, e == &*client ? to_server : to_client);
      exchange();
    }
  }

  std::shared_ptr<const Identity> client_identity;
  std::shared_ptr<const Identity> server_identity;
  std::optional<Endpoint> client;
  std::optional<Endpoint> server;
  Datagrams to_server;
  Datagrams to_client;
  Instant now{};
  std::size_t largest = 0;
  std::size_t sent = 0;
  std::function<bool(bool, Bytes&)> keep = [](bool, Bytes&) { return true; };
};

}  // namespace

TEST_CASE("dtls: both ends get the same keys, crossed, with AEAD_AES_256_GCM") {
  Pair pair;
  pair.start();
  REQUIRE(pair.client->state() == Endpoint::State::connected);
  REQUIRE(pair.server->state() == Endpoint::State::connected);
  const auto c = pair.client->take_keys();
  const auto s = pair.server->take_keys();
  REQUIRE((c && s));
  CHECK(c->profile == SrtpProfile::aead_aes_256_gcm);
  CHECK(s->profile == SrtpProfile::aead_aes_256_gcm);
  CHECK(c->send_key.size() == 32);
  CHECK(c->send_salt.size() == 12);
  CHECK(c->send_key == s->receive_key);
  CHECK(c->send_salt == s->receive_salt);
  CHECK(c->receive_key == s->send_key);
  CHECK(c->receive_salt == s->send_salt);
  CHECK(!(c->send_key == c->receive_key));
  CHECK(!pair.client->take_keys());
  CHECK(!pair.client->next_deadline());
  CHECK(pair.largest <= Endpoint::max_handshake_datagram);
}

TEST_CASE("dtls: the server's order decides the profile, and an old peer gets its own") {
  Pair browser{server_profiles};
  browser.start();
  CHECK(browser.server->take_keys()->profile == SrtpProfile::aead_aes_256_gcm);
  constexpr std::array reversed{SrtpProfile::aes_cm_128_hmac_sha1_80, SrtpProfile::aead_aes_256_gcm};
  Pair other{reversed};
  other.start();
  CHECK(other.server->take_keys()->profile == SrtpProfile::aead_aes_256_gcm);
  constexpr std::array old{SrtpProfile::aes_cm_128_hmac_sha1_80};
  Pair phone{old};
  phone.start();
  const auto keys = phone.server->take_keys();
  REQUIRE(keys);
  CHECK(keys->profile == SrtpProfile::aes_cm_128_hmac_sha1_80);
  CHECK(keys->send_key.size() == 16);
  CHECK(keys->send_salt.size() == 14);
}

TEST_CASE("dtls: without a common profile there are no keys") {
  constexpr std::array a{SrtpProfile::aes_cm_128_hmac_sha1_80};
  Pair pair{a, native_profiles};
  pair.start();
  CHECK(pair.client->state() == Endpoint::State::failed);
  CHECK(pair.client->error() == DtlsError::no_common_profile);
  CHECK(!pair.client->take_keys());
  CHECK(!pair.server->take_keys());
}

TEST_CASE("dtls: DTLS 1.0, and suites that are no AEAD, are refused by the server") {
  using Change = std::function<void(SSL_CTX*)>;
  Bytes hello;
  const auto connects = [&hello](const Change& client, const Change& server) {
    Pair pair;
    client(pair.client_identity->context());
    server(pair.server_identity->context());
    pair.make(pair.server_identity->fingerprint(), pair.client_identity->fingerprint());
    hello.clear();
    pair.keep = [&hello](bool to_server, const Bytes& datagram) {
      if (to_server && hello.empty()) hello = datagram;
      return true;
    };
    pair.start();
    const bool connected = pair.server->state() == Endpoint::State::connected;
    CHECK(pair.server->take_keys().has_value() == connected);
    return connected;
  };
  // Behind the headers of record and handshake (RFC 6347 sections 4.1 and 4.2.2).
  const auto version_asked = [&hello] { return hello.size() > 27 ? load_u16(&hello[25]) : 0; };
  const Change nothing = [](SSL_CTX*) {};
  CHECK(connects(nothing, nothing));
  CHECK(version_asked() == DTLS1_2_VERSION);

  for (const char* suite : {"ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256"}) {
    CAPTURE(suite);
    const Change only = [suite](SSL_CTX* context) { REQUIRE(SSL_CTX_set_cipher_list(context, suite) == 1); };
    CHECK_FALSE(connects(only, nothing));
    CHECK(connects(only, only));  // it was the server that refused
  }

  const Change suite = [](SSL_CTX* context) {
    REQUIRE(SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0") == 1);
  };
  const Change old = [&suite](SSL_CTX* context) {
    suite(context);
    REQUIRE(SSL_CTX_set_min_proto_version(context, DTLS1_VERSION) == 1);
    REQUIRE(SSL_CTX_set_max_proto_version(context, DTLS1_VERSION) == 1);
  };
  CHECK_FALSE(connects(old, suite));  // a server that would take the suite
  CHECK(version_asked() == DTLS1_VERSION);
}

TEST_CASE("dtls: another certificate than the announced one fails, on either side, whichever bit differs") {
  for (const std::size_t bit : {0, 7, 100, 255}) {
    Pair pair;
    Fingerprint wrong = pair.server_identity->fingerprint();
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << (bit % 8)));
    pair.make(wrong, pair.client_identity->fingerprint());
    pair.start();
    CHECK(pair.client->state() == Endpoint::State::failed);
    CHECK(pair.client->error() == DtlsError::wrong_fingerprint);
    CHECK(pair.server->state() != Endpoint::State::connected);

    Pair other;
    wrong = other.client_identity->fingerprint();
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << (bit % 8)));
    other.make(other.server_identity->fingerprint(), wrong);
    other.start();
    CHECK(other.server->state() == Endpoint::State::failed);
    CHECK(other.server->error() == DtlsError::wrong_fingerprint);
    CHECK(!other.server->take_keys());
    CHECK(!other.client->take_keys());
  }
}

TEST_CASE("dtls: lost flights are sent again by our own deadlines, in virtual time") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    Pair pair;
    SeededRandom random{seed};
    pair.keep = [&](bool, Bytes&) { return !random.chance(0.3); };
    pair.start();
    pair.run(19s);
    CHECK_MESSAGE(pair.client->state() == Endpoint::State::connected, seed);
    // The server's last flight may be what was lost; a repeated Finished of the client brings it.
    CHECK_MESSAGE(pair.server->state() == Endpoint::State::connected, seed);
    const auto c = pair.client->take_keys();
    const auto s = pair.server->take_keys();
    REQUIRE((c && s));
    CHECK(c->send_key == s->receive_key);
  }
}

TEST_CASE("dtls: the first retransmission comes after 250 ms, the next ones later and later") {
  Pair pair;
  pair.keep = [](bool, Bytes&) { return false; };
  pair.start();
  CHECK(pair.client->next_deadline() == Instant{} + 250ms);
  pair.now += 250ms;
  pair.client->handle_timeout(pair.now, pair.to_server);
  CHECK(pair.to_server.size() == 1);
  CHECK(pair.client->next_deadline() == Instant{} + 750ms);
  pair.run(30s);
  CHECK(pair.client->state() == Endpoint::State::failed);
  CHECK(pair.client->error() == DtlsError::timed_out);
}

TEST_CASE("dtls: a server that nobody speaks to gives up, and sends nothing") {
  Pair pair;
  pair.run(25s);
  CHECK(pair.server->error() == DtlsError::timed_out);
  CHECK(pair.sent == 0);
}

TEST_CASE("dtls: repeated, reordered and damaged datagrams do no harm") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Pair pair;
    SeededRandom random{seed};
    pair.keep = [&](bool to_server, Bytes& d) {
      Bytes damaged = d;
      damaged[random.below(damaged.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
      Datagrams ignored;
      // Headers of plain handshake records are not protected, so damage there may fail a handshake; damage the rest.
      if (d[0] == 23 || (d.size() > 13 && load_u16(&d[3]) > 0))
        (to_server ? pair.server : pair.client)->handle(damaged, pair.now, ignored);
      (to_server ? pair.server : pair.client)->handle(d, pair.now, to_server ? pair.to_client : pair.to_server);
      return true;
    };
    pair.start();
    pair.run(19s);
    CHECK(pair.client->state() == Endpoint::State::connected);
    CHECK(pair.server->state() == Endpoint::State::connected);
  }
}

TEST_CASE("dtls: noise before and during the handshake is ignored") {
  SeededRandom random{3};
  Pair pair;
  for (int i = 0; i < 500; ++i) {
    Bytes noise(1 + random.below(200));
    random.fill(noise);
    pair.server->handle(noise, pair.now, pair.to_client);
  }
  CHECK(pair.to_client.empty());
  pair.start();
  CHECK(pair.server->state() == Endpoint::State::connected);
}

TEST_CASE("dtls: close_notify is understood, also when it was made before the memory was freed") {
  for (const bool release : {false, true}) {
    Pair pair;
    pair.start();
    if (release) {
      pair.server->release();
      CHECK(pair.server->released());
      CHECK(pair.server->state() == Endpoint::State::connected);
      pair.server->handle(as_bytes("whatever comes now"), pair.now, pair.to_client);
      CHECK(pair.to_client.empty());
    }
    pair.server->close(pair.to_client);
    CHECK(pair.to_client.size() == 1);
    CHECK(pair.server->state() == Endpoint::State::closed);
    pair.exchange();
    CHECK(pair.client->state() == Endpoint::State::closed);
    CHECK(pair.client->error() == DtlsError::closed);
    pair.server->close(pair.to_client);
    CHECK(pair.to_client.empty());
  }
}

TEST_CASE("dtls: a forged close_notify closes nothing") {
  Pair pair;
  pair.start();
  const Bytes forged{21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0};
  pair.client->handle(forged, pair.now, pair.to_server);
  const Bytes plain{21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0};
  pair.client->handle(plain, pair.now, pair.to_server);
  CHECK(pair.client->state() == Endpoint::State::connected);
}
