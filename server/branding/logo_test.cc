#include "server/branding/logo.h"

#include <doctest/doctest.h>

#include <string>

#include "core/ice/stun.h"
#include "io/files/files.h"
#include "tests/support/source_dir.h"

using namespace sealhall;
using namespace sealhall::branding;

namespace {

Bytes seed(const std::string& name) {
  auto file = io::read_file(test::source_path("fuzz/seeds/logo/") + name);
  REQUIRE(file.has_value());
  return {file->begin(), file->end()};
}

/// "" or the sentence about what is wrong.
std::string wrong(const Bytes& file) {
  const auto header = look_at_logo(file);
  return header ? "" : std::string{sentence_for(header.error())};
}
const std::string damaged{sentence_for(LogoError::damaged)};

/// With its CRC made right again (IHDR's content begins at 16).
Bytes with_sides(Bytes png, std::uint32_t width, std::uint32_t height) {
  store_u32(&png[16], width);
  store_u32(&png[20], height);
  store_u32(&png[29], stun::crc32(ByteView{png}.subspan(12, 17)));
  return png;
}

}  // namespace

TEST_CASE("logo: pictures are known by what they are, with their sides") {
  const auto png = look_at_logo(seed("rgba.png"));
  REQUIRE(png.has_value());
  CHECK(png->type == "image/png");
  CHECK(png->width == 3);
  CHECK(png->height == 2);
  for (const char* name : {"baseline.jpg", "progressive.jpg"}) {
    CAPTURE(name);
    const auto jpeg = look_at_logo(seed(name));
    REQUIRE(jpeg.has_value());
    CHECK(jpeg->type == "image/jpeg");
    CHECK(jpeg->width == 24);
    CHECK(jpeg->height == 8);
  }
}

TEST_CASE("logo: what is no picture of ours is refused") {
  const auto text = [](std::string_view t) { return Bytes{as_bytes(t).begin(), as_bytes(t).end()}; };
  for (const std::string_view other :
       {"", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "<?xml version=\"1.0\"?><svg/>", "GIF89a", "RIFF....WEBP",
        "\x89PNG", "\xff\xd8", "{}"}) {
    CHECK(wrong(text(other)) == sentence_for(LogoError::not_a_picture));
  }
  CHECK(wrong(seed("moving.png")) == sentence_for(LogoError::moving));
  CHECK(wrong(seed("four_components.jpg")) == sentence_for(LogoError::colours));
  CHECK(wrong(Bytes(max_logo_bytes + 1, 0)) == sentence_for(LogoError::too_many_bytes));
}

TEST_CASE("logo: sides are bounded, and there are some") {
  const Bytes png = seed("rgba.png");
  CHECK(wrong(with_sides(png, max_logo_side, 1)).empty());
  CHECK(wrong(with_sides(png, max_logo_side + 1, 1)) == sentence_for(LogoError::too_large));
  CHECK(wrong(with_sides(png, 1, 0xFFFFFFFF)) == sentence_for(LogoError::too_large));
  CHECK(wrong(with_sides(png, 0, 5)) == damaged);
}

TEST_CASE("logo: whatever is cut off, changed or put after it is damaged") {
  for (const char* name : {"rgba.png", "rgb.png", "baseline.jpg", "progressive.jpg"}) {
    CAPTURE(name);
    const Bytes whole = seed(name);
    REQUIRE(wrong(whole).empty());
    for (std::size_t size = 8; size < whole.size(); ++size) {
      CHECK(wrong(Bytes{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}) == damaged);
    }
    Bytes longer = whole;
    append(longer, as_bytes("<script>alert(1)</script>"));
    CHECK(wrong(longer) == damaged);
  }
  // A PNG says of itself whether it was changed.
  const Bytes png = seed("rgba.png");
  for (std::size_t i = 8; i < png.size(); ++i) {
    Bytes changed = png;
    changed[i] ^= 1;
    CHECK_FALSE(wrong(changed).empty());
  }
}
