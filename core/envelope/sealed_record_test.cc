#include "core/envelope/sealed_record.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/encoding.h"
#include "core/envelope/testing.h"

namespace sealhall::envelope {
namespace {

using testing::content;
using testing::id_of;
using testing::key_of;

const Context place{"account", "chat", "message", "text"};

TEST_CASE("sealed record: is the golden vector of tools/at_rest_vectors.py") {
  const auto hex = [](const char* text) { return from_hex(text).value(); };
  const Bytes dek = hex("2e51eb6d04fdf0368a65b40f03466247ab2c3fbcb78906e5655be63ac5cd1525");
  KeyId id{};
  std::ranges::copy(hex("1fe319f60383dfd001dc1d080c772252"), id.begin());
  testing::GivenRandom random{hex("ecb56b3c95edd894ae4b5ca2")};
  RecordKey key{Key{ByteView{dek}.first<key_size>()}, id};
  const Bytes sealed = key.seal({"a", "k", "", ""}, Bytes{0}, random).value();
  CHECK(to_hex(sealed) ==
        "01011fe319f60383dfd001dc1d080c772252ecb56b3c95edd894ae4b5ca2a3b513e2434272d418c5121030f785068008dc796ed3602324"
        "cb806721fcbddc3ea24c74c09c2ec317a6ae09a65677df17");
  CHECK(key.open({"a", "k", "", ""}, sealed).value() == Bytes{0});
}

TEST_CASE("sealed record: opens in its place under its key only") {
  SeededRandom random{1};
  RecordKey key{key_of(1), id_of(1)};
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, max_record_size}) {
    const Bytes sealed = key.seal(place, content(size), random).value();
    CHECK(sealed.size() == size + record_overhead);
    CHECK(data_key_of_record(sealed).value() == id_of(1));
    CHECK(key.open(place, sealed).value() == content(size));
  }
  const Bytes sealed = key.seal(place, content(20), random).value();
  for (const Context& elsewhere :
       {Context{"another", "chat", "message", "text"}, Context{"account", "poll", "message", "text"},
        Context{"account", "chat", "messages", "text"}, Context{"account", "chat", "message", "name"}}) {
    CHECK(key.open(elsewhere, sealed).error() == EnvelopeError::not_authentic);
  }
  CHECK(key.open({}, sealed).error() == EnvelopeError::bad_context);
  RecordKey other_key{key_of(2), id_of(1)};
  RecordKey other_id{key_of(1), id_of(2)};
  CHECK(other_key.open(place, sealed).error() == EnvelopeError::wrong_key);
  CHECK(other_id.open(place, sealed).error() == EnvelopeError::wrong_key);
  CHECK(key.seal(place, Bytes(max_record_size + 1), random).error() == EnvelopeError::too_large);
  CHECK(key.seal({}, content(1), random).error() == EnvelopeError::bad_context);
}

TEST_CASE("sealed record: the same text is never sealed the same way twice") {
  SeededRandom random{1};
  RecordKey key{key_of(1), id_of(1)};
  std::set<Bytes> seen;
  for (int i = 0; i < 1000; ++i) CHECK(seen.insert(key.seal(place, content(5), random).value()).second);
}

TEST_CASE("sealed record: every flipped bit and every cut is refused") {
  SeededRandom random{1};
  RecordKey key{key_of(1), id_of(1)};
  Bytes sealed = key.seal(place, content(40), random).value();
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    sealed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    if (key.open(place, sealed)) FAIL("bit ", bit);
    sealed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    if (key.open(place, ByteView{sealed}.first(size))) FAIL("size ", size);
  }
  sealed.push_back(0);
  CHECK(key.open(place, sealed).error() == EnvelopeError::not_authentic);
  CHECK(key.open(place, Bytes(record_overhead + max_record_size + 1, 1)).error() == EnvelopeError::malformed);
}

}  // namespace
}  // namespace sealhall::envelope
