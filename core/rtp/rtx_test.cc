#include "core/rtp/rtx.h"

#include <doctest/doctest.h>

#include "core/rtp/extensions.h"

namespace sealhall::rtp {
namespace {

const Bytes original_bytes = {0xB0, 0xE0, 0x12, 0x34, 0,    0, 0, 9, 0, 0, 0, 1,  // P and X set, marker, PT 96
                              0xBE, 0xDE, 0,    1,    0x31, 0, 7, 0,              // transport sequence 7
                              'v',  'p',  '8',  0,    2};

TEST_CASE("rtx: the original sequence number stands in front of the payload, extensions are new, padding is left out") {
  const auto original = parse_packet(original_bytes);
  REQUIRE(original);
  const auto sequence = encode_transport_sequence(99);
  const std::array<ExtensionElement, 1> elements{ExtensionElement{extension_id::transport_sequence, sequence}};
  Bytes out(64);
  const auto size =
      write_rtx({.payload_type = 97, .sequence_number = 5, .ssrc = 2, .extensions = elements}, *original, out);
  REQUIRE(size);
  out.resize(*size);
  CHECK(equal(out, Bytes{0x90, 0xE1, 0, 5,    0, 0,  0, 9,    0,    0,   0,   2,  0xBE,
                         0xDE, 0,    1, 0x31, 0, 99, 0, 0x12, 0x34, 'v', 'p', '8'}));
  const auto rtx = parse_packet(out);
  REQUIRE(rtx);
  const auto back = unwrap_rtx(*rtx, 1, 96);
  REQUIRE(back);
  CHECK(back->marker);
  CHECK(back->sequence_number == 0x1234);
  CHECK(back->timestamp == 9);
  CHECK(back->ssrc == 1);
  CHECK(back->payload_type == 96);
  CHECK(as_text(back->payload) == "vp8");
  CHECK(back->payload.data() == out.data() + back->header_size);
  CHECK(transport_sequence(*back) == 99);
}

TEST_CASE("rtx: every buffer that is too small is refused") {
  const auto original = parse_packet(original_bytes);
  REQUIRE(original);
  Bytes out(17);
  CHECK(write_rtx({.payload_type = 97}, *original, out));
  for (std::size_t n = 0; n < 17; ++n) {
    CHECK(write_rtx({.payload_type = 97}, *original, MutableBytes{out}.first(n)).error() == RtxError::buffer_too_small);
  }
}

TEST_CASE("rtx: padding alone is a probe, one byte is no sequence number, an empty original is allowed") {
  Packet rtx;
  CHECK(unwrap_rtx(rtx, 1, 96).error() == RtxError::no_payload);
  const Bytes payload = {0x12, 0x34};
  rtx.payload = ByteView{payload}.first(1);
  CHECK(unwrap_rtx(rtx, 1, 96).error() == RtxError::truncated);
  rtx.payload = payload;
  REQUIRE(unwrap_rtx(rtx, 1, 96));
  CHECK(unwrap_rtx(rtx, 1, 96)->payload.empty());
}

}  // namespace
}  // namespace sealhall::rtp
