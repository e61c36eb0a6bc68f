// The packets of one source encoding in order of arrival: stored once, read by all receivers through cursors, and the
// cache that retransmissions come from (RFC 4588).
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/rtp/sequence.h"
#include "core/rtp/video_codec.h"

namespace sealhall::sfu {

/// What the forwarding unit knows about one stored packet. Of VP8 and VP9 the payload is stored without the part of its
/// descriptor that is written anew for every receiver (`write_descriptor`).
struct LogEntry {
  rtp::SeqNo seq{};
  Instant arrival{};
  std::uint32_t timestamp = 0;
  std::uint32_t position = 0;    ///< of the payload in the log's bytes
  std::uint16_t size = 0;        ///< of the payload
  std::uint16_t picture_id = 0;  ///< 15 bits
  std::uint8_t tl0_picture_index = 0;
  std::uint8_t temporal_id = 0;
  std::uint8_t key_index = 0;
  std::uint8_t partition_id = 0;
  std::uint8_t audio_level = 127;  ///< RFC 6464: 0 loudest .. 127
  rtp::VideoCodec codec = rtp::VideoCodec::vp8;
  std::uint8_t vp9_flags = 0;  ///< the descriptor's first byte
  std::uint8_t vp9_layer = 0;  ///< its byte of layer indices
  bool marker : 1 = false;
  bool voice : 1 = false;
  bool has_level : 1 = false;
  bool frame_start : 1 = false;  ///< first packet of a frame; of H.264, which does not say it, the last one
  bool key_start : 1 = false;    ///< first packet of a key frame
  bool start_of_partition : 1 = false;
  bool layer_sync : 1 = false;  ///< VP8: Y, of this frame. VP9: U, of the frames after it
  bool non_reference : 1 = false;
  bool has_picture_id : 1 = false;
  bool has_tl0 : 1 = false;
  bool has_temporal : 1 = false;
  bool has_key_index : 1 = false;
  bool video : 1 = false;
  bool padding_only : 1 = false;  ///< carries nothing; only its number matters
};

/// Indices grow for ever (modulo 2^32); an index whose packet has been overwritten is recognised, never answered with
/// another packet. Allocates in the constructor only.
class PacketLog {
 public:
  /// `entries` and `bytes` are powers of two; `bytes` holds at least one largest packet.
  PacketLog(std::uint32_t entries, std::uint32_t bytes);

  /// Copies the payload; the oldest packets make room. `entry.position` and `entry.size` are set here. Returns its
  /// index.
  std::uint32_t append(const LogEntry& entry, ByteView payload) noexcept;

  /// The packet with this index; nullptr when it is overwritten or not there yet.
  [[nodiscard]] const LogEntry* find(std::uint32_t index) const noexcept {
    return index - tail_ < head_ - tail_ ? &entries_[index & entry_mask_] : nullptr;
  }
  [[nodiscard]] ByteView payload(const LogEntry& entry) const noexcept {
    return {&bytes_[entry.position & byte_mask_], entry.size};
  }
  /// One past the newest packet.
  [[nodiscard]] std::uint32_t head() const noexcept { return head_; }
  /// The oldest packet that is still there.
  [[nodiscard]] std::uint32_t tail() const noexcept { return tail_; }

 private:
  std::unique_ptr<LogEntry[]> entries_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::uint32_t entry_mask_;
  std::uint32_t byte_mask_;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::uint32_t write_ = 0;  // position of the next payload, modulo 2^32
};

}  // namespace sealhall::sfu
