#include "tests/lab/slide.h"

#include <string_view>

namespace sealhall::lab {
namespace {

struct Glyph {
  char letter;
  std::array<std::uint8_t, 7> rows;  // 5 bits each, left to right
};
constexpr Glyph glyphs[] = {
    {'A', {14, 17, 17, 31, 17, 17, 17}}, {'C', {14, 17, 16, 16, 16, 17, 14}}, {'D', {30, 17, 17, 17, 17, 17, 30}},
    {'E', {31, 16, 16, 30, 16, 16, 31}}, {'G', {14, 17, 16, 23, 17, 17, 14}}, {'I', {14, 4, 4, 4, 4, 4, 14}},
    {'L', {16, 16, 16, 16, 16, 16, 31}}, {'N', {17, 25, 21, 19, 17, 17, 17}}, {'O', {14, 17, 17, 17, 17, 17, 14}},
    {'P', {30, 17, 17, 30, 16, 16, 16}}, {'R', {30, 17, 17, 30, 20, 18, 17}}, {'S', {15, 16, 16, 14, 1, 1, 30}},
    {'T', {31, 4, 4, 4, 4, 4, 4}},       {'U', {17, 17, 17, 17, 17, 17, 14}}, {'2', {14, 17, 1, 6, 8, 16, 31}},
    {'0', {14, 17, 19, 21, 25, 17, 14}},
};

void fill(Bytes& image, int x, int y, int width, int height, std::uint8_t grey) {
  for (int row = y; row < y + height; ++row) {
    for (int column = x; column < x + width; ++column)
      image[static_cast<std::size_t>(row * slide_width + column)] = grey;
  }
}

void write(Bytes& image, std::string_view text, int x, int y, int scale, std::uint8_t grey) {
  for (const char c : text) {
    for (const auto& glyph : glyphs) {
      if (glyph.letter != c) continue;
      for (int row = 0; row < 7; ++row) {
        for (int column = 0; column < 5; ++column) {
          if ((glyph.rows[static_cast<std::size_t>(row)] >> (4 - column)) & 1) {
            fill(image, x + column * scale, y + row * scale, scale, scale, grey);
          }
        }
      }
    }
    x += 6 * scale;
  }
}

}  // namespace

Bytes draw_slide() {
  Bytes image(static_cast<std::size_t>(slide_width * slide_height), 245);
  fill(image, 0, 0, slide_width, 24, 60);
  write(image, "SECRET PLAN", 48, 60, 8, 20);
  fill(image, 48, 132, 544, 4, 120);
  write(image, "OUR PRICE", 96, 168, 8, 20);
  write(image, "2 000 000", 96, 248, 8, 20);
  fill(image, 0, slide_height - 16, slide_width, 16, 180);
  return image;
}

}  // namespace sealhall::lab
