// Helpers of the video tests: a pretend VP8 encoder with temporal layers, and its packets.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/media/frame_assembler.h"
#include "core/media/packetizer.h"
#include "core/rtp/profile.h"

namespace sealhall::media::testing {

/// One packet with its own bytes.
struct OwnedVideoPacket {
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;
  bool marker = false;
  Bytes payload;

  [[nodiscard]] VideoPacket view(bool retransmitted = false) const {
    return VideoPacket{sequence_number, timestamp, marker, retransmitted, payload};
  }
};

/// A frame of `size` bytes whose first byte says whether it is a key frame (RFC 6386 section 9.1) and whose others are
/// `fill`.
inline Bytes make_frame(bool key, std::size_t size, std::uint8_t fill) {
  Bytes frame(size, fill);
  frame[0] = static_cast<std::uint8_t>((fill & 0xfe) | (key ? 0 : 1));
  return frame;
}

/// Frames in the pattern L1T3 (0 2 1 2): layer 1 and the first layer 2 frame refer to layer 0 only and say so by Y.
class PretendEncoder {
 public:
  explicit PretendEncoder(std::uint16_t first_sequence = 65'530, std::uint16_t first_picture = 0x7ffa)
      : packetizer_(first_picture, 250), sequence_(first_sequence) {}

  /// The packets of the next frame; a key frame begins the pattern anew.
  std::vector<OwnedVideoPacket> next(bool key, std::size_t size = 2000) {
    if (key) step_ = 0;
    Vp8FrameInfo info;
    static constexpr std::uint8_t pattern[] = {0, 2, 1, 2};
    const std::size_t at = step_++ % 4;
    info.temporal_id = layers_ ? pattern[at] : std::uint8_t{0};
    info.layer_sync = layers_ && (at == 1 || at == 2);
    info.non_reference = info.temporal_id == 2;
    last_ = info;
    timestamp_ += 3000;
    const Bytes frame = make_frame(key, size, fill_++);
    const auto payloads = packetizer_.packetize(frame, info);
    SEALHALL_CHECK(payloads.has_value());
    std::vector<OwnedVideoPacket> packets;
    for (std::size_t i = 0; i < payloads->count(); ++i) {
      OwnedVideoPacket packet;
      packet.sequence_number = sequence_++;
      packet.timestamp = timestamp_;
      packet.marker = payloads->marker(i);
      packet.payload.resize(payloads->payload_size(i));
      SEALHALL_CHECK(payloads->write(i, packet.payload).has_value());
      packets.push_back(std::move(packet));
    }
    return packets;
  }
  [[nodiscard]] const Vp8FrameInfo& last() const { return last_; }
  void use_layers(bool on) { layers_ = on; }

 private:
  Vp8Packetizer packetizer_;
  std::uint16_t sequence_;
  std::uint32_t timestamp_ = 0xffff'f000;
  std::size_t step_ = 0;
  std::uint8_t fill_ = 1;
  bool layers_ = true;
  Vp8FrameInfo last_;
};

}  // namespace sealhall::media::testing
