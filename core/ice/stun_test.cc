#include "core/ice/stun.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/encoding.h"
#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::stun;

namespace {

// RFC 5769 section 2: the test vectors of STUN.
constexpr std::string_view password = "VOkJxbRl1RmTxUk/WvJxBt";
const Bytes rfc5769_request = *from_hex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151"
    "263b3"
    "6000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf");
const Bytes rfc5769_response_v4 = *from_hex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd"
    "9e90c"
    "38c7489f92af9ba53f06be7d780280004c07d4c96");
const Bytes rfc5769_response_v6 = *from_hex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5be"
    "d2b9d"
    "900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c");
const Bytes rfc5769_long_term = *from_hex(
    "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b900000015001c662f2f3439396b3935"
    "34643"
    "64f4c33346f4c39465354767936347341001400"
    "0b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666");

constexpr TransactionId id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

Bytes build(auto&& fill, Class kind = Class::request, std::uint16_t m = method::binding) {
  Bytes out(1024);
  Builder builder{out, kind, m, id};
  fill(builder);
  const auto size = builder.finish();
  REQUIRE(size);
  out.resize(*size);
  return out;
}

}  // namespace

TEST_CASE("stun: the sample request of RFC 5769 section 2.1") {
  const auto m = parse(rfc5769_request);
  REQUIRE(m);
  CHECK(m->kind == Class::request);
  CHECK(m->method == method::binding);
  CHECK(m->text(attribute::software) == "STUN test client");
  CHECK(m->u32(attribute::priority) == 0x6e0001ffU);
  CHECK(m->u64(attribute::ice_controlled) == 0x932ff9b151263b36ULL);
  CHECK(m->text(attribute::username) == "evtj:h6vY");
  CHECK(m->has_fingerprint);
  CHECK(verify_integrity(*m, as_bytes(password)));
  CHECK(verify_integrity(*m, as_bytes("wrong")).error() == StunError::wrong_integrity);
}

TEST_CASE("stun: the sample responses of RFC 5769 sections 2.2 and 2.3") {
  const auto v4 = parse(rfc5769_response_v4);
  REQUIRE(v4);
  CHECK(v4->kind == Class::success);
  CHECK(v4->xor_address(attribute::xor_mapped_address).value() == *ice::Address::parse("192.0.2.1", 32853));
  CHECK(verify_integrity(*v4, as_bytes(password)));
  const auto v6 = parse(rfc5769_response_v6);
  REQUIRE(v6);
  CHECK(v6->xor_address(attribute::xor_mapped_address).value() ==
        *ice::Address::parse("2001:db8:1234:5678:11:2233:4455:6677", 32853));
  CHECK(verify_integrity(*v6, as_bytes(password)));
}

TEST_CASE("stun: the long-term credentials of RFC 5769 section 2.4") {
  const auto m = parse(rfc5769_long_term);
  REQUIRE(m);
  const auto key = long_term_key("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9", "example.org", "TheMatrIX");
  CHECK(verify_integrity(*m, key));
  CHECK(m->text(attribute::realm) == "example.org");
  CHECK(m->text(attribute::nonce) == "f//499k954d6OL34oL9FSTvy64sA");
}

TEST_CASE("stun: what is built reads back, with integrity and fingerprint") {
  const auto address = *ice::Address::parse("2001:db8::7", 4321);
  const Bytes bytes = build(
      [&](Builder& b) {
        b.text(attribute::username, "a:b")
            .u32(attribute::priority, 77)
            .u64(attribute::ice_controlling, 1ULL << 40)
            .flag(attribute::use_candidate)
            .xor_address(attribute::xor_mapped_address, address)
            .error(487, "Role Conflict")
            .integrity(as_bytes("key"))
            .fingerprint();
      },
      Class::error);
  CHECK(bytes.size() % 4 == 0);
  const auto m = parse(bytes);
  REQUIRE(m);
  CHECK(m->kind == Class::error);
  CHECK(m->transaction == id);
  CHECK(m->text(attribute::username) == "a:b");
  CHECK(m->u32(attribute::priority) == 77);
  CHECK(m->u64(attribute::ice_controlling) == 1ULL << 40);
  CHECK(m->has(attribute::use_candidate));
  CHECK(m->xor_address(attribute::xor_mapped_address).value() == address);
  CHECK(m->error_code() == 487);
  CHECK(m->has_fingerprint);
  CHECK(verify_integrity(*m, as_bytes("key")));
}

TEST_CASE("stun: all classes and methods survive the interleaving of the type field") {
  for (const Class kind : {Class::request, Class::indication, Class::success, Class::error})
    for (std::uint16_t m = 0; m < 0x1000; m = static_cast<std::uint16_t>(m + 7)) {
      const Bytes bytes = build([](Builder&) {}, kind, m);
      const auto parsed = parse(bytes);
      REQUIRE(parsed);
      CHECK(parsed->kind == kind);
      CHECK(parsed->method == m);
    }
}

TEST_CASE("stun: any flipped bit of a protected message is noticed") {
  for (std::size_t bit = 0; bit < rfc5769_request.size() * 8; ++bit) {
    Bytes flipped = rfc5769_request;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    const auto m = parse(flipped);
    const bool accepted = m && m->has_fingerprint && verify_integrity(*m, as_bytes(password)).has_value();
    CHECK_MESSAGE(!accepted, bit);
  }
}

TEST_CASE("stun: every truncation is an error") {
  for (std::size_t n = 0; n < rfc5769_request.size(); ++n) CHECK(!parse(ByteView{rfc5769_request}.first(n)));
  Bytes longer = rfc5769_request;
  longer.resize(longer.size() + 4);
  CHECK(parse(longer).error() == StunError::bad_length);
}

TEST_CASE("stun: malformed input is told apart") {
  Bytes bytes = build([](Builder& b) { b.text(attribute::username, "abcd"); });
  CHECK(parse(ByteView{bytes}.first(19)).error() == StunError::truncated);
  Bytes wrong = bytes;
  wrong[4] ^= 1;
  CHECK(parse(wrong).error() == StunError::not_stun);
  wrong = bytes;
  wrong[0] |= 0x80;
  CHECK(parse(wrong).error() == StunError::not_stun);
  wrong = bytes;
  wrong[3] = 7;
  CHECK(parse(wrong).error() == StunError::bad_length);
  wrong = bytes;
  wrong[23] = 200;  // the attribute's length
  CHECK(parse(wrong).error() == StunError::bad_attribute);
  wrong = build([](Builder& b) { b.fingerprint(); });
  wrong[8] ^= 1;
  CHECK(parse(wrong).error() == StunError::bad_fingerprint);
}

TEST_CASE("stun: what follows MESSAGE-INTEGRITY does not count, and FINGERPRINT is last") {
  const Bytes bytes =
      build([](Builder& b) { b.integrity(as_bytes("k")).text(attribute::username, "late").fingerprint(); });
  const auto m = parse(bytes);
  REQUIRE(m);
  CHECK(!m->has(attribute::username));
  CHECK(verify_integrity(*m, as_bytes("k")));
  const Bytes after = build([](Builder& b) { b.fingerprint().text(attribute::username, "late"); });
  CHECK(!parse(after));
}

TEST_CASE("stun: attributes that must be understood are found, optional ones are not") {
  const Bytes bytes = build(
      [](Builder& b) { b.text(0x7777, "x").text(0xC001, "optional").text(attribute::username, "u").flag(0x0002); });
  const auto m = parse(bytes);
  REQUIRE(m);
  constexpr std::array known{attribute::username};
  const auto unknown = unknown_required(*m, known);
  REQUIRE(unknown.count == 2);
  CHECK(unknown.types[0] == 0x7777);
  CHECK(unknown.types[1] == 0x0002);
  const Bytes answer = build([&](Builder& b) { b.error(420, "").unknown(unknown); }, Class::error);
  const auto read = parse(answer);
  REQUIRE(read);
  CHECK(read->error_code() == 420);
  CHECK(to_hex(*read->find(attribute::unknown_attributes)) == "77770002");
}

TEST_CASE("stun: attributes of a wrong size are not values") {
  const Bytes bytes = build([](Builder& b) {
    b.text(attribute::priority, "abc")
        .text(attribute::ice_controlling, "abcd")
        .text(attribute::xor_mapped_address, "abcdefg");
    b.text(attribute::error_code, "abc");
  });
  const auto m = parse(bytes);
  REQUIRE(m);
  CHECK(!m->u32(attribute::priority));
  CHECK(!m->u64(attribute::ice_controlling));
  CHECK(m->xor_address(attribute::xor_mapped_address).error() == StunError::bad_attribute);
  CHECK(m->xor_address(attribute::xor_peer_address).error() == StunError::missing);
  CHECK(!m->error_code());
  CHECK(verify_integrity(*m, as_bytes("k")).error() == StunError::no_integrity);
}

TEST_CASE("stun: a buffer that is too small is an error and not an overrun") {
  for (std::size_t n = 0; n < 120; ++n) {
    Bytes out(n + 8, 0xEE);
    Builder b{MutableBytes{out}.first(n), Class::request, method::binding, id};
    b.text(attribute::username, "a:b")
        .xor_address(attribute::xor_peer_address, {})
        .integrity(as_bytes("k"))
        .fingerprint();
    const auto size = b.finish();
    CHECK(size.has_value() == (n >= 20 + 8 + 12 + 24 + 8));
    for (std::size_t i = n; i < out.size(); ++i) CHECK(out[i] == 0xEE);
  }
}

TEST_CASE("stun: noise never passes, and never overruns") {
  SeededRandom random{7};
  for (int i = 0; i < 20'000; ++i) {
    Bytes noise(static_cast<std::size_t>(random.below(120)));
    random.fill(noise);
    if (noise.size() >= 8) store_u32(&noise[4], magic_cookie);
    if (noise.size() >= 20) {
      noise[0] &= 0x3F;
      store_u16(&noise[2], static_cast<std::uint16_t>((noise.size() - 20) & ~std::size_t{3}));
    }
    const auto m = parse(noise);
    if (m) CHECK(!verify_integrity(*m, as_bytes("k")));
  }
}
