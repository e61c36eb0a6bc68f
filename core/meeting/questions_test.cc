#include "core/meeting/questions.h"

#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ErrorCode;
using wire::QuestionAction;
using wire::QuestionState;

namespace {
struct Hall : World {
  Hall() {
    host = join_host();
    ada = join("Ada");
    bob = join("Bob");
  }
  wire::Question seen(ConnectionId c) const {
    const auto* m = last<wire::QuestionChanged>(c);
    return m == nullptr ? wire::Question{} : m->question;
  }
  ConnectionId host, ada, bob;
};
}  // namespace

TEST_CASE("questions: asked, voted up once a person, answered in writing or aloud") {
  Hall w;
  w.send(w.ada, wire::AskQuestion{1, "Why?", false});
  CHECK(w.seen(w.bob).text == "Why?");
  CHECK(w.seen(w.bob).from == 2U);
  w.send(w.bob, wire::UpvoteQuestion{2, 1, true});
  w.send(w.bob, wire::UpvoteQuestion{3, 1, true});
  w.send(w.ada, wire::UpvoteQuestion{2, 1, true});
  CHECK(w.seen(w.host).upvotes == 2);
  w.send(w.ada, wire::UpvoteQuestion{4, 1, false});
  CHECK(w.seen(w.host).upvotes == 1);
  w.send(w.bob, wire::AnswerQuestion{5, 1, "Because."});
  CHECK(w.error(w.bob) == ErrorCode::not_allowed);
  w.send(w.host, wire::AnswerQuestion{5, 1, "Because."});
  REQUIRE(w.seen(w.ada).answers.size() == 1);
  CHECK(w.seen(w.ada).answers[0].name == "Host");
  CHECK(w.seen(w.ada).state == QuestionState::answered);
  w.send(w.host, wire::ControlQuestion{6, 1, QuestionAction::reopen});
  CHECK(w.seen(w.ada).state == QuestionState::open);
  w.send(w.bob, wire::ControlQuestion{6, 1, QuestionAction::answered});
  CHECK(w.error(w.bob) == ErrorCode::not_allowed);
}

TEST_CASE("questions: of an anonymous one nobody learns who asked, not the hosts, not the store") {
  Hall w;
  w.send(w.ada, wire::AskQuestion{1, "Who pays?", true});
  CHECK_FALSE(w.seen(w.host).from.has_value());
  CHECK(w.seen(w.host).name.empty());
  const auto& record = std::get<wire::QuestionRecord>(w.records.at({"question", 1}));
  CHECK_FALSE(record.question.from.has_value());
  CHECK(record.question.name.empty());
}

TEST_CASE("questions: a dismissed one disappears for participants and stays for hosts") {
  Hall w;
  w.send(w.ada, wire::AskQuestion{1, "Rude?", false});
  w.send(w.host, wire::ControlQuestion{2, 1, QuestionAction::dismiss});
  CHECK(w.last<wire::QuestionRemoved>(w.bob)->question == 1);
  CHECK(w.seen(w.host).state == QuestionState::dismissed);
  w.send(w.bob, wire::UpvoteQuestion{3, 1, true});
  CHECK(w.error(w.bob) == ErrorCode::not_found);
  const auto late = w.join("Late");
  CHECK(w.last<wire::QuestionChanged>(late) == nullptr);
}

TEST_CASE("questions: who comes back is told what they have voted for; after a crash the votes are there") {
  Hall w;
  w.send(w.ada, wire::AskQuestion{1, "Why?", false});
  w.send(w.bob, wire::UpvoteQuestion{2, 1, true});
  CHECK(w.last<wire::QuestionChanged>(w.join_again(w.joined(w.bob)))->upvoted == true);
  CHECK(w.last<wire::QuestionChanged>(w.join("Late"))->upvoted == false);
  World after;
  std::vector<wire::Record> records;
  for (const auto& [key, record] : w.records) records.push_back(record);
  after.feed(Restore{records, {}});
  CHECK(after.last<wire::QuestionChanged>(after.join_host())->question.upvotes == 1);
}

TEST_CASE("questions: empty ones and ones that cannot be kept are refused") {
  Hall w;
  w.send(w.ada, wire::AskQuestion{1, " ", false});
  CHECK(w.error(w.ada) == ErrorCode::bad_message);
  w.store_works = false;
  w.send(w.ada, wire::AskQuestion{2, "Lost?", false});
  CHECK(w.error(w.ada) == ErrorCode::internal);
  CHECK(w.meeting.activities().questions().size() == 0);
}
