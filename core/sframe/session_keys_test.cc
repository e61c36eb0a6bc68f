#include "core/sframe/session_keys.h"

#include <doctest/doctest.h>

#include "core/sframe/test_support.h"

namespace sealhall::sframe {
namespace {

using namespace std::chrono_literals;
using test::secret_of;

/// One participant as an engine holds it.
struct Person {
  Person(RandomSource& random, std::uint32_t number, std::uint16_t index, const MeetingUuid& uuid)
      : join(random),
        public_key(join.hpke_public_key().begin(), join.hpke_public_key().end()),
        nonce(join.sender_nonce()),
        participant(number),
        sender_index(index),
        keys(aead, std::move(join), {uuid, number, index}) {}
  JoinKeys join;
  Bytes public_key;
  SenderNonce nonce;
  std::uint32_t participant;
  std::uint16_t sender_index;
  crypto::InlineAead aead;
  SessionKeys keys;
};

struct Call {
  /// What kms and control do.
  void give(Person& person, std::uint32_t generation) {
    const auto sealed =
        seal_generation(uuid, generation, person.participant, person.public_key, secret_of(generation), random).value();
    REQUIRE(person.keys.add_generation(generation, sealed.enc, sealed.ciphertext));
  }
  void introduce() {
    for (Person* a : {&alice, &bob}) {
      for (Person* b : {&alice, &bob}) {
        if (a != b) REQUIRE(a->keys.set_sender(b->sender_index, b->nonce));
      }
    }
  }
  static Bytes seal(Person& person, Instant now) {
    const Bytes frame(60, 0x44);
    Bytes out(frame.size() + max_seal_overhead);
    out.resize(person.keys.seal(MediaContext::audio, frame, 0, out, now).value());
    return out;
  }
  static expected<OpenedFrame, SframeError> open(Person& person, const Bytes& sealed, Instant now) {
    Bytes out(sealed.size());
    return person.keys.open(sealed, 0, out, now);
  }

  SeededRandom random{77};
  MeetingUuid uuid{9, 9, 9};
  Person alice{random, 1, 10, uuid};
  Person bob{random, 2, 11, uuid};
};

TEST_CASE("session keys: two people who were given a generation open each other, and nobody else does") {
  Call call;
  call.introduce();
  Instant now{1s};
  for (Person* person : {&call.alice, &call.bob}) {
    call.give(*person, 1);
    REQUIRE(person->keys.activate(1, now));
  }
  const Bytes hello = Call::seal(call.alice, now);
  const auto opened = Call::open(call.bob, hello, now);
  REQUIRE(opened);
  CHECK(opened->sender_index == 10);
  CHECK(Call::open(call.bob, hello, now).error() == SframeError::replayed);

  // Somebody with another meeting secret who is otherwise in the same place.
  Person eve{call.random, 3, 12, call.uuid};
  REQUIRE(eve.keys.set_sender(10, call.alice.nonce));
  const auto wrong = seal_generation(call.uuid, 1, 3, eve.public_key, secret_of(666), call.random).value();
  REQUIRE(eve.keys.add_generation(1, wrong.enc, wrong.ciphertext));
  CHECK(Call::open(eve, Call::seal(call.alice, now), now).error() == SframeError::authentication_failed);
  // A generation that was sealed for somebody else.
  const auto alices = seal_generation(call.uuid, 2, 1, call.alice.public_key, secret_of(2), call.random).value();
  CHECK(eve.keys.add_generation(2, alices.enc, alices.ciphertext).error() == SframeError::bad_sealed_generation);
}

TEST_CASE("session keys: after a leave the others go on, and who has only the old generation opens nothing new") {
  Call call;
  call.introduce();
  Instant now{1s};
  Person carol{call.random, 3, 12, call.uuid};
  REQUIRE(carol.keys.set_sender(10, call.alice.nonce));
  for (Person* person : {&call.alice, &call.bob, &carol}) {
    call.give(*person, 1);
    REQUIRE(person->keys.activate(1, now));
  }
  CHECK(Call::open(carol, Call::seal(call.alice, now), now));

  // Carol is removed: generation 2 goes to the others only.
  for (Person* person : {&call.alice, &call.bob}) call.give(*person, 2);
  const Bytes before = Call::seal(call.alice, now);
  REQUIRE(call.alice.keys.activate(2, now + 1s));
  const Bytes after = Call::seal(call.alice, now + 1s);
  CHECK(Call::open(call.bob, after, now + 1s)->generation == 2);  // bob has not activated yet
  REQUIRE(call.bob.keys.activate(2, now + 2s));
  CHECK(Call::open(call.bob, before, now + 2s)->generation == 1);
  CHECK(Call::open(carol, after, now + 2s).error() == SframeError::unknown_generation);

  // Ten seconds later the old generation is gone everywhere without anybody asking.
  CHECK(call.bob.keys.next_deadline() == now + 12s);
  const Bytes more = Call::seal(carol, now + 2s);
  REQUIRE(call.bob.keys.set_sender(12, carol.nonce));
  CHECK(Call::open(call.bob, more, now + 12s).error() == SframeError::unknown_generation);
  CHECK(call.bob.keys.ring().state(1) == EpochState::erased);
  CHECK_FALSE(call.bob.keys.next_deadline());
}

TEST_CASE("session keys: a second join of the same person, even with the same index, shares no key with the first") {
  Call call;
  call.introduce();
  const Instant now{1s};
  for (Person* person : {&call.alice, &call.bob}) {
    call.give(*person, 1);
    REQUIRE(person->keys.activate(1, now));
  }
  Person again{call.random, 1, 10, call.uuid};  // a server that hands the index out twice
  call.give(again, 1);
  REQUIRE(again.keys.activate(1, now));
  const Bytes a = Call::seal(call.alice, now), b = Call::seal(again, now);
  CHECK(equal(ByteView{a}.first(3), ByteView{b}.first(3)));  // the same KID and counter
  CHECK(a != b);                                             // of the same plaintext: not the same key
  CHECK(Call::open(call.bob, a, now));
  CHECK_FALSE(Call::open(call.bob, b, now));
}

}  // namespace
}  // namespace sealhall::sframe
