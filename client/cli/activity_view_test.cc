#include "client/cli/activity_view.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::cli;

namespace {
std::string text(const wire::ServerMessage& message, const client::ActivityState& state = {}) {
  const ActivityContext context{2, state, [](wire::ParticipantNumber n) { return "P" + std::to_string(n); }};
  std::string out;
  for (const std::string& line : activity_lines(message, context)) out += line + "\n";
  return out;
}
}  // namespace

TEST_CASE("view: chat with its number, to whom it is, what became of it; nothing that moves the cursor") {
  wire::ChatMessage m;
  m.message = 4;
  m.name = "Ada";
  m.text = "one\ntwo\x1B[2J";
  CHECK(text(wire::Chat{{m}}) == "[4] Ada: one\n      two?[2J\n");
  m.scope = wire::ChatScope::direct;
  m.to = 2;
  m.text = "x";
  m.edited_at_ms = 1;
  m.reactions = {{"+1", {2, 3}}};
  CHECK(text(wire::Chat{{m}}) == "[4] Ada (to you alone) (edited): x\n      +1 you, P3\n");
  m.deleted = true;
  CHECK(text(wire::Chat{{m}}) == "[4] Ada (to you alone): (deleted)\n");
}

TEST_CASE("view: a poll says what can be done, and results when there are some") {
  wire::Poll poll;
  poll.poll = 1;
  poll.title = "Lunch";
  poll.state = wire::PollState::open;
  poll.questions = {{"What?", false, {"Soup", "Salad"}}};
  CHECK(text(wire::PollChanged{poll}).find("/vote 1 OPTION") != std::string::npos);
  poll.results = {{{2, 1}, {{{2, 3}}, {{4}}}}};
  CHECK(text(wire::PollChanged{poll}).find("1. Soup: 2 (you, P3)") != std::string::npos);
  client::ActivityState state;
  state.apply(wire::PollChanged{poll, true});
  CHECK(text(wire::PollChanged{poll}, state).find("You have voted") != std::string::npos);
}

TEST_CASE("view: questions, hands, recording") {
  wire::Question q;
  q.question = 3;
  q.text = "Why?";
  q.answers = {{"Host", "Because.", 1}};
  CHECK(text(wire::QuestionChanged{q}) == "Question 3 by somebody, 0 want to know: Why?\n   Host: Because.\n");
  CHECK(text(wire::Hands{{3, 2}}) == "Hands, in order: P3, you\n");
  CHECK(text(wire::Recording{{1}, true}).find("/agree") != std::string::npos);
  CHECK(text(wire::Acknowledged{1}).empty());
}
