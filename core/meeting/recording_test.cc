#include "core/meeting/recording.h"

#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ConsentState;
using wire::HostAction;
using wire::RecordingState;
using Numbers = std::vector<ParticipantNumber>;

TEST_CASE("recording: everybody is told who records and asked once; the roster shows who has agreed") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  const auto bob = w.join("Bob");
  w.send(host, wire::SetRecording{1, RecordingState::on});
  CHECK(w.last<wire::Acknowledged>(host)->request == 1);
  CHECK(w.last<wire::Recording>(ada)->recorders == Numbers{1});
  CHECK(w.last<wire::Recording>(ada)->asked);
  CHECK_FALSE(w.last<wire::Recording>(host)->asked);
  w.send(ada, wire::AnswerConsent{2, true});
  w.send(bob, wire::AnswerConsent{2, false});
  w.pass(100ms);
  const auto roster = w.roster(host);
  CHECK(roster.at(1).recording == RecordingState::on);
  CHECK(roster.at(1).consent == ConsentState::agreed);
  CHECK(roster.at(2).consent == ConsentState::agreed);
  CHECK(roster.at(3).consent == ConsentState::refused);
  CHECK(std::get<wire::ConsentRecord>(w.records.at({"consent", 3})).agreed == false);
  const auto late = w.join("Late");
  CHECK(w.last<wire::Recording>(late)->asked);
  w.send(host, wire::SetRecording{3, RecordingState::off});
  CHECK(w.last<wire::Recording>(ada)->recorders.empty());
  CHECK_FALSE(w.last<wire::Recording>(late)->asked);
  w.send(host, wire::SetRecording{4, RecordingState::on});
  CHECK_FALSE(w.last<wire::Recording>(ada)->asked);  // has answered before
  CHECK(w.last<wire::Recording>(late)->asked);
}

TEST_CASE("recording: participants need a host's permission, which can be taken back") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.send(ada, wire::SetRecording{1, RecordingState::on});
  CHECK(w.error(ada) == wire::ErrorCode::not_allowed);
  w.command(host, HostAction::allow_recording, 2);
  w.send(ada, wire::SetRecording{2, RecordingState::on});
  CHECK(w.last<wire::Recording>(host)->recorders == Numbers{2});
  w.command(host, HostAction::forbid_recording, 2);
  CHECK(w.last<wire::Recording>(host)->recorders.empty());
  w.pass(100ms);
  CHECK(w.roster(host).at(2).recording == RecordingState::off);
}

TEST_CASE("recording: our recorder records by itself and is not asked; it leaves, and the recording has ended") {
  World w;
  const auto host = w.join_host();
  const auto connection = w.connect();
  wire::Join join = World::join_message("Recorder");
  join.client = wire::ClientKind::recorder;
  w.feed(JoinRequest{connection, join, "s", Account{"rec", "Recorder", false, true}});
  w.send(connection, wire::SetRecording{1, RecordingState::on});
  CHECK(w.last<wire::Recording>(host)->asked);
  CHECK_FALSE(w.last<wire::Recording>(connection)->asked);
  w.send(connection, wire::SetRecording{2, RecordingState::paused});
  w.pass(100ms);
  CHECK(w.roster(host).at(2).recording == RecordingState::paused);
  w.send(connection, wire::Leave{});
  CHECK(w.last<wire::Recording>(host)->recorders.empty());
}

TEST_CASE("recording: the media of whoever has refused is held back from recorders, and from them only") {
  World w;
  w.join_host();
  const auto ada = w.join("Ada");
  w.join("Bob");
  const auto recorder = [&](const char* account) {
    wire::Join join = World::join_message("Recorder");
    join.client = wire::ClientKind::recorder;
    const auto connection = w.connect();
    w.feed(JoinRequest{connection, join, "s", Account{account, "Recorder", false, true}});
    return connection;
  };
  const auto first = recorder("rec");
  w.send(first, wire::SetRecording{1, RecordingState::on});
  CHECK_FALSE(w.subscribed.contains(4));
  w.send(ada, wire::AnswerConsent{2, false});
  CHECK(w.subscribed.at(4).withheld == Numbers{2});
  CHECK_FALSE(w.subscribed.contains(3));
  w.send(first, wire::Subscribe{{{w.joined(first).slots.back().slot, 2, wire::SourceKind::camera, 720, 1}}});
  CHECK(w.subscribed.at(4).withheld == Numbers{2});  // it may wish what it likes
  // The next recorder is told before it has a transport that carries anything, and a change of mind counts at once.
  const auto second = recorder("rec2");
  CHECK(w.joined(second).participant == 5);
  CHECK(w.subscribed.at(5).withheld == Numbers{2});
  w.send(ada, wire::AnswerConsent{3, true});
  CHECK(w.subscribed.at(4).withheld.empty());
  CHECK(w.subscribed.at(5).withheld.empty());
}

TEST_CASE("recording: a consent that could not be kept is none") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.send(host, wire::SetRecording{1, RecordingState::on});
  w.store_works = false;
  w.send(ada, wire::AnswerConsent{2, true});
  CHECK(w.error(ada) == wire::ErrorCode::internal);
  w.pass(100ms);
  CHECK(w.roster(host).at(2).consent == ConsentState::asked);
}

TEST_CASE("recording: hosts and co-hosts ask the server to record, nobody else does") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.command(ada, HostAction::record_start);
  CHECK(w.error(ada) == wire::ErrorCode::not_allowed);
  CHECK(w.recording_asked.empty());
  for (const HostAction action :
       {HostAction::record_start, HostAction::record_pause, HostAction::record_resume, HostAction::record_stop}) {
    w.command(host, action);
    REQUIRE_FALSE(w.recording_asked.empty());
    CHECK(w.recording_asked.back().action == action);
    CHECK(w.recording_asked.back().by == host);
  }
  CHECK(w.recording_asked.size() == 4);
}

TEST_CASE("recording: our recorder needs no passcode and does not wait; somebody who only says so does") {
  Settings settings;
  settings.passcode = "otter";
  settings.waiting_room = true;
  settings.locked = true;
  World w{settings};
  w.join_host();
  wire::Join join = World::join_message("Recording");
  join.client = wire::ClientKind::recorder;
  const auto liar = w.connect();
  w.feed(JoinRequest{liar, join, "s", std::nullopt});
  CHECK(w.error(liar) == wire::ErrorCode::not_allowed);
  const auto recorder = w.connect();
  w.feed(JoinRequest{recorder, join, "s", Account{"", "Recording", false, true}});
  CHECK(w.joined(recorder).role == wire::Role::participant);
  join.client = wire::ClientKind::phone;
  const auto phone = w.connect();
  w.feed(JoinRequest{phone, join, "s", Account{"", "Phone", false, true}});
  CHECK(w.error(phone) == wire::ErrorCode::passcode_needed);
}
