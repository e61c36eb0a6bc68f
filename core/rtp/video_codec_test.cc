#include "core/rtp/video_codec.h"

#include <doctest/doctest.h>

#include <set>

namespace sealhall::rtp {
namespace {

TEST_CASE("video codec: each is found again by its name and by both of its payload types, which nothing else has") {
  std::set<unsigned> types{payload_type::opus, payload_type::probe};
  for (const VideoCodecNumbers& each : video_codecs) {
    CHECK(codec_named(each.name) == each.codec);
    CHECK(codec_of_payload_type(each.payload_type) == each.codec);
    CHECK(codec_of_rtx_payload_type(each.rtx_payload_type) == each.codec);
    CHECK(payload_type_of(each.codec) == each.payload_type);
    CHECK(rtx_payload_type_of(each.codec) == each.rtx_payload_type);
    CHECK(types.insert(each.payload_type).second);
    CHECK(types.insert(each.rtx_payload_type).second);
    // Dynamic types, and none that RTCP packets could be taken for (RFC 5761 section 4).
    CHECK(each.payload_type >= 96);
    CHECK(each.rtx_payload_type < 128);
  }
  CHECK(payload_type_of(VideoCodec::vp8) == 96);
}

TEST_CASE("video codec: what does not exist is none") {
  CHECK_FALSE(codec_named(""));
  CHECK_FALSE(codec_named("VP8"));
  CHECK_FALSE(codec_named("av1"));
  CHECK_FALSE(codec_of_payload_type(payload_type::opus));
  CHECK_FALSE(codec_of_payload_type(payload_type::vp9_rtx));
  CHECK_FALSE(codec_of_rtx_payload_type(payload_type::vp9));
}

}  // namespace
}  // namespace sealhall::rtp
