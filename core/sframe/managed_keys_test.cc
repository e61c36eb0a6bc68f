#include "core/sframe/managed_keys.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/sframe/kid.h"

namespace sealhall::sframe {
namespace {

MeetingUuid meeting() {
  MeetingUuid uuid{};
  for (std::size_t i = 0; i < uuid.size(); ++i) uuid[i] = static_cast<std::uint8_t>(i);
  return uuid;
}
GenerationSecret secret(std::uint8_t fill) {
  GenerationSecret bytes;
  std::ranges::fill(bytes.reveal_mutable(), fill);
  return bytes;
}
SenderNonce nonce(std::uint8_t fill) {
  SenderNonce bytes{};
  bytes.fill(fill);
  return bytes;
}

TEST_CASE("managed keys: the schedule gives the base key that an independent implementation gives") {
  // Computed with node:crypto (hkdf, sha512) from the formula in managed_keys.h.
  const ManagedGeneration generation{meeting(), 7, secret(0x11)};
  CHECK(to_hex(generation.base_key(0x0203, nonce(0x22)).reveal()) ==
        "34950ae529c4f0c98c86a5fdb743b13b2969a1dff5197b643174d1a01a085ae2");
}

TEST_CASE("managed keys: meeting, generation, sender, nonce and secret each change the base key") {
  const auto key = [](const MeetingUuid& m, std::uint32_t g, std::uint8_t s, std::uint16_t i, std::uint8_t n) {
    return to_hex(ManagedGeneration{m, g, secret(s)}.base_key(i, nonce(n)).reveal());
  };
  auto other_meeting = meeting();
  other_meeting[15] ^= 1;
  const auto one = key(meeting(), 1, 1, 1, 1);
  CHECK(one == key(meeting(), 1, 1, 1, 1));
  CHECK(one != key(other_meeting, 1, 1, 1, 1));
  CHECK(one != key(meeting(), 257, 1, 1, 1));  // the same KID bits, another key
  CHECK(one != key(meeting(), 1, 2, 1, 1));
  CHECK(one != key(meeting(), 1, 1, 2, 1));
  CHECK(one != key(meeting(), 1, 1, 1, 2));  // a reconnect
}

TEST_CASE("managed keys: a sealed secret opens for its participant, meeting and generation only") {
  SeededRandom random{4};
  const auto alice = hpke::PrivateKey::generate(generation_suite.kem, random);
  const auto bob = hpke::PrivateKey::generate(generation_suite.kem, random);
  const auto sealed = seal_generation(meeting(), 3, 12, alice.public_key(), secret(0x33), random).value();
  CHECK(sealed.ciphertext.size() == 48);
  CHECK(open_generation(meeting(), 3, 12, alice, sealed.enc, sealed.ciphertext).value() == secret(0x33));
  auto other_meeting = meeting();
  other_meeting[0] ^= 1;
  const auto refused = [](const auto& result) {
    return !result && result.error() == SframeError::bad_sealed_generation;
  };
  CHECK(refused(open_generation(meeting(), 3, 12, bob, sealed.enc, sealed.ciphertext)));
  CHECK(refused(open_generation(meeting(), 4, 12, alice, sealed.enc, sealed.ciphertext)));
  CHECK(refused(open_generation(meeting(), 3, 13, alice, sealed.enc, sealed.ciphertext)));
  CHECK(refused(open_generation(other_meeting, 3, 12, alice, sealed.enc, sealed.ciphertext)));
  CHECK(refused(open_generation(meeting(), 3, 12, alice, {}, sealed.ciphertext)));
  CHECK(refused(open_generation(meeting(), 3, 12, alice, sealed.enc, {})));
  // Something sealed rightly that is not 32 bytes long.
  const auto odd =
      hpke::seal(generation_suite, alice.public_key(), generation_info(meeting(), 3, 12), {}, Bytes(31, 1), random);
  CHECK(refused(open_generation(meeting(), 3, 12, alice, odd->enc, odd->ciphertext)));
  CHECK(seal_generation(meeting(), 3, 12, Bytes(32, 0), secret(1), random).error() ==
        hpke::HpkeError::zero_shared_secret);
}

TEST_CASE("managed keys: the HPKE info is what the protocol says, byte for byte") {
  CHECK(to_hex(generation_info(meeting(), 0x01020304, 0x05060708)) ==
        to_hex(as_bytes("sealhall/m1 generation")) + "000102030405060708090a0b0c0d0e0f" + "01020304" + "05060708");
}

TEST_CASE(
    "kid: the layout, there and back; audio of the first senders takes two bytes, contexts of others are none of "
    "ours") {
  static_assert(static_cast<std::uint64_t>(make_kid(MediaContext::camera_f, 0x0203, 0x1FF)) == 0x050203FF);
  const auto parts = split_kid(make_kid(MediaContext::share_q, 700, 259));
  REQUIRE(parts);
  CHECK(*parts == KidParts{MediaContext::share_q, 700, 3});
  CHECK(header_size({make_kid(MediaContext::audio, 200, 1), 300}) == 1 + 2 + 2);
  CHECK_FALSE(split_kid(KeyId{8ULL << 24}));
  CHECK_FALSE(split_kid(KeyId{1ULL << 40}));
  CHECK_FALSE(split_kid(KeyId{~0ULL}));
  CHECK(replay_window_of(MediaContext::share_audio) == 1024);
  CHECK(replay_window_of(MediaContext::camera_h) == 4096);
}

}  // namespace
}  // namespace sealhall::sframe
