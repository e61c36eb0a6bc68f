// Tested in webm_test.cc
#include "core/recording/webm_writer.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/base/check.h"
#include "core/recording/webm_ids.h"

namespace sealhall::recording {
namespace {

/// What the Opus encoder looks ahead at 48 kHz (RFC 7845 section 4.2): players skip these samples.
constexpr std::uint16_t opus_pre_skip = 312;

void append_id(std::uint32_t id, Bytes& out) {
  // IDs carry their own length marker (RFC 8794 section 5): leading zero bytes are not part of them.
  for (int shift = 24; shift >= 0; shift -= 8) {
    if ((id >> shift) != 0) out.push_back(static_cast<std::uint8_t>(id >> shift));
  }
}

/// The shortest size (RFC 8794 section 6); all ones means unknown, so that value takes one byte more.
void append_size(std::uint64_t size, Bytes& out) {
  int bytes = 1;
  while (bytes < 8 && size >= (std::uint64_t{1} << (7 * bytes)) - 1) ++bytes;
  for (int i = bytes - 1; i >= 0; --i) {
    auto byte = static_cast<std::uint8_t>(size >> (8 * i));
    if (i == bytes - 1) byte |= static_cast<std::uint8_t>(0x80 >> (bytes - 1));
    out.push_back(byte);
  }
}

void append_element(std::uint32_t id, ByteView content, Bytes& out) {
  append_id(id, out);
  append_size(content.size(), out);
  append(out, content);
}
void append_number(std::uint32_t id, std::uint64_t value, Bytes& out) {
  Bytes content;
  for (int i = 7; i >= 0; --i) {
    const auto byte = static_cast<std::uint8_t>(value >> (8 * i));
    if (!content.empty() || byte != 0 || i == 0) content.push_back(byte);
  }
  append_element(id, content, out);
}
void append_words(std::uint32_t id, std::string_view text, Bytes& out) { append_element(id, as_bytes(text), out); }

Bytes track_entry(const WebmTrack& track) {
  Bytes entry;
  append_number(0xD7, 1, entry);    // TrackNumber
  append_number(0x73C5, 1, entry);  // TrackUID
  append_number(0x9C, 0, entry);    // FlagLacing
  Bytes part;
  if (const auto* video = std::get_if<Vp8Track>(&track)) {
    append_number(0x83, 1, entry);  // TrackType
    append_words(webm::codec_id, "V_VP8", entry);
    append_number(webm::pixel_width, video->width, part);
    append_number(webm::pixel_height, video->height, part);
    append_element(webm::video, part, entry);
    return entry;
  }
  const std::uint8_t channels = std::get<OpusTrack>(track).channels;
  append_number(0x83, 2, entry);
  append_words(webm::codec_id, "A_OPUS", entry);
  append_number(0x56AA, std::uint64_t{opus_pre_skip} * 1'000'000'000 / 48'000, entry);  // CodecDelay
  append_number(0x56BB, 80'000'000, entry);  // SeekPreRoll: until the decoder has converged, RFC 7845 section 4.2
  // The identification header, RFC 7845 section 5.1, little-endian: 48000 Hz, no gain.
  const std::array<std::uint8_t, 19> head{
      'O',  'p',  'u', 's', 'H', 'e', 'a', 'd', 1, channels, opus_pre_skip & 0xff, opus_pre_skip >> 8,
      0x80, 0xbb, 0,   0,   0,   0,   0};
  append_element(0x63A2, head, entry);  // CodecPrivate
  const std::array<std::uint8_t, 8> rate = [] {
    std::array<std::uint8_t, 8> bytes{};
    store_u64(bytes.data(), std::bit_cast<std::uint64_t>(48'000.0));
    return bytes;
  }();
  append_element(0xB5, rate, part);  // SamplingFrequency
  append_number(webm::channels, channels, part);
  append_element(webm::audio, part, entry);
  return entry;
}

}  // namespace

void WebmWriter::begin(Bytes& out) const {
  Bytes part;
  append_number(0x4286, 1, part);  // EBMLVersion
  append_number(0x42F7, 1, part);  // EBMLReadVersion
  append_number(0x42F2, 4, part);  // EBMLMaxIDLength
  append_number(0x42F3, 8, part);  // EBMLMaxSizeLength
  append_words(0x4282, "webm", part);
  append_number(0x4287, 4, part);  // DocTypeVersion
  append_number(0x4285, 2, part);  // DocTypeReadVersion
  append_element(webm::ebml, part, out);
  // Of unknown size: it ends where the file does (RFC 8794 section 6.2).
  append_id(webm::segment, out);
  constexpr std::array<std::uint8_t, 8> unknown{0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  append(out, unknown);
  part.clear();
  append_number(0x2AD7B1, 1'000'000, part);  // TimestampScale: milliseconds
  append_words(0x4D80, "Sealhall", part);    // MuxingApp
  append_words(0x5741, "Sealhall", part);    // WritingApp
  append_element(webm::info, part, out);
  part.clear();
  append_element(webm::track_entry, track_entry(track_), part);
  append_element(webm::tracks, part, out);
}

void WebmWriter::frame(Duration time, ByteView data, bool key_frame, Bytes& out) {
  const std::int64_t ms = std::max(last_ms_, to_millis(time));
  last_ms_ = ms;
  const bool video = std::holds_alternative<Vp8Track>(track_);
  // A picture that others build on begins a cluster: a reader may start there.
  if (!cluster_.empty() && (ms - cluster_ms_ >= to_millis(webm_cluster_length) || (video && key_frame))) flush(out);
  if (cluster_.empty()) cluster_ms_ = ms;
  append_id(webm::simple_block, cluster_);
  append_size(data.size() + 4, cluster_);
  cluster_.push_back(0x81);  // track 1
  // Relative to the cluster, RFC 9559 section 10.2; below a second, so it fits.
  const auto relative = static_cast<std::uint16_t>(ms - cluster_ms_);
  cluster_.push_back(static_cast<std::uint8_t>(relative >> 8));
  cluster_.push_back(static_cast<std::uint8_t>(relative));
  cluster_.push_back(key_frame || !video ? 0x80 : 0x00);
  append(cluster_, data);
}

void WebmWriter::flush(Bytes& out) {
  if (cluster_.empty()) return;
  Bytes head;
  append_number(webm::timestamp, static_cast<std::uint64_t>(cluster_ms_), head);
  append_id(webm::cluster, out);
  append_size(head.size() + cluster_.size(), out);
  append(out, head);
  append(out, cluster_);
  cluster_.clear();
}

void append_void(std::size_t size, Bytes& out) {
  SEALHALL_CHECK(size >= 2);
  append_id(webm::void_element, out);
  if (size < 9) {
    out.push_back(static_cast<std::uint8_t>(0x80 | (size - 2)));
    out.insert(out.end(), size - 2, 0);
    return;
  }
  // Eight bytes of size, whatever it is: then every size from 9 on can be met exactly.
  std::array<std::uint8_t, 8> length{};
  store_u64(length.data(), (std::uint64_t{1} << 56) | (size - 9));
  append(out, length);
  out.insert(out.end(), size - 9, 0);
}

}  // namespace sealhall::recording
