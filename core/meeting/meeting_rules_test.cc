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
  CHECK(seen == std::vector<std::pair<What, ParticipantNumber>>{
                    {What::came, 1}, {What::waits, 2}, {What::came, 2}, {What::left, 2}, {What::left, 1}});
  CHECK(w.presence[3].removed);
  CHECK_FALSE(w.presence[4].removed);
}
