// A session against a toy control process on loopback TLS: everything but media.
#include "client/engine/meeting_session.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "core/crypto/random.h"
#include "core/sframe/managed_keys.h"
#include "core/wire/codec.h"
#include "io/ca/local_ca.h"
#include "io/http/https_server.h"
#include "io/net/clock.h"
#include "io/websocket/websocket.h"

using namespace sealhall;
using namespace sealhall::client;
using namespace std::chrono_literals;

namespace {

/// Speaks signalling as control would, and remembers what it was told.
struct ToyControl {
  io::Loop& loop;
  crypto::SystemRandom random;
  std::filesystem::path folder;
  io::LocalCa ca;
  std::unique_ptr<io::TlsServerContext> tls;
  std::unique_ptr<io::HttpsServer> server;
  std::shared_ptr<io::WebSocket> socket;
  std::vector<wire::Join> joins;
  std::vector<wire::ClientMessage> messages;
  std::function<void(const wire::Join&)> on_join = [this](const wire::Join&) { admit(); };
  sframe::MeetingUuid uuid{9, 9, 9};
  std::map<std::uint32_t, sframe::GenerationSecret> secrets;
  std::optional<bool> begins_muted;

  explicit ToyControl(io::Loop& l) : loop(l) {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-session-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    auto made = io::ensure_local_ca({.folder = name, .now = io::SystemWallClock{}.now()});
    REQUIRE(made.has_value());
    ca = *made;
    auto context = io::TlsServerContext::load(ca.server);
    REQUIRE(context.has_value());
    tls = std::move(*context);
    listen(0);
  }
  ~ToyControl() {
    server.reset();
    std::filesystem::remove_all(folder);
  }
  void listen(std::uint16_t port) {
    io::HttpHandlers handlers;
    handlers.on_request = [](const io::HttpRequest&, io::HttpResponder answer) {
      answer(io::HttpResponse::error(404, "Nothing here."));
    };
    handlers.on_upgrade = [this](const io::HttpRequest& request, io::HttpUpgrade upgrade) {
      CHECK(request.path() == "/ws");
      socket = io::accept_websocket(loop, request, std::move(upgrade), random);
      REQUIRE(socket != nullptr);
      io::WebSocket::Handlers on;
      on.on_text = [this](std::string_view text) {
        auto message = wire::decode_client(text);
        REQUIRE(message.has_value());
        if (const auto* join = std::get_if<wire::Join>(&*message)) {
          joins.push_back(*join);
          on_join(*join);
        } else {
          messages.push_back(std::move(*message));
        }
      };
      on.on_closed = [this](const io::WebSocketClosed&) { socket.reset(); };
      socket->start(std::move(on));
    };
    auto listening = io::HttpsServer::listen(loop, {.address = "127.0.0.1", .port = port}, *tls, std::move(handlers));
    REQUIRE(listening.has_value());
    server = std::move(*listening);
  }
  void say(const wire::ServerMessage& message) {
    REQUIRE(socket != nullptr);
    socket->send_text(wire::encode(message));
  }
  wire::SealedGeneration sealed(std::uint32_t generation) {
    if (!secrets.contains(generation)) {
      sframe::GenerationSecret secret;
      random.fill(secret.reveal_mutable());
      secrets.emplace(generation, std::move(secret));
    }
    const auto box =
        sframe::seal_generation(uuid, generation, 1, joins.back().hpke_public_key, secrets.at(generation), random);
    REQUIRE(box.has_value());
    return {.generation = generation, .enc = box->enc, .ciphertext = box->ciphertext};
  }
  wire::RosterEntry person(wire::ParticipantNumber number, std::vector<wire::SourceKind> sources = {}) {
    return {.participant = number,
            .name = "P" + std::to_string(number),
            .sender_index = static_cast<std::uint16_t>(number + joins.size() * 100),
            .sender_nonce = number == 1 ? joins.back().sender_nonce : Bytes(16, static_cast<std::uint8_t>(number)),
            .sources = std::move(sources)};
  }
  void admit() {
    wire::Joined joined;
    joined.participant = 1;
    joined.sender_index = person(1).sender_index;
    joined.resume = "resume-" + std::to_string(joins.size());
    joined.meeting = {
        .meeting_id = joins.back().meeting_id, .meeting_uuid = Bytes(uuid.begin(), uuid.end()), .topic = "Toy"};
    joined.transport = {.ice_ufrag = "toytoyto",
                        .ice_password = "toytoytoytoytoytoytoytoy",
                        .dtls_fingerprint = joins.back().transport->dtls_fingerprint,
                        .candidates = {{.address = "127.0.0.1", .port = 9}}};
    joined.relay = {.username = "u", .password = "p", .realm = "r"};
    joined.slots = {{.slot = 0, .video = false, .ssrc = 10, .rtx_ssrc = 0},
                    {.slot = 1, .video = true, .ssrc = 11, .rtx_ssrc = 12},
                    {.slot = 2, .video = true, .ssrc = 13, .rtx_ssrc = 14}};
    joined.generations = {sealed(1)};
    joined.active_generation = 1;
    joined.roster = {person(1), person(2, {wire::SourceKind::camera})};
    joined.audio_muted = begins_muted;
    say(joined);
  }
  template <typename T>
  [[nodiscard]] std::vector<T> told() const {
    std::vector<T> found;
    for (const auto& m : messages) {
      if (const auto* t = std::get_if<T>(&m)) found.push_back(*t);
    }
    return found;
  }
};

struct Watcher final : SessionEvents {
  std::vector<SessionState> states;
  std::optional<SessionEnd> end;
  std::vector<std::string> notices;
  std::uint32_t generation = 0;
  int key_frames = 0;
  std::vector<std::pair<bool, bool>> muted_at_entry;
  void on_begins_muted(bool audio, bool video) override { muted_at_entry.emplace_back(audio, video); }
  void on_state(SessionState s) override { states.push_back(s); }
  void on_ended(const SessionEnd& e) override { end = e; }
  void on_notice(const std::string& n) override { notices.push_back(n); }
  void on_generation(std::uint32_t g) override { generation = g; }
  void on_key_frame_wanted(wire::SourceKind, std::size_t) override { ++key_frames; }
};

struct World {
  io::Loop loop;
  ToyControl control{loop};
  crypto::SystemRandom random;
  Watcher watcher;
  std::unique_ptr<io::TlsClientContext> tls;
  std::unique_ptr<MeetingSession> session;

  void start(std::optional<std::string> passcode = std::nullopt, std::string ca = {}) {
    auto context = io::TlsClientContext::create({.ca_file = ca.empty() ? control.ca.ca_path : ca});
    REQUIRE(context.has_value());
    tls = std::move(*context);
    SessionConfig config;
    config.link = {
        .host = "127.0.0.1", .port = control.server->local().port, .meeting_id = "m1", .passcode = std::move(passcode)};
    config.name = "Ada";
    config.relay_allowed = false;
    config.sources.push_back(
        {wire::SourceKind::camera, {{.rid = "f", .width = 640, .height = 360, .most = DataRate::kbps(700)}}});
    session = std::make_unique<MeetingSession>(loop, *tls, random, std::move(config), watcher);
    session->start();
  }
  bool until(const std::function<bool()>& done) { return loop.run_until(done, 8s); }
  bool until(SessionState state) {
    return until([&, state] { return session->state() == state; });
  }
};

}  // namespace

TEST_CASE("session: joins with what the link says, publishes, and asks for the pictures that there are") {
  World w;
  w.start("secret");
  REQUIRE(w.until(SessionState::joined));
  const wire::Join& join = w.control.joins.front();
  CHECK(join.meeting_id == "m1");
  CHECK(join.passcode == "secret");
  CHECK(join.name == "Ada");
  CHECK(join.hpke_public_key.size() == 32);
  CHECK(join.sender_nonce.size() == 16);
  CHECK_FALSE(join.resume.has_value());
  REQUIRE(w.until([&] { return !w.control.told<wire::Subscribe>().empty(); }));
  const auto published = w.control.told<wire::Publish>();
  REQUIRE(published.size() == 1);
  REQUIRE(published[0].sources.size() == 1);
  CHECK(published[0].sources[0].codec == "vp8");
  const auto wishes = w.control.told<wire::Subscribe>().back().videos;
  REQUIRE(wishes.size() == 1);
  CHECK(wishes[0].participant == 2);
  CHECK(wishes[0].slot == 1);
  CHECK(w.session->meeting().topic == "Toy");
  CHECK(w.session->stats().generation == 1U);
}

TEST_CASE("session: begins muted where the meeting wants it, says so once, and the person decides from then on") {
  World w;
  w.control.begins_muted = true;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  CHECK(w.watcher.muted_at_entry == std::vector{std::pair{true, false}});
  REQUIRE(w.until([&] { return !w.control.told<wire::SetMuted>().empty(); }));
  CHECK(w.control.told<wire::SetMuted>().back().audio);
  CHECK_FALSE(w.control.told<wire::SetMuted>().back().video);
  w.session->set_muted(false, false);
  REQUIRE(w.until([&] { return !w.control.told<wire::SetMuted>().back().audio; }));
  w.control.begins_muted.reset();
  w.control.socket->abort();
  REQUIRE(w.until([&] { return w.control.joins.size() == 2 && w.session->state() == SessionState::joined; }));
  CHECK(w.watcher.muted_at_entry.size() == 1);
  CHECK(w.until([&] { return !w.control.told<wire::SetMuted>().back().audio; }));
}

TEST_CASE("session: what is shared goes on while microphone and camera are off, until a host stops it") {
  World w;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  const auto held = [&] {
    std::vector<wire::SourceKind> kinds;
    for (const auto kind :
         {wire::SourceKind::audio, wire::SourceKind::camera, wire::SourceKind::share, wire::SourceKind::share_audio}) {
      if (w.session->held_back(kind)) kinds.push_back(kind);
    }
    return kinds;
  };
  using enum wire::SourceKind;
  CHECK(held().empty());
  w.session->set_muted(false, true);
  CHECK(held() == std::vector{camera});
  w.session->set_muted(true, false);
  CHECK(held() == std::vector{audio});
  w.control.say(wire::MutedByHost{.audio = false, .video = true, .share = false});
  REQUIRE(w.until([&] { return w.session->video_muted(); }));
  CHECK(held() == std::vector{audio, camera});
  w.control.say(wire::MutedByHost{.audio = false, .video = false, .share = true});
  REQUIRE(w.until([&] { return w.session->held_back(share); }));
  CHECK(held() == std::vector{audio, camera, share, share_audio});
  w.session->set_muted(false, false);
  CHECK(held() == std::vector{share, share_audio});
  w.session->share_again();
  CHECK(held().empty());
}

TEST_CASE("session: who has a slot keeps it when others come and go") {
  World w;
  w.start();
  REQUIRE(w.until([&] { return !w.control.told<wire::Subscribe>().empty(); }));
  w.control.say(wire::RosterUpdate{
      .changed = {w.control.person(3, {wire::SourceKind::camera}), w.control.person(4, {wire::SourceKind::camera})},
      .gone = {}});
  REQUIRE(w.until([&] { return w.control.told<wire::Subscribe>().size() == 2; }));
  auto wishes = w.control.told<wire::Subscribe>().back().videos;
  REQUIRE(wishes.size() == 2);  // as many as there are slots
  CHECK(wishes[1].participant == 3);
  CHECK(wishes[1].slot == 2);
  w.control.say(wire::RosterUpdate{.changed = {}, .gone = {2}});
  REQUIRE(w.until([&] { return w.control.told<wire::Subscribe>().size() == 3; }));
  wishes = w.control.told<wire::Subscribe>().back().videos;
  REQUIRE(wishes.size() == 2);
  CHECK(wishes[0].participant == 3);
  CHECK(wishes[0].slot == 2);
  CHECK(wishes[1].participant == 4);
  CHECK(wishes[1].slot == 1);
}

TEST_CASE(
    "session: a new generation is answered when it can be opened, and activation asks for key frames after somebody "
    "joined") {
  World w;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  w.control.say(wire::NewGeneration{.sealed = w.control.sealed(2)});
  REQUIRE(w.until([&] { return !w.control.told<wire::KeyReady>().empty(); }));
  CHECK(w.control.told<wire::KeyReady>().back().generation == 2);
  w.control.say(wire::ActivateGeneration{.generation = 2});
  REQUIRE(w.until([&] { return w.watcher.generation == 2; }));
  CHECK(w.watcher.key_frames == 0);
  w.control.say(wire::RosterUpdate{.changed = {w.control.person(5)}, .gone = {}});
  w.control.say(wire::NewGeneration{.sealed = w.control.sealed(3)});
  w.control.say(wire::ActivateGeneration{.generation = 3});
  REQUIRE(w.until([&] { return w.watcher.generation == 3; }));
  CHECK(w.watcher.key_frames == 1);
}

TEST_CASE("session: a broken connection is made again with the resume secret and with keys that were never used") {
  World w;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  w.control.socket->abort();
  w.control.socket.reset();
  REQUIRE(w.until([&] { return w.control.joins.size() == 2 && w.session->state() == SessionState::joined; }));
  CHECK(w.control.joins[1].resume == "resume-1");
  CHECK(w.control.joins[1].hpke_public_key != w.control.joins[0].hpke_public_key);
  CHECK(w.control.joins[1].sender_nonce != w.control.joins[0].sender_nonce);
  CHECK(w.control.joins[1].transport->ice_password != w.control.joins[0].transport->ice_password);
  CHECK(w.control.joins[1].transport->dtls_fingerprint != w.control.joins[0].transport->dtls_fingerprint);
  CHECK(w.session->stats().reconnects == 1);
}

TEST_CASE("session: a server that is away for a while is found again") {
  World w;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  const std::uint16_t port = w.control.server->local().port;
  w.control.server.reset();
  w.control.socket->abort();
  w.control.socket.reset();
  REQUIRE(w.until(SessionState::reconnecting));
  int tries = 0;
  (void)w.loop.run_until([&] { return ++tries > 1000; }, 700ms);
  CHECK(w.session->state() == SessionState::reconnecting);
  w.control.listen(port);
  CHECK(w.until(SessionState::joined));
}

TEST_CASE("session: the waiting room, then in") {
  World w;
  w.control.on_join = [&](const wire::Join&) { w.control.say(wire::Waiting{.participant = 1, .topic = "Toy"}); };
  w.start();
  REQUIRE(w.until(SessionState::waiting));
  CHECK(w.session->roster().empty());
  CHECK(w.watcher.notices.empty());
  w.control.say(wire::Waiting{.participant = 1, .topic = "Toy", .title = "Tea at four", .description = "We are late."});
  REQUIRE(w.until([&] { return w.watcher.notices.size() == 2; }));
  CHECK(w.watcher.notices == std::vector<std::string>{"Tea at four", "We are late."});
  CHECK(w.session->state() == SessionState::waiting);
  w.control.admit();
  CHECK(w.until(SessionState::joined));
}

TEST_CASE("session: refusals end it with the server's sentence, also those after which the server would hear more") {
  for (const bool fatal : {true, false}) {
    World w;
    w.control.on_join = [&](const wire::Join&) {
      w.control.say(wire::Error{.code = wire::ErrorCode::wrong_passcode,
                                .message = "That passcode is wrong.",
                                .fatal = fatal,
                                .retry_after_seconds = {}});
    };
    w.start();
    REQUIRE(w.until([&] { return w.watcher.end.has_value(); }));
    CHECK(w.watcher.end->kind == SessionEnd::Kind::refused);
    CHECK(w.watcher.end->message == "That passcode is wrong.");
  }
}

TEST_CASE("session: a resumed join that is refused is tried as a new one") {
  World w;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  w.control.on_join = [&](const wire::Join& join) {
    if (!join.resume) return w.control.admit();
    w.control.say(wire::Error{.code = wire::ErrorCode::not_found,
                              .message = "Nobody is remembered by that.",
                              .fatal = false,
                              .retry_after_seconds = {}});
  };
  w.control.socket->abort();
  w.control.socket.reset();
  REQUIRE(w.until([&] { return w.control.joins.size() == 3 && w.session->state() == SessionState::joined; }));
  CHECK(w.control.joins[1].resume.has_value());
  CHECK_FALSE(w.control.joins[2].resume.has_value());
}

TEST_CASE("session: being removed is final, a stopping server is not") {
  World w;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  w.control.say(wire::Ended{.reason = wire::EndReason::server_stopping, .message = "The server restarts."});
  REQUIRE(w.until([&] { return w.control.joins.size() == 2 && w.session->state() == SessionState::joined; }));
  w.control.say(wire::Ended{.reason = wire::EndReason::removed, .message = "The host has removed you."});
  REQUIRE(w.until([&] { return w.watcher.end.has_value(); }));
  CHECK(w.watcher.end->kind == SessionEnd::Kind::removed);
  CHECK(w.session->state() == SessionState::ended);
}

TEST_CASE("session: a server of another authority is refused with the reason, before anything is said to it") {
  World w;
  io::Loop other_loop;
  ToyControl other(other_loop);
  w.start(std::nullopt, other.ca.ca_path);
  REQUIRE(w.until([&] { return w.watcher.end.has_value(); }));
  CHECK(w.watcher.end->kind == SessionEnd::Kind::server_not_verified);
  CHECK(w.watcher.end->message.find("authority") != std::string::npos);
  CHECK(w.control.joins.empty());
}

TEST_CASE("session: nobody there is said at once") {
  World w;
  const std::uint16_t port = w.control.server->local().port;
  w.control.server.reset();
  auto context = io::TlsClientContext::create({.ca_file = w.control.ca.ca_path});
  REQUIRE(context.has_value());
  SessionConfig config;
  config.link = {.host = "127.0.0.1", .port = port, .meeting_id = "m1", .passcode = {}};
  MeetingSession session(w.loop, **context, w.random, config, w.watcher);
  session.start();
  REQUIRE(w.until([&] { return w.watcher.end.has_value(); }));
  CHECK(w.watcher.end->kind == SessionEnd::Kind::unreachable);
}

TEST_CASE("session: a reset transport is made again within the same join") {
  World w;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  wire::TransportReset reset;
  reset.transport = {.ice_ufrag = "othertoy",
                     .ice_password = "othertoyothertoyothertoy",
                     .dtls_fingerprint = w.control.joins.back().transport->dtls_fingerprint,
                     .candidates = {{.address = "127.0.0.1", .port = 9}}};
  reset.slots = {{.slot = 0, .video = true, .ssrc = 20, .rtx_ssrc = 21}};
  w.control.say(reset);
  REQUIRE(w.until([&] { return w.control.told<wire::Subscribe>().size() == 2; }));
  CHECK(w.control.told<wire::Subscribe>().back().videos.front().slot == 0);
  CHECK(w.control.joins.size() == 1);
  CHECK(w.control.told<wire::Publish>().size() == 2);
}

TEST_CASE("session: leaving says so to the server and ends") {
  World w;
  w.start();
  REQUIRE(w.until(SessionState::joined));
  w.session->leave();
  CHECK(w.watcher.end->kind == SessionEnd::Kind::left);
  CHECK(w.until([&] { return !w.control.told<wire::Leave>().empty(); }));
}
