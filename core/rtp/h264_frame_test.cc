#include "core/rtp/h264_frame.h"

#include <doctest/doctest.h>

#include "core/base/random.h"
#include "core/rtp/test_random.h"

namespace sealhall::rtp {
namespace {

// Delimiter, parameter sets and an IDR slice, with start codes of three and four bytes.
const Bytes key_frame = {0, 0, 0,    1,    0x09, 0x10, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1F, 0,    0,
                         0, 1, 0x68, 0xCE, 0x3C, 0x80, 0, 0, 1, 0x65, 0x88, 0x84, 0x00, 0x21, 0xFF};

/// True when a packetizer would find a start code at `from` or after it.
bool has_start_code(ByteView frame, std::size_t from) {
  for (std::size_t i = from; i + 2 < frame.size(); ++i) {
    if (frame[i] == 0 && frame[i + 1] == 0 && frame[i + 2] <= 1) return true;
  }
  return false;
}

TEST_CASE("h264 frame: parameters and the front of the first slice stay in the clear, start codes in four bytes") {
  const auto normal = h264_normal(key_frame);
  REQUIRE(normal.has_value());
  CHECK(*normal == Bytes{0, 0, 0,    1,    0x09, 0x10, 0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1F, 0,    0,
                         0, 1, 0x68, 0xCE, 0x3C, 0x80, 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x00, 0x21, 0xFF});
  REQUIRE(h264_clear_prefix_size(*normal).has_value());
  CHECK(*h264_clear_prefix_size(*normal) == 30U);  // up to 65 88 84 00
  CHECK(h264_normal(*normal) == normal);
  const Bytes delta = {0, 0, 1, 0x41, 0x9A, 0x02, 0x05, 0x77};
  REQUIRE(h264_normal(delta).has_value());
  CHECK(*h264_clear_prefix_size(*h264_normal(delta)) == 8U);
}

TEST_CASE("h264 frame: SEI and filler in front of the slice are left out: they may say anything") {
  const Bytes with_sei = {0,    0,    0,    1, 0x06, 0x05, 0x11, 0x22, 0x80, 0, 0, 1,
                          0x0C, 0xFF, 0x80, 0, 0,    1,    0x41, 1,    2,    3, 4};
  CHECK(h264_normal(with_sei) == Bytes{0, 0, 0, 1, 0x41, 1, 2, 3, 4});
  CHECK_FALSE(h264_clear_prefix_size(with_sei));
}

TEST_CASE("h264 frame: what is no frame has no clear prefix, and is not sent") {
  CHECK_FALSE(h264_normal({}));
  CHECK_FALSE(h264_normal(Bytes{0x41, 1, 2, 3, 4}));                       // no start code
  CHECK_FALSE(h264_normal(Bytes{7, 0, 0, 1, 0x41, 1, 2, 3, 4}));           // something before it
  CHECK_FALSE(h264_normal(Bytes{0, 0, 1, 0x67, 0x42, 0xC0}));              // no slice
  CHECK_FALSE(h264_normal(Bytes{0, 0, 1, 0x41, 1, 2}));                    // too little of one
  CHECK_FALSE(h264_normal(Bytes{0, 0, 1, 0x41, 0, 0, 1, 0x41, 1, 2, 3}));  // ends at once
  CHECK_FALSE(h264_normal(Bytes{0, 0, 1, 0x1E, 5, 0, 0, 1, 0x41, 1, 2, 3}));
  CHECK_FALSE(h264_clear_prefix_size({}));
  CHECK_FALSE(h264_clear_prefix_size(Bytes{0, 0, 1, 0x41, 1, 2, 3, 4, 5}));                       // three bytes
  CHECK_FALSE(h264_clear_prefix_size(Bytes{0, 0, 0, 1, 0x68, 5, 0, 0, 0, 0, 1, 0x41, 1, 2, 3}));  // five
  Bytes long_front = {0, 0, 0, 1, 0x67};
  long_front.resize(long_front.size() + max_h264_clear_prefix_size, 0x55);
  append(long_front, Bytes{0, 0, 0, 1, 0x65, 1, 2, 3, 4});
  CHECK_FALSE(h264_normal(long_front));
}

TEST_CASE("h264 frame: what is sealed hides start codes and comes back byte for byte") {
  const auto normal = h264_normal(key_frame);
  REQUIRE(normal.has_value());
  const std::size_t clear = *h264_clear_prefix_size(*normal);
  SeededRandom random{264};
  for (int round = 0; round < 2000; ++round) {
    Bytes sealed{normal->begin(), normal->begin() + static_cast<std::ptrdiff_t>(clear)};
    const std::size_t size = size_below(random, 60);
    // Mostly zeros and small numbers: every second place is one that must be hidden.
    for (std::size_t i = 0; i < size; ++i) {
      sealed.push_back(static_cast<std::uint8_t>(random.chance(0.7) ? 0 : random.below(5)));
    }
    const Bytes hidden = h264_hide(sealed, clear);
    CHECK_FALSE(has_start_code(hidden, clear - 4));
    CHECK(hidden.back() != 0);
    CHECK(h264_clear_prefix_size(hidden) == clear);  // whoever receives it finds the same border
    CHECK(h264_show(hidden, clear) == sealed);
  }
}

TEST_CASE("h264 frame: zeros at the end of the clear prefix count") {
  const Bytes sealed = {0, 0, 0, 1, 0x41, 0x9A, 0, 0, 1, 2};
  const Bytes hidden = h264_hide(sealed, 8);
  CHECK(hidden == Bytes{0, 0, 0, 1, 0x41, 0x9A, 0, 0, 3, 1, 2, 0x80});
  CHECK(h264_show(hidden, 8) == sealed);
}

TEST_CASE("h264 frame: what was not hidden so is not shown") {
  const Bytes front = {0, 0, 0, 1, 0x41, 1, 2, 3};
  const auto with = [&](const Bytes& rest) {
    Bytes whole = front;
    append(whole, rest);
    return whole;
  };
  CHECK(h264_show(with({9, 0x80}), 8) == with({9}));
  CHECK_FALSE(h264_show(front, 8));
  CHECK_FALSE(h264_show(with({9}), 8));                 // no last byte
  CHECK_FALSE(h264_show(with({0, 0, 1, 0x80}), 8));     // a start code
  CHECK_FALSE(h264_show(with({0, 0, 3, 4, 0x80}), 8));  // a 3 that hides nothing
  CHECK_FALSE(h264_show(with({0, 0, 3, 0x80}), 8));
}

}  // namespace
}  // namespace sealhall::rtp
