#include "core/meeting/chat.h"

#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ChatPolicy;
using wire::ChatScope;
using wire::ErrorCode;

namespace {

/// The chat as this connection knows it.
std::map<std::uint64_t, wire::ChatMessage> chat(const World& w, ConnectionId c) {
  std::map<std::uint64_t, wire::ChatMessage> out;
  for (const auto* m : w.all<wire::Chat>(c)) {
    for (const auto& message : m->messages) out[message.message] = message;
  }
  return out;
}
bool knows(const World& w, ConnectionId c, std::string_view text) {
  for (const auto* m : w.all<wire::Chat>(c)) {
    for (const auto& message : m->messages) {
      if (message.text == text) return true;
    }
  }
  return false;
}
wire::SendChat say(std::string text, std::uint64_t request = 1) {
  wire::SendChat m;
  m.request = request;
  m.text = std::move(text);
  return m;
}
wire::SendChat to(ParticipantNumber who, std::string text) {
  wire::SendChat m = say(std::move(text));
  m.scope = ChatScope::direct;
  m.to = who;
  return m;
}
wire::SendChat scoped(ChatScope scope, std::string text) {
  wire::SendChat m = say(std::move(text));
  m.scope = scope;
  return m;
}

/// A host (1), Ada (2), Bob (3).
struct Three : World {
  explicit Three(Settings settings = {}) : World(std::move(settings)) {
    host = join_host();
    ada = join("Ada");
    bob = join("Bob");
  }
  ConnectionId host, ada, bob;
};

}  // namespace

TEST_CASE("chat: a message reaches everybody, with who and when, and the sender is told its number") {
  World w{Settings{.started_at = UnixMicros{1'700'000'000'000'000}}};
  w.join_host();
  const auto ada = w.join("Ada");
  const auto bob = w.join("Bob");
  w.pass(1s);
  w.send(ada, say(" Hello \n", 7));
  REQUIRE(w.last<wire::Chat>(bob) != nullptr);
  const wire::ChatMessage& m = w.last<wire::Chat>(bob)->messages.at(0);
  CHECK(m.message == 1);
  CHECK(m.from == 2);
  CHECK(m.name == "Ada");
  CHECK(m.text == "Hello");
  CHECK(m.sent_at_ms == 1'700'000'001'000);
  CHECK_FALSE(w.last<wire::Chat>(bob)->history);
  REQUIRE(w.last<wire::Acknowledged>(ada) != nullptr);
  CHECK(w.last<wire::Acknowledged>(ada)->request == 7);
  CHECK(w.last<wire::Acknowledged>(ada)->made == 1);
  CHECK(w.last<wire::Acknowledged>(bob) == nullptr);
  CHECK(chat(w, ada).size() == 1);
}

TEST_CASE("chat: nothing is acknowledged or shown before it is kept, and what cannot be kept is refused") {
  Three w;
  w.store_answers = false;
  w.send(w.ada, say("slow"));
  CHECK(w.last<wire::Chat>(w.bob) == nullptr);
  CHECK(w.last<wire::Acknowledged>(w.ada) == nullptr);
  w.store_answers = true;
  w.settle();
  CHECK(knows(w, w.bob, "slow"));
  w.store_works = false;
  w.send(w.ada, say("lost", 9));
  CHECK_FALSE(knows(w, w.bob, "lost"));
  CHECK(w.error(w.ada) == ErrorCode::internal);
  CHECK(w.last<wire::Error>(w.ada)->request == 9);
  CHECK_FALSE(w.last<wire::Error>(w.ada)->fatal);
  w.store_works = true;
  w.send(w.ada, say("again"));
  CHECK(w.last<wire::Chat>(w.bob)->messages.at(0).message == 3);  // a number is never used twice
}

TEST_CASE("chat: the store's answers in another order change nothing in the order of the messages") {
  Three w;
  w.store_answers = false;
  w.send(w.ada, say("one"));
  w.send(w.bob, say("two"));
  REQUIRE(w.store_queue.size() == 2);
  std::swap(w.store_queue[0], w.store_queue[1]);
  w.store_answers = true;
  w.settle();
  const auto seen = w.all<wire::Chat>(w.host);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0]->messages[0].text == "one");
  CHECK(seen[1]->messages[0].text == "two");
}

TEST_CASE("chat: what is private reaches one person, also in the history, and nobody else can name it") {
  Three w;
  w.send(w.ada, to(3, "secret"));
  CHECK(knows(w, w.bob, "secret"));
  CHECK(knows(w, w.ada, "secret"));
  CHECK_FALSE(knows(w, w.host, "secret"));
  w.send(w.host, wire::EditChat{1, 1, "x"});
  CHECK(w.error(w.host) == ErrorCode::not_found);
  w.send(w.host, wire::DeleteChat{1, 1});
  CHECK(w.error(w.host) == ErrorCode::not_found);
  w.send(w.host, wire::ReactToChat{1, 1, "+1", true});
  CHECK(w.error(w.host) == ErrorCode::not_found);
  wire::SendChat reply = say("about it");
  reply.reply_to = 1;
  w.send(w.host, reply);
  CHECK(w.error(w.host) == ErrorCode::not_found);
  w.send(w.host, wire::ReadChat{std::nullopt, 100});
  CHECK(w.last<wire::Chat>(w.host)->messages.empty());
  const auto late = w.join("Late");
  CHECK(w.last<wire::Chat>(late) == nullptr);
  const auto again = w.join_again(w.joined(w.bob));
  CHECK(knows(w, again, "secret"));
}

TEST_CASE("chat: to hosts only; who is made a co-host sees it from then on") {
  Three w;
  w.send(w.ada, scoped(ChatScope::hosts, "help"));
  CHECK(knows(w, w.host, "help"));
  CHECK_FALSE(knows(w, w.bob, "help"));
  w.command(w.host, wire::HostAction::make_cohost, 3);
  w.send(w.bob, wire::ReadChat{std::nullopt, 100});
  CHECK(knows(w, w.bob, "help"));
}

TEST_CASE("chat: who comes late is shown what was written to everybody; older pages are asked for") {
  Three w;
  for (int i = 0; i < 150; ++i) {
    w.pass(1s);
    w.send(w.ada, say("m" + std::to_string(i)));
  }
  const auto late = w.join("Late");
  const auto* history = w.last<wire::Chat>(late);
  REQUIRE(history != nullptr);
  CHECK(history->history);
  CHECK(history->more);
  REQUIRE(history->messages.size() == 100);
  CHECK(history->messages.front().text == "m50");
  CHECK(history->messages.back().text == "m149");
  w.send(late, wire::ReadChat{history->messages.front().message, 100});
  history = w.last<wire::Chat>(late);
  REQUIRE(history->messages.size() == 50);
  CHECK_FALSE(history->more);
  CHECK(history->messages.front().text == "m0");
}

TEST_CASE("chat: one's own message is edited and deleted, hosts delete anybody's; all see it") {
  Three w;
  w.send(w.ada, say("teh"));
  w.send(w.ada, wire::EditChat{2, 1, "the"});
  CHECK(chat(w, w.bob).at(1).text == "the");
  CHECK(chat(w, w.bob).at(1).edited_at_ms.has_value());
  w.send(w.bob, wire::EditChat{3, 1, "mine now"});
  CHECK(w.error(w.bob) == ErrorCode::not_allowed);
  w.send(w.host, wire::EditChat{3, 1, "host's words"});
  CHECK(w.error(w.host) == ErrorCode::not_allowed);
  w.send(w.bob, wire::DeleteChat{4, 1});
  CHECK(chat(w, w.host).at(1).text == "the");
  w.send(w.host, wire::DeleteChat{4, 1});
  CHECK(chat(w, w.bob).at(1).deleted);
  CHECK(chat(w, w.bob).at(1).text.empty());
  w.send(w.ada, wire::EditChat{5, 1, "back"});
  CHECK(w.error(w.ada) == ErrorCode::not_allowed);
  // What is stored holds the text no more either.
  CHECK(std::get<wire::ChatMessage>(w.records.at({"chat", 1})).text.empty());
}

TEST_CASE("chat: reactions are added once a person and taken back; two at the same moment both count") {
  Three w;
  w.send(w.ada, say("nice"));
  w.store_answers = false;
  w.send(w.ada, wire::ReactToChat{2, 1, "+1", true});
  w.send(w.bob, wire::ReactToChat{2, 1, "+1", true});
  w.store_answers = true;
  w.settle();
  REQUIRE(chat(w, w.host).at(1).reactions.size() == 1);
  CHECK(chat(w, w.host).at(1).reactions[0].participants == std::vector<ParticipantNumber>{2, 3});
  w.send(w.bob, wire::ReactToChat{3, 1, "+1", true});  // again: nothing new
  CHECK(w.last<wire::Acknowledged>(w.bob)->request == 3);
  w.send(w.ada, wire::ReactToChat{4, 1, "+1", false});
  w.send(w.bob, wire::ReactToChat{4, 1, "+1", false});
  CHECK(chat(w, w.host).at(1).reactions.empty());
  w.send(w.bob, wire::ReactToChat{5, 1, "two words", true});
  CHECK(w.error(w.bob) == ErrorCode::bad_message);
}

TEST_CASE("chat: a change that could not be kept is undone") {
  Three w;
  w.send(w.ada, say("kept"));
  w.store_works = false;
  w.send(w.ada, wire::EditChat{2, 1, "not kept"});
  CHECK(w.error(w.ada) == ErrorCode::internal);
  w.store_works = true;
  w.send(w.bob, wire::ReactToChat{3, 1, "+1", true});
  CHECK(chat(w, w.host).at(1).text == "kept");
}

TEST_CASE("chat: the host's policy holds for participants, hosts can always be written to but for nobody") {
  Three w;
  const auto may = [&](const wire::SendChat& m) {
    w.pass(5s);
    const std::size_t before = w.all<wire::Acknowledged>(w.ada).size();
    w.send(w.ada, m);
    return w.all<wire::Acknowledged>(w.ada).size() > before;
  };
  const auto policy = [&](ChatPolicy p) { w.send(w.host, wire::SetPolicy{.chat = p}); };
  CHECK(may(to(3, "a")));
  policy(ChatPolicy::everyone);
  CHECK(w.last<wire::MeetingChanged>(w.bob)->meeting.chat == ChatPolicy::everyone);
  CHECK(may(say("b")));
  CHECK_FALSE(may(to(3, "c")));
  CHECK(may(to(1, "d")));
  policy(ChatPolicy::hosts);
  CHECK_FALSE(may(say("e")));
  CHECK(may(to(1, "f")));
  CHECK(may(scoped(ChatScope::hosts, "g")));
  policy(ChatPolicy::nobody);
  CHECK_FALSE(may(to(1, "h")));
  CHECK_FALSE(may(scoped(ChatScope::hosts, "i")));
  CHECK(w.error(w.ada) == ErrorCode::not_allowed);
  w.send(w.host, say("hosts may"));
  CHECK(knows(w, w.ada, "hosts may"));
  w.send(w.ada, wire::SetPolicy{.chat = ChatPolicy::everyone});
  CHECK(w.error(w.ada) == ErrorCode::not_allowed);
}

TEST_CASE("chat: between the waiting room and the hosts") {
  World w{Settings{.waiting_room = true}};
  const auto host = w.join_host();
  const auto eve = w.join("Eve");
  w.send(eve, say("let me in"));  // to everybody: not from here
  CHECK(w.error(eve) == ErrorCode::not_allowed);
  w.send(eve, scoped(ChatScope::hosts, "it is me"));
  CHECK(knows(w, host, "it is me"));
  w.send(host, scoped(ChatScope::waiting_room, "a moment"));
  CHECK(knows(w, eve, "a moment"));
  w.send(host, to(2, "who are you?"));
  CHECK(knows(w, eve, "who are you?"));
  const auto next = w.join("Next");
  CHECK(knows(w, next, "a moment"));
  CHECK_FALSE(knows(w, next, "who are you?"));
  w.send(next, to(2, "psst"));
  CHECK(w.error(next) == ErrorCode::not_found);
  w.send(host, say("inside only"));
  CHECK_FALSE(knows(w, eve, "inside only"));
  w.send(eve, wire::ReadChat{std::nullopt, 100});
  CHECK_FALSE(knows(w, eve, "inside only"));
  w.send(eve, wire::RaiseHand{true});
  CHECK(w.error(eve) == ErrorCode::not_joined);
}

TEST_CASE("chat: bounds: empty texts, strangers, oneself, too fast, pages by size") {
  Three w;
  for (const auto& wrong : {say(" \n "), say("\xE2\x80\x8B")}) {
    w.send(w.ada, wrong);
    CHECK(w.error(w.ada) == ErrorCode::bad_message);
  }
  for (const ParticipantNumber nobody : {0U, 2U, 77U}) {
    w.send(w.ada, to(nobody, "x"));
    CHECK(w.error(w.ada) == ErrorCode::not_found);
  }
  w.pass(30s);
  for (int i = 0; i < 40; ++i) w.send(w.ada, say(std::string(4096, 'x')));
  CHECK(w.error(w.ada) == ErrorCode::rate_limited);
  CHECK(chat(w, w.bob).size() == 30);
  w.pass(60s);
  for (int i = 0; i < 30; ++i) w.send(w.ada, say(std::string(4096, 'x')));
  const auto late = w.join("Late");
  CHECK(w.last<wire::Chat>(late)->messages.size() < 50);
  CHECK(w.last<wire::Chat>(late)->more);
}

TEST_CASE("chat: memory is bounded, the oldest go") {
  Ledger ledger;
  ChatRoom room{ledger, {.most_messages = 3}};
  for (std::uint64_t i = 1; i <= 5; ++i) {
    wire::ChatMessage m;
    m.message = i;
    room.restore(m);
  }
  CHECK(room.size() == 3);
}

TEST_CASE("chat: a change of a message that was pushed out of memory meanwhile is acknowledged when it was kept only") {
  People people;
  Participant& ada = people[1];
  ada.number = 1;
  ada.stage = Stage::present;
  const Rules rules;
  ActivityOutbox out;
  SeededRandom random{1};
  Scene scene{people, rules, Instant{}, UnixMicros{}, random, 0, out};
  Ledger ledger;
  ChatRoom room{ledger, {.most_messages = 1}};
  wire::ChatMessage old;
  old.message = 1;
  old.from = 1;
  old.text = "teh";
  room.restore(old);
  room.send(ada, say("new", 7), {}, scene);
  room.edit(ada, wire::EditChat{8, 1, "the"}, scene);
  ledger.settled(1, true, scene);
  REQUIRE(room.size() == 1);  // the old one has gone, its change is on its way
  const auto answer = [&]() -> const wire::ServerMessage& { return std::get<Tell>(out.back()).message; };
  SUBCASE("kept") {
    ledger.settled(2, true, scene);
    REQUIRE(std::holds_alternative<wire::Acknowledged>(answer()));
    CHECK(std::get<wire::Acknowledged>(answer()).request == 8);
  }
  SUBCASE("not kept") {
    ledger.settled(2, false, scene);
    REQUIRE(std::holds_alternative<wire::Error>(answer()));
    CHECK(std::get<wire::Error>(answer()).request == 8);
    CHECK(std::get<wire::Error>(answer()).code == ErrorCode::internal);
  }
}

TEST_CASE("chat: what was kept is there again after a crash; numbers go on, and nobody inherits a private message") {
  std::vector<wire::Record> records;
  {
    Three w;
    w.send(w.ada, say("public"));
    w.send(w.ada, to(3, "private"));
    for (const auto& [key, record] : w.records) records.push_back(record);
  }
  World w;
  w.feed(Restore{records, {}});
  const auto host = w.join_host();
  CHECK(w.joined(host).participant == 4);
  CHECK(knows(w, host, "public"));
  CHECK_FALSE(knows(w, host, "private"));
  w.send(host, say("next"));
  CHECK(w.last<wire::Acknowledged>(host)->made == 3);
}
