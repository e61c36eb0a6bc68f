#include "core/meeting/polls.h"

#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ErrorCode;
using wire::PollAction;
using wire::PollState;

namespace {

wire::SavePoll lunch(bool anonymous = false) {
  wire::SavePoll poll;
  poll.request = 1;
  poll.title = "Lunch";
  poll.anonymous = anonymous;
  poll.questions = {{"What?", false, {"Soup", "Salad", "Bread"}}, {"When?", true, {"12", "13"}}};
  return poll;
}
wire::Vote vote(std::vector<std::uint32_t> first, std::vector<std::uint32_t> second) {
  return {5, 1, {{std::move(first)}, {std::move(second)}}};
}
struct Voting : World {
  Voting() {
    host = join_host();
    ada = join("Ada");
    bob = join("Bob");
  }
  void open(bool anonymous = false) {
    send(host, lunch(anonymous));
    send(host, wire::ControlPoll{2, 1, PollAction::open});
  }
  wire::Poll seen(ConnectionId c) const {
    const auto* m = last<wire::PollChanged>(c);
    return m == nullptr ? wire::Poll{} : m->poll;
  }
  ConnectionId host, ada, bob;
};

}  // namespace

TEST_CASE("polls: a draft is the hosts' alone and can be changed; an open one is everybody's and cannot") {
  Voting w;
  w.send(w.host, lunch());
  CHECK(w.last<wire::Acknowledged>(w.host)->made == 1);
  CHECK(w.last<wire::PollChanged>(w.ada) == nullptr);
  wire::SavePoll changed = lunch();
  changed.poll = 1;
  changed.title = "Supper";
  w.send(w.host, changed);
  CHECK(w.seen(w.host).title == "Supper");
  w.send(w.ada, vote({0}, {}));
  CHECK(w.error(w.ada) == ErrorCode::not_found);
  w.send(w.host, wire::ControlPoll{2, 1, PollAction::share});
  CHECK(w.error(w.host) == ErrorCode::not_allowed);
  w.send(w.host, wire::ControlPoll{2, 1, PollAction::open});
  CHECK(w.seen(w.ada).state == PollState::open);
  CHECK(w.seen(w.ada).questions.size() == 2);
  CHECK(w.seen(w.ada).results.empty());
  w.send(w.host, changed);
  CHECK(w.error(w.host) == ErrorCode::not_allowed);
  for (const wire::ClientMessage& m :
       {wire::ClientMessage{lunch()}, wire::ClientMessage{wire::ControlPoll{2, 1, PollAction::close}}}) {
    w.send(w.ada, m);
    CHECK(w.error(w.ada) == ErrorCode::not_allowed);
  }
}

TEST_CASE("polls: everybody votes once; hosts see who and what, participants nothing until it is shared") {
  Voting w;
  w.open();
  w.send(w.ada, vote({1}, {0, 1}));
  CHECK(w.last<wire::Acknowledged>(w.ada)->request == 5);
  w.send(w.bob, vote({1}, {}));
  w.send(w.bob, vote({2}, {}));
  CHECK(w.error(w.bob) == ErrorCode::not_allowed);
  const wire::Poll poll = w.seen(w.host);
  CHECK(poll.votes == 2);
  CHECK(poll.results.at(0).votes == std::vector<std::uint32_t>{0, 2, 0});
  CHECK(poll.results.at(1).votes == std::vector<std::uint32_t>{1, 1});
  CHECK(poll.results.at(0).voters.at(1).participants == std::vector<ParticipantNumber>{2, 3});
  CHECK(w.all<wire::PollChanged>(w.ada).size() == 1);  // that it was opened
  w.send(w.host, wire::ControlPoll{3, 1, PollAction::close});
  CHECK(w.seen(w.ada).results.empty());
  w.send(w.host, vote({0}, {}));
  CHECK(w.error(w.host) == ErrorCode::not_allowed);
  w.send(w.host, wire::ControlPoll{4, 1, PollAction::share});
  REQUIRE(w.seen(w.ada).results.size() == 2);
  CHECK(w.seen(w.ada).results[0].votes[1] == 2);
  CHECK(w.seen(w.ada).results[0].voters.empty());
  w.send(w.host, wire::ControlPoll{6, 1, PollAction::unshare});
  CHECK(w.seen(w.ada).results.empty());
  w.send(w.host, wire::ControlPoll{7, 1, PollAction::remove});
  CHECK(w.last<wire::PollRemoved>(w.ada)->poll == 1);
  w.send(w.host, wire::ControlPoll{8, 1, PollAction::open});
  CHECK(w.error(w.host) == ErrorCode::not_found);
}

TEST_CASE("polls: of an anonymous vote nothing ties the choice to the person, not even what is stored") {
  Voting w;
  w.open(true);
  w.send(w.bob, vote({2}, {}));
  w.send(w.ada, vote({0}, {1}));
  const auto& record = std::get<wire::PollRecord>(w.records.at({"poll", 1}));
  CHECK(record.voted == std::vector<ParticipantNumber>{2, 3});
  for (const wire::Poll& poll : {record.poll, w.seen(w.host)}) {
    CHECK(poll.votes == 2);
    CHECK(poll.results.at(0).votes == std::vector<std::uint32_t>{1, 0, 1});
    for (const auto& tally : poll.results) CHECK(tally.voters.empty());
  }
}

TEST_CASE("polls: answers must fit the questions") {
  Voting w;
  w.open();
  for (const wire::Vote& wrong :
       {vote({}, {}), vote({0, 1}, {}), vote({3}, {}), vote({0}, {1, 1}), vote({0}, {2}), wire::Vote{5, 1, {{{0}}}}}) {
    w.send(w.ada, wrong);
    CHECK(w.error(w.ada) == ErrorCode::bad_message);
  }
  CHECK(w.seen(w.host).votes == 0);
  wire::SavePoll wrong = lunch();
  wrong.questions[0].options[1] = " ";
  w.send(w.host, wrong);
  CHECK(w.error(w.host) == ErrorCode::bad_message);
}

TEST_CASE("polls: who comes late, or comes back, sees what is open and whether they have voted") {
  Voting w;
  w.open();
  w.send(w.ada, vote({1}, {}));
  const auto late = w.join("Late");
  CHECK(w.last<wire::PollChanged>(late)->voted == false);
  const auto again = w.join_again(w.joined(w.ada));
  CHECK(w.last<wire::PollChanged>(again)->voted == true);
}

TEST_CASE("polls: a vote that could not be kept is not counted and may be given again") {
  Voting w;
  w.open();
  w.store_works = false;
  w.send(w.ada, vote({1}, {}));
  CHECK(w.error(w.ada) == ErrorCode::internal);
  w.store_works = true;
  w.send(w.ada, vote({1}, {}));
  CHECK(w.seen(w.host).votes == 1);
}

TEST_CASE("polls: go on after a crash") {
  std::vector<wire::Record> records;
  {
    Voting w;
    w.open();
    w.send(w.ada, vote({1}, {}));
    for (const auto& [key, record] : w.records) records.push_back(record);
  }
  World w;
  w.feed(Restore{records, {}});
  const auto host = w.join_host();
  CHECK(w.last<wire::PollChanged>(host)->poll.votes == 1);
  w.send(host, lunch());
  CHECK(w.last<wire::Acknowledged>(host)->made == 2);
}
