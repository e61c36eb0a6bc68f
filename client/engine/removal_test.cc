// Whoever is removed opens nothing that is sealed two seconds later: the meeting decides, real keys seal, virtual time.
#include <doctest/doctest.h>

#include <deque>
#include <utility>

#include "client/engine/meeting_keys.h"
#include "core/sframe/managed_keys.h"
#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::client;
using namespace std::chrono_literals;
using meeting::ConnectionId;
using wire::ParticipantNumber;

namespace {

const Bytes frame{'a', ' ', 'f', 'r', 'a', 'm', 'e'};

struct Person {
  explicit Person(RandomSource& random) : keys(random) {}
  MeetingKeys keys;
  ConnectionId connection{};
  bool acknowledges = true;  ///< who does not keeps the others waiting as long as the meeting lets him
  std::size_t heard = 0;     ///< messages of the inbox
};

/// A meeting whose kms has real secrets, and people who have real keys.
class House {
 public:
  explicit House(std::uint64_t seed) : random_(seed), w({}, seed) { w.kms_answers = false; }

  Person& join(std::string name, std::optional<meeting::Account> account = std::nullopt) {
    Person& person = people.emplace_back(random_);
    person.keys.begin_join();
    wire::Join join = meeting::testing::World::join_message(std::move(name));
    join.hpke_public_key = person.keys.hpke_public_key();
    join.sender_nonce = person.keys.sender_nonce();
    person.connection = w.connect();
    w.feed(meeting::JoinRequest{person.connection, join, "test", std::move(account)});
    settle();
    return person;
  }
  void pass(Duration d) {
    w.pass(d);
    settle();
  }
  [[nodiscard]] ParticipantNumber number(const Person& person) const { return w.joined(person.connection).participant; }

  /// kms answers, and everybody hears what they were sent, until nothing is left to say.
  void settle() {
    bool more = true;
    while (std::exchange(more, false)) {
      while (!w.kms_queue.empty()) answer();
      for (Person& person : people) {
        while (person.heard < w.inbox[person.connection].size()) {
          more = true;
          // A copy: what the person answers may bring more, and the inbox grows.
          const wire::ServerMessage message = w.inbox[person.connection][person.heard++];
          hear(person, message);
        }
        person.keys.advance(w.now);
      }
    }
  }

 private:
  void answer() {
    const meeting::Output request = w.kms_queue.front();
    w.kms_queue.pop_front();
    if (const auto* make = std::get_if<meeting::MakeKeys>(&request)) {
      const std::uint32_t generation = w.kms_newest = std::max(w.kms_newest, make->after) + 1;
      random_.fill(secrets_[generation].reveal_mutable());
      w.feed(meeting::KeysMade{make->request, generation});
    } else if (const auto* seal = std::get_if<meeting::SealKeys>(&request)) {
      sframe::MeetingUuid uuid{};
      const Bytes& bytes = w.meeting.settings().meeting_uuid;
      REQUIRE(bytes.size() == uuid.size());
      std::ranges::copy(bytes, uuid.begin());
      const auto sealed = sframe::seal_generation(uuid, seal->generation, seal->participant, seal->hpke_public_key,
                                                  secrets_.at(seal->generation), random_);
      REQUIRE(sealed.has_value());
      w.feed(meeting::KeysSealed{
          seal->request, {.generation = seal->generation, .enc = sealed->enc, .ciphertext = sealed->ciphertext}});
    }
  }
  void hear(Person& person, const wire::ServerMessage& message) {
    if (const auto* joined = std::get_if<wire::Joined>(&message)) {
      REQUIRE(person.keys.joined(*joined, w.now));
      person.keys.set_roster(w.roster(person.connection));
      for (const auto& sealed : joined->generations) {
        if (sealed.generation > joined->active_generation) acknowledge(person, sealed.generation);
      }
    } else if (std::holds_alternative<wire::RosterUpdate>(message)) {
      person.keys.set_roster(w.roster(person.connection));
    } else if (const auto* made = std::get_if<wire::NewGeneration>(&message)) {
      REQUIRE(person.keys.add_generation(made->sealed));
      acknowledge(person, made->sealed.generation);
    } else if (const auto* activate = std::get_if<wire::ActivateGeneration>(&message)) {
      REQUIRE(person.keys.activate(activate->generation, w.now));
    }
  }
  void acknowledge(const Person& person, std::uint32_t generation) {
    if (person.acknowledges) w.send(person.connection, wire::KeyReady{generation});
  }

  SeededRandom random_;
  std::map<std::uint32_t, sframe::GenerationSecret> secrets_;

 public:
  meeting::testing::World w;
  std::deque<Person> people;
};

}  // namespace

TEST_CASE("removal: what is sealed two seconds later opens for those who stay and never for the removed") {
  int still_opened = 0;
  int waited_for_somebody = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    SeededRandom chance{seed};
    House house{seed};
    Person& host = house.join("Host", meeting::Account{"owner", "Owner", true, false});
    for (int i = 0; i < 6; ++i) house.join("Somebody").acknowledges = chance.chance(0.7);
    house.pass(3s);
    Person& victim = house.people[1 + chance.below(6)];
    const auto seal = [&](Person& by) {
      Bytes sealed;
      REQUIRE(by.keys.seal(0, frame, 0, sealed, house.w.now));
      return sealed;
    };
    Bytes opened;
    REQUIRE(victim.keys.open(seal(host), 0, opened, house.w.now).has_value());

    house.w.command(host.connection, wire::HostAction::remove, house.number(victim));
    const Instant end = house.w.now + 2s;
    house.settle();
    // At once: whoever has not changed yet still seals with what the removed one knows. The server forwards none of it.
    if (victim.keys.open(seal(host), 0, opened, house.w.now).has_value()) ++still_opened;
    const auto before = host.keys.active_generation();
    while (house.w.now < end) {
      if (chance.chance(0.2)) house.join("Newcomer").acknowledges = chance.chance(0.7);
      if (chance.chance(0.1)) house.w.command(host.connection, wire::HostAction::new_keys);
      house.pass(std::min<Duration>(end - house.w.now, Duration{static_cast<std::int64_t>(chance.below(400'000))}));
    }
    if (host.keys.active_generation() != before) ++waited_for_somebody;

    for (Person& by : house.people) {
      if (&by == &victim) continue;
      const Bytes sealed = seal(by);
      const auto key = victim.keys.look(sealed, 0);
      REQUIRE(key.has_value());
      CHECK_FALSE(key->known);
      CHECK(victim.keys.open(sealed, 0, opened, house.w.now).error() == OpenFailure::unknown_key);
      for (Person& other : house.people) {
        if (&other == &victim || &other == &by) continue;
        REQUIRE(other.keys.open(sealed, 0, opened, house.w.now).has_value());
        CHECK(opened == frame);
      }
    }
  }
  // Both ways there were taken: with and without somebody who keeps the others waiting.
  CHECK(still_opened > 5);
  CHECK(still_opened < 30);
  CHECK(waited_for_somebody > 5);
}
