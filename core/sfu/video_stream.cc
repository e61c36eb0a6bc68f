#include "core/sfu/video_stream.h"

namespace sealhall::sfu {
namespace {

constexpr std::uint16_t picture_mask = 0x7fff;
constexpr std::uint32_t ticks_per_millisecond = 90;

bool newer(std::uint32_t a, std::uint32_t b) noexcept { return static_cast<std::int32_t>(a - b) > 0; }

}  // namespace

void VideoStream::start(const LogEntry& key, std::uint32_t timestamp) noexcept {
  sequences_.start(key.seq);
  started_with_ = key.seq;
  timestamp_offset_ = timestamp - key.timestamp;
  tl0_offset_ = static_cast<std::uint8_t>(next_tl0_ - key.tl0_picture_index);
  codec_ = key.codec;
  temporal_ = wanted_temporal_;  // after a key frame every layer may be switched to
  frames_ = {};
  newest_frame_ = 0;
  frames_[0] = {.timestamp = key.timestamp,
                .picture_offset = static_cast<std::uint16_t>((key.picture_id - next_picture_) & picture_mask),
                .forwarded = true,
                .known = true};
  last_timestamp_ = timestamp;
  running_ = true;
  ever_started_ = true;
  new_epoch();
}

std::uint32_t VideoStream::timestamp_after(Duration elapsed) const noexcept {
  if (!ever_started_) return first_timestamp_;
  const std::int64_t milliseconds = std::max<std::int64_t>(to_millis(elapsed), 1);
  return last_timestamp_ + static_cast<std::uint32_t>(milliseconds) * ticks_per_millisecond;
}

bool VideoStream::wants(const LogEntry& entry) noexcept {
  if (temporal_ > wanted_temporal_) temporal_ = wanted_temporal_;
  if (entry.key_start) temporal_ = wanted_temporal_;
  if (!entry.has_temporal) return true;
  if (entry.codec == rtp::VideoCodec::vp9) {
    // RFC 9628 section 4.2: U speaks of the pictures after this one, of all layers above it.
    const bool wanted = entry.temporal_id <= temporal_;
    if (wanted && entry.layer_sync) temporal_ = wanted_temporal_;
    return wanted;
  }
  // RFC 7741 section 4.2: Y says that the frame depends on the base layer only. A layer may be entered there; entering
  // two at once would forward frames whose references were left out.
  if (entry.layer_sync && temporal_ < wanted_temporal_ && entry.temporal_id == temporal_ + 1) ++temporal_;
  return entry.temporal_id <= temporal_;
}

const VideoStream::Frame& VideoStream::frame_of(const LogEntry& entry) noexcept {
  const Frame& newest = frames_[newest_frame_];
  if (entry.timestamp == newest.timestamp) return newest;
  if (newer(entry.timestamp, newest.timestamp)) {
    const bool forwarded = wants(entry);
    // VP9 counts references, and places in a group of pictures, by picture ids: there the gap stays.
    const bool closes = !forwarded && entry.codec == rtp::VideoCodec::vp8;
    const auto offset = static_cast<std::uint16_t>(newest.picture_offset + (closes ? 1 : 0));
    newest_frame_ = static_cast<std::uint8_t>((newest_frame_ + 1) % remembered_frames);
    frames_[newest_frame_] = {
        .timestamp = entry.timestamp, .picture_offset = offset, .forwarded = forwarded, .known = true};
    return frames_[newest_frame_];
  }
  // A late packet: of a frame that was decided on, or of one that had been missed whole.
  const Frame* before = nullptr;
  for (std::size_t back = 1; back < remembered_frames; ++back) {
    const std::size_t at = (newest_frame_ + remembered_frames - back) % remembered_frames;
    const Frame& frame = frames_[at];
    if (!frame.known) break;
    if (frame.timestamp == entry.timestamp) return frame;
    if (newer(entry.timestamp, frame.timestamp)) {
      before = &frame;
      break;
    }
  }
  static constexpr Frame unknown{};
  if (before == nullptr) return unknown;
  // Its picture id stayed free. The decision is made for this packet alone and comes out the same for the frame's
  // others as long as the limit stays; a half forwarded frame is no worse for the receiver than the lost one that it
  // was.
  late_ = {.timestamp = entry.timestamp,
           .picture_offset = before->picture_offset,
           .forwarded = !entry.has_temporal || entry.temporal_id <= temporal_,
           .known = true};
  return late_;
}

VideoDecision VideoStream::next(const LogEntry& entry) noexcept {
  using Kind = VideoDecision::Kind;
  if (!running_) return {};
  const SequenceMap::Order order = sequences_.order(entry.seq);
  if (order == SequenceMap::Order::too_old) return {};
  VideoDecision decision;
  static constexpr Frame nothing{};
  const Frame& frame = entry.padding_only ? nothing : frame_of(entry);
  if (!frame.forwarded) {
    const std::optional<std::uint16_t> missing = sequences_.skip(entry.seq);
    if (!missing) return decision;
    decision.kind = Kind::filler;
    decision.numbers.sequence = *missing;
    decision.numbers.timestamp = last_timestamp_;
    return decision;
  }
  decision.kind = Kind::forward;
  decision.numbers.sequence = sequences_.forward(entry.seq);
  decision.numbers.timestamp = entry.timestamp + timestamp_offset_;
  decision.numbers.picture_id = static_cast<std::uint16_t>((entry.picture_id - frame.picture_offset) & picture_mask);
  decision.numbers.tl0_picture_index = static_cast<std::uint8_t>(entry.tl0_picture_index + tl0_offset_);
  if (order == SequenceMap::Order::newest) {
    last_timestamp_ = decision.numbers.timestamp;
    next_picture_ = static_cast<std::uint16_t>((decision.numbers.picture_id + 1) & picture_mask);
    if (entry.temporal_id == 0) next_tl0_ = static_cast<std::uint8_t>(decision.numbers.tl0_picture_index + 1);
  }
  return decision;
}

std::size_t write_descriptor(const LogEntry& entry, std::uint16_t picture_id, std::uint8_t tl0,
                             std::span<std::uint8_t, 6> out) noexcept {
  if (entry.codec == rtp::VideoCodec::h264) return 0;
  if (entry.codec == rtp::VideoCodec::vp9) {
    std::size_t size = 0;
    out[size++] = entry.vp9_flags;
    if (entry.has_picture_id) {
      out[size++] = static_cast<std::uint8_t>(0x80 | (picture_id >> 8));
      out[size++] = static_cast<std::uint8_t>(picture_id);
    }
    if (entry.has_temporal) out[size++] = entry.vp9_layer;
    if (entry.has_tl0) out[size++] = tl0;
    return size;
  }
  const bool layer_byte = entry.has_temporal || entry.has_key_index;
  const bool extended = entry.has_picture_id || entry.has_tl0 || layer_byte;
  out[0] = static_cast<std::uint8_t>((extended ? 0x80 : 0) | (entry.non_reference ? 0x20 : 0) |
                                     (entry.start_of_partition ? 0x10 : 0) | entry.partition_id);
  if (!extended) return 1;
  out[1] = static_cast<std::uint8_t>((entry.has_picture_id ? 0x80 : 0) | (entry.has_tl0 ? 0x40 : 0) |
                                     (entry.has_temporal ? 0x20 : 0) | (entry.has_key_index ? 0x10 : 0));
  std::size_t size = 2;
  if (entry.has_picture_id) {
    out[size++] = static_cast<std::uint8_t>(0x80 | (picture_id >> 8));
    out[size++] = static_cast<std::uint8_t>(picture_id);
  }
  if (entry.has_tl0) out[size++] = tl0;
  if (layer_byte) {
    out[size++] = static_cast<std::uint8_t>((entry.has_temporal ? entry.temporal_id << 6 : 0) |
                                            (entry.has_temporal && entry.layer_sync ? 0x20 : 0) | entry.key_index);
  }
  return size;
}

}  // namespace sealhall::sfu
