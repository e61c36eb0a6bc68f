#include "server/branding/logo.h"

#include <algorithm>
#include <array>

#include "core/ice/stun.h"

namespace sealhall::branding {
namespace {

constexpr std::array<std::uint8_t, 8> png_signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool sides_fit(LogoHeader h) noexcept { return h.width <= max_logo_side && h.height <= max_logo_side; }

/// ISO/IEC 15948 table 11.1: which depths belong to which kind of colour.
bool is_png_colour(std::uint8_t depth, std::uint8_t kind) noexcept {
  switch (kind) {
    case 0:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

expected<LogoHeader, LogoError> png_header(ByteView data) noexcept {
  ByteReader reader{data};
  LogoHeader header{"image/png", reader.u32(), reader.u32()};
  const std::uint8_t depth = reader.u8();
  const std::uint8_t colours = reader.u8();
  const bool standard = reader.u8() == 0 && reader.u8() == 0;  // compression and filter: there is one of each
  const bool interlaced = reader.u8() <= 1;
  if (!reader.ok() || reader.remaining() != 0 || !standard || !interlaced || !is_png_colour(depth, colours) ||
      header.width == 0 || header.height == 0) {
    return unexpected(LogoError::damaged);
  }
  if (!sides_fit(header)) return unexpected(LogoError::too_large);
  return header;
}

/// Section 5.3: length, name, content and a CRC over the two, one chunk after the other from IHDR to IEND.
expected<LogoHeader, LogoError> look_at_png(ByteView file) noexcept {
  ByteReader reader{file};
  reader.bytes(png_signature.size());
  LogoHeader header;
  bool pixels = false;
  for (bool first = true;; first = false) {
    const std::uint32_t length = reader.u32();
    if (!reader.ok() || length > reader.remaining() || reader.remaining() - length < 8) break;
    const ByteView named = reader.bytes(4 + std::size_t{length});
    if (stun::crc32(named) != reader.u32()) break;
    const std::string_view name = as_text(named.first(4));
    const ByteView content = named.subspan(4);
    if (first != (name == "IHDR")) break;
    if (first) {
      const auto read = png_header(content);
      if (!read) return read;
      header = *read;
    } else if (name == "acTL") {
      return unexpected(LogoError::moving);
    } else if (name == "IDAT") {
      pixels = true;
    } else if (name == "IEND") {
      if (!content.empty() || !pixels || reader.remaining() != 0) break;
      return header;
    }
  }
  return unexpected(LogoError::damaged);
}

bool is_frame_header(std::uint8_t marker) noexcept {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// T.81 section B.2.2. Baseline, extended and progressive are what browsers show.
expected<LogoHeader, LogoError> jpeg_header(std::uint8_t marker, ByteView segment) noexcept {
  ByteReader reader{segment};
  const std::uint8_t precision = reader.u8();
  LogoHeader header{"image/jpeg", 0, 0};
  header.height = reader.u16();
  header.width = reader.u16();
  const std::size_t components = reader.u8();
  if (marker > 0xC2 || precision != 8 || !reader.ok() || reader.remaining() != 3 * components || header.width == 0 ||
      header.height == 0) {
    return unexpected(LogoError::damaged);
  }
  if (components != 1 && components != 3) return unexpected(LogoError::colours);
  if (!sides_fit(header)) return unexpected(LogoError::too_large);
  return header;
}

/// Section B.1.1: segments from SOI to EOI; after a start of scan come coded bytes, in which FF stands before 00 or a
/// restart marker only.
expected<LogoHeader, LogoError> look_at_jpeg(ByteView file) noexcept {
  LogoHeader header;
  bool pixels = false;
  std::size_t at = 2;
  while (true) {
    if (at >= file.size() || file[at] != 0xFF) break;
    while (at < file.size() && file[at] == 0xFF) ++at;  // fill bytes
    if (at >= file.size()) break;
    const std::uint8_t marker = file[at++];
    if (marker == 0xD9) {
      if (!pixels || at != file.size()) break;
      return header;
    }
    if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD8) || file.size() - at < 2) break;
    const std::size_t length = load_u16(&file[at]);
    if (length < 2 || length > file.size() - at) break;
    const ByteView segment = file.subspan(at + 2, length - 2);
    at += length;
    if (is_frame_header(marker)) {
      if (header.width != 0) break;  // one picture has one
      const auto read = jpeg_header(marker, segment);
      if (!read) return read;
      header = *read;
    } else if (marker == 0xDA) {
      if (header.width == 0) break;
      pixels = true;
      while (at + 1 < file.size() &&
             (file[at] != 0xFF || file[at + 1] == 0 || (file[at + 1] >= 0xD0 && file[at + 1] <= 0xD7))) {
        ++at;
      }
    }
  }
  return unexpected(LogoError::damaged);
}

}  // namespace

std::string_view sentence_for(LogoError error) noexcept {
  switch (error) {
    case LogoError::too_many_bytes:
      return "The picture is too large: 256 KiB is the most.";
    case LogoError::not_a_picture:
      return "Please send a PNG or JPEG picture.";
    case LogoError::damaged:
      return "The picture is damaged, or something else is in its file.";
    case LogoError::too_large:
      return "The picture has too many pixels: 2048 on each side is the most.";
    case LogoError::moving:
      return "The picture moves. Please send one that stands still.";
    case LogoError::colours:
      return "The picture has the colours of a printer. Please save it as RGB.";
  }
  return "The picture cannot be used.";
}

expected<LogoHeader, LogoError> look_at_logo(ByteView file) noexcept {
  if (file.size() > max_logo_bytes) return unexpected(LogoError::too_many_bytes);
  if (file.size() >= png_signature.size() && std::ranges::equal(file.first(png_signature.size()), png_signature)) {
    return look_at_png(file);
  }
  if (file.size() >= 3 && file[0] == 0xFF && file[1] == 0xD8 && file[2] == 0xFF) return look_at_jpeg(file);
  return unexpected(LogoError::not_a_picture);
}

}  // namespace sealhall::branding
