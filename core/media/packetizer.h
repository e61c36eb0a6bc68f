// Packetisers: a sealed Opus frame is one RTP payload (RFC 7587 section 4.2), a sealed VP8 frame becomes equal
// fragments behind VP8 payload descriptors (RFC 7741 section 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/rtp/profile.h"
#include "core/rtp/vp8.h"

namespace sealhall::media {

enum class PacketizeError : std::uint8_t {
  empty_frame,       ///< a frame has at least one byte
  frame_too_large,   ///< more than one payload can hold (Opus) or than `max_video_frame_size` (VP8)
  buffer_too_small,  ///< the caller's buffer is shorter than the payload
};

/// What a packetiser leaves free in a packet for everything that is not RTP payload: the fixed header (12), the
/// extension header and 22 bytes of elements, and the original sequence number that RTX puts in front (2, RFC 4588
/// section 4). Smaller makes extensions overflow the packet, larger wastes a percent of the payload for every 12 bytes.
inline constexpr std::size_t rtp_overhead = 40;
inline constexpr std::size_t max_rtp_payload_size = rtp::max_rtp_packet_size - rtp_overhead;
/// The largest video frame that is sent or assembled, in bytes.
inline constexpr std::size_t max_video_frame_size = 1'000'000;

/// How a frame is cut: every fragment has the same size, only the last may be shorter (UDP GSO needs exactly that).
struct FragmentPlan {
  std::size_t frame_size = 0;
  std::size_t fragment_size = 0;
  std::size_t count = 0;

  [[nodiscard]] std::size_t offset(std::size_t i) const noexcept { return i * fragment_size; }
  [[nodiscard]] std::size_t size(std::size_t i) const noexcept {
    return i + 1 < count ? fragment_size : frame_size - offset(i);
  }
};
/// The fewest fragments of at most `max_fragment` bytes, as equal as can be. `frame_size` and `max_fragment` are at
/// least 1.
FragmentPlan plan_fragments(std::size_t frame_size, std::size_t max_fragment) noexcept;

/// What the encoder says about a VP8 frame; whether it is a key frame is read from the frame itself.
struct Vp8FrameInfo {
  std::uint8_t temporal_id = 0;  ///< 0..3
  bool layer_sync = false;       ///< Y: this frame refers to base layer frames only
  bool non_reference = false;    ///< N: no later frame refers to it
};

/// The payloads of one sealed VP8 frame. Views the frame; valid as long as the frame's bytes are.
class Vp8Payloads {
 public:
  [[nodiscard]] std::size_t count() const noexcept { return plan_.count; }
  /// The RTP marker bit belongs on the last packet of a frame (RFC 7741 section 4.1).
  [[nodiscard]] bool marker(std::size_t i) const noexcept { return i + 1 == plan_.count; }
  [[nodiscard]] std::size_t payload_size(std::size_t i) const noexcept { return descriptor_size_ + plan_.size(i); }
  /// Writes payload `i` (< count()) and returns its size. Error: buffer_too_small.
  expected<std::size_t, PacketizeError> write(std::size_t i, MutableBytes out) const noexcept;
  [[nodiscard]] const rtp::Vp8Descriptor& descriptor() const noexcept { return descriptor_; }

 private:
  friend class Vp8Packetizer;
  ByteView frame_;
  FragmentPlan plan_;
  rtp::Vp8Descriptor descriptor_;  // of the first packet
  std::size_t descriptor_size_ = 0;
};

/// Numbers the frames of one encoding and cuts them. Picture ids are 15 bits, and TL0PICIDX counts frames of layer 0;
/// both go on from the given start, which should be random (RFC 7741 section 4.2).
class Vp8Packetizer {
 public:
  Vp8Packetizer(std::uint16_t first_picture_id, std::uint8_t first_tl0_picture_index) noexcept;
  /// Numbers `sealed_frame` and plans its payloads, each at most `max_payload` bytes. After an error no number is used
  /// up.
  expected<Vp8Payloads, PacketizeError> packetize(ByteView sealed_frame, const Vp8FrameInfo& info,
                                                  std::size_t max_payload = max_rtp_payload_size) noexcept;

 private:
  std::uint16_t next_picture_id_;
  std::uint8_t next_tl0_picture_index_;
  std::uint8_t current_tl0_picture_index_;
};

/// Puts sealed Opus frames on the RTP timeline: one frame is one payload, and the marker bit opens a talk spurt
/// (RFC 3551 section 4.1).
class OpusPacketizer {
 public:
  struct Payload {
    ByteView payload;  ///< views the frame
    std::uint32_t timestamp = 0;
    bool marker = false;
  };
  explicit OpusPacketizer(std::uint32_t first_timestamp) noexcept : next_timestamp_(first_timestamp) {}
  /// `samples` is the frame's length at 48 kHz (960 for 20 ms). Error: empty_frame, frame_too_large.
  expected<Payload, PacketizeError> packetize(ByteView sealed_frame, std::uint32_t samples) noexcept;
  /// The encoder had nothing to send for `samples` (DTX): time goes on, the next packet carries the marker.
  void skip(std::uint32_t samples) noexcept;
  [[nodiscard]] std::uint32_t next_timestamp() const noexcept { return next_timestamp_; }

 private:
  std::uint32_t next_timestamp_;
  bool spurt_begins_ = true;
};

}  // namespace sealhall::media
