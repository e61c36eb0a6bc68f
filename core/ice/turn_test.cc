#include "core/ice/turn.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/ice/stun.h"

using namespace sealhall;
using namespace sealhall::turn;

TEST_CASE("turn framing: ChannelData is padded on a stream and comes back without padding") {
  Bytes stream;
  for (std::size_t n = 0; n < 9; ++n) append_channel_data(stream, static_cast<std::uint16_t>(0x4000 + n), Bytes(n, 7));
  CHECK(stream.size() % 4 == 0);
  StreamParser parser;
  parser.feed(stream);
  for (std::size_t n = 0; n < 9; ++n) {
    const auto frame = parser.next();
    REQUIRE((frame && *frame));
    CHECK((*frame)->channel_data);
    CHECK((*frame)->channel == 0x4000 + n);
    CHECK(equal((*frame)->bytes, Bytes(n, 7)));
  }
  const auto nothing = parser.next();
  CHECK((nothing && !*nothing));
  CHECK(parser.buffered() == 0);
}

TEST_CASE("turn framing: any cut of the stream gives the same frames") {
  Bytes message(64);
  stun::Builder builder{message, stun::Class::request, stun::method::allocate, {3}};
  message.resize(*builder.u32(stun::attribute::lifetime, 9).finish());
  Bytes stream;
  append_channel_data(stream, 0x4001, as_bytes("hello"));
  append(stream, message);
  append_channel_data(stream, 0x4002, {});
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
    StreamParser parser;
    std::vector<Bytes> got;
    for (std::size_t at = 0; at < stream.size(); at += cut) {
      parser.feed(ByteView{stream}.subspan(at, std::min(cut, stream.size() - at)));
      for (;;) {
        const auto frame = parser.next();
        REQUIRE(frame);
        if (!*frame) break;
        got.emplace_back((*frame)->bytes.begin(), (*frame)->bytes.end());
      }
    }
    REQUIRE(got.size() == 3);
    CHECK(as_text(got[0]) == "hello");
    CHECK(got[1] == message);
    CHECK(got[2].empty());
  }
}

TEST_CASE("turn framing: foreign bytes and oversized frames end the stream") {
  const auto error_of = [](std::string_view hex) {
    StreamParser parser;
    parser.feed(*from_hex(hex));
    const auto frame = parser.next();
    return frame ? std::optional<TurnError>{} : frame.error();
  };
  CHECK(error_of("47455420") == TurnError::frame_too_large);  // "GET " looks like ChannelData
  CHECK(error_of("80000000") == TurnError::bad_frame);
  CHECK(error_of("50000000") == TurnError::bad_frame);
  CHECK(error_of("00030003") == TurnError::bad_frame);
  CHECK(error_of("0003fffc") == TurnError::frame_too_large);
  CHECK(error_of("000300002112a443") == TurnError::bad_frame);
  CHECK(!error_of("000300002112a442"));
}

TEST_CASE("turn framing: noise never overruns and never buffers more than it was fed") {
  SeededRandom random{5};
  for (int round = 0; round < 3000; ++round) {
    StreamParser parser;
    Bytes noise(static_cast<std::size_t>(random.below(64)));
    random.fill(noise);
    if (!noise.empty()) noise[0] &= 0x4F;
    parser.feed(noise);
    for (;;) {
      const auto frame = parser.next();
      if (!frame || !*frame) break;
      CHECK((*frame)->bytes.size() <= noise.size());
    }
    CHECK(parser.buffered() <= noise.size());
  }
}
