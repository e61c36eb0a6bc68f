// Tested in webm_test.cc
#include "core/recording/webm_reader.h"

#include <bit>
#include <string_view>

#include "core/recording/webm_ids.h"

namespace sealhall::recording {

void WebmReader::push(ByteView data) {
  if (at_ > (1U << 16) && at_ * 2 > buffer_.size()) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
  append(buffer_, data);
}

expected<std::optional<WebmReader::Element>, WebmError> WebmReader::element(std::size_t at, std::size_t end) const {
  if (at >= end) return std::optional<Element>{};
  // RFC 8794 section 5: as many leading zero bits as further bytes, at most 4 bytes in all.
  const int id_length = std::countl_zero(buffer_[at]) + 1;
  if (id_length > 4) return unexpected(WebmError::malformed);
  if (at + static_cast<std::size_t>(id_length) >= end) return std::optional<Element>{};
  Element e;
  for (int i = 0; i < id_length; ++i) e.id = (e.id << 8) | buffer_[at + static_cast<std::size_t>(i)];
  at += static_cast<std::size_t>(id_length);
  const int size_length = std::countl_zero(buffer_[at]) + 1;
  if (size_length > 8) return unexpected(WebmError::malformed);
  if (at + static_cast<std::size_t>(size_length) > end) return std::optional<Element>{};
  std::uint64_t size = buffer_[at] & (0xffU >> size_length);
  for (int i = 1; i < size_length; ++i) size = (size << 8) | buffer_[at + static_cast<std::size_t>(i)];
  if (size != (std::uint64_t{1} << (7 * size_length)) - 1) e.size = size;
  e.header = static_cast<std::size_t>(id_length + size_length);
  return std::optional{e};
}

std::uint64_t WebmReader::number(std::size_t from, std::uint64_t size) const {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size && i < 8; ++i) value = (value << 8) | buffer_[from + i];
  return value;
}

expected<void, WebmError> WebmReader::read_entry(std::size_t from, std::size_t to) {
  std::string_view codec;
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t channels = 1;
  while (from < to) {
    const auto found = element(from, to);
    if (!found) return unexpected(found.error());
    if (!*found || !(*found)->size) return unexpected(WebmError::malformed);
    const Element& e = **found;
    from += e.header;
    if (e.id == webm::video || e.id == webm::audio) continue;  // its children are read as if they stood here
    if (*e.size > to - from) return unexpected(WebmError::malformed);
    if (e.id == webm::codec_id) codec = as_text(ByteView{buffer_}.subspan(from, static_cast<std::size_t>(*e.size)));
    if (e.id == webm::pixel_width) width = number(from, *e.size);
    if (e.id == webm::pixel_height) height = number(from, *e.size);
    if (e.id == webm::channels) channels = number(from, *e.size);
    from += static_cast<std::size_t>(*e.size);
  }
  if (codec == "V_VP8" && width <= 16'384 && height <= 16'384) {
    track_ = Vp8Track{static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)};
  } else if (codec == "A_OPUS" && channels >= 1 && channels <= 2) {
    track_ = OpusTrack{static_cast<std::uint8_t>(channels)};
  } else {
    return unexpected(WebmError::wrong_kind);
  }
  return {};
}

expected<void, WebmError> WebmReader::read_tracks(std::size_t from, std::size_t to) {
  while (from < to) {
    const auto found = element(from, to);
    if (!found) return unexpected(found.error());
    if (!*found || !(*found)->size) return unexpected(WebmError::malformed);
    const Element& e = **found;
    from += e.header;
    if (*e.size > to - from) return unexpected(WebmError::malformed);
    if (e.id == webm::track_entry) {
      if (const auto read = read_entry(from, from + static_cast<std::size_t>(*e.size)); !read) return read;
    }
    from += static_cast<std::size_t>(*e.size);
  }
  return {};
}

expected<WebmFrame, WebmError> WebmReader::read_block(ByteView block) const {
  if (!track_) return unexpected(WebmError::no_track);
  // RFC 9559 section 10.2: track number (one byte for ours), relative time, flags.
  if (block.size() < 4 || block[0] != 0x81) return unexpected(WebmError::malformed);
  const auto relative = static_cast<std::int16_t>(load_u16(&block[1]));
  const ByteView data = block.subspan(4);
  return WebmFrame{.time = std::chrono::milliseconds{cluster_ms_ + relative},
                   .key_frame = (block[3] & 0x80) != 0,
                   .data = Bytes(data.begin(), data.end())};
}

expected<std::optional<WebmFrame>, WebmError> WebmReader::next() {
  while (true) {
    const auto found = element(at_, buffer_.size());
    if (!found) return unexpected(found.error());
    if (!*found) return std::optional<WebmFrame>{};
    const Element& e = **found;
    // Their children are read one by one; that they may be cut off is the point.
    if (e.id == webm::segment || e.id == webm::cluster) {
      at_ += e.header;
      continue;
    }
    if (!e.size) return unexpected(WebmError::malformed);
    if (*e.size > webm_element_limit) return unexpected(WebmError::too_large);
    const auto size = static_cast<std::size_t>(*e.size);
    if (buffer_.size() - at_ - e.header < size) return std::optional<WebmFrame>{};
    const std::size_t from = at_ + e.header;
    at_ = from + size;
    if (e.id == webm::tracks) {
      if (const auto read = read_tracks(from, at_); !read) return unexpected(read.error());
    } else if (e.id == webm::timestamp) {
      const std::uint64_t ms = number(from, size);
      if (ms > (std::uint64_t{1} << 42)) return unexpected(WebmError::malformed);
      cluster_ms_ = static_cast<std::int64_t>(ms);
    } else if (e.id == webm::simple_block) {
      auto frame = read_block(ByteView{buffer_}.subspan(from, size));
      if (!frame) return unexpected(frame.error());
      return std::optional{std::move(*frame)};
    }
  }
}

}  // namespace sealhall::recording
