#include "core/sframe/context.h"

#include <doctest/doctest.h>

#include <limits>
#include <type_traits>

#include "core/base/encoding.h"

namespace sealhall::sframe {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

template <class T>
concept Opens = requires(T& context, Bytes& bytes) { context.open(bytes, bytes, bytes); };
template <class T>
concept Seals = requires(T& context, Bytes& bytes) { context.seal(bytes, bytes, bytes); };

TEST_CASE("context: a key has one direction, by its type (RFC 9605 section 4.4.1)") {
  static_assert(Seals<SealContext> && !Opens<SealContext>);
  static_assert(Opens<OpenContext> && !Seals<OpenContext>);
  static_assert(!std::is_copy_constructible_v<SealContext>);  // two copies would repeat counters
}

TEST_CASE("context: the frames of RFC 9605 appendix C.3, in all five suites, both ways") {
  const Bytes base_key = hex("000102030405060708090a0b0c0d0e0f"), metadata = hex("4945544620534672616d65205747");
  const Bytes plaintext = hex("64726166742d696574662d736672616d652d656e63");
  const char* const frames[] = {
      "9901234567449408b6f490086165b9d6f62b24ae1a59a56486b4ae8ed036b88912e24f11",
      "99012345673f31438db4d09434e43afa0f8a2f00867a2be085046a9f5cb4f101d607",
      "990123456717fc8af28a5a695afcfc6c8df6358a17e26b2fcb3bae32e443",
      "9901234567b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0b091c07018ce4adb34eb",
      "990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca21353c1cc24d56ceabced279",
  };
  for (std::uint16_t number = 1; number <= 5; ++number) {
    const CipherSuite suite{number};
    auto sender = SealContext::create(suite, KeyId{0x123}, base_key, 0x4567).value();
    auto receiver = OpenContext::create(suite, KeyId{0x123}, base_key).value();
    Bytes frame(100);
    frame.resize(sender.seal(metadata, plaintext, frame).value());
    CHECK(to_hex(frame) == frames[number - 1]);
    Bytes out(plaintext.size());
    const auto opened = receiver.open(metadata, frame, out);
    REQUIRE(opened);
    CHECK(opened->counter == 0x4567);
    CHECK(out == plaintext);
  }
}

struct Pair {
  SealContext sender;
  OpenContext receiver;
};
Pair make_pair(std::uint64_t first_counter = 0) {
  const Bytes base_key(32, 7);
  return {SealContext::create(CipherSuite::aes_256_gcm_sha512_128, KeyId{9}, base_key, first_counter).value(),
          OpenContext::create(CipherSuite::aes_256_gcm_sha512_128, KeyId{9}, base_key, 64).value()};
}
Bytes seal(SealContext& sender, const Bytes& plaintext = Bytes(5, 1)) {
  Bytes frame(plaintext.size() + 40);
  frame.resize(sender.seal({}, plaintext, frame).value());
  return frame;
}

TEST_CASE("context: no counter twice, and none after the last") {
  constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  auto [sender, receiver] = make_pair(last - 1);
  const Bytes a = seal(sender), b = seal(sender);
  CHECK(parse_header(a)->header.counter == last - 1);
  CHECK(parse_header(b)->header.counter == last);
  Bytes out(60);
  for (int i = 0; i < 3; ++i) CHECK(sender.seal({}, Bytes(5, 1), out).error() == SframeError::counter_exhausted);
  CHECK(receiver.open({}, a, out));
  CHECK(receiver.open({}, b, out));
}

TEST_CASE("context: a buffer that is too small uses no counter") {
  auto [sender, receiver] = make_pair();
  Bytes small(20);
  CHECK(sender.seal({}, Bytes(5, 1), small).error() == SframeError::buffer_too_small);
  CHECK(parse_header(seal(sender))->header.counter == 0);
}

TEST_CASE("context: a frame opens once, in any order inside the window, and not before it") {
  auto [sender, receiver] = make_pair();
  std::vector<Bytes> frames;
  for (int i = 0; i < 70; ++i) frames.push_back(seal(sender));
  Bytes out(5);
  CHECK(receiver.open({}, frames[1], out));
  CHECK(receiver.open({}, frames[0], out));
  CHECK(receiver.open({}, frames[0], out).error() == SframeError::replayed);
  CHECK(receiver.open({}, frames[69], out));
  CHECK(receiver.open({}, frames[6], out));
  CHECK(receiver.open({}, frames[5], out).error() == SframeError::replayed);  // left of the window
}

TEST_CASE("context: a forged frame does not move the window") {
  auto [sender, receiver] = make_pair();
  const Bytes real = seal(sender);
  std::array<std::uint8_t, max_header_size> room{};
  const std::size_t size = write_header({KeyId{9}, std::numeric_limits<std::uint64_t>::max()}, room);
  Bytes forged(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
  append(forged, Bytes(30, 0));
  Bytes out(30);
  CHECK(receiver.open({}, forged, out).error() == SframeError::authentication_failed);
  Bytes changed = real;
  changed.back() ^= 1;
  CHECK(receiver.open({}, changed, out).error() == SframeError::authentication_failed);
  CHECK(receiver.open({}, real, out));
}

TEST_CASE("context: another KID is not tried, and broken headers, empty frames and empty tags are refused") {
  auto [sender, receiver] = make_pair();
  auto other = SealContext::create(CipherSuite::aes_256_gcm_sha512_128, KeyId{10}, Bytes(32, 7)).value();
  Bytes out(60);
  CHECK(receiver.open({}, seal(other), out).error() == SframeError::wrong_key_id);
  CHECK(receiver.open({}, {}, out).error() == SframeError::malformed);
  CHECK(receiver.open({}, hex("8007"), out).error() == SframeError::malformed);
  CHECK(receiver.open({}, hex("8009"), out).error() ==
        SframeError::authentication_failed);  // nothing behind the header
  const Bytes frame = seal(sender);
  CHECK(receiver.open({}, ByteView{frame}.first(frame.size() - 16), out).error() == SframeError::authentication_failed);
}

TEST_CASE("context: the metadata is authenticated") {
  auto [sender, receiver] = make_pair();
  Bytes frame(60), out(60);
  frame.resize(sender.seal(as_bytes("meta"), Bytes(5, 1), frame).value());
  CHECK(receiver.open(as_bytes("Meta"), frame, out).error() == SframeError::authentication_failed);
  CHECK(receiver.open({}, frame, out).error() == SframeError::authentication_failed);
  CHECK(receiver.open(as_bytes("meta"), frame, out));
}

}  // namespace
}  // namespace sealhall::sframe
