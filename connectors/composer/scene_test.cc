#include "connectors/composer/scene.h"

#include <doctest/doctest.h>

#include "connectors/composer/painter.h"

using namespace sealhall;
using namespace sealhall::composer;
using namespace sealhall::recording;
using wire::recorder::Layout;

namespace {
bool apart(const std::vector<Tile>& tiles, std::uint32_t width, std::uint32_t height) {
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Rect& a = tiles[i].at;
    if (a.x % 2 != 0 || a.y % 2 != 0 || a.width % 2 != 0 || a.height % 2 != 0) return false;
    if (a.width == 0 || a.height == 0 || a.x + a.width > width || a.y + a.height > height) return false;
    for (std::size_t k = i + 1; k < tiles.size(); ++k) {
      const Rect& b = tiles[k].at;
      if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height) return false;
    }
  }
  return true;
}
}  // namespace

TEST_CASE("scene: everybody has a tile of their own, whatever the number") {
  for (const Layout layout : {Layout::gallery, Layout::speaker}) {
    for (wire::ParticipantNumber n = 0; n <= 40; ++n) {
      Moment moment;
      for (wire::ParticipantNumber p = 1; p <= n; ++p) moment.present.push_back(p);
      if (n > 3) moment.loudest = {n};
      const auto tiles = arrange(moment, layout, 1280, 720);
      CAPTURE(n);
      CHECK(apart(tiles, 1280, 720));
      if (layout == Layout::gallery) CHECK(tiles.size() == std::min<std::size_t>(n, most_tiles));
      if (n > 3) CHECK(std::ranges::any_of(tiles, [&](const Tile& t) { return t.participant == n; }));
      if (n > 3 && layout == Layout::speaker) CHECK(tiles[0].participant == n);
    }
  }
}

TEST_CASE("scene: a shared screen comes first, and who speaks beside it") {
  Moment moment;
  moment.present = {1, 2, 3};
  moment.loudest = {3};
  moment.sharing = {2};
  const auto tiles = arrange(moment, Layout::gallery, 1280, 720);
  REQUIRE(tiles.size() == 4);
  CHECK(tiles[0].share);
  CHECK(tiles[0].participant == 2);
  CHECK(tiles[0].at.width == 1024);
  CHECK(tiles[1].participant == 3);
  CHECK(apart(tiles, 1280, 720));
}

TEST_CASE("scene: a timeline says who is there, what they are called, who speaks") {
  SceneClock clock{{Came{0, 1, "Ada", wire::ClientKind::native, wire::Role::host},
                    Came{10, 2, "Recorder", wire::ClientKind::recorder, wire::Role::participant}, Speaking{20, {1}},
                    Came{30, 3, "Bob", wire::ClientKind::web, wire::Role::participant}, Sharing{40, 3, true},
                    Renamed{50, 3, "Robert"}, Gone{60, 3}}};
  clock.assume(7, "Eve", 15, 35);
  clock.assume(1, "x", 0, 100);
  CHECK(clock.at(5).present == std::vector<wire::ParticipantNumber>{1});
  CHECK(clock.at(30).present == std::vector<wire::ParticipantNumber>{1, 3, 7});
  CHECK(clock.at(45).sharing == std::vector<wire::ParticipantNumber>{3});
  CHECK(clock.at(55).loudest == std::vector<wire::ParticipantNumber>{1});
  CHECK(clock.name_of(3) == "Robert");
  CHECK(clock.name_of(7) == "Eve");
  CHECK(clock.at(70).present == std::vector<wire::ParticipantNumber>{1});
  CHECK(clock.at(70).sharing.empty());
}

TEST_CASE("scene: a picture fits without being cut") {
  CHECK(fit(640, 480, {0, 0, 1280, 720}) == Rect{160, 0, 960, 720});
  CHECK(fit(1280, 720, {100, 100, 320, 320}) == Rect{100, 170, 320, 180});
}

TEST_CASE("painter: a picture goes where it belongs, with a name at its foot") {
  Painter painter{640, 360};
  codec::Picture grey = codec::Picture::black(320, 180);
  std::fill_n(grey.data.begin(), grey.luma_size(), std::uint8_t{100});
  painter.clear();
  painter.picture({0, 0, 320, 180}, grey, "Ada Lovelace");
  painter.card({320, 180, 320, 180}, "Grace");
  const auto luma = [&](std::uint32_t x, std::uint32_t y) { return painter.canvas().plane(0)[y * 640 + x]; };
  CHECK(luma(160, 50) == 100);
  CHECK(luma(400, 50) == 16);
  CHECK(luma(330, 200) == 44);
  if (painter.has_font()) {
    int bright = 0;
    for (std::uint32_t y = 160; y < 180; ++y) {
      for (std::uint32_t x = 0; x < 160; ++x) bright += luma(x, y) > 200 ? 1 : 0;
    }
    CHECK(bright > 50);
  }
  // Outside data: broken UTF-8 and names longer than any tile do no harm.
  painter.card({0, 0, 64, 64}, std::string(1000, '\xff'));
  painter.card({0, 180, 320, 180}, std::string(1000, 'W'));
}
