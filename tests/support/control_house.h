// A whole control process in the test's own loop, over real TLS and real Unix sockets, with pretended kms, media
// workers and clients around it. Its database is SQLite; with SEALHALL_HOUSE_POSTGRES=1 in the environment a new one on
// a PostgreSQL server of the test's own (tests/store/run.sh).
#pragma once

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/ca/local_ca.h"
#include "io/channel/channel.h"
#include "io/channel/seqpacket.h"
#include "io/http/client.h"
#include "server/control/control.h"
#include "server/vault/testing.h"
#include "store/testing_postgres.h"
#include "tests/support/recorded_responses.h"

namespace sealhall::control::testing {

using namespace std::chrono_literals;

inline const std::string some_fingerprint = "sha-256 " + std::string(95, 'A');

/// Answers as kms does, from counters.
class FakeKms {
 public:
  FakeKms(io::Loop& loop, const std::string& run, std::uint8_t instance)
      : instance_(Bytes(16, instance)),
        client_(loop, run + "/control.sock",
                {.on_open = [this] { send(wire::kms::Hello{instance_, 1}); },
                 .on_message = [this](std::string_view text) { on_message(text); },
                 .on_lost = [] {}}) {}
  int made = 0;
  int sealed = 0;
  std::vector<wire::kms::SealGeneration> seals;
  std::vector<wire::kms::EraseGeneration> erased;

 private:
  void send(const wire::kms::KmsMessage& message) { client_.send(wire::encode(message)); }
  void on_message(std::string_view text) {
    auto message = wire::decode_kms_control(text);
    REQUIRE(message.has_value());
    if (const auto* make = std::get_if<wire::kms::MakeGeneration>(&*message)) {
      std::uint32_t& newest = newest_[make->meeting_uuid];
      newest = std::max(newest, make->after) + 1;
      ++made;
      send(wire::kms::GenerationMade{make->request, newest});
    } else if (const auto* seal = std::get_if<wire::kms::SealGeneration>(&*message)) {
      if (newest_[seal->meeting_uuid] < seal->generation) {
        return send(wire::kms::Failed{seal->request, wire::kms::Failure::unknown_generation});
      }
      ++sealed;
      seals.push_back(*seal);
      send(wire::kms::Sealed{seal->request, {seal->generation, Bytes(32, 1), Bytes(48, 2)}});
    } else if (const auto* erase = std::get_if<wire::kms::EraseGeneration>(&*message)) {
      erased.push_back(*erase);
    }
  }
  Bytes instance_;
  std::map<Bytes, std::uint32_t> newest_;
  io::ChannelClient client_;
};

/// Answers as a media worker does, and remembers what it was told.
class FakeWorker {
 public:
  FakeWorker(io::Loop& loop, const std::string& run, std::uint32_t number)
      : number_(number),
        client_(loop, run + "/control.sock",
                {.on_open = [this] { send(wire::media::Hello{number_, 1, some_fingerprint, {{"127.0.0.1", port()}}}); },
                 .on_message = [this](std::string_view text) { on_message(text); },
                 .on_lost = [] {}}) {}
  [[nodiscard]] std::uint16_t port() const { return static_cast<std::uint16_t>(8801 + number_); }
  void send(const wire::media::WorkerMessage& message) { client_.send(wire::encode(message)); }
  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const auto& m : told) {
      if (const T* t = std::get_if<T>(&m)) out.push_back(*t);
    }
    return out;
  }
  std::vector<wire::media::ControlMessage> told;
  std::map<std::uint64_t, wire::media::OpenTransport> open;

 private:
  void on_message(std::string_view text) {
    auto message = wire::decode_media_control(text);
    REQUIRE(message.has_value());
    told.push_back(*message);
    if (const auto* o = std::get_if<wire::media::OpenTransport>(&*message)) {
      open[o->transport] = *o;
      wire::media::TransportReady ready;
      ready.transport = o->transport;
      ready.local = {
          "ufrag" + std::to_string(number_), std::string(24, 'p'), some_fingerprint, {{"127.0.0.1", port()}}};
      for (std::uint32_t i = 0; i < o->audio_slots; ++i) ready.slots.push_back({i, false, 100 + i, 0});
      for (std::uint32_t i = 0; i < o->video_slots; ++i) {
        ready.slots.push_back({o->audio_slots + i, true, 200 + 2 * i, 201 + 2 * i});
      }
      send(ready);
    } else if (const auto* c = std::get_if<wire::media::CloseTransport>(&*message)) {
      open.erase(c->transport);
    }
  }
  std::uint32_t number_;
  io::ChannelClient client_;
};

struct Folder {
  std::string path = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall_control_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    return name;
  }();
  Folder() = default;
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

/// A signalling client.
class FakeClient {
 public:
  FakeClient(io::Loop& loop, const io::TlsClientContext& tls, const io::Endpoint& server, RandomSource& random,
             io::HttpHeaders headers = {}) {
    io::WebSocketClientOptions options;
    options.headers = std::move(headers);
    attempt_ =
        io::connect_websocket(loop, tls, *io::parse_url("wss://localhost:" + std::to_string(server.port) + "/ws"),
                              std::move(options), random, [this](auto socket) {
                                if (!socket) {
                                  closed = true;
                                  return;
                                }
                                socket_ = std::move(*socket);
                                socket_->start({.on_text = [this](std::string_view text) { on_text(text); },
                                                .on_binary = nullptr,
                                                .on_closed =
                                                    [this](const io::WebSocketClosed& why) {
                                                      closed = true;
                                                      close_code = why.code;
                                                    }});
                                for (const std::string& text : std::exchange(waiting_, {})) socket_->send_text(text);
                              });
  }
  ~FakeClient() {
    if (socket_) socket_->abort();
  }
  FakeClient(const FakeClient&) = delete;
  FakeClient& operator=(const FakeClient&) = delete;

  void send_raw(const std::string& text) {
    if (socket_) {
      socket_->send_text(text);
    } else {
      waiting_.push_back(text);
    }
  }
  void send(const wire::ClientMessage& message) { send_raw(wire::encode(message)); }
  /// The connection breaks, without a word.
  void vanish() {
    if (socket_) socket_->abort();
    socket_.reset();
    closed = true;
  }
  template <class T>
  const T* last() const {
    for (auto it = received.rbegin(); it != received.rend(); ++it) {
      if (const T* t = std::get_if<T>(&*it)) return t;
    }
    return nullptr;
  }
  template <class T>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(received, [](const auto& m) { return std::holds_alternative<T>(m); }));
  }
  std::vector<wire::ServerMessage> received;
  bool closed = false;
  std::uint16_t close_code = 0;

 private:
  void on_text(std::string_view text) {
    auto message = wire::decode_server(text);
    REQUIRE_MESSAGE(message.has_value(), text);
    received.push_back(std::move(*message));
  }
  std::shared_ptr<io::WebSocketAttempt> attempt_;
  std::shared_ptr<io::WebSocket> socket_;
  std::vector<std::string> waiting_;
};

inline wire::Join join_of(const std::string& meeting, const std::string& name) {
  wire::Join join;
  join.meeting_id = meeting;
  join.name = name;
  join.hpke_public_key = Bytes(32, 9);
  join.sender_nonce = Bytes(16, 8);
  join.transport = {"abcd", std::string(22, 'x'), some_fingerprint, {}};
  join.audio_slots = 2;
  join.video_slots = 3;
  return join;
}

/// Declared first in a test, so that it goes last.
class House {
 public:
  explicit House(ControlOptions options = {}) {
    auto ca = io::ensure_local_ca({.folder = folder.path + "/tls", .names = {}, .now = io::SystemWallClock{}.now()});
    REQUIRE_MESSAGE(ca.has_value(), ca.error().reason);
    authority = *ca;
    if (options.vault == nullptr) options.vault = &vault;
    options.run_directory = folder.path + "/run";
    options.data_directory = folder.path;
    std::filesystem::create_directory(options.run_directory);
    run = options.run_directory;
    if (options.database.empty() && on_postgres()) {
      auto& server = store::testing::PostgresServer::instance();
      database = server.new_database();
      options.database = server.url(database);
    }
    options.listen = {"127.0.0.1", 0};
    options.certificate = ca->server;
    options.password_cost = {.threads = 1, .waiting = 8, .passes = 1, .memory = 64U << 10};
    // Tests ask again and again until something is so; a slow moment must not become a refusal.
    if (options.api_rates.light == api::RatePolicy{}.light) options.api_rates = {20'000, 20'000, 20'000};
    auto started = Control::start(loop, std::move(options));
    REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error()));
    control = std::move(*started);
    auto context = io::TlsClientContext::create({.ca_file = authority.ca_path});
    REQUIRE(context.has_value());
    tls = std::move(*context);
    http = std::make_unique<io::HttpClient>(loop, *tls, "localhost", control->local().port);
  }
  ~House() {
    http.reset();
    control.reset();
    if (!database.empty()) store::testing::PostgresServer::instance().drop_database(database);
  }
  /// A PostgreSQL that was asked for and is not installed fails the test; it is never SQLite instead.
  static bool on_postgres() {
    const char* wanted = std::getenv("SEALHALL_HOUSE_POSTGRES");
    return wanted != nullptr && std::string_view{wanted} == "1";
  }
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  bool until(const std::function<bool()>& done, Duration limit = 5s) { return loop.run_until(done, limit); }
  /// Lets everything that is under way arrive.
  void breathe(Duration d = 30ms) {
    loop.run_until([] { return false; }, d);
  }

  io::HttpResponse call(const std::string& method, const std::string& target, const std::string& body = "",
                        const std::string& token = "") {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return send(method, target, body, headers);
  }
  /// With exactly these headers: what a browser would send.
  io::HttpResponse send(const std::string& method, const std::string& target, const std::string& body,
                        const std::vector<std::pair<std::string, std::string>>& headers) {
    io::HttpClientRequest request{method, target, {}, body};
    for (const auto& [name, value] : headers) request.headers.set(name, value);
    std::optional<io::HttpResponse> response;
    http->send(std::move(request), [&](expected<io::HttpResponse, io::Failure> r) {
      REQUIRE_MESSAGE(r.has_value(), (r ? "" : r.error().reason));
      response = std::move(*r);
    });
    REQUIRE(until([&] { return response.has_value(); }));
    sealhall::testing::record_response(method, target, *response);
    return std::move(*response);
  }
  static boost::json::value parsed(const io::HttpResponse& response) {
    boost::system::error_code error;
    auto value = boost::json::parse(response.body, error);
    REQUIRE_MESSAGE(!error, response.body);
    return value;
  }
  static std::string text_at(const io::HttpResponse& response, const char* field) {
    return std::string{parsed(response).at(field).as_string().c_str()};
  }

  /// The set-up token of the first administrator.
  std::string setup_token() {
    std::optional<std::string> link;
    control->setup_link([&](const std::string& l) { link = l; });
    REQUIRE(until([&] { return link.has_value(); }));
    return link->substr(link->find('=') + 1);
  }
  /// Makes the administrator "root" and gives its bearer token.
  std::string admin() {
    const auto response =
        call("POST", "/api/setup",
             R"({"token":")" + setup_token() + R"(","login":"root","name":"Root","password":"correct horse"})");
    REQUIRE_MESSAGE(response.status == 201, response.body);
    return text_at(response, "token");
  }
  std::string member(const std::string& admin_token, const std::string& login) {
    const std::string body =
        R"({"login":")" + login + R"(","name":"Member )" + login + R"(","password":"correct horse"})";
    REQUIRE(call("POST", "/api/users", body, admin_token).status == 201);
    return text_at(call("POST", "/api/sign-in", R"({"login":")" + login + R"(","password":"correct horse"})"), "token");
  }
  std::string meeting(const std::string& token, const std::string& body = "{}") {
    return text_at(call("POST", "/api/meetings", body, token), "id");
  }
  std::unique_ptr<FakeClient> client(io::HttpHeaders headers = {}) {
    return std::make_unique<FakeClient>(loop, *tls, control->local(), random, std::move(headers));
  }
  std::unique_ptr<FakeClient> join(const std::string& meeting, const std::string& name, const std::string& token = "") {
    auto c = client();
    wire::Join message = join_of(meeting, name);
    if (!token.empty()) message.token = token;
    c->send(message);
    return c;
  }
  /// Joins and waits until inside.
  std::unique_ptr<FakeClient> inside(const std::string& meeting, const std::string& name,
                                     const std::string& token = "") {
    auto c = join(meeting, name, token);
    REQUIRE(until([&] { return c->last<wire::Joined>() != nullptr || c->last<wire::Error>() != nullptr; }));
    REQUIRE_MESSAGE(c->last<wire::Joined>() != nullptr, c->last<wire::Error>()->message);
    return c;
  }

  Folder folder;
  std::string run;
  std::string database;  ///< its name on the PostgreSQL server; "" with SQLite
  io::Loop loop;
  SeededRandom random{7};
  io::LocalCa authority;
  vault::testing::MemoryVault vault;
  std::unique_ptr<Control> control;
  std::unique_ptr<io::TlsClientContext> tls;
  std::unique_ptr<io::HttpClient> http;
};

}  // namespace sealhall::control::testing
