#include "core/base/bytes.h"

#include <doctest/doctest.h>

namespace sealhall {
namespace {

TEST_CASE("bytes: a reader that ran out gives zeros and stays not ok") {
  const Bytes data{1, 2, 3};
  ByteReader r{data};
  CHECK(r.u16() == 0x0102);
  CHECK(r.u16() == 0);
  CHECK_FALSE(r.ok());
  CHECK(r.u8() == 0);  // the third byte is not handed out after a failure
  CHECK(r.bytes(0).empty());
}

TEST_CASE("bytes: numbers are big-endian, both ways") {
  std::array<std::uint8_t, 18> buffer{};
  ByteWriter w{buffer};
  w.u8(1);
  w.u16(0x0203);
  w.u24(0x040506);
  w.u32(0x0708090a);
  w.u64(0x0b0c0d0e0f101112ULL);
  REQUIRE(w.ok());
  for (std::size_t i = 0; i < buffer.size(); ++i) CHECK(buffer[i] == i + 1);
  ByteReader r{buffer};
  CHECK(r.u8() == 1);
  CHECK(r.u16() == 0x0203);
  CHECK(r.u24() == 0x040506);
  CHECK(r.u32() == 0x0708090aU);
  CHECK(r.u64() == 0x0b0c0d0e0f101112ULL);
  CHECK(r.ok());
  CHECK(r.remaining() == 0);
}

TEST_CASE("bytes: a write that does not fit writes nothing") {
  std::array<std::uint8_t, 3> buffer{};
  ByteWriter w{buffer};
  w.u16(0xffff);
  w.u16(0xeeee);
  CHECK_FALSE(w.ok());
  CHECK(w.size() == 2);
  CHECK(buffer[2] == 0);
}

}  // namespace
}  // namespace sealhall
