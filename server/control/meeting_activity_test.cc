// Chat and the like through a whole control process: TLS, WebSocket, vault, database.
#include <doctest/doctest.h>

#include <set>

#include "core/base/encoding.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;
using wire::HostAction;

namespace {

struct Running {
  explicit Running(const std::string& meeting_body = "{}", ControlOptions options = {}) : house(std::move(options)) {
    kms = std::make_unique<FakeKms>(house.loop, house.run, 1);
    worker = std::make_unique<FakeWorker>(house.loop, house.run, 0);
    token = house.admin();
    id = house.meeting(token, meeting_body);
    host = house.inside(id, "Host", token);
  }
  template <class T>
  const T& wait_for(const std::unique_ptr<FakeClient>& c) {
    REQUIRE(house.until([&] { return c->last<T>() != nullptr; }));
    return *c->last<T>();
  }
  House house;
  std::unique_ptr<FakeKms> kms;
  std::unique_ptr<FakeWorker> worker;
  std::string token;
  std::string id;
  std::unique_ptr<FakeClient> host;
};

wire::SendChat say(std::string text, wire::RequestNumber request = 1) {
  wire::SendChat m;
  m.request = request;
  m.text = std::move(text);
  return m;
}

}  // namespace

TEST_CASE("control: chat is sealed, stored, then shown and acknowledged; who comes later reads it") {
  Running r;
  const auto ada = r.house.inside(r.id, "Ada");
  ada->send(say("hello", 5));
  CHECK(r.wait_for<wire::Acknowledged>(ada).request == 5);
  CHECK(r.wait_for<wire::Chat>(r.host).messages.at(0).text == "hello");
  CHECK(r.host->last<wire::Chat>()->messages.at(0).sent_at_ms > 1'700'000'000'000);
  const auto late = r.house.inside(r.id, "Late");
  CHECK(r.wait_for<wire::Chat>(late).messages.at(0).text == "hello");
  CHECK(late->last<wire::Chat>()->history);
}

TEST_CASE("control: without keys chat is refused in words, and works again when they are back") {
  Running r;
  r.house.vault.trouble = vault::VaultError::unavailable;
  r.host->send(say("x", 3));
  CHECK(r.wait_for<wire::Error>(r.host).request == 3);
  CHECK_FALSE(r.host->last<wire::Error>()->fatal);
  CHECK(r.host->last<wire::Chat>() == nullptr);
  r.house.vault.trouble.reset();
  r.host->send(say("y", 4));
  CHECK(r.wait_for<wire::Acknowledged>(r.host).request == 4);
}

TEST_CASE("control: a meeting whose server stopped goes on with its chat; one that was ended begins anew") {
  Running r;
  r.host->send(say("before"));
  r.wait_for<wire::Acknowledged>(r.host);
  const bool stopped = [] {
    bool value = false;
    SUBCASE("stopped") { value = true; }
    SUBCASE("ended") {}
    return value;
  }();
  r.house.control->meetings().end_all(stopped ? wire::EndReason::server_stopping : wire::EndReason::ended_by_host);
  REQUIRE(r.house.until([&] { return r.host->closed; }));
  const auto again = r.house.inside(r.id, "Host", r.token);
  again->send(say("after"));
  r.wait_for<wire::Acknowledged>(again);
  bool knows = false;
  for (const auto& m : again->received) {
    if (const auto* chat = std::get_if<wire::Chat>(&m)) {
      for (const auto& message : chat->messages) knows = knows || message.text == "before";
    }
  }
  CHECK(knows == stopped);
}

TEST_CASE("control: a banned guest does not come back, neither now nor in the next instance") {
  Running r;
  const std::string device(43, 'd');
  const auto knock = [&](const std::string& name) {
    auto c = r.house.client();
    wire::Join join = join_of(r.id, name);
    join.device = device;
    c->send(join);
    REQUIRE(r.house.until([&] { return c->last<wire::Joined>() != nullptr || c->last<wire::Error>() != nullptr; }));
    return c;
  };
  const auto guest = knock("Guest");
  REQUIRE(guest->last<wire::Joined>() != nullptr);
  r.host->send(wire::HostCommand{HostAction::ban, guest->last<wire::Joined>()->participant});
  REQUIRE(r.house.until([&] { return guest->closed; }));
  CHECK(knock("Other name")->last<wire::Error>()->code == wire::ErrorCode::not_allowed);
  r.house.control->meetings().end_all(wire::EndReason::ended_by_host);
  REQUIRE(r.house.until([&] { return r.host->closed; }));
  CHECK(knock("Other name")->last<wire::Error>()->code == wire::ErrorCode::not_allowed);
}

TEST_CASE("control: a breakout room has its own keys and its own place in the worker; people go there and come back") {
  Running r;
  const auto ada = r.house.inside(r.id, "Ada");
  r.host->send(wire::PlanRooms{{{"North", {2}}}, false});
  r.host->send(wire::ControlRooms{wire::RoomsAction::open, 0});
  CHECK(r.wait_for<wire::MoveToRoom>(ada).room == 1);
  const Bytes main_uuid = ada->last<wire::Joined>()->meeting.meeting_uuid;
  const auto enter = [&](std::uint32_t room) {
    const wire::Join like = join_of(r.id, "");
    const std::size_t before = ada->count<wire::Joined>();
    ada->send(wire::EnterRoom{7, room, Bytes(32, 11), Bytes(16, static_cast<std::uint8_t>(12 + room)), like.transport});
    REQUIRE(r.house.until([&] { return ada->count<wire::Joined>() > before; }));
    return *ada->last<wire::Joined>();
  };
  const wire::Joined room = enter(1);
  CHECK(room.meeting.room == 1);
  CHECK(room.participant == 2);
  CHECK(room.meeting.meeting_uuid != main_uuid);
  CHECK(r.kms->seals.back().meeting_uuid == room.meeting.meeting_uuid);
  CHECK(r.house.control->meetings().running() == 2);
  std::set<std::string> places;
  for (const auto& [id, open] : r.worker->open) places.insert(open.meeting);
  CHECK(places.size() == 2);
  ada->send(say("in here"));
  r.wait_for<wire::Acknowledged>(ada);
  r.house.breathe();
  CHECK(r.host->last<wire::Chat>() == nullptr);
  r.host->send(wire::TellRooms{"five minutes"});
  CHECK(r.wait_for<wire::Announcement>(ada).text == "five minutes");
  const wire::Joined back = enter(0);
  CHECK(back.meeting.meeting_uuid == main_uuid);
  CHECK(back.participant == 2);
  r.host->send(wire::ControlRooms{wire::RoomsAction::close, 0});
  CHECK(r.house.until([&] { return r.house.control->meetings().running() == 1; }));
  ada->send(say("in the main room"));
  CHECK(r.wait_for<wire::Chat>(r.host).messages.at(0).text == "in the main room");
}

TEST_CASE("control: whoever loses the connection in a room resumes there, and leaving the room's meeting is leaving") {
  Running r;
  auto ada = r.house.inside(r.id, "Ada");
  r.host->send(wire::PlanRooms{{{"North", {2}}}, false});
  r.host->send(wire::ControlRooms{wire::RoomsAction::open, 0});
  r.wait_for<wire::MoveToRoom>(ada);
  ada->send(wire::EnterRoom{7, 1, Bytes(32, 11), Bytes(16, 12), join_of(r.id, "").transport});
  REQUIRE(r.house.until([&] { return ada->count<wire::Joined>() == 2; }));
  const wire::Joined before = *ada->last<wire::Joined>();
  ada->vanish();
  wire::Join join = join_of(r.id, "Ada");
  join.resume = before.resume;
  const auto again = r.house.client();
  again->send(join);
  CHECK(r.wait_for<wire::Joined>(again).meeting.room == 1);
  again->send(wire::Leave{});
  REQUIRE(r.house.until([&] { return again->closed; }));
  CHECK(r.house.until([&] { return r.house.control->meetings().presence(r.id).inside == 1; }));
}

TEST_CASE("control: who came and left, and that the meeting began and ended, is published once each and in order") {
  Running r;
  std::vector<std::string> names;
  const auto subscription = r.house.control->events().subscribe([&](const Event& e) {
    names.push_back(e.name);
    CHECK(e.object_json.find(r.id) != std::string::npos);
  });
  const auto ada = r.house.inside(r.id, "Ada");
  ada->send(wire::Leave{});
  REQUIRE(r.house.until([&] { return ada->closed; }));
  r.host->send(wire::HostCommand{HostAction::end_meeting, std::nullopt});
  REQUIRE(r.house.until([&] { return r.host->closed; }));
  CHECK(names == std::vector<std::string>{"meeting.participant_joined", "meeting.participant_left",
                                          "meeting.participant_left", "meeting.ended"});
}

TEST_CASE(
    "control: waiting, being let in, sharing and what is said to everybody is published; what is private is not") {
  Running r{R"({"waiting_room":true})"};
  std::vector<std::string> told;
  std::vector<std::string> said;
  const auto subscription = r.house.control->events().subscribe([&](const Event& e) {
    told.push_back(e.name);
    if (e.name == "meeting.chat_message_sent") said.push_back(e.object_json);
  });
  const auto told_of = [&](std::vector<std::string> wanted) {
    for (std::string& name : wanted) name = "meeting." + name;
    CHECK(r.house.until([&] { return told.size() >= wanted.size(); }));
    CHECK(std::exchange(told, {}) == wanted);
  };
  const auto ada = r.house.join(r.id, "Ada");
  told_of({"participant_joined_waiting_room"});
  r.host->send(wire::HostCommand{HostAction::admit, r.wait_for<wire::Waiting>(ada).participant});
  told_of({"participant_admitted", "participant_joined"});
  const auto eve = r.house.join(r.id, "Eve");
  told_of({"participant_joined_waiting_room"});
  eve->send(wire::Leave{});
  told_of({"participant_left_waiting_room"});

  const wire::PublishedSource screen{wire::SourceKind::share, "vp8", {{"q", 1, 2, 1280, 720, 150'000}}};
  ada->send(wire::Publish{{screen}});
  told_of({"sharing_started"});
  ada->send(wire::Publish{{}});
  told_of({"sharing_ended"});

  r.host->send(say("to everybody", 1));
  told_of({"chat_message_sent"});
  CHECK(said.back().find(R"("message_content":"to everybody")") != std::string::npos);
  wire::SendChat secret = say("to Ada alone", 2);
  secret.scope = wire::ChatScope::direct;
  secret.to = r.wait_for<wire::Joined>(ada).participant;
  r.host->send(secret);
  r.host->send(wire::EditChat{3, 1, "changed"});
  ada->send(wire::ReactToChat{4, 1, "\U0001F44D", true});
  ada->send(wire::ReactToChat{5, 1, "\U0001F44D", false});
  REQUIRE(r.house.until([&] {
    const auto* last = ada->last<wire::Acknowledged>();
    return last != nullptr && last->request == 5;
  }));
  ada->send(say("the end", 6));
  told_of({"chat_message_sent"});
  CHECK(said.size() == 2);
  CHECK(said.back().find(R"("message_content":"the end")") != std::string::npos);
}

TEST_CASE("control: a file goes up in pieces, into the chat, and down again to whoever can read the message") {
  Running r;
  const auto ada = r.house.inside(r.id, "Ada");
  ada->send(wire::OfferFile{5, "notes.txt", 11});
  const wire::FileTicket up = r.wait_for<wire::FileTicket>(ada);
  const auto put = [&](std::uint64_t offset, const std::string& text, const std::string& ticket) {
    return r.house.call("PUT", "/api/files/" + up.file,
                        R"({"ticket":")" + ticket + R"(","offset":)" + std::to_string(offset) + R"(,"data":")" +
                            to_base64url(as_bytes(text)) + "\"}");
  };
  CHECK(put(0, "hello ", "forged").status == 403);
  CHECK(put(0, "hello ", up.ticket).status == 200);
  CHECK(put(7, "x", up.ticket).status == 409);
  CHECK(put(6, "world", up.ticket).status == 200);
  CHECK(r.wait_for<wire::FileStored>(ada).stored);
  wire::SendChat chat = say("", 6);
  chat.files = {up.file};
  ada->send(chat);
  CHECK(r.wait_for<wire::Chat>(r.host).messages.at(0).files.at(0).name == "notes.txt");
  r.host->send(wire::GetFile{7, up.file});
  const wire::FileTicket down = r.wait_for<wire::FileTicket>(r.host);
  const auto get = [&](const std::string& ticket) {
    return r.house.call("GET", "/api/files/" + up.file + "?ticket=" + ticket + "&offset=0&size=1000");
  };
  CHECK(get(down.ticket).body == "hello world");
  CHECK(get("forged").status == 403);
  CHECK(get(up.ticket).status == 403);
}

TEST_CASE("control: polls, questions and hands over the socket") {
  Running r;
  const auto ada = r.house.inside(r.id, "Ada");
  r.host->send(wire::SavePoll{1, {}, "Lunch", false, {{"What?", false, {"Soup", "Salad"}}}});
  const std::uint64_t poll = *r.wait_for<wire::Acknowledged>(r.host).made;
  r.host->send(wire::ControlPoll{2, poll, wire::PollAction::open});
  CHECK(r.wait_for<wire::PollChanged>(ada).poll.state == wire::PollState::open);
  ada->send(wire::Vote{3, poll, {{{1}}}});
  CHECK(r.wait_for<wire::Acknowledged>(ada).request == 3);
  CHECK(r.house.until([&] { return r.host->last<wire::PollChanged>()->poll.votes == 1; }));
  ada->send(wire::AskQuestion{4, "Why?", true});
  CHECK(r.wait_for<wire::QuestionChanged>(r.host).question.text == "Why?");
  ada->send(wire::RaiseHand{true});
  CHECK(r.wait_for<wire::Hands>(r.host).raised == std::vector<wire::ParticipantNumber>{2});
}
