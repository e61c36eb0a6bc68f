#include "client/codec/vp8.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "client/codec/simulcast.h"
#include "client/codec/test_media.h"
#include "core/rtp/vp8.h"

using namespace sealhall;
using namespace sealhall::codec;
using sealhall::codec::testing::moving_picture;
using sealhall::codec::testing::psnr;

namespace {

constexpr Duration frame_time{33'333};

std::vector<EncodedPicture> encode(Vp8Encoder& encoder, int count, int key_at = -1) {
  std::vector<EncodedPicture> out;
  for (int i = 0; i < count; ++i) {
    const auto& c = encoder.config();
    auto picture = encoder.encode(moving_picture(c.width, c.height, i * frame_time), i == key_at);
    REQUIRE(picture.has_value());
    if (*picture) out.push_back(std::move(**picture));
  }
  return out;
}

}  // namespace

TEST_CASE("vp8: pictures survive, and temporal layers follow 0 2 1 2") {
  auto encoder = Vp8Encoder::create({.width = 320, .height = 180, .bitrate = DataRate::kbps(600)});
  auto decoder = Vp8Decoder::create();
  REQUIRE(encoder.has_value());
  REQUIRE(decoder.has_value());
  const auto pictures = encode(*encoder, 40);
  REQUIRE(pictures.size() > 30);
  CHECK(pictures[0].key_frame);
  CHECK(vp8_key_frame_size(pictures[0].data) == PictureSize{320, 180});
  constexpr std::array<int, 4> pattern{0, 2, 1, 2};
  Picture out;
  double worst = 100;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    CHECK(pictures[i].temporal_id == pattern[i % 4]);
    CHECK(pictures[i].non_reference == (pictures[i].temporal_id == 2));
    CHECK(pictures[i].layer_sync == (i % 4 == 1 || i % 4 == 2));
    REQUIRE(decoder->decode(pictures[i].data, out).has_value());
    worst = std::min(worst, psnr(out, moving_picture(320, 180, pictures[i].time)));
  }
  CHECK(worst > 28);
}

TEST_CASE("vp8: a receiver of lower temporal layers only decodes as well as one of all") {
  auto encoder = Vp8Encoder::create({.width = 320, .height = 180, .bitrate = DataRate::kbps(600)});
  REQUIRE(encoder.has_value());
  const auto pictures = encode(*encoder, 60);
  for (const int highest : {0, 1}) {
    auto decoder = Vp8Decoder::create();
    REQUIRE(decoder.has_value());
    Picture out;
    for (const auto& p : pictures) {
      if (p.temporal_id > highest) continue;
      REQUIRE(decoder->decode(p.data, out).has_value());
      CHECK(psnr(out, moving_picture(320, 180, p.time)) > 27);
    }
  }
}

TEST_CASE("vp8: a key frame comes when asked for, and only then") {
  auto encoder = Vp8Encoder::create({.width = 160, .height = 90, .bitrate = DataRate::kbps(150)});
  REQUIRE(encoder.has_value());
  int keys = 0;
  for (int i = 0; i < 100; ++i) {
    auto p = encoder->encode(moving_picture(160, 90, i * frame_time), i == 50);
    REQUIRE(p.has_value());
    if (i == 50) {
      REQUIRE(p->has_value());
      CHECK((*p)->key_frame);
      CHECK((*p)->temporal_id == 0);
    }
    if (*p && (*p)->key_frame) ++keys;
  }
  CHECK(keys == 2);
}

TEST_CASE("vp8: the bitrate follows what is set") {
  auto encoder = Vp8Encoder::create({.width = 640, .height = 360, .bitrate = DataRate::kbps(800)});
  REQUIRE(encoder.has_value());
  std::size_t high = 0;
  std::size_t low = 0;
  for (int i = 0; i < 180; ++i) {
    if (i == 90) encoder->set_bitrate(DataRate::kbps(150));
    auto p = encoder->encode(moving_picture(640, 360, i * frame_time), false);
    REQUIRE(p.has_value());
    const std::size_t size = *p ? (*p)->data.size() : 0;
    if (i >= 30 && i < 90) high += size;
    if (i >= 120) low += size;
  }
  CHECK(high * 8 / 2 < 1'000'000);
  CHECK(low * 8 / 2 < 200'000);
  CHECK(low * 8 / 2 > 50'000);
}

TEST_CASE("vp8: after a gap in the pictures encoding goes on at once") {
  auto encoder = Vp8Encoder::create({.width = 320, .height = 180, .bitrate = DataRate::kbps(400)});
  REQUIRE(encoder.has_value());
  Duration time{};
  int encoded = 0;
  for (int i = 0; i < 120; ++i) {
    // A machine that is busy leaves out some pictures now and then.
    time += i % 20 == 19 ? 6 * frame_time : i == 70 ? 45 * frame_time : frame_time;
    auto p = encoder->encode(moving_picture(320, 180, time), false);
    REQUIRE(p.has_value());
    encoded += p->has_value() ? 1 : 0;
  }
  CHECK(encoded > 110);
}

TEST_CASE("vp8: the clear prefix that SFrame leaves is what the packet format reads") {
  auto encoder = Vp8Encoder::create({.width = 160, .height = 90});
  REQUIRE(encoder.has_value());
  const auto pictures = encode(*encoder, 2);
  REQUIRE(pictures.size() == 2);
  CHECK((pictures[0].data[0] & 1) == 0);
  CHECK((pictures[1].data[0] & 1) == 1);
  CHECK(vp8_key_frame_size(pictures[1].data) == std::nullopt);
  CHECK(vp8_key_frame_size(ByteView{pictures[0].data}.first(9)) == std::nullopt);
}

TEST_CASE("vp8: damaged frames are an error and a key frame heals; impossible sizes are refused") {
  auto decoder = Vp8Decoder::create();
  auto encoder = Vp8Encoder::create({.width = 160, .height = 90});
  REQUIRE(decoder.has_value());
  REQUIRE(encoder.has_value());
  Picture out;
  CHECK(decoder->decode({}, out).error() == CodecError::bad_data);
  const Bytes garbage(50, 0x5a);
  CHECK(decoder->decode(garbage, out).error() == CodecError::bad_data);
  const auto pictures = encode(*encoder, 1);
  CHECK(decoder->decode(pictures[0].data, out).has_value());
  CHECK(Vp8Encoder::create({.width = 161, .height = 90}).error() == CodecError::bad_configuration);
  CHECK(Vp8Encoder::create({.width = 160, .height = 8}).error() == CodecError::bad_configuration);
  CHECK(Vp8Encoder::create({.width = 160, .height = 90, .temporal_layers = 4}).error() ==
        CodecError::bad_configuration);
  CHECK(encoder->encode(Picture::black(320, 180), false).error() == CodecError::wrong_size);
}

TEST_CASE("vp8: a key frame that says to be larger than any picture is refused before room is made for it") {
  auto decoder = Vp8Decoder::create();
  auto encoder = Vp8Encoder::create({.width = 320, .height = 180});
  REQUIRE(decoder.has_value());
  REQUIRE(encoder.has_value());
  const auto pictures = encode(*encoder, 2);
  REQUIRE(pictures.size() == 2);
  const auto of_size = [&](unsigned width, unsigned height) {
    Bytes frame = pictures[0].data;
    frame[6] = static_cast<std::uint8_t>(width);
    frame[7] = static_cast<std::uint8_t>(width >> 8);
    frame[8] = static_cast<std::uint8_t>(height);
    frame[9] = static_cast<std::uint8_t>(height >> 8);
    return frame;
  };
  CHECK_FALSE(is_too_large(pictures[0].data));
  CHECK_FALSE(is_too_large(pictures[1].data));
  CHECK_FALSE(is_too_large({}));
  CHECK_FALSE(is_too_large(of_size(4096, 4096)));
  CHECK(is_too_large(of_size(4097, 4096)));
  CHECK(is_too_large(of_size(4096, 4097)));
  CHECK(is_too_large(of_size(16383, 16383)));
  Picture out;
  REQUIRE(decoder->decode(pictures[0].data, out).has_value());
  const auto refused = decoder->decode(of_size(4097, 4096), out);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error() == CodecError::bad_data);
  // The decoder has not seen it: what refers to the picture before it is still decoded, in that one's size.
  REQUIRE(decoder->decode(pictures[1].data, out).has_value());
  CHECK(out.width == 320);
  CHECK(out.height == 180);
  CHECK(psnr(out, moving_picture(320, 180, pictures[1].time)) > 28);
}

TEST_CASE("simulcast: layers are a quarter, a half and the whole, and small sources have fewer") {
  const auto hd = plan_layers(1280, 720, 30);
  REQUIRE(hd.size() == 3);
  CHECK(hd[0].rid == "q");
  CHECK(hd[0].width == 320);
  CHECK(hd[0].height == 180);
  CHECK(hd[1].rid == "h");
  CHECK(hd[1].height == 360);
  CHECK(hd[2].rid == "f");
  CHECK(hd[2].height == 720);
  CHECK(hd[0].most < hd[1].most);
  CHECK(hd[1].most < hd[2].most);
  const auto small = plan_layers(320, 180, 30);
  REQUIRE(small.size() == 2);
  CHECK(small[0].rid == "h");
  const auto tiny = plan_layers(98, 66, 15);
  REQUIRE(tiny.size() == 1);
  CHECK(tiny[0].rid == "f");
}

TEST_CASE("simulcast: bitrate goes to small layers first and to large ones with what is left") {
  const auto plan = plan_layers(1280, 720, 30);
  const std::vector<bool> all{true, true, true};
  const auto rich = share_bitrate(plan, all, DataRate::kbps(5000));
  CHECK(rich[0] == plan[0].most);
  CHECK(rich[1] == plan[1].most);
  CHECK(rich[2] == plan[2].most);
  const auto poor = share_bitrate(plan, all, DataRate::kbps(150));
  CHECK(poor[0].bps() > 100'000);
  CHECK(poor[1].bps() == 0);
  CHECK(poor[2].bps() == 0);
  const auto starving = share_bitrate(plan, all, DataRate::kbps(10));
  CHECK(starving[0] == DataRate::kbps(30));
  const auto middle = share_bitrate(plan, all, DataRate::kbps(600));
  CHECK(middle[1].bps() > 0);
  CHECK(middle[2].bps() == 0);
  CHECK((middle[0] + middle[1]) <= DataRate::kbps(600));
  const auto only_full = share_bitrate(plan, {false, false, true}, DataRate::kbps(100));
  CHECK(only_full[2] == DataRate::kbps(100));
  CHECK(only_full[0].bps() == 0);
}

TEST_CASE("simulcast: a layer that comes back starts with a key frame, layers that are off cost nothing") {
  auto encoder = SimulcastEncoder::create(plan_layers(640, 360, 30), 30, false);
  REQUIRE(encoder.has_value());
  REQUIRE(encoder->layers().size() == 3);
  const auto rate = DataRate::kbps(200);
  auto first = encoder->encode(moving_picture(640, 360, Duration{0}));
  REQUIRE(first.has_value());
  REQUIRE(first->size() == 3);
  CHECK((*first)[2].picture.key_frame);
  CHECK(vp8_key_frame_size((*first)[0].picture.data) == PictureSize{160, 90});
  encoder->set_bitrates({rate, DataRate{}, DataRate{}});
  auto second = encoder->encode(moving_picture(640, 360, frame_time));
  REQUIRE(second.has_value());
  REQUIRE(second->size() == 1);
  CHECK_FALSE((*second)[0].picture.key_frame);
  encoder->set_bitrates({rate, rate, DataRate{}});
  auto third = encoder->encode(moving_picture(640, 360, 2 * frame_time));
  REQUIRE(third.has_value());
  REQUIRE_FALSE(third->empty());
  CHECK(third->back().layer == 1);
  CHECK(third->back().picture.key_frame);
}
