// Video receive path of one stream: packets in, complete sealed VP8 frames out in decode order, and when to give up
// waiting (RFC 7741 section 4.2: picture id, TL0PICIDX, TID, Y).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/media/delay_estimator.h"
#include "core/media/frame_assembler.h"
#include "core/media/frame_sequencer.h"
#include "core/rtp/profile.h"
#include "core/rtp/sequence.h"

namespace sealhall::media {

/// A complete frame, sealed as its sender made it, all of whose references were given out before.
struct ReceivedFrame {
  Bytes data;
  std::uint64_t picture = 0;    ///< ascends by one a picture when nothing was skipped
  std::uint32_t timestamp = 0;  ///< on the wire, 90 kHz
  rtp::MediaTime media_time{};  ///< the same without wrap
  bool key_frame = false;
  std::uint8_t temporal_id = 0;
  bool after_skip = false;  ///< at least one picture before it was given up
  Instant first_arrival{};
  Instant complete_at{};
  Instant render_at{};  ///< when to show it, with the delay of this moment and lip sync
};

struct VideoReceiveStats {
  std::uint64_t packets = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t malformed = 0;   ///< payload descriptor unreadable, or contradicting its own frame
  std::uint64_t late = 0;        ///< for a frame that was given out or given up
  std::uint64_t frames = 0;      ///< given out
  std::uint64_t key_frames = 0;  ///< of these
  std::uint64_t skipped_pictures = 0;
  std::uint64_t key_frame_requests = 0;
  std::uint64_t evicted = 0;  ///< frames thrown away because memory was full
  Duration target_delay{};
};

/// Sans-IO. After `on_packet`, and when `next_deadline` has passed, drain `pop` and ask `take_key_frame_request`.
class VideoReceiver {
 public:
  struct Config {
    std::size_t max_packets = 1024;
    std::size_t max_bytes = 2'000'000;
    /// How long a missing packet may hold the picture up before a key frame is asked for, as a multiple of the round
    /// trip. Larger: fewer key frames, longer freezes.
    double patience_round_trips = 4.0;
    Duration min_patience = std::chrono::milliseconds{250};
    Duration max_patience = std::chrono::milliseconds{600};
    /// Not more than one key frame request in this time. Smaller: key frame storms; larger: longer freezes.
    Duration key_frame_interval = std::chrono::milliseconds{500};
    Duration max_delay = std::chrono::milliseconds{500};
  };
  VideoReceiver() : VideoReceiver(Config{}) {}
  explicit VideoReceiver(const Config& config);

  /// One packet of the stream; packets restored from RTX under their original numbers, with `retransmitted` set.
  void on_packet(const VideoPacket& packet, Instant now);
  /// A packet without payload filled this sequence number (padding).
  void on_padding(std::uint16_t sequence_number, Instant now);
  void on_rtt(Duration rtt) noexcept;
  /// The NACK side has given packets up: ask for a key frame (rate-limited), go on with what can be decoded meanwhile.
  void need_key_frame() noexcept { asked_ = true; }
  /// The decoder or SFrame failed on a frame: the same, and nothing but a key frame is given out from now on.
  void restart_from_key_frame() noexcept;

  /// When to call `pop` and `take_key_frame_request` although no packet came.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  /// The next frame in decode order, if one may be given out; call again until it gives none.
  [[nodiscard]] std::optional<ReceivedFrame> pop(Instant now);
  /// True at most once a `key_frame_interval`: send a PLI now.
  [[nodiscard]] bool take_key_frame_request(Instant now) noexcept;

  /// Packets up to and including this number are done with, given out or given up: asking for them again is of no use.
  [[nodiscard]] std::optional<std::uint16_t> done_to() const noexcept;

  /// At least this much playout delay from now on, for lip sync; zero takes it back.
  void set_minimum_delay(Duration delay) noexcept;
  [[nodiscard]] Duration network_delay() const noexcept;
  /// When `timestamp` is shown if the delay were `network_delay()`; nullopt before the first frame.
  [[nodiscard]] std::optional<Instant> playout_time(std::uint32_t timestamp) const noexcept;
  [[nodiscard]] const VideoReceiveStats& stats() const noexcept { return stats_; }

 private:
  [[nodiscard]] bool key_frame_needed(Instant now) const noexcept;
  [[nodiscard]] Duration request_interval() const noexcept;

  Config config_;
  FrameAssembler assembler_;
  FrameSequencer sequencer_;
  DelayEstimator estimator_;
  rtp::TimestampUnwrapper timestamps_;
  VideoReceiveStats stats_;
  Duration rtt_ = std::chrono::milliseconds{100};
  Duration minimum_delay_{};
  bool asked_ = false;
  std::optional<Instant> first_packet_;  // until the first frame is given out
  std::optional<Instant> last_request_;
  Instant last_render_{};
};

}  // namespace sealhall::media
