#include "client/engine/meeting_keys.h"

#include <doctest/doctest.h>

#include "core/base/random.h"
#include "core/sframe/managed_keys.h"

using namespace sealhall;
using namespace sealhall::client;
using namespace std::chrono_literals;

namespace {

constexpr Instant start{10s};

/// What kms and control do for one meeting.
struct Meeting {
  SeededRandom random{77};
  sframe::MeetingUuid uuid{1, 2, 3, 4};
  std::map<std::uint32_t, sframe::GenerationSecret> secrets;
  std::map<wire::ParticipantNumber, wire::RosterEntry> roster;

  void make(std::uint32_t generation) {
    sframe::GenerationSecret secret;
    random.fill(secret.reveal_mutable());
    secrets.emplace(generation, std::move(secret));
  }
  wire::SealedGeneration seal_for(std::uint32_t generation, wire::ParticipantNumber participant, const Bytes& key) {
    const auto sealed = sframe::seal_generation(uuid, generation, participant, key, secrets.at(generation), random);
    REQUIRE(sealed.has_value());
    return {.generation = generation, .enc = sealed->enc, .ciphertext = sealed->ciphertext};
  }
  wire::Joined join(MeetingKeys& keys, wire::ParticipantNumber participant, std::uint32_t generation) {
    wire::Joined joined;
    joined.participant = participant;
    joined.sender_index = static_cast<std::uint16_t>(participant + 100);
    joined.meeting.meeting_uuid.assign(uuid.begin(), uuid.end());
    joined.generations = {seal_for(generation, participant, keys.hpke_public_key())};
    joined.active_generation = generation;
    roster[participant] = {.participant = participant,
                           .name = "x",
                           .sender_index = joined.sender_index,
                           .sender_nonce = keys.sender_nonce(),
                           .sources = {}};
    return joined;
  }
};

struct Pair {
  Meeting meeting;
  MeetingKeys ada{meeting.random};
  MeetingKeys bob{meeting.random};
  Bytes bob_key;

  Pair() {
    meeting.make(1);
    ada.begin_join();
    bob.begin_join();
    bob_key = bob.hpke_public_key();
    const auto joined_ada = meeting.join(ada, 1, 1);
    const auto joined_bob = meeting.join(bob, 2, 1);
    REQUIRE(ada.joined(joined_ada, start));
    REQUIRE(bob.joined(joined_bob, start));
    ada.set_roster(meeting.roster);
    bob.set_roster(meeting.roster);
  }
};

const Bytes frame{0x11, 0x22, 0x33, 'h', 'e', 'l', 'l', 'o'};

}  // namespace

TEST_CASE("meeting keys: what one seals the other opens, with the clear prefix readable and the sender named") {
  Pair p;
  Bytes sealed;
  REQUIRE(p.ada.seal(5, frame, 3, sealed, start));
  CHECK(std::equal(sealed.begin(), sealed.begin() + 3, frame.begin()));
  CHECK(std::search(sealed.begin(), sealed.end(), frame.begin() + 3, frame.end()) == sealed.end());
  const auto key = p.bob.look(sealed, 3);
  REQUIRE(key.has_value());
  CHECK(key->sender_index == 101);
  CHECK(key->context == 5);
  CHECK(key->known);
  Bytes opened;
  REQUIRE(p.bob.open(sealed, 3, opened, start).has_value());
  CHECK(opened == frame);
  CHECK(p.bob.open(sealed, 3, opened, start).error() == OpenFailure::replayed);
}

TEST_CASE("meeting keys: any flipped bit, also in the clear prefix, is not authentic") {
  Pair p;
  Bytes sealed;
  REQUIRE(p.ada.seal(0, frame, 3, sealed, start));
  Bytes opened;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 0x40;
    CHECK_FALSE(p.bob.open(changed, 3, opened, start).has_value());
  }
  CHECK(p.bob.open(sealed, 3, opened, start).has_value());
  CHECK_FALSE(p.bob.look(ByteView{sealed}.first(2), 3).has_value());
}

TEST_CASE("meeting keys: a new generation opens at once, seals after activation, and who has gone is not opened") {
  Pair p;
  p.meeting.make(2);
  Bytes sealed;
  Bytes opened;
  CHECK(p.bob.add_generation(p.meeting.seal_for(2, 2, p.bob_key)));
  REQUIRE(p.bob.seal(0, frame, 0, sealed, start));
  CHECK(p.bob.active_generation() == 1U);
  CHECK(p.ada.open(sealed, 0, opened, start).has_value());
  CHECK(p.bob.activate(2, start));
  CHECK(p.bob.active_generation() == 2U);
  REQUIRE(p.bob.seal(0, frame, 0, sealed, start));
  // Ada was not given generation 2: she can see that she lacks it.
  const auto key = p.ada.look(sealed, 0);
  REQUIRE(key.has_value());
  CHECK_FALSE(key->known);
  CHECK(p.ada.open(sealed, 0, opened, start).error() == OpenFailure::unknown_key);
  // Bob leaves: his frames of generation 1 are refused as well.
  Pair q;
  REQUIRE(q.bob.seal(0, frame, 0, sealed, start));
  q.meeting.roster.erase(2);
  q.ada.set_roster(q.meeting.roster);
  CHECK(q.ada.open(sealed, 0, opened, start).error() == OpenFailure::unknown_key);
}

TEST_CASE("meeting keys: a generation sealed to somebody else's key, or for another participant, is refused") {
  Pair p;
  p.meeting.make(2);
  CHECK_FALSE(p.ada.add_generation(p.meeting.seal_for(2, 1, p.bob_key)));
  CHECK_FALSE(p.bob.add_generation(p.meeting.seal_for(2, 9, p.bob_key)));
}

TEST_CASE("meeting keys: nothing is sealed before a join, and a second join uses nothing of the first") {
  SeededRandom random(5);
  MeetingKeys keys(random);
  Bytes sealed;
  CHECK_FALSE(keys.seal(0, frame, 0, sealed, start));
  keys.begin_join();
  const Bytes key = keys.hpke_public_key();
  const Bytes nonce = keys.sender_nonce();
  CHECK_FALSE(keys.seal(0, frame, 0, sealed, start));
  keys.begin_join();
  CHECK(keys.hpke_public_key() != key);
  CHECK(keys.sender_nonce() != nonce);
  wire::Joined broken;
  broken.meeting.meeting_uuid = Bytes(5);
  CHECK_FALSE(keys.joined(broken, start));
}
