#include "connectors/composer/painter.h"

#include <ft2build.h>

#include <algorithm>
#include <map>
#include <vector>

#include "client/codec/scaler.h"
#include "core/base/check.h"

#include FT_FREETYPE_H

namespace sealhall::composer {
namespace {

constexpr const char* fonts[] = {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
                                 "/usr/share/fonts/dejavu/DejaVuSans.ttf"};
constexpr std::uint8_t white = 235;  // ITU-R BT.601, as the pictures are
constexpr std::uint8_t card_grey = 44;
constexpr std::uint8_t black = 16;

/// Code points of valid UTF-8; what is none becomes U+FFFD.
std::vector<char32_t> code_points(const std::string& text) {
  std::vector<char32_t> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    std::size_t length = 1;
    if (c >= 0xf0) {
      length = 4;
    } else if (c >= 0xe0) {
      length = 3;
    } else if (c >= 0xc0) {
      length = 2;
    }
    char32_t point = length == 1 ? c : c & (0xffU >> (length + 1));
    if (i + length > text.size() || (c >= 0x80 && c < 0xc0)) {
      out.push_back(0xfffd);
      break;
    }
    for (std::size_t k = 1; k < length; ++k) point = (point << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
    out.push_back(point);
    i += length;
  }
  return out;
}

}  // namespace

struct Painter::Text {
  FT_Library library = nullptr;
  FT_Face face = nullptr;
  codec::Scaler scaler;
  // A scaler keeps tables for one pair of sizes, so each has its own.
  std::map<std::uint64_t, codec::Scaler> scalers;
  codec::Picture scaled;

  Text() {
    if (FT_Init_FreeType(&library) != 0) return;
    for (const char* font : fonts) {
      if (FT_New_Face(library, font, 0, &face) == 0) return;
    }
    face = nullptr;
  }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() {
    if (face != nullptr) FT_Done_Face(face);
    if (library != nullptr) FT_Done_FreeType(library);
  }
  codec::Scaler& scaler_for(const codec::Picture& from, const Rect& to) {
    const std::uint64_t key = (std::uint64_t{from.width} << 48) ^ (std::uint64_t{from.height} << 32) ^
                              (std::uint64_t{to.width} << 16) ^ to.height;
    if (scalers.size() > 64) scalers.clear();
    return scalers[key];
  }
};

Painter::Painter(std::uint32_t width, std::uint32_t height)
    : canvas_(codec::Picture::black(width, height)), text_(std::make_unique<Text>()) {
  SEALHALL_CHECK(width % 2 == 0 && height % 2 == 0);
}
Painter::~Painter() = default;
bool Painter::has_font() const noexcept { return text_->face != nullptr; }

void Painter::clear() { fill({0, 0, canvas_.width, canvas_.height}, black); }

void Painter::fill(const Rect& rect, std::uint8_t luma) {
  for (std::uint32_t y = rect.y; y < rect.y + rect.height; ++y) {
    std::fill_n(canvas_.plane(0) + std::size_t{y} * canvas_.stride(0) + rect.x, rect.width, luma);
  }
  for (int plane = 1; plane <= 2; ++plane) {
    for (std::uint32_t y = rect.y / 2; y < (rect.y + rect.height) / 2; ++y) {
      std::fill_n(canvas_.plane(plane) + std::size_t{y} * canvas_.stride(plane) + rect.x / 2, rect.width / 2,
                  std::uint8_t{128});
    }
  }
}

void Painter::picture(const Rect& tile, const codec::Picture& picture, const std::string& name) {
  if (tile.width < 4 || tile.height < 4) return;
  const Rect at = fit(picture.width, picture.height, tile);
  text_->scaler_for(picture, at).scale(picture, at.width, at.height, text_->scaled);
  const codec::Picture& from = text_->scaled;
  for (int plane = 0; plane <= 2; ++plane) {
    const std::uint32_t divide = plane == 0 ? 1 : 2;
    for (std::uint32_t y = 0; y < at.height / divide; ++y) {
      std::copy_n(from.plane(plane) + std::size_t{y} * from.stride(plane), at.width / divide,
                  canvas_.plane(plane) + std::size_t{at.y / divide + y} * canvas_.stride(plane) + at.x / divide);
    }
  }
  const std::uint32_t pixels = std::clamp(tile.height / 14, 12U, 28U);
  write(name, pixels, at, false);
}

void Painter::card(const Rect& tile, const std::string& name) {
  if (tile.width < 8 || tile.height < 8) return;
  fill({tile.x + 2, tile.y + 2, tile.width - 4, tile.height - 4}, card_grey);
  write(name, std::clamp(tile.height / 8, 12U, 48U), tile, true);
}

void Painter::write(const std::string& text, std::uint32_t pixels, const Rect& inside, bool centred) {
  if (text_->face == nullptr || text.empty() || inside.width < 3 * pixels || inside.height < 2 * pixels) return;
  FT_Face face = text_->face;
  FT_Set_Pixel_Sizes(face, 0, pixels);
  const std::uint32_t most = inside.width - pixels;
  std::vector<char32_t> shown;
  std::uint32_t width = 0;
  for (const char32_t point : code_points(text)) {
    if (FT_Load_Char(face, point, FT_LOAD_DEFAULT) != 0) continue;
    const auto advance = static_cast<std::uint32_t>(std::max<long>(0, face->glyph->advance.x >> 6));
    if (width + advance > most) break;
    width += advance;
    shown.push_back(point);
  }
  const std::uint32_t box_height = (pixels * 3 / 2) & ~1U;
  Rect box;
  box.width = std::min(inside.width, (width + pixels) & ~1U);
  box.height = box_height;
  box.x = centred ? (inside.x + (inside.width - box.width) / 2) & ~1U : inside.x;
  box.y = (centred ? inside.y + (inside.height - box_height) / 2 : inside.y + inside.height - box_height) & ~1U;
  if (!centred) fill(box, black);
  std::uint32_t pen = box.x + pixels / 2;
  const std::int64_t base = box.y + (box_height + pixels * 7 / 10) / 2;
  for (const char32_t point : shown) {
    if (FT_Load_Char(face, point, FT_LOAD_RENDER) != 0) continue;
    const FT_GlyphSlot glyph = face->glyph;
    const FT_Bitmap& bitmap = glyph->bitmap;
    for (unsigned int y = 0; y < bitmap.rows; ++y) {
      const std::int64_t row = base - glyph->bitmap_top + y;
      if (row < box.y || row >= static_cast<std::int64_t>(box.y) + box.height) continue;
      for (unsigned int x = 0; x < bitmap.width; ++x) {
        const std::int64_t column = std::int64_t{pen} + glyph->bitmap_left + x;
        if (column < inside.x || column >= static_cast<std::int64_t>(inside.x) + inside.width) continue;
        std::uint8_t& pixel =
            canvas_.plane(0)[static_cast<std::size_t>(row) * canvas_.stride(0) + static_cast<std::size_t>(column)];
        const int alpha = bitmap.buffer[y * static_cast<unsigned int>(bitmap.pitch) + x];
        pixel = static_cast<std::uint8_t>((white * alpha + pixel * (255 - alpha)) / 255);
      }
    }
    pen += static_cast<std::uint32_t>(std::max<long>(0, glyph->advance.x >> 6));
  }
}

}  // namespace sealhall::composer
