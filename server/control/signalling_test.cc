#include "server/control/signalling.h"

#include <doctest/doctest.h>

#include <array>
#include <fstream>

#include "core/base/encoding.h"
#include "core/ice/stun.h"
#include "core/ice/turn_client.h"
#include "io/tls/stream.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;
using wire::HostAction;

namespace {

wire::PublishedSource microphone(std::uint32_t ssrc) {
  return {wire::SourceKind::audio, "opus", {{"", ssrc, 0, 0, 0, 0}}};
}

/// A house with kms, one worker, an administrator and a meeting of it.
struct Running {
  explicit Running(const std::string& meeting_body = "{}", ControlOptions options = {}) : house(std::move(options)) {
    kms = std::make_unique<FakeKms>(house.loop, house.run, 1);
    worker = std::make_unique<FakeWorker>(house.loop, house.run, 0);
    token = house.admin();
    id = house.meeting(token, meeting_body);
  }
  House house;
  std::unique_ptr<FakeKms> kms;
  std::unique_ptr<FakeWorker> worker;
  std::string token;
  std::string id;
};

}  // namespace

TEST_CASE("control: joining brings transport, relay credentials, slots, sealed keys and the roster in one answer") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  const wire::Joined& joined = *host->last<wire::Joined>();
  CHECK(joined.role == wire::Role::host);
  CHECK(joined.transport.ice_ufrag == "ufrag0");
  REQUIRE(joined.transport.candidates.size() == 1);
  CHECK(joined.transport.candidates[0].port == 8801);
  CHECK(joined.slots.size() == 5);
  CHECK(joined.generations.size() == 1);
  CHECK(joined.active_generation == 1);
  CHECK(joined.relay.realm == "sealhall");
  CHECK(joined.relay.username.ends_with(":1:" + to_hex(joined.meeting.meeting_uuid)));
  const auto guest = r.house.inside(r.id, "Ada");
  CHECK(guest->last<wire::Joined>()->role == wire::Role::participant);
  CHECK(guest->last<wire::Joined>()->roster.size() == 2);
  CHECK(r.house.until([&] { return host->last<wire::RosterUpdate>() != nullptr; }));
  const auto view = House::parsed(r.house.call("GET", "/api/meetings/" + r.id, "", r.token));
  CHECK(view.at("participants") == 2);
  CHECK(r.kms->seals.size() == 2);
  CHECK(r.kms->seals[0].hpke_public_key == Bytes(32, 9));
  CHECK(r.worker->open.size() == 2);
}

TEST_CASE("control: what people publish and wish for reaches the worker; what the worker reports reaches them") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  const auto guest = r.house.inside(r.id, "Ada");
  guest->send(wire::Publish{{microphone(5)}});
  guest->send(wire::Subscribe{{{2, 1, wire::SourceKind::camera, 360, 1}}});
  REQUIRE(r.house.until([&] { return !r.worker->all<wire::media::SetSubscribed>().empty(); }));
  const auto published = r.worker->all<wire::media::SetPublished>();
  REQUIRE(published.size() == 1);
  CHECK(published[0].sources[0].encodings[0].ssrc == 5);
  const auto transport = published[0].transport;
  host->send(wire::HostCommand{HostAction::mute_audio, 2});
  REQUIRE(r.house.until([&] { return guest->last<wire::MutedByHost>() != nullptr; }));
  CHECK_FALSE(r.worker->all<wire::media::SetPublished>().back().audio_allowed);
  r.worker->send(wire::media::TransportConnected{transport, "AEAD_AES_256_GCM", false});
  r.worker->send(wire::media::SlotsChanged{transport, {{0, 1, wire::SourceKind::audio}}});
  r.worker->send(wire::media::SpeakersChanged{r.worker->open.begin()->second.meeting, {2}});
  r.worker->send(wire::media::LayersChanged{transport, wire::SourceKind::camera, {"q"}});
  CHECK(r.house.until([&] { return guest->last<wire::LayersWanted>() != nullptr; }));
  CHECK(guest->last<wire::Slots>() != nullptr);
  CHECK(host->last<wire::Slots>() == nullptr);
  REQUIRE(r.house.until([&] { return host->last<wire::Speakers>() != nullptr; }));
  CHECK(host->last<wire::Speakers>()->loudest == std::vector<wire::ParticipantNumber>{2});
  CHECK(r.house.until([&] {
    const auto* update = host->last<wire::RosterUpdate>();
    return update != nullptr && !update->changed.empty() && update->changed.back().connected;
  }));
}

TEST_CASE(
    "control: a browser's end of the transport goes to its worker once, after Joined; asked for, a new one is made") {
  Running r;
  wire::Join join = join_of(r.id, "Browser");
  join.transport.reset();
  const auto browser = r.house.client();
  const wire::TransportParameters mine{"abcd", std::string(22, 'x'), some_fingerprint, {}};
  browser->send(wire::ClientTransport{"ufrag0", mine});
  REQUIRE(r.house.until([&] { return browser->last<wire::Error>() != nullptr; }));
  CHECK(browser->last<wire::Error>()->code == wire::ErrorCode::not_joined);
  browser->send(join);
  REQUIRE(r.house.until([&] { return browser->last<wire::Joined>() != nullptr; }));
  CHECK_FALSE(r.worker->open.begin()->second.remote);
  CHECK(r.worker->all<wire::media::SetRemote>().empty());
  browser->send(wire::ClientTransport{"ufrag0", mine});
  REQUIRE(r.house.until([&] { return !r.worker->all<wire::media::SetRemote>().empty(); }));
  CHECK(r.worker->all<wire::media::SetRemote>()[0].transport == r.worker->open.begin()->first);
  CHECK(r.worker->all<wire::media::SetRemote>()[0].remote.dtls_fingerprint == some_fingerprint);
  browser->send(wire::ClientTransport{"ufrag0", mine});
  REQUIRE(r.house.until([&] { return browser->last<wire::Error>()->code == wire::ErrorCode::bad_message; }));
  CHECK(r.worker->all<wire::media::SetRemote>().size() == 1);
  browser->send(wire::RenewTransport{});
  REQUIRE(r.house.until([&] { return browser->last<wire::TransportReset>() != nullptr; }));
  CHECK(r.worker->all<wire::media::CloseTransport>().size() == 1);
  CHECK(r.worker->open.size() == 1);
}

TEST_CASE("control: passcodes, unknown meetings, ended ones and bad tokens are refused in words") {
  Running r{R"({"passcode":"pass"})"};
  const auto refused = [&](const wire::Join& join, wire::ErrorCode code) {
    auto c = r.house.client();
    c->send(join);
    REQUIRE(r.house.until([&] { return c->last<wire::Error>() != nullptr; }));
    CHECK(c->last<wire::Error>()->code == code);
    return c;
  };
  wire::Join join = join_of(r.id, "Ada");
  auto asked = refused(join, wire::ErrorCode::passcode_needed);
  join.passcode = "pass";
  asked->send(join);  // on the same connection
  CHECK(r.house.until([&] { return asked->last<wire::Joined>() != nullptr; }));
  join.passcode = "wrong";
  refused(join, wire::ErrorCode::wrong_passcode);
  CHECK(refused(join_of("unknown", "Ada"), wire::ErrorCode::not_found)->last<wire::Error>()->fatal);
  join.token = "forged";
  refused(join, wire::ErrorCode::unauthorised);
  CHECK(r.house.call("POST", "/api/meetings/" + r.id + "/end", "", r.token).status == 204);
  CHECK(r.house.until([&] { return asked->closed; }));
  CHECK(asked->last<wire::Ended>()->reason == wire::EndReason::ended_by_host);
  join.token.reset();
  refused(join, wire::ErrorCode::meeting_ended);
}

TEST_CASE("control: the waiting room end to end") {
  Running r{R"({"waiting_room":true})"};
  const auto host = r.house.inside(r.id, "Host", r.token);
  const auto guest = r.house.join(r.id, "Ada");
  REQUIRE(r.house.until([&] { return guest->last<wire::Waiting>() != nullptr; }));
  CHECK(r.worker->open.size() == 1);
  CHECK(r.kms->seals.size() == 1);
  REQUIRE(r.house.until([&] { return host->last<wire::WaitingUpdate>() != nullptr; }));
  host->send(wire::HostCommand{HostAction::admit, std::nullopt});
  CHECK(r.house.until([&] { return guest->last<wire::Joined>() != nullptr; }));
}

TEST_CASE("control: removal closes the transport at once and gives the others new keys") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  const auto guest = r.house.inside(r.id, "Ada");
  host->send(wire::HostCommand{HostAction::remove, 2});
  REQUIRE(r.house.until([&] { return guest->closed; }));
  CHECK(guest->last<wire::Ended>()->reason == wire::EndReason::removed);
  CHECK(r.worker->open.size() == 1);
  REQUIRE(r.house.until([&] { return host->last<wire::NewGeneration>() != nullptr; }));
  host->send(wire::KeyReady{2});
  CHECK(r.house.until([&] { return host->last<wire::ActivateGeneration>() != nullptr; }));
  CHECK(r.house.until([&] { return !r.kms->erased.empty(); }));
  CHECK(r.kms->erased[0].generation == 1);
}

TEST_CASE("control: a client that vanishes comes back with its secret, and is the same person") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  auto guest = r.house.inside(r.id, "Ada");
  const wire::Joined before = *guest->last<wire::Joined>();
  guest->vanish();
  wire::Join join = join_of(r.id, "Ada");
  join.resume = before.resume;
  const auto again = r.house.client();
  again->send(join);
  REQUIRE(r.house.until([&] { return again->last<wire::Joined>() != nullptr; }));
  CHECK(again->last<wire::Joined>()->participant == before.participant);
  CHECK(again->last<wire::Joined>()->sender_index != before.sender_index);
}

TEST_CASE("control: who joins another meeting on the same connection is in that one alone") {
  ControlOptions options;
  options.meeting_times.grace = std::chrono::milliseconds{100};
  Running r{"{}", std::move(options)};
  const std::string other = r.house.meeting(r.token);
  const auto host = r.house.inside(r.id, "Host", r.token);
  const auto ada = r.house.inside(r.id, "Ada");
  ada->send(join_of(other, "Ada"));
  REQUIRE(r.house.until([&] { return ada->count<wire::Joined>() == 2; }));
  CHECK(ada->last<wire::Joined>()->meeting.meeting_id == other);
  ada->vanish();
  CHECK(r.house.until([&] { return r.house.control->meetings().presence(r.id).inside == 1; }));
  CHECK(r.house.until([&] { return r.house.control->meetings().presence(other).inside == 0; }));
}

TEST_CASE("control: a meeting over two workers: each knows the other and the sources there") {
  Running r;
  FakeWorker second{r.house.loop, r.house.run, 1};
  r.house.until([&] { return r.house.control->media().status().size() == 2; });
  // A meeting stays on one worker until that has many more than the other.
  std::vector<std::unique_ptr<FakeClient>> people;
  people.push_back(r.house.inside(r.id, "Host", r.token));
  people.back()->send(wire::Publish{{microphone(7)}});
  while (people.size() < 40 && (r.worker->open.empty() || second.open.empty())) {
    people.push_back(r.house.inside(r.id, "P" + std::to_string(people.size())));
  }
  REQUIRE_FALSE(r.worker->open.empty());
  REQUIRE_FALSE(second.open.empty());
  r.house.breathe();
  FakeWorker& late = r.worker->open.size() < second.open.size() ? *r.worker : second;
  FakeWorker& first = &late == &second ? *r.worker : second;
  const std::uint32_t first_number = &first == &second ? 1 : 0;
  CHECK(late.open.begin()->second.peer_workers == std::vector<std::uint32_t>{first_number});
  CHECK(first.all<wire::media::MeetingWorkers>().back().workers == std::vector<std::uint32_t>{0, 1});
  CHECK(late.all<wire::media::MeetingWorkers>().back().workers == std::vector<std::uint32_t>{0, 1});
  REQUIRE_FALSE(late.all<wire::media::SetRemotePublished>().empty());
  CHECK(late.all<wire::media::SetRemotePublished>().back().participant == 1);
  CHECK(late.all<wire::media::SetRemotePublished>().back().worker == first_number);
  // The one on the second worker publishes: the first hears of it; leaves: hears that too.
  people.back()->send(wire::Publish{{microphone(9)}});
  REQUIRE(r.house.until([&] { return !first.all<wire::media::SetRemotePublished>().empty(); }));
  people.back()->send(wire::Leave{});
  REQUIRE(r.house.until([&] { return first.all<wire::media::SetRemotePublished>().size() == 2; }));
  CHECK(first.all<wire::media::SetRemotePublished>().back().sources.empty());
  REQUIRE(r.house.until([&] { return first.all<wire::media::MeetingWorkers>().back().workers.size() == 1; }));
  CHECK(late.all<wire::media::MeetingWorkers>().back().workers.empty());
}

TEST_CASE("control: a worker dies: its people move to another at once, or to itself when it is back") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  host->send(wire::Publish{{microphone(7)}});
  r.house.until([&] { return !r.worker->all<wire::media::SetPublished>().empty(); });
  SUBCASE("another one is there") {
    FakeWorker other{r.house.loop, r.house.run, 1};
    r.house.until([&] { return r.house.control->media().status().size() == 2; });
    r.worker.reset();
    REQUIRE(r.house.until([&] { return host->last<wire::TransportReset>() != nullptr; }));
    CHECK(host->last<wire::TransportReset>()->transport.ice_ufrag == "ufrag1");
    REQUIRE(r.house.until([&] { return !other.all<wire::media::SetPublished>().empty(); }));
    CHECK(other.all<wire::media::SetPublished>()[0].sources[0].encodings[0].ssrc == 7);
  }
  SUBCASE("it comes back") {
    r.worker.reset();
    r.house.breathe(150ms);
    CHECK(host->last<wire::TransportReset>() == nullptr);
    // A joiner waits for it too.
    const auto guest = r.house.join(r.id, "Ada");
    r.house.breathe();
    CHECK(guest->last<wire::Joined>() == nullptr);
    r.worker = std::make_unique<FakeWorker>(r.house.loop, r.house.run, 0);
    REQUIRE(r.house.until([&] { return host->last<wire::TransportReset>() != nullptr; }));
    REQUIRE(r.house.until([&] { return guest->last<wire::Joined>() != nullptr; }));
    CHECK(host->count<wire::TransportReset>() == 1);
  }
}

TEST_CASE("control: kms dies: the meeting goes on, and gets new keys when kms is back") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  r.kms.reset();
  const auto guest = r.house.join(r.id, "Ada");
  r.house.breathe(100ms);
  CHECK(guest->last<wire::Joined>() == nullptr);
  r.kms = std::make_unique<FakeKms>(r.house.loop, r.house.run, 2);
  REQUIRE(r.house.until([&] { return guest->last<wire::Joined>() != nullptr; }));
  CHECK(guest->last<wire::Joined>()->active_generation == 2);
  REQUIRE(r.house.until([&] { return host->last<wire::NewGeneration>() != nullptr; }));
  CHECK(host->last<wire::NewGeneration>()->sealed.generation == 2);
  host->send(wire::KeyReady{2});
  CHECK(r.house.until([&] { return host->last<wire::ActivateGeneration>() != nullptr; }));
}

TEST_CASE("control: bad signalling gets a clear error, floods and silence are ended") {
  ControlOptions options;
  options.signalling.join = 200ms;
  options.signalling.burst = 20;
  options.signalling.messages_a_second = 1;
  Running r{"{}", std::move(options)};
  auto c = r.house.client();
  c->send_raw("{");
  c->send_raw(R"({"type":"publish","sources":5})");
  c->send(wire::Leave{});
  REQUIRE(r.house.until([&] { return c->count<wire::Error>() == 3; }));
  CHECK(std::get<wire::Error>(c->received[0]).message.find("not_json") != std::string::npos);
  CHECK(std::get<wire::Error>(c->received[1]).message.find("sources") != std::string::npos);
  CHECK(std::get<wire::Error>(c->received[2]).code == wire::ErrorCode::not_joined);
  CHECK_FALSE(c->closed);
  c->send(wire::Ping{4});
  CHECK(r.house.until([&] { return c->last<wire::Pong>() != nullptr; }));
  CHECK(r.house.until([&] { return c->closed; }));  // it never joined
  c = r.house.client();
  for (int i = 0; i < 30; ++i) c->send(wire::Ping{1});
  CHECK(r.house.until([&] { return c->closed; }));
  CHECK(c->last<wire::Error>()->code == wire::ErrorCode::rate_limited);
  c = r.house.client();
  c->send_raw(R"({"type":"ping","id":1,"x":")" + std::string(70'000, 'x') + "\"}");
  CHECK(r.house.until([&] { return c->closed; }));
  CHECK(c->close_code == io::close_code::message_too_big);
  CHECK(r.house.until([&] { return r.house.control->signalling().sessions() == 0; }));
}

TEST_CASE("control: stopping tells everybody, closes politely and is quick") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  const auto guest = r.house.inside(r.id, "Ada");
  const Instant from = r.house.loop.now();
  bool stopped = false;
  r.house.control->stop([&] { stopped = true; });
  CHECK(r.house.until([&] { return stopped && host->closed && guest->closed; }));
  CHECK(host->last<wire::Ended>()->reason == wire::EndReason::server_stopping);
  CHECK(host->close_code == io::close_code::normal);
  CHECK(r.worker->open.empty());
  CHECK(r.house.loop.now() - from < 1s);
}

TEST_CASE("control: a client that is in no meeting is told of the stop too") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  auto hung = r.house.client();
  r.house.breathe();
  bool stopped = false;
  const Instant from = r.house.loop.now();
  r.house.control->stop([&] { stopped = true; });
  CHECK(r.house.until([&] { return stopped && hung->closed; }));
  CHECK(hung->last<wire::Ended>()->reason == wire::EndReason::server_stopping);
  CHECK(r.house.loop.now() - from < 2s);
}

TEST_CASE("control: a certificate file that is broken changes nothing when it is reloaded, nor does mending it") {
  Running r;
  // A new connection each time; the client trusts only what the authority of before has signed.
  const auto answered = [&] {
    r.house.http =
        std::make_unique<io::HttpClient>(r.house.loop, *r.house.tls, "localhost", r.house.control->local().port);
    return r.house.call("GET", "/healthz").status == 200;
  };
  CHECK(answered());
  const std::string chain = r.house.authority.server.chain_path;
  const std::string kept = [&] {
    std::ifstream in{chain};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  }();
  for (const std::string& content : {std::string{"nonsense"}, kept}) {
    std::ofstream{chain} << content;
    r.house.control->reload_certificate();
    CHECK(answered());
  }
}

// ---- TURN over TLS ------------------------------------------------------------------------------------------------

namespace {

/// A TURN client over a TLS connection to the house.
struct TurnUser final : io::StreamHandler {
  TurnUser(House& h, const wire::RelayCredentials& credentials)
      : house(h), turn({credentials.username, credentials.password}, h.random) {
    attempt = io::connect_tls(house.loop, {"localhost", house.control->local().port}, *house.tls, 5s, [this](auto tls) {
      REQUIRE(tls.has_value());
      stream = *tls;
      stream->set_handler(this);
      turn.start(house.loop.now(), out);
      flush();
    });
  }
  ~TurnUser() {
    if (stream) stream->abort();
  }
  void on_data(ByteView data) override {
    turn.on_bytes(data, house.loop.now(), out);
    flush();
  }
  void on_closed(const io::Failure&) override { closed = true; }
  void flush() {
    if (!out.to_server.empty()) stream->write(out.to_server);
    for (auto& d : out.received) received.push_back(std::string{as_text(d.data)});
    if (out.allocated) allocated = true;
    if (out.failed) failed = *out.failed;
    for (const auto& p : out.peers_ready) ready.push_back(p);
    out = {};
  }
  void add(const ice::Address& peer) {
    turn.add_peer(peer, house.loop.now(), out);
    flush();
  }
  void send(const ice::Address& peer, std::string_view text) {
    turn.send(peer, as_bytes(text), out);
    flush();
  }
  House& house;
  turn::Client turn;
  turn::ClientOutbox out;
  std::shared_ptr<io::TlsConnectAttempt> attempt;
  std::shared_ptr<io::Stream> stream;
  bool allocated = false;
  bool closed = false;
  std::optional<turn::TurnError> failed;
  std::vector<std::string> received;
  std::vector<ice::Address> ready;
};

/// The worker's end of the relay: answers every datagram with "re:" in front.
struct Relay {
  Relay(House& house, std::uint32_t worker) {
    auto listening = io::SeqPacketServer::listen(house.loop, house.run + "/media-" + std::to_string(worker) + ".relay",
                                                 [this](std::unique_ptr<io::SeqPacket> c) {
                                                   connections.push_back(std::move(c));
                                                   io::SeqPacket& raw = *connections.back();
                                                   raw.start(
                                                       [this, &raw](ByteView packet) {
                                                         seen.push_back(std::string{as_text(packet)});
                                                         const std::string answer = "re:" + seen.back();
                                                         raw.send(as_bytes(answer));
                                                       },
                                                       [](const io::Failure&) {});
                                                 });
    REQUIRE(listening.has_value());
    server = std::move(*listening);
  }
  std::vector<std::unique_ptr<io::SeqPacket>> connections;
  std::vector<std::string> seen;
  std::unique_ptr<io::SeqPacketServer> server;
};

}  // namespace

TEST_CASE("turn: media goes over TLS to the worker and back, each client by its own way") {
  Running r;
  Relay relay{r.house, 0};
  const auto host = r.house.inside(r.id, "Host", r.token);
  const auto peer = ice::Address::v4({127, 0, 0, 1}, 8801);
  TurnUser a{r.house, host->last<wire::Joined>()->relay};
  a.add(peer);
  REQUIRE(r.house.until([&] { return !a.ready.empty(); }));
  a.send(peer, "one");
  REQUIRE(r.house.until([&] { return !a.received.empty(); }));
  CHECK(a.received[0] == "re:one");
  const auto guest = r.house.inside(r.id, "Ada");
  TurnUser b{r.house, guest->last<wire::Joined>()->relay};
  b.add(peer);
  REQUIRE(r.house.until([&] { return !b.ready.empty(); }));
  b.send(peer, "two");
  REQUIRE(r.house.until([&] { return !b.received.empty(); }));
  CHECK(relay.connections.size() == 2);
  CHECK(a.received.size() == 1);
}

TEST_CASE("turn: no open relay: other addresses, other ports, wrong and old credentials are refused") {
  Running r;
  Relay relay{r.house, 0};
  const auto host = r.house.inside(r.id, "Host", r.token);
  const wire::RelayCredentials good = host->last<wire::Joined>()->relay;
  TurnUser a{r.house, good};
  a.add(ice::Address::v4({127, 0, 0, 1}, 22));
  a.add(ice::Address::v4({192, 0, 2, 1}, 8801));
  REQUIRE(r.house.until([&] { return a.allocated; }));
  r.house.breathe(100ms);
  CHECK(a.ready.empty());
  CHECK(relay.seen.empty());
  wire::RelayCredentials wrong = good;
  wrong.password = "AAAA";
  TurnUser b{r.house, wrong};
  CHECK(r.house.until([&] { return b.failed || b.closed; }));
  CHECK_FALSE(b.allocated);
  wire::RelayCredentials old = good;
  old.username = "1" + good.username.substr(good.username.find(':'));
  TurnUser c{r.house, old};
  CHECK(r.house.until([&] { return c.failed || c.closed; }));
  CHECK_FALSE(c.allocated);
  CHECK_FALSE(r.house.control->turn().password_for("9999999999").has_value());
  CHECK_FALSE(r.house.control->turn().password_for("x:1:m").has_value());
}

TEST_CASE("turn: one person cannot take many allocations, and gives them back by closing") {
  Running r;
  const auto host = r.house.inside(r.id, "Host", r.token);
  const wire::RelayCredentials good = host->last<wire::Joined>()->relay;
  std::vector<std::unique_ptr<TurnUser>> users;
  for (int i = 0; i < 3; ++i) {
    users.push_back(std::make_unique<TurnUser>(r.house, good));
    REQUIRE(r.house.until([&] { return users.back()->allocated; }));
  }
  TurnUser fourth{r.house, good};
  CHECK(r.house.until([&] { return fourth.failed || fourth.closed; }));
  users.clear();
  r.house.breathe(100ms);
  TurnUser again{r.house, good};
  CHECK(r.house.until([&] { return again.allocated; }));
}

TEST_CASE("turn: who asks and asks and does not read the answers is cut off") {
  ControlOptions options;
  options.turn.send_queue = 16U << 10;
  Running r{"{}", std::move(options)};
  const auto host = r.house.inside(r.id, "Host", r.token);
  // With an allocation, so that no deadline ends it.
  TurnUser user{r.house, host->last<wire::Joined>()->relay};
  REQUIRE(r.house.until([&] { return user.allocated; }));
  user.stream->set_handler(nullptr);
  std::array<std::uint8_t, 64> buffer{};
  const auto size = stun::Builder{buffer, stun::Class::request, stun::method::binding, stun::TransactionId{}}.finish();
  REQUIRE(size.has_value());
  Bytes questions;
  while (questions.size() < (64U << 10)) append(questions, ByteView{buffer}.first(*size));
  // Far more than what the system holds of the answers for both ends.
  for (int i = 0; i < 512 && r.house.control->turn().sessions() != 0; ++i) {
    user.stream->write(questions);
    REQUIRE(r.house.until([&] { return user.stream->queued() == 0 || r.house.control->turn().sessions() == 0; }));
  }
  CHECK(r.house.until([&] { return r.house.control->turn().sessions() == 0; }));
}
