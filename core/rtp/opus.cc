#include "core/rtp/opus.h"

#include <array>
#include <optional>

namespace sealhall::rtp {
namespace {

constexpr std::size_t max_frame_size = 1275;  // RFC 6716 section 3.4, R2
constexpr Duration max_duration = std::chrono::milliseconds{120};

// RFC 6716 section 3.1, table 2: configurations in groups of four or two, by mode and bandwidth.
void read_config(unsigned config, OpusInfo& info) noexcept {
  constexpr std::array silk{Duration{10'000}, Duration{20'000}, Duration{40'000}, Duration{60'000}};
  constexpr std::array celt{Duration{2'500}, Duration{5'000}, Duration{10'000}, Duration{20'000}};
  if (config < 12) {
    info.mode = OpusMode::silk;
    info.bandwidth = static_cast<OpusBandwidth>(config / 4);
    info.frame_duration = silk[config % 4];
  } else if (config < 16) {
    info.mode = OpusMode::hybrid;
    info.bandwidth = config < 14 ? OpusBandwidth::super_wide : OpusBandwidth::full;
    info.frame_duration = silk[config % 2];
  } else {
    constexpr std::array bandwidths{OpusBandwidth::narrow, OpusBandwidth::wide, OpusBandwidth::super_wide,
                                    OpusBandwidth::full};
    info.mode = OpusMode::celt;
    info.bandwidth = bandwidths[(config - 16) / 4];
    info.frame_duration = celt[config % 4];
  }
}

// RFC 6716 section 3.2.1: one byte up to 251, otherwise two.
std::optional<std::size_t> read_length(ByteReader& reader) noexcept {
  const std::size_t first = reader.u8();
  const std::size_t length = first < 252 ? first : first + std::size_t{reader.u8()} * 4;
  if (!reader.ok()) return std::nullopt;
  return length;
}

// Collects what the frames of a packet have in common.
struct Frames {
  ByteView first;
  bool any = false;
  bool all_empty = true;
  bool too_large = false;
  void add(ByteView frame) noexcept {
    if (!any) first = frame;
    any = true;
    all_empty = all_empty && frame.size() <= 1;
    too_large = too_large || frame.size() > max_frame_size;
  }
};

// `count` frames share `rest` equally.
bool add_equal(Frames& frames, ByteView rest, std::size_t count) noexcept {
  if (rest.size() % count != 0) return false;
  const std::size_t size = rest.size() / count;
  for (std::size_t i = 0; i < count; ++i) frames.add(rest.subspan(i * size, size));
  return true;
}

// Code 3 (section 3.2.5): a count byte with VBR and padding flags, padding lengths, then lengths or equal shares.
expected<void, OpusError> read_counted(ByteReader& reader, OpusInfo& info, Frames& frames) noexcept {
  const std::uint8_t counts = reader.u8();
  if (!reader.ok()) return unexpected(OpusError::truncated);
  info.frame_count = counts & 0x3F;
  if (info.frame_count == 0 || info.duration() > max_duration) return unexpected(OpusError::too_long);
  std::size_t padding = 0;
  if ((counts & 0x40) != 0) {
    std::uint8_t length = 0;
    do {  // 255 stands for 254 bytes and another length byte
      length = reader.u8();
      if (!reader.ok()) return unexpected(OpusError::truncated);
      padding += length == 255 ? 254 : length;
    } while (length == 255);
  }
  std::array<std::size_t, 48> lengths{};
  const bool variable = (counts & 0x80) != 0;
  if (variable) {
    for (std::size_t i = 0; i + 1 < info.frame_count; ++i) {
      const auto length = read_length(reader);
      if (!length) return unexpected(OpusError::truncated);
      lengths[i] = *length;
    }
  }
  if (padding > reader.remaining()) return unexpected(OpusError::truncated);
  ByteReader audio{reader.bytes(reader.remaining() - padding)};
  if (!variable) {
    if (!add_equal(frames, audio.rest(), info.frame_count)) return unexpected(OpusError::malformed);
    return {};
  }
  for (std::size_t i = 0; i + 1 < info.frame_count; ++i) {
    frames.add(audio.bytes(lengths[i]));
    if (!audio.ok()) return unexpected(OpusError::truncated);
  }
  frames.add(audio.rest());
  return {};
}

// RFC 6716 sections 4.2.3 and 4.2.4: a SILK frame begins, for every channel, with a voice flag per 20 ms and then the
// flag that says whether redundancy follows. They are the first bits of the range coder and so readable as they stand.
bool has_redundancy(const OpusInfo& info, ByteView frame) noexcept {
  if (info.mode == OpusMode::celt || frame.empty()) return false;
  const auto voice_flags = static_cast<unsigned>((info.frame_duration.count() + 19'999) / 20'000);
  const unsigned first = frame[0];
  if ((first >> (7 - voice_flags) & 1) != 0) return true;
  return info.stereo && (first >> (6 - 2 * voice_flags) & 1) != 0;
}

}  // namespace

expected<OpusInfo, OpusError> parse_opus(ByteView packet) noexcept {
  ByteReader reader{packet};
  const std::uint8_t toc = reader.u8();
  if (!reader.ok()) return unexpected(OpusError::empty);
  OpusInfo info;
  read_config(toc >> 3, info);
  info.stereo = (toc & 0x04) != 0;
  Frames frames;
  switch (toc & 0x03) {
    case 0:  // section 3.2.2: one frame
      info.frame_count = 1;
      frames.add(reader.rest());
      break;
    case 1:  // section 3.2.3: two frames of one size
      info.frame_count = 2;
      if (!add_equal(frames, reader.rest(), 2)) return unexpected(OpusError::malformed);
      break;
    case 2: {  // section 3.2.4: two frames, the first with its length
      info.frame_count = 2;
      const auto length = read_length(reader);
      if (!length || *length > reader.remaining()) return unexpected(OpusError::truncated);
      frames.add(reader.bytes(*length));
      frames.add(reader.rest());
      break;
    }
    default:
      if (const auto read = read_counted(reader, info, frames); !read) return unexpected(read.error());
      break;
  }
  if (frames.too_large) return unexpected(OpusError::malformed);
  info.is_dtx = frames.all_empty;
  info.has_fec = !info.is_dtx && has_redundancy(info, frames.first);
  return info;
}

}  // namespace sealhall::rtp
