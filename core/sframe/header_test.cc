#include "core/sframe/header.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/base/encoding.h"
#include "core/base/random.h"

namespace sealhall::sframe {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

Bytes written(const Header& header) {
  std::array<std::uint8_t, max_header_size> room{};
  const std::size_t size = write_header(header, room);
  CHECK(size == header_size(header));
  return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST_CASE("header: published encodings of RFC 9605 appendix C.1, both ways") {
  struct Case {
    std::uint64_t key_id, counter;
    const char* encoded;
  };
  for (const Case& c : {
           Case{0x0ULL, 0x0ULL, "00"},
           {0xffULL, 0xffULL, "88ffff"},
           {0xffULL, 0x100ULL, "89ff0100"},
           {0x100ULL, 0xffULL, "980100ff"},
           {0x10000ULL, 0x100000000000000ULL, "af0100000100000000000000"},
           {0xffffffffffffffffULL, 0x0ULL, "f0ffffffffffffffff"},
           {0xffffffffffffffffULL, 0xffffffffffffffffULL, "ffffffffffffffffffffffffffffffffff"},
       }) {
    const Header header{KeyId{c.key_id}, c.counter};
    CHECK(to_hex(written(header)) == c.encoded);
    const auto parsed = parse_header(hex(c.encoded));
    REQUIRE(parsed);
    CHECK(parsed->header == header);
    CHECK(parsed->size == hex(c.encoded).size());
  }
}

TEST_CASE("header: every length of KID and counter goes there and back") {
  for (int key_bits = 0; key_bits <= 64; ++key_bits) {
    for (int counter_bits = 0; counter_bits <= 64; ++counter_bits) {
      const auto value = [](int bits) {
        return bits == 0 ? 0 : std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
      };
      const Header header{KeyId{value(key_bits)}, value(counter_bits)};
      const Bytes encoded = written(header);
      const auto parsed = parse_header(encoded);
      REQUIRE(parsed);
      CHECK(parsed->header == header);
      CHECK(parsed->size == encoded.size());
    }
  }
}

TEST_CASE("header: an encoding that is not minimal is refused (RFC 9605 section 4.3)") {
  CHECK(parse_header(hex("8000")).error() == HeaderError::not_minimal);    // KID 0 in a byte
  CHECK(parse_header(hex("8007")).error() == HeaderError::not_minimal);    // KID 7 in a byte
  CHECK(parse_header(hex("0800")).error() == HeaderError::not_minimal);    // CTR 0 in a byte
  CHECK(parse_header(hex("0807")).error() == HeaderError::not_minimal);    // CTR 7 in a byte
  CHECK(parse_header(hex("900008")).error() == HeaderError::not_minimal);  // KID 8 with a leading zero
  CHECK(parse_header(hex("0900ff")).error() == HeaderError::not_minimal);  // CTR 255 with a leading zero
  CHECK(parse_header(hex("0f0000000000000001")).error() == HeaderError::not_minimal);
  CHECK(parse_header(hex("8008")));
  CHECK(parse_header(hex("0808")));
}

TEST_CASE("header: cut anywhere it is truncated, and bytes behind it are not looked at") {
  const Bytes longest = written({KeyId{std::numeric_limits<std::uint64_t>::max()}, 0x0123456789abcdef});
  REQUIRE(longest.size() == max_header_size);
  for (std::size_t size = 0; size < longest.size(); ++size) {
    CHECK(parse_header(ByteView{longest}.first(size)).error() == HeaderError::truncated);
  }
  Bytes followed = longest;
  followed.push_back(0xff);
  CHECK(parse_header(followed)->size == max_header_size);
}

TEST_CASE("header: whatever is accepted is written back identically") {
  SeededRandom random{9};
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    Bytes bytes(static_cast<std::size_t>(random.below(19)));
    random.fill(bytes);
    const auto parsed = parse_header(bytes);
    if (!parsed) continue;
    ++accepted;
    const Bytes again = written(parsed->header);
    REQUIRE(equal(again, ByteView{bytes}.first(parsed->size)));
  }
  CHECK(accepted > 50'000);
}

}  // namespace
}  // namespace sealhall::sframe
