// What a client that wants to hurt can make of the activities: each is refused with a typed error, and what is kept in
// memory stays bounded.
#include <doctest/doctest.h>

#include "core/wire/codec.h"
#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ErrorCode;

namespace {
std::string poll_with(std::size_t options) {
  std::string text =
      R"({"type":"save_poll","request":1,"title":"P","anonymous":false,"questions":[{"text":"Q","multiple":true,"options":[)";
  for (std::size_t i = 0; i < options; ++i)
    text += (i == 0 ? "\"" : ",\"") + std::string("o") + std::to_string(i) + "\"";
  return text + "]}]}";
}
std::string chat_with(std::size_t characters) {
  return R"({"type":"send_chat","request":1,"scope":"everyone","files":[],"text":")" + std::string(characters, 'x') +
         "\"}";
}
}  // namespace

TEST_CASE(
    "hostile: a poll with a thousand options, a chat message of a megabyte or of five thousand characters do not "
    "decode") {
  CHECK(wire::decode_client(poll_with(20)).has_value());
  REQUIRE_FALSE(wire::decode_client(poll_with(1000)).has_value());
  CHECK(wire::decode_client(poll_with(1000)).error() == wire::WireError{wire::WireErrorKind::wrong_size, "options"});
  CHECK(wire::decode_client(chat_with(4096)).has_value());
  CHECK(wire::decode_client(chat_with(5000)).error() == wire::WireError{wire::WireErrorKind::wrong_size, "text"});
  CHECK(wire::decode_client(chat_with(1U << 20)).error().kind == wire::WireErrorKind::too_large);
}

TEST_CASE("hostile: ten thousand reactions by one person reach nobody after the first ones, and the others still can") {
  World w;
  const auto host = w.join_host();
  const auto eve = w.join("Eve");
  w.send(host, wire::SendChat{.request = 1, .text = "hello"});
  for (int i = 0; i < 10'000; ++i) w.send(eve, wire::React{"+1"});
  const std::size_t seen = w.all<wire::Reaction>(host).size();
  CHECK(seen >= 1);
  CHECK(seen < 100);
  CHECK(w.error(eve) == ErrorCode::rate_limited);
  for (int i = 0; i < 10'000; ++i) {
    w.send(eve, wire::ReactToChat{1, 1, "e" + std::to_string(i), true});
    if (i % 100 == 0) w.pass(1s);
  }
  REQUIRE(w.last<wire::Chat>(host) != nullptr);
  CHECK(w.last<wire::Chat>(host)->messages.front().reactions.size() == 20);
  w.send(host, wire::React{"-1"});
  CHECK(w.last<wire::Reaction>(eve)->emoji == "-1");
}

TEST_CASE("hostile: questions, polls, board items and uploads have an end for one who never stops") {
  World w;
  const auto host = w.join_host();
  std::size_t refused = 0;
  for (int i = 0; i < 6000; ++i) {
    w.send(host, wire::AskQuestion{1, "Q", false});
    w.send(host, wire::SavePoll{1, {}, "P", false, {{"Q", true, {"a", "b"}}}});
    w.send(host, wire::OfferFile{1, "f", 10});
    refused += w.error(host) == ErrorCode::full ? 1 : 0;
    w.pass(2s);
  }
  CHECK(refused > 3000);
  CHECK(w.records.size() < 3000);
  CHECK(w.offered.size() <= 100);  // one person's uploads that wait
}

TEST_CASE("hostile: what is about people, messages, polls or questions that are not there is not found, never more") {
  World w;
  const auto host = w.join_host();
  w.join("Ada");
  const auto says = [&](wire::ClientMessage m) {
    w.pass(10s);
    w.send(host, std::move(m));
    return w.error(host);
  };
  CHECK(says(wire::SendChat{.request = 1, .scope = wire::ChatScope::direct, .to = 99, .text = "x"}) ==
        ErrorCode::not_found);
  CHECK(says(wire::EditChat{1, 99, "x"}) == ErrorCode::not_found);
  CHECK(says(wire::DeleteChat{1, 99}) == ErrorCode::not_found);
  CHECK(says(wire::ControlPoll{1, 99, wire::PollAction::open}) == ErrorCode::not_found);
  CHECK(says(wire::Vote{1, 99, {{{0}}}}) == ErrorCode::not_found);
  CHECK(says(wire::AnswerQuestion{1, 99, "x"}) == ErrorCode::not_found);
  CHECK(says(wire::GetFile{1, "nothing"}) == ErrorCode::not_found);
  CHECK(says(wire::AssignRoom{99, 1}) == ErrorCode::not_found);
  CHECK(says(wire::PlanRooms{{{"A", {99}}}, false}) == ErrorCode::not_found);
  CHECK(says(wire::HostCommand{wire::HostAction::ban, 99}) == ErrorCode::not_found);
  CHECK(says(wire::Rename{99, "x"}) == ErrorCode::not_found);
  CHECK(says(wire::Erase{1, 99}) == ErrorCode::not_found);
}
