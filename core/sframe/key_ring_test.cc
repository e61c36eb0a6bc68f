#include "core/sframe/key_ring.h"

#include <doctest/doctest.h>

namespace sealhall::sframe {
namespace {

using namespace std::chrono_literals;

GenerationSecret secret(std::uint32_t generation) {
  GenerationSecret bytes;
  store_u32(bytes.reveal_mutable().data(), generation);
  return bytes;
}
constexpr Instant start{100s};

TEST_CASE("key ring: prepared, active, retired for ten seconds, erased") {
  KeyRing ring{MeetingUuid{}};
  CHECK_FALSE(ring.active());
  REQUIRE(ring.prepare(1, secret(1)));
  CHECK(ring.state(1) == EpochState::prepared);
  CHECK_FALSE(ring.active());
  REQUIRE(ring.activate(1, start));
  CHECK(ring.active() == 1U);
  CHECK_FALSE(ring.next_deadline());

  REQUIRE(ring.prepare(2, secret(2)));
  CHECK(ring.active() == 1U);  // seals with the old one until told
  CHECK(ring.find_by_bits(2) != nullptr);
  REQUIRE(ring.activate(2, start + 2s));
  CHECK(ring.active() == 2U);
  CHECK(ring.state(1) == EpochState::retired);
  CHECK(ring.find_by_bits(1) != nullptr);
  CHECK(ring.next_deadline() == start + 12s);
  ring.advance(start + 12s - 1us);
  CHECK(ring.state(1) == EpochState::retired);
  ring.advance(start + 12s);
  CHECK(ring.state(1) == EpochState::erased);
  CHECK(ring.find(1) == nullptr);
  CHECK(ring.find_by_bits(1) == nullptr);
  CHECK(ring.state(2) == EpochState::active);
}

TEST_CASE("key ring: an erased or older generation never comes back, and nothing is done twice") {
  KeyRing ring{MeetingUuid{}};
  CHECK(ring.prepare(0, secret(0)).error() == SframeError::generation_not_newer);
  REQUIRE(ring.prepare(5, secret(5)));
  CHECK(ring.prepare(5, secret(5)).error() == SframeError::generation_known);
  CHECK(ring.prepare(4, secret(4)).error() == SframeError::generation_not_newer);
  CHECK(ring.activate(6, start).error() == SframeError::unknown_generation);
  CHECK(ring.activate(4, start).error() == SframeError::generation_not_newer);
  REQUIRE(ring.activate(5, start));
  REQUIRE(ring.activate(5, start + 1s));
  REQUIRE(ring.prepare(6, secret(6)));
  REQUIRE(ring.activate(6, start + 2s));
  CHECK(ring.activate(5, start + 3s).error() == SframeError::generation_not_newer);
  REQUIRE(ring.activate(6, start + 5s));  // again: the deadline of 5 does not move
  CHECK(ring.next_deadline() == start + 12s);
  ring.advance(start + 60s);
  CHECK(ring.prepare(5, secret(5)).error() == SframeError::generation_not_newer);
  CHECK(ring.activate(5, start + 60s).error() == SframeError::generation_not_newer);
}

TEST_CASE("key ring: a prepared generation that was skipped retires with the one before") {
  KeyRing ring{MeetingUuid{}};
  for (std::uint32_t g = 1; g <= 3; ++g) REQUIRE(ring.prepare(g, secret(g)));
  REQUIRE(ring.activate(1, start));
  REQUIRE(ring.activate(3, start + 1s));
  CHECK(ring.state(1) == EpochState::retired);
  CHECK(ring.state(2) == EpochState::retired);
  CHECK(ring.activate(2, start + 2s).error() == SframeError::generation_not_newer);
  ring.advance(start + 11s);
  CHECK(ring.find_by_bits(2) == nullptr);
}

TEST_CASE("key ring: a generation with the same low eight bits erases the old one at once (RFC 9605 section 5.2)") {
  KeyRing ring{MeetingUuid{}};
  REQUIRE(ring.prepare(1, secret(1)));
  REQUIRE(ring.activate(1, start));
  REQUIRE(ring.prepare(257, secret(257)));
  CHECK(ring.state(1) == EpochState::erased);
  CHECK_FALSE(ring.active());  // rather nothing than a KID that means two keys
  REQUIRE(ring.find_by_bits(1) != nullptr);
  CHECK(ring.find_by_bits(1)->generation() == 257);
}

}  // namespace
}  // namespace sealhall::sframe
