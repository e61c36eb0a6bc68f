// One video slot's stream as its receiver sees it: continuous numbers, timestamps and picture ids over packet loss,
// dropped temporal layers and changes of the source (RFC 7741 section 4.2 for picture id, TL0PICIDX, TID and Y; RFC
// 9628 section 4.2 for VP9's).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/sfu/packet_log.h"
#include "core/sfu/sequence_map.h"

namespace sealhall::sfu {

/// The numbers under which a packet leaves.
struct VideoNumbers {
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint16_t picture_id = 0;
  std::uint8_t tl0_picture_index = 0;
};

/// What becomes of a packet.
struct VideoDecision {
  enum class Kind : std::uint8_t {
    forward,  ///< send it under `numbers`
    drop,     ///< the receiver never learns of it
    filler,   ///< send an empty packet under `numbers.sequence`: its place is known to the receiver, its content not
              ///< wanted
  };
  Kind kind = Kind::drop;
  VideoNumbers numbers;
};

class VideoStream {
 public:
  VideoStream(std::uint16_t first_sequence, std::uint32_t first_timestamp) noexcept
      : sequences_(first_sequence), first_timestamp_(first_timestamp) {}

  /// The stream goes on with the key frame whose first packet is `key`, at slot time `timestamp`, in the codec of
  /// `key`.
  void start(const LogEntry& key, std::uint32_t timestamp) noexcept;
  /// The stream stops until the next `start`.
  void stop() noexcept { running_ = false; }
  [[nodiscard]] bool running() const noexcept { return running_; }
  [[nodiscard]] rtp::VideoCodec codec() const noexcept { return codec_; }
  /// The number, at its source, of the key frame's first packet of the last `start`.
  [[nodiscard]] rtp::SeqNo started_with() const noexcept { return started_with_; }

  /// Highest temporal layer to forward, 0..3. Takes effect downwards at the next frame, upwards at the next key frame
  /// or earlier: of VP8 one layer at a time at frames that say that they may be switched to (Y), of VP9 after a frame
  /// that says that higher ones may follow (U).
  void limit_temporal(std::uint8_t highest) noexcept { wanted_temporal_ = highest; }
  [[nodiscard]] std::uint8_t temporal() const noexcept { return temporal_; }

  /// The decision for the next packet of the source in order of arrival. It is of the stream's codec, or padding.
  VideoDecision next(const LogEntry& entry) noexcept;

  /// What was added to the source's timestamps; a sender report is rewritten with it.
  [[nodiscard]] std::uint32_t timestamp_offset() const noexcept { return timestamp_offset_; }
  /// Slot time at which a packet that follows the last one after `elapsed` stands.
  [[nodiscard]] std::uint32_t timestamp_after(Duration elapsed) const noexcept;
  [[nodiscard]] bool ever_started() const noexcept { return ever_started_; }
  [[nodiscard]] std::uint32_t last_timestamp() const noexcept { return last_timestamp_; }
  [[nodiscard]] std::uint8_t tl0_offset() const noexcept { return tl0_offset_; }
  /// Grows with each `start` and `stop` of a source: packets sent under another one are not sent again.
  [[nodiscard]] std::uint8_t epoch() const noexcept { return epoch_; }
  void new_epoch() noexcept { epoch_ = static_cast<std::uint8_t>((epoch_ + 1) & 31); }

 private:
  /// A frame of the source that was decided on.
  struct Frame {
    std::uint32_t timestamp = 0;
    std::uint16_t picture_offset = 0;  // of frames after it: out = in - offset
    bool forwarded = false;
    bool known = false;
  };
  static constexpr std::size_t remembered_frames = 8;

  /// Decides on a frame when its first packet comes; later packets of it get the same decision.
  const Frame& frame_of(const LogEntry& entry) noexcept;
  [[nodiscard]] bool wants(const LogEntry& entry) noexcept;

  SequenceMap sequences_;
  std::array<Frame, remembered_frames> frames_{};
  Frame late_;  // the decision on a late frame that is not among them
  rtp::SeqNo started_with_{};
  std::uint32_t first_timestamp_;
  std::uint32_t timestamp_offset_ = 0;
  std::uint32_t last_timestamp_ = 0;  // of the newest forwarded packet, in slot time
  std::uint16_t next_picture_ = 0;
  std::uint8_t newest_frame_ = 0;
  std::uint8_t next_tl0_ = 0;
  std::uint8_t tl0_offset_ = 0;
  std::uint8_t temporal_ = 0;
  std::uint8_t wanted_temporal_ = 3;
  std::uint8_t epoch_ = 0;
  rtp::VideoCodec codec_ = rtp::VideoCodec::vp8;
  bool running_ = false;
  bool ever_started_ = false;
};

/// Writes the front of the payload descriptor of `entry` with the slot's picture id and TL0PICIDX, as it has such: all
/// of VP8's, of VP9's what stands before reference indices (rtp::Vp9Front), nothing of H.264. Returns its size, 0..6
/// bytes.
std::size_t write_descriptor(const LogEntry& entry, std::uint16_t picture_id, std::uint8_t tl0,
                             std::span<std::uint8_t, 6> out) noexcept;

}  // namespace sealhall::sfu
