#include "client/cli/activity_commands.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::cli;

namespace {
const NamedPeople people{.present = {{1, "Ada Lovelace"}, {2, "Bob"}, {9, "Adam"}}, .waiting = {{12, "Eve"}}};

template <class T>
T typed(std::string_view verb, std::string_view rest = {}) {
  auto m = parse_activity(verb, rest, people);
  REQUIRE_MESSAGE(m.has_value(), (m ? std::string() : m.error()));
  REQUIRE(std::holds_alternative<T>(*m));
  return std::get<T>(*m);
}
}  // namespace

TEST_CASE("typed: private messages by a name of one word, or of several before a colon; also to who waits") {
  CHECK(typed<wire::SendChat>("msg", "Bob hello there").to == 2U);
  CHECK(typed<wire::SendChat>("msg", "Bob hello there").text == "hello there");
  const auto m = typed<wire::SendChat>("msg", "ada lovelace: see 10:30");
  CHECK(m.to == 1U);
  CHECK(m.text == "see 10:30");
  CHECK(typed<wire::SendChat>("msg", "#9 x").to == 9U);
  CHECK(typed<wire::SendChat>("msg", "Bob at 10:30").text == "at 10:30");
  CHECK(typed<wire::SendChat>("msg", "Eve wait").to == 12U);
  CHECK(typed<wire::SendChat>("hosts", "help").scope == wire::ChatScope::hosts);
}

TEST_CASE("typed: messages are named by their numbers") {
  CHECK(typed<wire::SendChat>("reply", "3 yes").reply_to == 3U);
  CHECK(typed<wire::EditChat>("edit", "#3 better").text == "better");
  CHECK(typed<wire::DeleteChat>("delete", "3").message == 3);
  CHECK(typed<wire::ReactToChat>("like", "3 +1").on);
  CHECK_FALSE(typed<wire::ReactToChat>("unlike", "3 +1").on);
  CHECK(typed<wire::ReadChat>("history", "20").before == 20U);
  CHECK_FALSE(typed<wire::ReadChat>("history").before.has_value());
}

TEST_CASE("typed: polls are written in one line, people count options from one") {
  const auto poll = typed<wire::SavePoll>("poll", "anonymous Lunch | What? | Soup | Salad || When? | 12 | 13");
  CHECK(poll.title == "Lunch");
  CHECK(poll.anonymous);
  REQUIRE(poll.questions.size() == 2);
  CHECK(poll.questions[0].options == std::vector<std::string>{"Soup", "Salad"});
  CHECK_FALSE(poll.questions[0].multiple);
  CHECK(typed<wire::SavePoll>("poll", "multiple T | Q | a | b").questions[0].multiple);
  const auto vote = typed<wire::Vote>("vote", "4 1 ; 2 3");
  CHECK(vote.poll == 4);
  REQUIRE(vote.answers.size() == 2);
  CHECK(vote.answers[0].options == std::vector<std::uint32_t>{0});
  CHECK(vote.answers[1].options == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("typed: rules, names, spotlight, recording") {
  CHECK(typed<wire::SetPolicy>("chat", "hosts").chat == wire::ChatPolicy::hosts);
  CHECK(typed<wire::SetPolicy>("forbid", "share").share == false);
  CHECK(typed<wire::Rename>("rename", "New Name").name == "New Name");
  CHECK(typed<wire::Rename>("rename", "Bob: Robert").participant == 2U);
  CHECK(typed<wire::SetSpotlight>("spotlight", "Bob, ada lovelace").participants ==
        std::vector<wire::ParticipantNumber>{2, 1});
  CHECK(typed<wire::SetSpotlight>("spotlight").participants.empty());
  CHECK(typed<wire::SetRecording>("record", "pause").state == wire::RecordingState::paused);
  CHECK(parse_activity("record", "", people).error().empty());  // alone it is the server that records
  CHECK_FALSE(typed<wire::AnswerConsent>("refuse").agreed);
  CHECK(typed<wire::Report>("report", "Bob: shouts").participants == std::vector<wire::ParticipantNumber>{2});
}

TEST_CASE("typed: breakout rooms with their people in one line") {
  const auto plan = typed<wire::PlanRooms>("rooms", "North: ada lovelace, Bob | South");
  REQUIRE(plan.rooms.size() == 2);
  CHECK(plan.rooms[0].assigned == std::vector<wire::ParticipantNumber>{1, 2});
  CHECK(plan.rooms[1].name == "South");
  CHECK_FALSE(plan.choose);
  CHECK(typed<wire::PlanRooms>("rooms", "choose A | B").choose);
  CHECK(typed<wire::ControlRooms>("rooms-close", "20").seconds == 20);
  CHECK(typed<wire::AssignRoom>("assign", "Bob: 2").room == 2);
}

TEST_CASE("typed: what is drawn on the whiteboard") {
  CHECK(typed<wire::Draw>("draw", "stroke 1 2 3 4").points == std::vector<std::uint32_t>{1, 2, 3, 4});
  const auto text = typed<wire::Draw>("draw", "text 10 20 an idea 3");
  CHECK(text.points == std::vector<std::uint32_t>{10, 20});
  CHECK(text.text == "an idea 3");
  CHECK(typed<wire::Erase>("erase", "7").item == 7U);
  CHECK_FALSE(typed<wire::Erase>("erase", "all").item.has_value());
}

TEST_CASE("typed: mistakes get a sentence, unknown words none") {
  for (const auto& [verb, rest] : {std::pair{"msg", "Bob"},
                                   {"msg", "Nobody x"},
                                   {"edit", "x y"},
                                   {"vote", "1 0"},
                                   {"vote", "x"},
                                   {"poll", "T | Q | one"},
                                   {"delete", ""},
                                   {"allow", "x"},
                                   {"record", "x"}}) {
    CAPTURE(verb);
    const auto m = parse_activity(verb, rest, people);
    REQUIRE_FALSE(m.has_value());
    CHECK(m.error().size() > 10);
  }
  CHECK(parse_activity("dance", "", people).error().empty());
}

TEST_CASE("typed: the request number goes where there is a place for it") {
  wire::ClientMessage chat = wire::SendChat{};
  CHECK(set_request(chat, 7));
  CHECK(std::get<wire::SendChat>(chat).request == 7);
  wire::ClientMessage hand = wire::RaiseHand{};
  CHECK_FALSE(set_request(hand, 7));
}
