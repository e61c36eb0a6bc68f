#include "core/envelope/wrapped_key.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/envelope/testing.h"

namespace sealhall::envelope {
namespace {

using testing::id_of;
using testing::key_of;

const Context place{"account", "chat", "message", "text"};

TEST_CASE("wrapped key: is the golden vector of tools/at_rest_vectors.py") {
  const auto hex = [](const char* text) { return from_hex(text).value(); };
  const Bytes kek = hex("462b5d00b75a3c1c47b03772714388eee86248986d837ca5bb8eb15056c49216");
  const Bytes dek = hex("2e51eb6d04fdf0368a65b40f03466247ab2c3fbcb78906e5655be63ac5cd1525");
  WrappedKeyInfo info;
  std::ranges::copy(hex("12224af1a2425a562a784cecb097ef6f"), info.under.id.begin());
  info.under.version = 1;
  std::ranges::copy(hex("1fe319f60383dfd001dc1d080c772252"), info.key_id.begin());
  testing::GivenRandom random{hex("a437f0f91e30bc9acfedef515d25a05adf0ec44f458b89ea13d8cfd7768ece00")};
  const Key wrapping{ByteView{kek}.first<key_size>()};
  const Key key{ByteView{dek}.first<key_size>()};
  const Bytes wrapped = wrap_key(wrapping, info, place, key, random).value();
  CHECK(random.used_up());
  CHECK(
      to_hex(wrapped) ==
      "010112224af1a2425a562a784cecb097ef6f000000011fe319f60383dfd001dc1d080c772252a437f0f91e30bc9acfedef515d25a05adf0"
      "ec44f458b89ea13d8cfd7768ece000ac98b1059af52c4ca130d1c2622edd8f97fb7c9e7ef32762036e2712bd4ffa7dfa701e38355cb0aab"
      "c1152b179f9b77b54a90015747686dbd88a4284903541442e812bcc37f9dc73da389a947e2e7bd");
  CHECK(unwrap_key(wrapping, place, wrapped).value() == key);
  CHECK(read_wrapped_key(wrapped).value() == info);
}

TEST_CASE("wrapped key: opens with its key in its place only") {
  SeededRandom random{1};
  const WrappedKeyInfo info{{id_of(1), 3}, id_of(2)};
  const Bytes wrapped = wrap_key(key_of(1), info, place, key_of(2), random).value();
  CHECK(wrapped.size() == wrapped_key_size);
  CHECK(unwrap_key(key_of(1), place, wrapped).value() == key_of(2));
  CHECK(unwrap_key(key_of(3), place, wrapped).error() == EnvelopeError::wrong_key);
  for (const Context& elsewhere :
       {Context{"another", "chat", "message", "text"}, Context{"account", "poll", "message", "text"},
        Context{"account", "chat", "messages", "text"}, Context{"account", "chat", "message", "name"}}) {
    CHECK(unwrap_key(key_of(1), elsewhere, wrapped).error() == EnvelopeError::wrong_key);
  }
  CHECK(unwrap_key(key_of(1), {}, wrapped).error() == EnvelopeError::bad_context);
  CHECK(wrap_key(key_of(1), info, {}, key_of(2), random).error() == EnvelopeError::bad_context);
}

TEST_CASE("wrapped key: the same key is never wrapped the same way twice") {
  SeededRandom random{1};
  const WrappedKeyInfo info{{id_of(1), 1}, id_of(2)};
  const Bytes one = wrap_key(key_of(1), info, place, key_of(2), random).value();
  const Bytes two = wrap_key(key_of(1), info, place, key_of(2), random).value();
  CHECK(one != two);
  CHECK(unwrap_key(key_of(1), place, one).value() == unwrap_key(key_of(1), place, two).value());
}

TEST_CASE("wrapped key: every flipped bit and every cut is refused") {
  SeededRandom random{1};
  Bytes wrapped = wrap_key(key_of(1), {{id_of(1), 1}, id_of(2)}, place, key_of(2), random).value();
  for (std::size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    wrapped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    if (unwrap_key(key_of(1), place, wrapped)) FAIL("bit ", bit);
    wrapped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  for (std::size_t size = 0; size < wrapped.size(); ++size) {
    const auto cut = unwrap_key(key_of(1), place, ByteView{wrapped}.first(size));
    if (cut) FAIL("size ", size);
    CHECK(cut.error() == EnvelopeError::malformed);
  }
  wrapped.push_back(0);
  CHECK(unwrap_key(key_of(1), place, wrapped).error() == EnvelopeError::malformed);
}

}  // namespace
}  // namespace sealhall::envelope
