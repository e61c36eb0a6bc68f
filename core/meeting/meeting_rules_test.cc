#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ErrorCode;
using wire::HostAction;

namespace {
wire::PublishedSource share() { return {wire::SourceKind::share, "vp8", {{"", 1, 2, 320, 180, 150'000}}}; }
wire::PublishedSource microphone() { return {wire::SourceKind::audio, "opus", {{"", 9, 0, 0, 0, 32'000}}}; }

/// Joins with a device secret.
ConnectionId join_with(World& w, const std::string& device, std::optional<Account> account = std::nullopt) {
  const auto c = w.connect();
  wire::Join join = World::join_message("Guest");
  join.device = device;
  w.feed(JoinRequest{c, join, "s", std::move(account)});
  return c;
}
}  // namespace

TEST_CASE("rules: a ban shuts the account and the guest's device out, for ever; the meeting says so to be kept") {
  World w;
  const auto host = w.join_host();
  const auto guest = join_with(w, "device-one");
  const auto member = w.join("M", Account{"m", "M", false, false});
  w.command(host, HostAction::ban, 2);
  w.command(host, HostAction::ban, 3);
  CHECK(w.ended(guest) == wire::EndReason::removed);
  CHECK(w.ended(member) == wire::EndReason::removed);
  CHECK(w.banned == std::vector<std::string>{"device:device-one", "account:m"});
  CHECK(w.error(join_with(w, "device-one")) == ErrorCode::not_allowed);
  CHECK(w.error(w.join("other name", Account{"m", "M", false, false})) == ErrorCode::not_allowed);
  CHECK(w.joined(join_with(w, "device-two")).participant != 0);
  World next;
  next.feed(Restore{{}, {"device:device-one"}});
  CHECK(next.error(join_with(next, "device-one")) == ErrorCode::not_allowed);
}

TEST_CASE("rules: a removal shuts out for this meeting only; who waits can be banned, too; equals are spared") {
  World w{Settings{.waiting_room = true}};
  const auto host = w.join_host();
  const auto eve = join_with(w, "eve");
  w.command(host, HostAction::ban, 2);
  CHECK(w.ended(eve) == wire::EndReason::removed);
  CHECK(w.banned.size() == 1);
  const auto ada = join_with(w, "ada");
  w.command(host, HostAction::admit, 3);
  w.command(host, HostAction::make_cohost, 3);
  w.command(ada, HostAction::ban, 1);
  CHECK(w.error(ada) == ErrorCode::not_allowed);
  w.command(host, HostAction::remove, 3);
  CHECK(w.banned.size() == 1);
  CHECK(w.error(join_with(w, "ada")) == ErrorCode::not_allowed);
}

TEST_CASE("rules: mute all spares hosts; when participants may not unmute themselves, being asked to lets them") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.command(host, HostAction::mute_all);
  CHECK(w.last<wire::MutedByHost>(ada)->audio);
  CHECK(w.last<wire::MutedByHost>(host) == nullptr);
  w.send(host, wire::SetPolicy{.unmute = false});
  w.send(ada, wire::SetMuted{false, false});
  CHECK(w.error(ada) == ErrorCode::not_allowed);
  CHECK(w.all<wire::MutedByHost>(ada).size() == 2);
  w.command(ada, HostAction::ask_unmute, 1);
  CHECK(w.error(ada) == ErrorCode::not_allowed);
  w.command(host, HostAction::ask_unmute, 2);
  CHECK(w.last<wire::AskedToUnmute>(ada)->name == "Host");
  w.send(ada, wire::SetMuted{false, false});
  w.pass(100ms);
  CHECK_FALSE(w.roster(host).at(2).audio_muted);
  w.send(ada, wire::SetMuted{true, false});
  w.send(ada, wire::SetMuted{false, false});  // asked once, unmuted once
  w.pass(100ms);
  CHECK(w.roster(host).at(2).audio_muted);
}

TEST_CASE("rules: where microphones or cameras are not to be switched on, nobody comes in with one on, but hosts do") {
  Settings settings;
  settings.rules.unmute = false;
  settings.rules.camera = false;
  World w{settings};
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  const std::vector<wire::PublishedSource> both{{wire::SourceKind::audio, "opus", {{"", 5, 0, 0, 0, 0}}},
                                                {wire::SourceKind::camera, "vp8", {{"", 6, 7, 0, 0, 0}}}};
  w.send(host, wire::Publish{.sources = both});
  w.send(ada, wire::Publish{.sources = both});
  CHECK(w.published.at(1).audio_allowed);
  CHECK(w.published.at(1).video_allowed);
  CHECK_FALSE(w.published.at(2).audio_allowed);
  CHECK_FALSE(w.published.at(2).video_allowed);
  w.send(ada, wire::SetMuted{true, false});
  CHECK(w.error(ada) == wire::ErrorCode::not_allowed);
  CHECK_FALSE(w.published.at(2).video_allowed);
  w.send(ada, wire::SetMuted{false, true});
  CHECK_FALSE(w.published.at(2).audio_allowed);
}

TEST_CASE("rules: a meeting may let people begin muted and hosts and others without camera, until they say otherwise") {
  Settings settings;
  settings.mute_on_entry = true;
  settings.participant_video = false;
  World w{settings};
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  CHECK_FALSE(w.last<wire::Joined>(host)->audio_muted);
  CHECK_FALSE(w.last<wire::Joined>(host)->video_muted);
  CHECK(w.last<wire::Joined>(ada)->audio_muted == true);
  CHECK(w.last<wire::Joined>(ada)->video_muted == true);
  // Not only the client is asked: the worker forwards nothing.
  w.send(ada, wire::Publish{.sources = {{wire::SourceKind::audio, "opus", {{"", 5, 0, 0, 0, 0}}}}});
  CHECK_FALSE(w.published.at(2).audio_allowed);
  CHECK_FALSE(w.published.at(2).video_allowed);
  w.pass(100ms);
  CHECK(w.roster(host).at(2).audio_muted);
  w.send(ada, wire::SetMuted{false, true});
  CHECK(w.published.at(2).audio_allowed);
  CHECK_FALSE(w.published.at(2).video_allowed);
  // Coming back after a broken connection is no new entry.
  const auto joined = *w.last<wire::Joined>(ada);
  w.feed(Disconnected{ada});
  const auto again = w.join_again(joined);
  CHECK_FALSE(w.last<wire::Joined>(again)->audio_muted);
  CHECK(w.last<wire::Joined>(again)->video_muted == true);
}

TEST_CASE("rules: hosts may begin without camera while everybody else does as they like") {
  Settings settings;
  settings.host_video = false;
  World w{settings};
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  CHECK(w.last<wire::Joined>(host)->video_muted == true);
  CHECK_FALSE(w.last<wire::Joined>(host)->audio_muted);
  CHECK_FALSE(w.last<wire::Joined>(ada)->video_muted);
}

TEST_CASE("rules: where people go afterwards is said to whoever is inside, and to nobody who waits") {
  Settings settings;
  settings.waiting_room = true;
  settings.leave_url = "https://learn.example/course/7";
  World w{settings};
  const auto host = w.join_host();
  CHECK(w.last<wire::Joined>(host)->leave_url == "https://learn.example/course/7");
  const auto ada = w.join("Ada");
  REQUIRE(w.last<wire::Waiting>(ada) != nullptr);
  CHECK(w.last<wire::Joined>(ada) == nullptr);
  w.command(host, HostAction::admit, 2);
  REQUIRE(w.last<wire::Joined>(ada) != nullptr);
  CHECK(w.last<wire::Joined>(ada)->leave_url == "https://learn.example/course/7");
  World plain;
  CHECK_FALSE(plain.last<wire::Joined>(plain.join_host())->leave_url.has_value());
}

TEST_CASE(
    "rules: what is written up in the waiting room is read by who waits there, now and later, and by nobody inside") {
  Settings settings;
  settings.waiting_room = true;
  World w{settings};
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  REQUIRE(w.last<wire::Waiting>(ada) != nullptr);
  CHECK_FALSE(w.last<wire::Waiting>(ada)->title.has_value());
  CHECK_FALSE(w.last<wire::Waiting>(ada)->description.has_value());
  const auto bob = w.join("Bob");
  w.command(host, HostAction::admit, 3);
  const std::size_t before = w.all<wire::Waiting>(bob).size();
  w.feed(WaitingRoomWritten{"Tea at four", "We begin late.\nSorry."});
  CHECK(w.last<wire::Waiting>(ada)->topic == w.all<wire::Waiting>(ada).front()->topic);
  CHECK(w.last<wire::Waiting>(ada)->title == "Tea at four");
  CHECK(w.last<wire::Waiting>(ada)->description == "We begin late.\nSorry.");
  CHECK(w.all<wire::Waiting>(bob).size() == before);
  CHECK(w.all<wire::Waiting>(host).empty());
  // One of the two alone; nothing takes it away.
  w.feed(WaitingRoomWritten{.description = ""});
  CHECK(w.last<wire::Waiting>(ada)->title == "Tea at four");
  CHECK_FALSE(w.last<wire::Waiting>(ada)->description.has_value());
  const auto cem = w.join("Cem");
  REQUIRE(w.last<wire::Waiting>(cem) != nullptr);
  CHECK(w.last<wire::Waiting>(cem)->title == "Tea at four");
}

TEST_CASE("rules: sharing can be stopped and forbidden") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.send(ada, wire::Publish{{microphone(), share()}});
  w.command(host, HostAction::stop_share, 2);
  CHECK(w.last<wire::MutedByHost>(ada)->share);
  REQUIRE(w.published.at(2).sources.size() == 1);
  w.send(ada, wire::Publish{{microphone(), share()}});
  CHECK(w.published.at(2).sources.size() == 2);
  w.send(host, wire::SetPolicy{.share = false});
  CHECK(w.published.at(2).sources.size() == 1);
  w.send(ada, wire::Publish{{share()}});
  CHECK(w.error(ada) == ErrorCode::not_allowed);
  w.send(host, wire::Publish{{share()}});
  CHECK(w.published.at(1).sources.size() == 1);
  // What may be sent is: a screen that is refused takes no microphone with it, and whoever sent it hears of it.
  const std::size_t told = w.all<wire::MutedByHost>(ada).size();
  auto other = microphone();
  other.encodings.at(0).ssrc += 100;
  w.send(ada, wire::Publish{{other, share()}});
  REQUIRE(w.published.at(2).sources.size() == 1);
  CHECK(w.published.at(2).sources[0].encodings.at(0).ssrc == other.encodings.at(0).ssrc);
  REQUIRE(w.all<wire::MutedByHost>(ada).size() == told + 1);
  CHECK(w.last<wire::MutedByHost>(ada)->share);
}

TEST_CASE(
    "rules: suspend stops everything at once and lets nobody in; resume gives it back, but the door stays locked") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.send(ada, wire::Publish{{microphone(), share()}});
  w.command(host, HostAction::allow_recording, 2);
  w.send(ada, wire::SetRecording{1, wire::RecordingState::on});
  w.command(host, HostAction::suspend);
  CHECK_FALSE(w.published.at(2).audio_allowed);
  CHECK_FALSE(w.published.at(2).video_allowed);
  CHECK(w.published.at(2).sources.size() == 1);
  CHECK(w.last<wire::Recording>(ada)->recorders.empty());
  CHECK(w.last<wire::MeetingChanged>(ada)->meeting.suspended);
  CHECK(w.error(w.join("Late")) == ErrorCode::locked);
  for (const wire::ClientMessage& m :
       {wire::ClientMessage{wire::SendChat{.request = 1, .text = "x"}},
        wire::ClientMessage{wire::SetMuted{false, false}}, wire::ClientMessage{wire::React{"+1"}},
        wire::ClientMessage{wire::RaiseHand{true}}, wire::ClientMessage{wire::AskQuestion{1, "x", false}},
        wire::ClientMessage{wire::Rename{{}, "B"}},
        wire::ClientMessage{wire::SetRecording{1, wire::RecordingState::on}},
        wire::ClientMessage{wire::Publish{{share()}}}}) {
    const std::size_t before = w.all<wire::Error>(ada).size();
    w.send(ada, m);
    CHECK(w.all<wire::Error>(ada).size() == before + 1);
    CHECK(w.error(ada) == ErrorCode::not_allowed);
  }
  w.send(ada, wire::Report{9, {1}, "It was them."});
  CHECK(w.last<wire::Acknowledged>(ada)->request == 9);
  const auto& report = std::get<wire::ReportRecord>(w.records.at({"report", 1}));
  CHECK(report.by == "Ada");
  CHECK(report.about == std::vector<std::string>{"Host"});
  w.command(host, HostAction::resume);
  w.send(ada, wire::SetMuted{false, false});
  CHECK(w.published.at(2).audio_allowed);
  CHECK(w.error(w.join("Late")) == ErrorCode::locked);
}

TEST_CASE("rules: people rename themselves while they may, hosts rename others") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.send(ada, wire::Rename{{}, " Countess  "});
  w.pass(100ms);
  CHECK(w.roster(host).at(2).name == "Countess");
  w.send(ada, wire::Rename{1, "Boss"});
  CHECK(w.error(ada) == ErrorCode::not_allowed);
  w.send(host, wire::SetPolicy{.rename = false});
  w.send(ada, wire::Rename{{}, "Ada"});
  w.pass(100ms);
  CHECK(w.roster(host).at(2).name == "Countess");
  w.send(host, wire::Rename{2, "Ada L."});
  w.pass(100ms);
  CHECK(w.roster(ada).at(2).name == "Ada L.");
  w.send(host, wire::Rename{2, "\xE2\x80\xAE"});
  CHECK(w.error(host) == ErrorCode::bad_message);
  w.send(host, wire::Rename{77, "x"});
  CHECK(w.error(host) == ErrorCode::not_found);
}

TEST_CASE("rules: who came and left is told once each, and who waited") {
  World w{Settings{.waiting_room = true}};
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.command(host, HostAction::admit, 2);
  w.feed(Disconnected{ada});
  w.join_again(w.joined(ada));
  w.command(host, HostAction::remove, 2);
  w.command(host, HostAction::end_meeting);
  using What = PresenceChanged::What;
  std::vector<std::pair<What, ParticipantNumber>> seen;
  for (const auto& p : w.presence) seen.emplace_back(p.what, p.participant);
  CHECK(seen ==
        std::vector<std::pair<What, ParticipantNumber>>{
            {What::came, 1}, {What::waits, 2}, {What::admitted, 2}, {What::came, 2}, {What::left, 2}, {What::left, 1}});
  CHECK(w.presence[4].removed);
  CHECK_FALSE(w.presence[5].removed);
}

TEST_CASE("rules: who waited and did not come in has given up, whoever ended it") {
  World w{Settings{.waiting_room = true}};
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.feed(Disconnected{ada});
  w.join("Eve");
  w.command(host, HostAction::remove, 3);
  w.join("Kim");
  w.command(host, HostAction::end_meeting);
  using What = PresenceChanged::What;
  std::vector<std::pair<What, ParticipantNumber>> gave_up;
  for (const auto& p : w.presence) {
    CHECK(p.what != What::admitted);
    if (p.what == What::gave_up) gave_up.emplace_back(p.what, p.participant);
  }
  CHECK(gave_up ==
        std::vector<std::pair<What, ParticipantNumber>>{{What::gave_up, 2}, {What::gave_up, 3}, {What::gave_up, 4}});
}

TEST_CASE("rules: that somebody shares a screen is told once, and that it ended, also when they leave") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  const wire::PublishedSource screen{wire::SourceKind::share, "vp8", {{"q", 1, 2, 1280, 720, 150'000}}};
  const wire::PublishedSource microphone{wire::SourceKind::audio, "opus", {{"", 9, 0, 0, 0, 32'000}}};
  using What = PresenceChanged::What;
  const auto told = [&] {
    std::vector<What> out;
    for (const auto& p : std::exchange(w.presence, {})) {
      CHECK(p.participant == 2);
      out.push_back(p.what);
    }
    return out;
  };
  w.presence.clear();
  w.send(ada, wire::Publish{{microphone}});
  CHECK(told().empty());
  w.send(ada, wire::Publish{{microphone, screen}});
  w.send(ada, wire::Publish{{screen}});
  w.pass(1s);
  CHECK(told() == std::vector{What::shares});
  SUBCASE("they stop") {
    w.send(ada, wire::Publish{{microphone}});
    CHECK(told() == std::vector{What::stops_sharing});
  }
  SUBCASE("a host stops it") {
    w.command(host, HostAction::stop_share, 2);
    CHECK(told() == std::vector{What::stops_sharing});
  }
  SUBCASE("they leave") {
    w.send(ada, wire::Leave{});
    CHECK(told() == std::vector{What::stops_sharing, What::left});
  }
  SUBCASE("they come again without it") {
    w.feed(Disconnected{ada});
    w.join_again(w.joined(ada));
    CHECK(told() == std::vector{What::stops_sharing});
  }
}

namespace {
/// A meeting in which that is switched off, with its host, and Ada.
struct Without {
  explicit Without(std::vector<wire::Feature> off, Settings settings = {}) : w(with(std::move(settings), off)) {}
  static Settings with(Settings settings, const std::vector<wire::Feature>& off) {
    settings.rules = rules_without(off);
    return settings;
  }
  /// Whether it is refused with the sentence about the organisation.
  bool refused(ConnectionId c, wire::ClientMessage message) {
    w.inbox[c].clear();
    w.send(c, std::move(message));
    const auto* error = w.last<wire::Error>(c);
    return error != nullptr && error->code == ErrorCode::not_allowed;
  }
  World w;
  ConnectionId host = w.join_host();
  ConnectionId ada = w.join("Ada");
};
wire::SendChat said(wire::ChatScope scope, std::optional<ParticipantNumber> to = std::nullopt) {
  wire::SendChat m;
  m.request = 1;
  m.scope = scope;
  m.to = to;
  m.text = "hello";
  return m;
}
wire::SavePoll a_poll() {
  wire::SavePoll m;
  m.request = 2;
  m.title = "Lunch";
  m.questions.push_back({"What?", {}, {"Soup", "Salad"}});
  return m;
}
}  // namespace

TEST_CASE("rules: what a policy has switched off is off for hosts, too, and they cannot switch it on") {
  using enum wire::Feature;
  SUBCASE("chat") {
    Without m({chat});
    CHECK(m.w.joined(m.ada).meeting.switched_off == std::vector{chat});
    CHECK(m.w.joined(m.ada).meeting.chat == wire::ChatPolicy::nobody);
    CHECK(m.refused(m.host, said(wire::ChatScope::everyone)));
    CHECK(m.refused(m.ada, said(wire::ChatScope::hosts)));
    CHECK(m.refused(m.host, wire::SetPolicy{.chat = wire::ChatPolicy::everyone}));
    CHECK_FALSE(m.refused(m.host, wire::SetPolicy{.chat = wire::ChatPolicy::nobody}));
  }
  SUBCASE("private chat") {
    Without m({private_chat});
    CHECK(m.refused(m.host, said(wire::ChatScope::direct, 2)));
    CHECK(m.refused(m.ada, said(wire::ChatScope::direct, 1)));
    CHECK_FALSE(m.refused(m.ada, said(wire::ChatScope::everyone)));
    CHECK_FALSE(m.refused(m.ada, said(wire::ChatScope::hosts)));
    CHECK(m.refused(m.host, wire::SetPolicy{.chat = wire::ChatPolicy::everyone_and_direct}));
  }
  SUBCASE("sharing") {
    Without m({share_by_all});
    CHECK_FALSE(m.w.joined(m.ada).meeting.share);
    CHECK(m.refused(m.host, wire::SetPolicy{.share = true}));
    m.w.send(m.ada, wire::Publish{{share()}});
    CHECK(m.w.meeting.participants().at(2).sources.empty());
    m.w.send(m.host, wire::Publish{{share()}});
    CHECK(m.w.meeting.participants().at(1).sources.size() == 1);
  }
  SUBCASE("polls") {
    CHECK(Without({polls}).refused(ConnectionId{1}, a_poll()));
    CHECK_FALSE(Without({}).refused(ConnectionId{1}, a_poll()));
  }
  SUBCASE("questions") {
    CHECK(Without({questions}).refused(ConnectionId{2}, wire::AskQuestion{.request = 1, .text = "Why?"}));
    CHECK_FALSE(Without({}).refused(ConnectionId{2}, wire::AskQuestion{.request = 1, .text = "Why?"}));
  }
  SUBCASE("reactions") {
    CHECK(Without({reactions}).refused(ConnectionId{2}, wire::React{"\xF0\x9F\x91\x8D"}));
    CHECK_FALSE(Without({}).refused(ConnectionId{2}, wire::React{"\xF0\x9F\x91\x8D"}));
  }
  SUBCASE("files") {
    CHECK(Without({files}).refused(ConnectionId{2}, wire::OfferFile{1, "plan.pdf", 100}));
    CHECK_FALSE(Without({}).refused(ConnectionId{2}, wire::OfferFile{1, "plan.pdf", 100}));
  }
  SUBCASE("whiteboard") {
    Without m({whiteboard});
    CHECK_FALSE(m.w.joined(m.ada).meeting.draw);
    CHECK(m.refused(m.host, wire::SetPolicy{.draw = true}));
    CHECK(m.refused(m.host, wire::Draw{}));
  }
  SUBCASE("rooms") {
    Without m({rooms});
    CHECK(m.refused(m.host, wire::PlanRooms{}));
    CHECK(m.refused(m.host, wire::ControlRooms{.action = wire::RoomsAction::open}));
  }
  SUBCASE("recording by the server") {
    Without m({recording});
    CHECK(m.refused(m.host, wire::HostCommand{HostAction::record_start, std::nullopt}));
    CHECK(m.w.recording_asked.empty());
    CHECK_FALSE(m.refused(m.host, wire::SetRecording{1, wire::RecordingState::on}));
  }
  SUBCASE("recording on devices") {
    Without m({own_recording});
    CHECK(m.refused(m.host, wire::SetRecording{1, wire::RecordingState::on}));
    CHECK_FALSE(m.refused(m.host, wire::HostCommand{HostAction::record_start, std::nullopt}));
    CHECK(m.w.recording_asked.size() == 1);
  }
  SUBCASE("the waiting room stays where it is required") {
    Without m({}, Settings{.waiting_room = true, .waiting_room_required = true});
    CHECK(m.refused(m.host, wire::HostCommand{HostAction::waiting_room_off, std::nullopt}));
    CHECK(m.w.meeting.settings().waiting_room);
  }
}

TEST_CASE("rules: the notice about recording goes to whoever is asked for consent") {
  Settings settings;
  settings.rules.recording_notice = "We keep it for a year.";
  World w{settings};
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.send(host, wire::SetRecording{1, wire::RecordingState::on});
  CHECK(w.last<wire::Recording>(ada)->notice == "We keep it for a year.");
  CHECK_FALSE(w.last<wire::Recording>(host)->notice.has_value());
  CHECK(w.last<wire::Recording>(w.join("Late"))->notice == "We keep it for a year.");
}
