// Decodability and decode order of VP8 frames (RFC 7741 section 4.2): which complete frame goes to the decoder next,
// how long to wait for a missing one, when to pass over it, when only a key frame helps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/time.h"
#include "core/media/frame_assembler.h"

namespace sealhall::media {

/// Frames are ordered by their sequence numbers, which the SFU keeps continuous in a slot. A key frame opens a new
/// chain. A frame of temporal layer 0 refers to the layer 0 frame before it (TL0PICIDX tells); one of a higher layer
/// refers to that layer 0 frame and, unless Y is set, to everything of its own and lower layers since. Frames without
/// these fields refer to the frame directly before them.
class FrameSequencer {
 public:
  struct Config {
    std::size_t max_frames = 64;
    std::size_t max_bytes = 2'000'000;
    /// A gap in front of a frame that is decodable without it is passed over after this long.
    Duration skip_after = std::chrono::milliseconds{80};
    /// A gap that only a retransmission or a key frame can heal asks for a key frame after this long.
    Duration patience = std::chrono::milliseconds{200};
  };
  struct Frame {
    AssembledFrame frame;
    std::uint64_t picture = 0;  ///< unwrapped, ascending
    std::uint8_t temporal_id = 0;
    bool after_skip = false;
  };
  explicit FrameSequencer(const Config& config) : config_(config) {}

  void set_waits(Duration skip_after, Duration patience) noexcept;
  /// Keeps a complete frame. Frames behind the position are dropped.
  void insert(AssembledFrame frame, Instant now);
  /// The next frame in decode order that may be given out now. `padding` answers whether a gap is only padding.
  [[nodiscard]] std::optional<Frame> pop(const FrameAssembler& padding, Instant now);
  /// When waiting ends; nullopt when nothing waits.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  /// True while only a key frame (or a very late retransmission) can bring the picture on.
  [[nodiscard]] bool key_frame_needed(Instant now) const noexcept;
  /// True while the next frame refers to something that is not there.
  [[nodiscard]] bool waiting_for_reference() const noexcept { return waiting_for_reference_; }
  /// The decoder lost its state: nothing but a key frame is given out from now on.
  void restart() noexcept;

  [[nodiscard]] std::optional<rtp::SeqNo> position() const noexcept { return position_; }
  [[nodiscard]] std::uint64_t skipped_pictures() const noexcept { return skipped_; }
  [[nodiscard]] std::uint64_t evicted() const noexcept { return evicted_; }
  [[nodiscard]] std::size_t frames_held() const noexcept { return frames_.size(); }
  [[nodiscard]] std::size_t bytes_held() const noexcept { return bytes_; }

 private:
  enum class Verdict : std::uint8_t {
    ready,           ///< everything before it is out
    ready_with_gap,  ///< decodable, but something before it is missing
    hopeless,        ///< a frame that it refers to was passed over for good
    blocked,         ///< refers to something missing that may still come
  };
  [[nodiscard]] bool gap_before(const AssembledFrame& frame, const FrameAssembler& padding) const noexcept;
  [[nodiscard]] bool decodable(const AssembledFrame& frame, bool gap) const noexcept;
  [[nodiscard]] Verdict judge(const AssembledFrame& frame, bool gap) const noexcept;
  [[nodiscard]] std::size_t next_start(std::size_t from) const noexcept;
  Frame give_out(bool gap);
  void pass_over(std::size_t count, bool gap) noexcept;
  std::uint64_t advance(const AssembledFrame& frame) noexcept;
  void erase_front() noexcept;

  static constexpr std::size_t layers = 4;
  Config config_;
  std::vector<AssembledFrame> frames_;  // ascending by first sequence number, at most max_frames
  std::size_t bytes_ = 0;
  std::optional<rtp::SeqNo> position_;       // last sequence number given out or passed over
  std::optional<std::uint16_t> picture_id_;  // of the last frame given out or passed over
  std::uint64_t picture_ = 0;
  std::optional<std::uint8_t> base_index_;  // TL0PICIDX of the last layer 0 frame given out
  std::array<bool, layers> broken_{};       // something of this layer was passed over since its last frame
  bool chain_ = false;                      // a key frame was given out and layer 0 is whole since
  bool skipped_something_ = false;          // since the last frame given out
  bool waiting_for_reference_ = false;      // the front is blocked, not merely behind a gap
  std::optional<Instant> blocked_since_;
  std::optional<Instant> deadline_;
  std::uint64_t skipped_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace sealhall::media
