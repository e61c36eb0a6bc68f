// Draws a moment: pictures into their tiles, names over them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "client/codec/frames.h"
#include "connectors/composer/scene.h"

namespace sealhall::composer {

class Painter {
 public:
  /// Width and height even. Without a font (Debian: fonts-dejavu-core) names are left out.
  Painter(std::uint32_t width, std::uint32_t height);
  ~Painter();
  Painter(const Painter&) = delete;
  Painter& operator=(const Painter&) = delete;

  void clear();
  /// `picture` into the tile as large as it fits, `name` at its foot.
  void picture(const Rect& tile, const codec::Picture& picture, const std::string& name);
  /// A dark tile with the name in the middle.
  void card(const Rect& tile, const std::string& name);
  [[nodiscard]] const codec::Picture& canvas() const noexcept { return canvas_; }
  [[nodiscard]] bool has_font() const noexcept;

 private:
  struct Text;
  void fill(const Rect& rect, std::uint8_t luma);
  void write(const std::string& text, std::uint32_t pixels, const Rect& inside, bool centred);
  codec::Picture canvas_;
  std::unique_ptr<Text> text_;
};

}  // namespace sealhall::composer
