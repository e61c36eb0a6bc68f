#include "core/wire/frame.h"

#include <doctest/doctest.h>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::wire;

TEST_CASE("frame: a frame is its length in four bytes and its payload") {
  Bytes out;
  append_frame("hi", out);
  append_frame("you", out);
  CHECK(out == Bytes{0, 0, 0, 2, 'h', 'i', 0, 0, 0, 3, 'y', 'o', 'u'});
}

TEST_CASE("frame: however a stream is cut, the same frames come out") {
  SeededRandom random{42};
  std::vector<std::string> sent;
  Bytes stream;
  for (int i = 0; i < 200; ++i) {
    sent.emplace_back(1 + random.below(i % 50 == 0 ? 100'000 : 300), static_cast<char>('a' + i % 26));
    append_frame(sent.back(), stream);
  }
  for (const std::size_t most : {std::size_t{1}, std::size_t{7}, std::size_t{5000}, stream.size()}) {
    FrameReader reader;
    std::vector<std::string> received;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t n =
          std::min<std::size_t>(most == 1 ? 1 : 1 + static_cast<std::size_t>(random.below(most)), stream.size() - at);
      reader.push(ByteView{stream}.subspan(at, n));
      at += n;
      for (;;) {
        auto frame = reader.next();
        REQUIRE(frame.has_value());
        if (!*frame) break;
        received.push_back(std::move(**frame));
      }
      REQUIRE(reader.buffered() <= 100'000 + frame_header_size + most);
    }
    CHECK(received == sent);
    CHECK(reader.buffered() == 0);
  }
}

TEST_CASE("frame: empty and oversized frames end the stream before their bytes are waited for") {
  FrameReader empty;
  empty.push(Bytes{0, 0, 0, 0});
  CHECK(empty.next().error() == FrameError::empty);
  FrameReader large;
  large.push(Bytes{0, 0x10, 0, 1});
  CHECK(large.next().error() == FrameError::too_large);
  FrameReader just;
  just.push(Bytes{0, 0x10, 0, 0});
  CHECK(just.next().has_value());
}
