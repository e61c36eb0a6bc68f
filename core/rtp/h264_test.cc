#include "core/rtp/h264.h"

#include <doctest/doctest.h>

namespace sealhall::rtp {
namespace {

TEST_CASE("h264: a single NAL unit is told by its type") {
  const auto slice = parse_h264(Bytes{0x61, 0x9A});
  REQUIRE(slice);
  CHECK_FALSE(slice->key_frame_start);
  CHECK_FALSE(slice->idr);
  const auto idr = parse_h264(Bytes{0x65, 0x88});
  REQUIRE(idr);
  CHECK(idr->idr);
  CHECK_FALSE(idr->key_frame_start);  // without parameters nobody can begin with it
  const auto parameters = parse_h264(Bytes{0x67, 0x42});
  REQUIRE(parameters);
  CHECK(parameters->key_frame_start);
}

TEST_CASE("h264: STAP-A is looked through unit by unit (RFC 6184 section 5.7.1)") {
  const Bytes both = {0x78, 0x00, 0x03, 0x67, 0x42, 0x00, 0x00, 0x02, 0x68, 0xCE, 0x00, 0x02, 0x65, 0x88};
  const auto parsed = parse_h264(both);
  REQUIRE(parsed);
  CHECK(parsed->key_frame_start);
  CHECK(parsed->idr);
  const auto others = parse_h264(Bytes{0x78, 0x00, 0x02, 0x68, 0xCE, 0x00, 0x02, 0x41, 0x9A});
  REQUIRE(others);
  CHECK_FALSE(others->key_frame_start);
  CHECK_FALSE(others->idr);
  // A size that goes beyond the packet, one of nothing, and half a size.
  CHECK(parse_h264(Bytes{0x78, 0x00, 0x03, 0x67, 0x42}).error() == H264Error::truncated);
  CHECK(parse_h264(Bytes{0x78, 0x00, 0x00, 0x67}).error() == H264Error::truncated);
  CHECK(parse_h264(Bytes{0x78, 0x00, 0x01, 0x67, 0x00}).error() == H264Error::truncated);
}

TEST_CASE("h264: of a unit in pieces only the first piece begins something (RFC 6184 section 5.8)") {
  const auto first = parse_h264(Bytes{0x7C, 0x85, 0x88});
  REQUIRE(first);
  CHECK(first->idr);
  CHECK_FALSE(first->key_frame_start);
  CHECK(parse_h264(Bytes{0x7C, 0x87, 0x42})->key_frame_start);
  CHECK_FALSE(parse_h264(Bytes{0x7C, 0x05, 0x88})->idr);
  CHECK_FALSE(parse_h264(Bytes{0x7C, 0x45, 0x88})->idr);
  CHECK(parse_h264(Bytes{0x7C, 0x85}).error() == H264Error::truncated);
}

TEST_CASE("h264: nothing, half of something, and types of interleaved mode are refused") {
  CHECK(parse_h264({}).error() == H264Error::truncated);
  for (const unsigned type : {1U, 7U, 24U, 28U}) {
    CHECK(parse_h264(Bytes{static_cast<std::uint8_t>(type)}).error() == H264Error::truncated);
  }
  for (const unsigned type : {0U, 25U, 26U, 27U, 29U, 30U, 31U}) {
    CHECK(parse_h264(Bytes{static_cast<std::uint8_t>(0x60U | type), 0x00, 0x00}).error() == H264Error::unsupported);
  }
}

}  // namespace
}  // namespace sealhall::rtp
