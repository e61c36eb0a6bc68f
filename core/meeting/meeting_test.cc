#include "core/meeting/meeting.h"

#include <doctest/doctest.h>

#include "core/meeting/sentences.h"
#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::HostAction;
using wire::Role;

namespace {
wire::PublishedSource camera() {
  return {wire::SourceKind::camera, "vp8", {{"q", 1, 2, 320, 180, 150'000}, {"h", 3, 4, 640, 360, 500'000}}};
}
wire::PublishedSource microphone() { return {wire::SourceKind::audio, "opus", {{"", 9, 0, 0, 0, 32'000}}}; }
}  // namespace

TEST_CASE("meeting: a join is answered once with transport, slots, keys and roster; the others hear of it") {
  World w;
  const auto host = w.join_host();
  const wire::Joined first = w.joined(host);
  CHECK(first.participant == 1);
  CHECK(first.role == Role::host);
  CHECK(first.active_generation == 1);
  REQUIRE(first.generations.size() == 1);
  CHECK(first.slots.size() == 6);
  CHECK(first.roster.size() == 1);
  CHECK(first.resume.size() > 40);
  w.pass(100ms);
  const auto guest = w.join("Ada");
  const wire::Joined second = w.joined(guest);
  CHECK(second.role == Role::participant);
  CHECK(second.sender_index != first.sender_index);
  CHECK(second.resume != first.resume);
  CHECK(second.roster.size() == 2);
  CHECK(second.waiting.empty());
  w.pass(100ms);
  REQUIRE(w.roster(host).contains(2));
  CHECK(w.roster(host).at(2).name == "Ada");
  CHECK(w.roster(host).at(2).sender_nonce == Bytes(16, 2));
  CHECK(w.all<wire::Joined>(guest).size() == 1);
}

TEST_CASE("meeting: Joined waits for both the keys and the transport, whichever comes last") {
  World w;
  w.join_host();
  SUBCASE("keys last") { w.kms_answers = false; }
  SUBCASE("transport last") { w.media_answers = false; }
  const auto guest = w.join("Ada");
  CHECK(w.last<wire::Joined>(guest) == nullptr);
  w.kms_answers = w.media_answers = true;
  w.settle();
  CHECK(w.last<wire::Joined>(guest) != nullptr);
}

TEST_CASE("meeting: a join that cannot be completed in time is refused with a hint to come back, and leaves nothing") {
  World w;
  w.join_host();
  w.media_answers = false;
  const auto guest = w.join("Ada");
  w.pass(10s);
  CHECK(w.error(guest) == wire::ErrorCode::internal);
  CHECK(w.last<wire::Error>(guest)->retry_after_seconds == 5);
  CHECK(w.closed.contains(guest));
  CHECK(w.meeting.inside() == 1);
  CHECK(w.transports.size() == 1);
  w.pass(10s);
  CHECK(w.meeting.keys().newest_made() == 1);  // the key never left the server: no new generation is needed
}

TEST_CASE("meeting: names are made fit to show, and a guest needs one") {
  World w;
  w.join_host();
  CHECK(w.error(w.join("\xE2\x80\xAE  \n")) == wire::ErrorCode::bad_message);
  const auto c = w.join(" A\x1B  da ");
  CHECK(w.joined(c).roster.at(1).name == "A da");
  const auto account = w.join("", Account{"x", "Grace", false, false});
  CHECK(w.joined(account).roster.at(2).name == "Grace");
}

TEST_CASE("meeting: only our connectors may say that they stand for others") {
  World w;
  wire::Join join = World::join_message("Phone");
  join.client = wire::ClientKind::phone;
  const auto guest = w.connect();
  w.feed(JoinRequest{guest, join, "s", std::nullopt});
  CHECK(w.error(guest) == wire::ErrorCode::not_allowed);
  const auto connector = w.connect();
  w.feed(JoinRequest{connector, join, "s", Account{"c", "Phone", false, true}});
  CHECK(w.joined(connector).roster.at(0).client == wire::ClientKind::phone);
}

TEST_CASE("meeting: who was admitted beforehand does not wait, and is no host for it") {
  World w{Settings{.waiting_room = true}};
  w.join_host();
  const auto expected_one = w.join("E", Account{"", "E", false, false, true});
  CHECK(w.joined(expected_one).roster.size() == 2);
  CHECK(w.joined(expected_one).roster.at(1).role == wire::Role::participant);
  w.join("G", Account{"", "G", false, false});
  CHECK(w.meeting.waiting() == 1);
}

// ---- passcode -----------------------------------------------------------------------------------------------------

TEST_CASE("meeting: the passcode is asked for, checked, and wrong ones are slowed down by source") {
  World w{Settings{.passcode = "s3cret"}};
  const auto c = w.connect();
  wire::Join join = World::join_message("Ada");
  w.feed(JoinRequest{c, join, "10.0.0.1", std::nullopt});
  CHECK(w.error(c) == wire::ErrorCode::passcode_needed);
  CHECK_FALSE(w.closed.contains(c));
  for (const char* wrong : {"", "s3cre", "s3cret ", "S3CRET"}) {
    join.passcode = wrong;
    w.feed(JoinRequest{c, join, "10.0.0.1", std::nullopt});
    CHECK(w.error(c) == wire::ErrorCode::wrong_passcode);
  }
  join.passcode = "x";
  w.feed(JoinRequest{c, join, "10.0.0.1", std::nullopt});
  CHECK(w.last<wire::Error>(c)->retry_after_seconds == 1);
  join.passcode = "s3cret";
  w.feed(JoinRequest{c, join, "10.0.0.1", std::nullopt});
  CHECK(w.error(c) == wire::ErrorCode::rate_limited);
  const auto elsewhere = w.connect();
  w.feed(JoinRequest{elsewhere, join, "10.0.0.2", std::nullopt});
  CHECK(w.last<wire::Joined>(elsewhere) != nullptr);
  w.pass(1s);
  w.feed(JoinRequest{c, join, "10.0.0.1", std::nullopt});
  CHECK(w.last<wire::Joined>(c) != nullptr);
}

TEST_CASE(
    "meeting: ten thousand guesses at a passcode get nowhere, also of somebody who knows that of another meeting") {
  World w{Settings{.passcode = "483920"}};
  Settings others;
  others.meeting_id = "another";
  others.meeting_uuid = Bytes(16, 9);
  others.passcode = "known";
  Meeting other{others, Times{}, w.random, w.passcodes, w.now};
  const auto c = w.connect();
  wire::Join join = World::join_message("Mallory");
  int looked_at = 0;
  for (int i = 0; i < 10'000; ++i) {
    w.now += 1s;
    if (i % 50 == 0) {
      Outbox ignored;
      join.passcode = "known";
      other.handle(JoinRequest{w.connect(), join, "10.0.0.1", std::nullopt}, w.now, ignored);
    }
    join.passcode = std::to_string(i);
    w.inbox.clear();
    w.feed(JoinRequest{c, join, "10.0.0.1", std::nullopt});
    if (w.error(c) == wire::ErrorCode::wrong_passcode) ++looked_at;
  }
  CHECK(other.inside() == 200);
  // Five without a wait, nine while it doubles, then one in five minutes: in a year a tenth of a million.
  CHECK(looked_at < 50);
  CHECK(looked_at > 40);
}

TEST_CASE("meeting: guesses at the passcodes of many meetings from one source are slowed down") {
  World w{Settings{.passcode = "s3cret"}};
  wire::Join join = World::join_message("Mallory");
  for (int i = 0; i < 20; ++i) {
    Settings others;
    others.meeting_id = "meeting " + std::to_string(i);
    others.meeting_uuid = Bytes(16, static_cast<std::uint8_t>(i + 1));
    others.passcode = "unknown";
    Meeting other{others, Times{}, w.random, w.passcodes, w.now};
    Outbox ignored;
    join.passcode = "123456";
    other.handle(JoinRequest{w.connect(), join, "10.0.0.1", std::nullopt}, w.now, ignored);
  }
  join.passcode = "s3cret";
  const auto c = w.connect();
  w.feed(JoinRequest{c, join, "10.0.0.1", std::nullopt});
  CHECK(w.error(c) == wire::ErrorCode::rate_limited);
  const auto elsewhere = w.connect();
  w.feed(JoinRequest{elsewhere, join, "10.0.0.2", std::nullopt});
  CHECK(w.last<wire::Joined>(elsewhere) != nullptr);
}

TEST_CASE("meeting: the owner needs no passcode, is not locked out and does not wait") {
  World w{Settings{.passcode = "s3cret", .waiting_room = true, .locked = true}};
  CHECK(w.joined(w.join_host()).role == Role::host);
}

// ---- waiting room -------------------------------------------------------------------------------------------------

TEST_CASE("meeting: the waiting room gets no roster, no keys, no transport; hosts see who waits and admit or deny") {
  World w{Settings{.topic = "T", .waiting_room = true}};
  const auto host = w.join_host();
  const auto a = w.join("A");
  const auto b = w.join("B");
  for (const auto c : {a, b}) {
    REQUIRE(w.inbox[c].size() == 1);
    CHECK(std::get<wire::Waiting>(w.inbox[c][0]).topic == "T");
  }
  CHECK(w.transports.size() == 1);
  REQUIRE(w.last<wire::WaitingUpdate>(host)->waiting.size() == 2);
  w.command(host, HostAction::new_keys);
  w.pass(5s);
  CHECK(w.inbox[a].size() == 1);

  w.command(host, HostAction::admit, 2);
  CHECK(w.last<wire::Joined>(a) != nullptr);
  CHECK(w.last<wire::WaitingUpdate>(host)->waiting.size() == 1);
  CHECK(w.all<wire::WaitingUpdate>(a).empty());
  w.command(host, HostAction::deny, 3);
  CHECK(w.ended(b) == wire::EndReason::denied);
  CHECK(w.closed.contains(b));
  CHECK(w.last<wire::WaitingUpdate>(host)->waiting.empty());
  // Somebody who waits may do nothing.
  const auto c = w.join("C");
  w.send(c, wire::Publish{});
  CHECK(w.error(c) == wire::ErrorCode::not_joined);
  w.command(c, HostAction::admit);
  CHECK(w.error(c) == wire::ErrorCode::not_joined);
  w.join("D");
  w.command(host, HostAction::admit);
  CHECK(w.last<wire::Joined>(c) != nullptr);
  CHECK(w.meeting.waiting() == 0);
}

TEST_CASE("meeting: whoever waits and goes is off the list at once") {
  World w{Settings{.waiting_room = true}};
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.feed(Disconnected{a});
  CHECK(w.last<wire::WaitingUpdate>(host)->waiting.empty());
  const auto b = w.join("B");
  w.send(b, wire::Leave{});
  CHECK(w.ended(b) == wire::EndReason::left);
  CHECK(w.last<wire::WaitingUpdate>(host)->waiting.empty());
  w.pass(5s);
  CHECK(w.meeting.keys().newest_made() == 1);
}

TEST_CASE("meeting: without join before host everybody waits until the host comes") {
  World w{Settings{.join_before_host = false}};
  const auto a = w.join("A");
  CHECK(w.last<wire::Waiting>(a) != nullptr);
  w.join_host();
  CHECK(w.last<wire::Joined>(a) != nullptr);
}

// ---- host actions -------------------------------------------------------------------------------------------------

TEST_CASE("meeting: lock keeps new people out, not those who come back") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.command(host, HostAction::lock);
  CHECK(w.last<wire::MeetingChanged>(a)->meeting.locked);
  const auto b = w.join("B");
  CHECK(w.error(b) == wire::ErrorCode::locked);
  CHECK(w.closed.contains(b));
  w.feed(Disconnected{a});
  CHECK(w.joined(w.join_again(w.joined(a))).participant == 2);
  w.command(host, HostAction::unlock);
  CHECK(w.last<wire::Joined>(w.join("C")) != nullptr);
}

TEST_CASE("meeting: a host mutes, only the person unmutes") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.send(a, wire::Publish{{microphone(), camera()}});
  CHECK(w.published.at(2).audio_allowed);
  w.command(host, HostAction::mute_audio, 2);
  CHECK_FALSE(w.published.at(2).audio_allowed);
  CHECK(w.published.at(2).video_allowed);
  CHECK(w.last<wire::MutedByHost>(a)->audio);
  w.command(host, HostAction::stop_video, 2);
  CHECK_FALSE(w.published.at(2).video_allowed);
  w.pass(1s);
  CHECK(w.roster(host).at(2).audio_muted);
  CHECK(w.roster(host).at(2).sources.size() == 2);
  w.send(a, wire::SetMuted{false, true});
  CHECK(w.published.at(2).audio_allowed);
  CHECK_FALSE(w.published.at(2).video_allowed);
  // There is no message by which the host could have done that.
  w.send(host, wire::SetMuted{false, false});
  CHECK_FALSE(w.published.at(2).video_allowed);
}

TEST_CASE("meeting: being muted outlives a reconnect and a new publish") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.command(host, HostAction::mute_audio, 2);
  w.feed(Disconnected{a});
  const auto again = w.join_again(w.joined(a));
  w.send(again, wire::Publish{{microphone()}});
  CHECK_FALSE(w.published.at(2).audio_allowed);
}

TEST_CASE("meeting: removal stops media before anything else, gives new keys to the others only, and is for good") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A", Account{"acc", "A", false, false});
  const auto b = w.join("B");
  w.pass(1s);
  const std::size_t log_before = w.log.size();
  w.command(host, HostAction::remove, 2);
  CHECK(std::holds_alternative<CloseTransport>(w.log.at(log_before)));
  CHECK(w.ended(a) == wire::EndReason::removed);
  CHECK(w.closed.contains(a));
  const std::size_t inbox_after = w.inbox[a].size();
  CHECK(w.last<wire::NewGeneration>(host)->sealed.generation == 2);
  CHECK(w.last<wire::NewGeneration>(b)->sealed.generation == 2);
  w.pass(3s);
  CHECK(w.last<wire::ActivateGeneration>(b)->generation == 2);
  CHECK(w.inbox[a].size() == inbox_after);
  CHECK_FALSE(w.roster(b).contains(2));
  // Not with the resume secret, not with the account.
  const auto again = w.join_again(w.joined(a));
  CHECK(w.error(again) == wire::ErrorCode::not_allowed);
  CHECK(w.error(w.join("A2", Account{"acc", "A", false, false})) == wire::ErrorCode::not_allowed);
}

TEST_CASE("meeting: removing somebody who is away works too") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.feed(Disconnected{a});
  w.command(host, HostAction::remove, 2);
  CHECK(w.transports.size() == 1);
  CHECK(w.error(w.join_again(w.joined(a))) == wire::ErrorCode::not_allowed);
}

TEST_CASE("meeting: roles: one host, handed on; co-hosts help; the longest co-host follows a host who leaves") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  const auto b = w.join("B");
  w.command(a, HostAction::mute_audio, 3);
  CHECK(w.error(a) == wire::ErrorCode::not_allowed);
  w.command(host, HostAction::make_cohost, 2);
  w.pass(1s);
  CHECK(w.roster(b).at(2).role == Role::cohost);
  w.command(a, HostAction::mute_audio, 3);
  CHECK(w.last<wire::MutedByHost>(b) != nullptr);
  w.command(a, HostAction::remove, 1);
  CHECK(w.error(a) == wire::ErrorCode::not_allowed);
  w.command(host, HostAction::make_host, 3);
  w.pass(1s);
  CHECK(w.roster(a).at(3).role == Role::host);
  CHECK(w.roster(a).at(1).role == Role::cohost);
  w.send(b, wire::Leave{});
  w.pass(1s);
  CHECK(w.roster(a).at(1).role == Role::host);
  w.command(host, HostAction::make_participant, 2);
  w.pass(1s);
  CHECK(w.roster(host).at(2).role == Role::participant);
  // The owner coming in from elsewhere is the host again.
  w.command(host, HostAction::make_host, 2);
  const auto owner_again = w.join_host();
  w.pass(1s);
  CHECK(w.joined(owner_again).role == Role::host);
  CHECK(w.roster(a).at(2).role == Role::cohost);
}

TEST_CASE("meeting: commands that make no sense say why") {
  World w;
  const auto host = w.join_host();
  w.command(host, HostAction::remove);
  CHECK(w.error(host) == wire::ErrorCode::bad_message);
  w.command(host, HostAction::remove, 77);
  CHECK(w.error(host) == wire::ErrorCode::not_found);
  w.command(host, HostAction::remove, 1);
  CHECK(w.error(host) == wire::ErrorCode::not_allowed);
}

TEST_CASE("meeting: ending it ends it for everybody, inside and waiting") {
  World w{Settings{.waiting_room = true}};
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.command(host, HostAction::end_meeting);
  CHECK(w.ended(host) == wire::EndReason::ended_by_host);
  CHECK(w.ended(a) == wire::EndReason::ended_by_host);
  CHECK(w.transports.empty());
  CHECK(w.finished);
  CHECK(std::get<EraseKeys>(w.log.at(w.log.size() - 2)).generation == 0);
  CHECK_FALSE(w.meeting.next_deadline().has_value());
  CHECK(w.error(w.join("B")) == wire::ErrorCode::meeting_ended);
}

TEST_CASE("meeting: the server stops: everybody is told why") {
  World w;
  const auto host = w.join_host();
  w.feed(EndMeeting{wire::EndReason::server_stopping});
  CHECK(w.ended(host) == wire::EndReason::server_stopping);
}

TEST_CASE("meeting: keys that were sealed while it ended reach nobody, and nothing else happens") {
  World w;
  w.join_host();
  const auto a = w.join("A");
  w.pass(1s);
  w.kms_answers = false;
  w.send(a, wire::Leave{});
  w.pass(1s);
  REQUIRE(w.kms_queue.size() == 1);
  const auto make = std::get<MakeKeys>(w.kms_queue.front());
  w.kms_queue.clear();
  w.feed(KeysMade{make.request, make.after + 1});
  REQUIRE(w.kms_queue.size() == 1);
  const auto seal = std::get<SealKeys>(w.kms_queue.front());
  w.kms_queue.clear();
  w.feed(EndMeeting{wire::EndReason::server_stopping});
  REQUIRE(w.finished);
  const auto before = w.log.size();
  w.feed(KeysSealed{seal.request, {seal.generation, Bytes(32), Bytes(48)}});
  CHECK(w.log.size() == before);
}

// ---- leaving and coming back --------------------------------------------------------------------------------------

TEST_CASE("meeting: leaving makes a new generation within a second, for those who stay") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.pass(1s);
  w.send(a, wire::Leave{});
  CHECK(w.ended(a) == wire::EndReason::left);
  CHECK_FALSE(w.transports.contains(2));
  w.pass(1s);
  CHECK(w.last<wire::NewGeneration>(host)->sealed.generation == 2);
  w.acknowledge_keys(host);
  CHECK(w.last<wire::ActivateGeneration>(host)->generation == 2);
  CHECK_FALSE(w.roster(host).contains(2));
}

TEST_CASE("meeting: a broken connection may come back: same number and role, new index, keys and transport") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.command(host, HostAction::make_cohost, 2);
  w.pass(1s);
  const wire::Joined before = w.joined(a);
  w.feed(Disconnected{a});
  w.pass(1s);
  CHECK_FALSE(w.roster(host).at(2).connected);
  CHECK(w.transports.contains(2));  // media may still flow
  w.command(host, HostAction::new_keys);
  CHECK(w.all<wire::NewGeneration>(a).empty());
  w.acknowledge_keys(host);
  w.pass(20s);
  const auto again = w.join_again(before);
  const wire::Joined after = w.joined(again);
  CHECK(after.participant == before.participant);
  CHECK(after.role == Role::cohost);
  CHECK(after.sender_index != before.sender_index);
  CHECK(after.active_generation == 2);
  w.pass(1s);
  CHECK(w.roster(host).at(2).sender_index == after.sender_index);
  CHECK(w.roster(host).at(2).sender_nonce == Bytes(16, 3));
  CHECK(w.meeting.inside() == 2);
}

TEST_CASE("meeting: the grace time over, the person is gone and the keys change") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.pass(1s);
  w.feed(Disconnected{a});
  w.pass(29s);
  CHECK(w.roster(host).contains(2));
  CHECK(w.meeting.keys().newest_made() == 1);
  w.pass(2s);
  CHECK_FALSE(w.roster(host).contains(2));
  CHECK_FALSE(w.transports.contains(2));
  CHECK(w.meeting.keys().newest_made() == 2);
  CHECK(w.joined(w.join_again(w.joined(a), "A")).participant == 3);  // a new person to the meeting
}

TEST_CASE("meeting: coming back while the old connection still seems alive replaces it") {
  World w;
  w.join_host();
  const auto a = w.join("A");
  const auto again = w.join_again(w.joined(a));
  CHECK(w.ended(a) == wire::EndReason::replaced);
  CHECK(w.closed.contains(a));
  CHECK(w.joined(again).participant == 2);
  w.feed(Disconnected{a});  // comes late, and means nothing
  CHECK(w.meeting.participants().at(2).stage == Stage::present);
}

TEST_CASE("meeting: a wrong resume secret is no way in") {
  World w{Settings{.passcode = "p"}};
  w.join_host();
  wire::Joined forged = w.joined(ConnectionId{1});
  for (const std::string& secret : {std::string{"1."}, std::string{"1"}, std::string{"x"}, std::string{"1.AAAA"},
                                    forged.resume + "A", forged.resume.substr(0, forged.resume.size() - 1) + "!"}) {
    forged.resume = secret;
    CHECK(w.error(w.join_again(forged)) == wire::ErrorCode::passcode_needed);
  }
}

TEST_CASE("meeting: a second join on one connection is refused") {
  World w;
  const auto host = w.join_host();
  w.feed(JoinRequest{host, World::join_message("x"), "s", std::nullopt});
  CHECK(w.error(host) == wire::ErrorCode::bad_message);
  w.send(host, wire::Join{});
  CHECK(w.meeting.inside() == 1);
}

TEST_CASE("meeting: capacity inside and in the waiting room") {
  World w{Settings{.waiting_room = false, .max_participants = 2, .max_waiting = 1}};
  const auto host = w.join_host();
  w.join("A");
  CHECK(w.error(w.join("B")) == wire::ErrorCode::full);
  w.command(host, HostAction::waiting_room_on);
  w.join("C");
  CHECK(w.error(w.join("D")) == wire::ErrorCode::full);
  w.command(host, HostAction::admit, 3);
  CHECK(w.error(host) == wire::ErrorCode::full);
}

TEST_CASE("meeting: an empty one ends after a while; anybody coming in before keeps it") {
  World w;
  w.pass(29s);
  CHECK_FALSE(w.finished);
  const auto a = w.join("A");
  w.pass(10min);
  CHECK_FALSE(w.finished);
  w.send(a, wire::Leave{});
  w.pass(31s);
  CHECK(w.finished);
}

// ---- media --------------------------------------------------------------------------------------------------------

TEST_CASE("meeting: wishes are for video slots of one's own; wishes for people who are gone are left out") {
  World w;
  const auto host = w.join_host();
  w.join("A");
  w.send(host, wire::Subscribe{{{2, 2, wire::SourceKind::camera, 360, 1}, {3, 99, wire::SourceKind::camera, 360, 1}}});
  REQUIRE(w.subscribed.at(1).videos.size() == 1);
  for (const wire::VideoWish& bad : {wire::VideoWish{0, 2, wire::SourceKind::camera, 1, 1},    // an audio slot
                                     wire::VideoWish{6, 2, wire::SourceKind::camera, 1, 1},    // none
                                     wire::VideoWish{2, 2, wire::SourceKind::audio, 1, 1}}) {  // no video
    w.inbox[host].clear();
    w.send(host, wire::Subscribe{{bad}});
    CHECK(w.error(host) == wire::ErrorCode::bad_message);
  }
  w.inbox[host].clear();
  w.send(host, wire::Subscribe{{{2, 2, wire::SourceKind::camera, 1, 1}, {2, 1, wire::SourceKind::camera, 1, 1}}});
  CHECK(w.error(host) == wire::ErrorCode::bad_message);
}

TEST_CASE("meeting: only sources that make sense are published") {
  CHECK(acceptable({microphone(), camera()}));
  CHECK(acceptable(std::vector<wire::PublishedSource>{}));
  auto bad = camera();
  bad.codec = "opus";
  CHECK_FALSE(acceptable({bad}));
  CHECK_FALSE(acceptable({camera(), camera()}));
  bad = camera();
  bad.encodings[1].rid = "q";
  CHECK_FALSE(acceptable({bad}));
  bad = camera();
  bad.encodings[1].rid = "z";
  CHECK_FALSE(acceptable({bad}));
  bad = camera();
  bad.encodings[1].ssrc = 2;  // the first one's RTX
  CHECK_FALSE(acceptable({bad}));
  bad = microphone();
  bad.encodings[0].ssrc = 0;
  CHECK_FALSE(acceptable({bad}));
  bad = microphone();
  bad.encodings.push_back({"h", 5, 0, 0, 0, 0});
  CHECK_FALSE(acceptable({bad}));
}

TEST_CASE("meeting: a lost transport is made again for the same join, with pauses when it does not stay") {
  World w;
  const auto host = w.join_host();
  w.send(host, wire::Publish{{microphone()}});
  w.feed(TransportUp{1, w.transports.at(1).attempt});
  w.pass(1s);
  CHECK(w.roster(host).at(1).connected);
  w.feed(TransportDown{1, w.transports.at(1).attempt});
  w.published.clear();
  w.pass(0s);
  CHECK(w.all<wire::TransportReset>(host).size() == 1);
  CHECK(w.published.contains(1));  // told to the new one
  w.pass(1s);
  CHECK_FALSE(w.roster(host).at(1).connected);
  Duration total{};
  for (int i = 0; i < 6; ++i) {
    w.feed(TransportDown{1, w.transports.at(1).attempt});
    const Instant from = w.now;
    const auto resets = w.all<wire::TransportReset>(host).size();
    while (w.all<wire::TransportReset>(host).size() == resets) w.pass(100ms);
    total += w.now - from;
  }
  CHECK(total > 20s);
  CHECK(total < 40s);
  w.feed(TransportDown{1, 1});  // an answer about one of before
  CHECK(w.transports.contains(1));
}

TEST_CASE("meeting: a client that joins without its end of the transport says it once, after Joined") {
  World w;
  const wire::TransportParameters mine{"mine", std::string(22, 'p'), "sha-256 AB", {}};
  w.media_answers = false;
  const auto host = w.join_host();
  w.send(host, wire::ClientTransport{"ufrag1", mine});
  CHECK(w.error(host) == wire::ErrorCode::not_joined);
  w.media_answers = true;
  w.settle();
  REQUIRE(w.last<wire::Joined>(host) != nullptr);
  CHECK_FALSE(w.transports.at(1).remote);
  CHECK(w.count<SetRemote>() == 0);

  const std::string ufrag = w.joined(host).transport.ice_ufrag;
  w.send(host, wire::ClientTransport{"another", mine});  // it has crossed with something
  CHECK(w.count<SetRemote>() == 0);
  w.inbox.clear();
  w.send(host, wire::ClientTransport{ufrag, mine});
  REQUIRE(w.count<SetRemote>() == 1);
  const auto& told = std::get<SetRemote>(w.log.back());
  CHECK(told.attempt == w.transports.at(1).attempt);
  CHECK(told.remote.ice_ufrag == "mine");
  CHECK_FALSE(w.error(host));
  w.send(host, wire::ClientTransport{ufrag, {"evil", std::string(22, 'p'), "sha-256 CD", {}}});
  CHECK(w.error(host) == wire::ErrorCode::bad_message);
  CHECK(w.count<SetRemote>() == 1);

  // The next transport asks again.
  w.feed(TransportDown{1, w.transports.at(1).attempt});
  w.pass(0s);
  REQUIRE(w.last<wire::TransportReset>(host) != nullptr);
  CHECK_FALSE(w.transports.at(1).remote);
  w.send(host, wire::ClientTransport{ufrag, mine});
  CHECK(w.count<SetRemote>() == 1);
  w.send(host, wire::ClientTransport{w.last<wire::TransportReset>(host)->transport.ice_ufrag, mine});
  CHECK(w.count<SetRemote>() == 2);
}

TEST_CASE("meeting: what was said in the join cannot be said again, and goes to every transport") {
  World w;
  const auto c = w.connect();
  wire::Join join = World::join_message("Native");
  join.transport = wire::TransportParameters{"mine", std::string(22, 'p'), "sha-256 AB", {}};
  w.feed(JoinRequest{c, join, "test", Account{"owner", "Owner", true, false}});
  REQUIRE(w.transports.at(1).remote);
  w.send(c, wire::ClientTransport{w.joined(c).transport.ice_ufrag, *join.transport});
  CHECK(w.error(c) == wire::ErrorCode::bad_message);
  w.feed(TransportDown{1, w.transports.at(1).attempt});
  w.pass(0s);
  REQUIRE(w.transports.at(1).remote);
  CHECK(w.transports.at(1).remote->ice_ufrag == "mine");
  CHECK(w.count<SetRemote>() == 0);
}

TEST_CASE("meeting: a new transport is made when the client asks, at once, then with pauses until one has come up") {
  World w;
  const auto host = w.join_host();
  const auto guest = w.join("Ada");
  w.feed(TransportUp{1, w.transports.at(1).attempt});
  const std::uint64_t first = w.transports.at(1).attempt;
  w.send(host, wire::RenewTransport{});
  CHECK(w.all<wire::TransportReset>(host).size() == 1);
  CHECK(w.transports.at(1).attempt > first);
  CHECK(w.all<wire::TransportReset>(guest).empty());
  CHECK(w.joined(guest).roster.size() == 2);
  w.send(host, wire::RenewTransport{});
  CHECK(w.all<wire::TransportReset>(host).size() == 1);
  CHECK_FALSE(w.transports.contains(1));
  w.send(host, wire::RenewTransport{});  // one is coming
  w.pass(400ms);
  CHECK(w.all<wire::TransportReset>(host).size() == 1);
  w.pass(200ms);
  CHECK(w.all<wire::TransportReset>(host).size() == 2);
  w.feed(TransportUp{1, w.transports.at(1).attempt});
  w.send(host, wire::RenewTransport{});
  CHECK(w.all<wire::TransportReset>(host).size() == 3);
  w.pass(1s);
  CHECK(w.roster(guest).contains(1));
}

TEST_CASE("meeting: what media reports reaches whom it is for") {
  World w;
  const auto host = w.join_host();
  const auto a = w.join("A");
  w.feed(SlotsMoved{2, w.transports.at(2).attempt, {{0, 1, wire::SourceKind::audio}}});
  CHECK(w.last<wire::Slots>(a) != nullptr);
  CHECK(w.last<wire::Slots>(host) == nullptr);
  w.feed(LayersMoved{2, w.transports.at(2).attempt, wire::SourceKind::camera, {"q"}});
  CHECK(w.last<wire::LayersWanted>(a)->rids == std::vector<std::string>{"q"});
  w.feed(SpeakersMoved{{2, 44}});
  CHECK(w.last<wire::Speakers>(host)->loudest == std::vector<ParticipantNumber>{2});
  // Whoever comes later hears of it, too.
  const auto late = w.join("Late");
  REQUIRE(w.last<wire::Speakers>(late) != nullptr);
  CHECK(w.last<wire::Speakers>(late)->loudest == std::vector<ParticipantNumber>{2});
  w.feed(SlotsMoved{2, 999, {}});
  CHECK(w.all<wire::Slots>(a).size() == 1);
}

TEST_CASE("meeting: kms away: the meeting goes on, joiners wait, and all get new keys when another one is there") {
  World w;
  const auto host = w.join_host();
  w.feed(KmsLost{});
  const auto a = w.join("A");
  w.pass(3s);
  CHECK(w.last<wire::Joined>(a) == nullptr);
  w.kms_newest = 0;
  w.feed(KmsReady{true});
  CHECK(w.joined(a).active_generation == 2);
  w.pass(3s);
  CHECK(w.last<wire::ActivateGeneration>(host)->generation == 2);
}

TEST_CASE("meeting: a client whose key cannot be used is refused, the others do not notice") {
  World w;
  const auto host = w.join_host();
  w.kms_answers = false;
  const auto a = w.join("A");
  const auto seal = std::get<SealKeys>(w.kms_queue.front());
  w.kms_queue.clear();
  w.feed(KeysFailed{seal.request, wire::kms::Failure::bad_public_key});
  CHECK(w.error(a) == wire::ErrorCode::bad_message);
  CHECK(w.closed.contains(a));
  CHECK(w.meeting.inside() == 1);
  CHECK_FALSE(w.closed.contains(host));
}

TEST_CASE("meeting: roster changes of a burst share messages") {
  World w;
  const auto host = w.join_host();
  w.pass(1s);
  const auto before = w.all<wire::RosterUpdate>(host).size();
  for (int i = 0; i < 100; ++i) w.join("P" + std::to_string(i));
  w.pass(1s);
  CHECK(w.all<wire::RosterUpdate>(host).size() - before <= 3);
  CHECK(w.roster(host).size() == 101);
}

TEST_CASE("meeting: when every sender index was given, joiners are refused until a new generation is there") {
  Times times;
  times.keys.leave_batch = 0s;
  World w{{}, 1, times};
  const auto host = w.join_host();
  auto a = w.join("A");
  wire::Joined j = w.joined(a);
  for (int i = 2; i <= 0xFFFF; ++i) {
    w.feed(Disconnected{a});
    w.inbox.clear();
    w.log.clear();
    a = w.join_again(j);
  }
  CHECK(w.joined(a).sender_index == 0xFFFF);
  CHECK(w.meeting.keys().active() == 1);
  const auto b = w.join("B");
  CHECK(w.error(b) == wire::ErrorCode::full);
  CHECK(w.last<wire::Error>(b)->retry_after_seconds.has_value());
  w.pass(3s);
  CHECK(w.meeting.keys().active() == 2);
  const auto c = w.join("C");
  CHECK(w.last<wire::Joined>(c) != nullptr);
  CHECK(w.joined(c).sender_index != w.joined(a).sender_index);
  CHECK(w.meeting.inside() == 3);
  static_cast<void>(host);
}

TEST_CASE("meeting: every reason and error has a sentence") {
  for (int i = 0; i <= static_cast<int>(wire::ErrorCode::internal); ++i) {
    CHECK(sentence(static_cast<wire::ErrorCode>(i)).size() > 10);
  }
  for (int i = 0; i <= static_cast<int>(wire::EndReason::replaced); ++i) {
    CHECK(sentence(static_cast<wire::EndReason>(i)).size() > 10);
  }
}

TEST_CASE("meeting: ping is answered wherever one stands") {
  World w;
  const auto c = w.connect();
  w.send(c, wire::Ping{5});
  CHECK(w.last<wire::Pong>(c)->id == 5);
}
