#include "kms/generation_store.h"

#include <doctest/doctest.h>

#include <limits>

namespace sealhall::kms {
namespace {

using namespace std::chrono_literals;

constexpr sframe::MeetingUuid meeting{1, 2, 3};
constexpr sframe::MeetingUuid other_meeting{4, 5, 6};

struct Kept {
  SeededRandom random{5};
  GenerationStore store{random};
  hpke::PrivateKey alice = hpke::PrivateKey::generate(sframe::generation_suite.kem, random);
  hpke::PrivateKey bob = hpke::PrivateKey::generate(sframe::generation_suite.kem, random);
};

TEST_CASE("generation store: everybody who is given a generation gets the same secret, and only that one") {
  Kept k;
  const auto one = k.store.make(meeting, 0, {}).value();
  const auto two = k.store.make(meeting, 0, {}).value();
  const auto open = [&](const hpke::PrivateKey& key, std::uint32_t participant, std::uint32_t generation) {
    const auto sealed = k.store.seal(meeting, generation, participant, key.public_key()).value();
    return sframe::open_generation(meeting, generation, participant, key, sealed.enc, sealed.ciphertext).value();
  };
  CHECK(open(k.alice, 1, one) == open(k.bob, 2, one));
  CHECK(open(k.alice, 1, two) == open(k.bob, 2, two));
  CHECK_FALSE(open(k.alice, 1, one) == open(k.alice, 1, two));
  CHECK_FALSE(open(k.alice, 1, one) == sframe::GenerationSecret{});
}

TEST_CASE("generation store: numbers only go up, also past what control remembers and after an erasure") {
  Kept k;
  CHECK(k.store.make(meeting, 0, {}) == 1U);
  CHECK(k.store.make(meeting, 0, {}) == 2U);
  CHECK(k.store.make(meeting, 40, {}) == 41U);
  k.store.erase(meeting, 41);
  CHECK(k.store.make(meeting, 7, {}) == 42U);
  CHECK(k.store.make(other_meeting, 0, {}) == 1U);
  CHECK(k.store.make(meeting, std::numeric_limits<std::uint32_t>::max(), {}).error() ==
        StoreError::generations_used_up);
  CHECK(k.store.size() == 4);
}

TEST_CASE("generation store: what is unknown, erased, or sealed to a bad key is refused") {
  Kept k;
  const auto one = k.store.make(meeting, 0, {}).value();
  CHECK(k.store.seal(other_meeting, one, 1, k.alice.public_key()).error() == StoreError::unknown_meeting);
  CHECK(k.store.seal(meeting, one + 1, 1, k.alice.public_key()).error() == StoreError::unknown_generation);
  CHECK(k.store.seal(meeting, one, 1, Bytes(32, 0)).error() == StoreError::bad_public_key);
  CHECK(k.store.seal(meeting, one, 1, Bytes(31, 9)).error() == StoreError::bad_public_key);
  k.store.erase(meeting, one);
  CHECK(k.store.seal(meeting, one, 1, k.alice.public_key()).error() == StoreError::unknown_generation);
  const auto two = k.store.make(meeting, 0, {}).value();
  k.store.erase_all(meeting);
  CHECK(k.store.seal(meeting, two, 1, k.alice.public_key()).error() == StoreError::unknown_meeting);
  k.store.erase(other_meeting, 1);
  CHECK(k.store.size() == 0);
}

TEST_CASE("generation store: what nobody erases is wiped after a day") {
  Kept k;
  CHECK_FALSE(k.store.next_deadline());
  const auto one = k.store.make(meeting, 0, Instant{0s}).value();
  const auto two = k.store.make(meeting, 0, Instant{30min}).value();
  CHECK(k.store.next_deadline() == Instant{24h});
  k.store.advance(Instant{24h});
  CHECK(k.store.seal(meeting, one, 1, k.alice.public_key()).error() == StoreError::unknown_generation);
  CHECK(k.store.seal(meeting, two, 1, k.alice.public_key()));
  k.store.advance(Instant{24h + 30min});
  CHECK(k.store.size() == 0);
}

}  // namespace
}  // namespace sealhall::kms
