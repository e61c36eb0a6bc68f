// Audio jitter buffer: Opus packets in as they arrive, one decision a playout step out, with an adaptive delay.
// It decodes nothing: the caller owns the Opus decoder, its concealment and its in-band FEC (RFC 6716, RFC 7587).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/media/delay_estimator.h"
#include "core/rtp/profile.h"
#include "core/rtp/sequence.h"

namespace sealhall::media {

/// What to do about the delay while decoding this step.
enum class Stretch : std::uint8_t {
  none,
  accelerate,       ///< more is buffered than needed: remove some milliseconds if the signal allows it
  fast_accelerate,  ///< far more is buffered: remove more
  decelerate,       ///< less is buffered than needed: add some milliseconds
};

/// One RTP packet of an Opus stream (RFC 7587 section 4.2).
struct AudioPacket {
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;  ///< at 48 kHz
  ByteView payload;             ///< copied; opaque, sealed or opened
  /// The packet's length at the media clock when the caller knows it (opened packets say it); zero: inferred.
  std::uint32_t samples = 0;
  /// True for an Opus DTX or comfort frame (an opened payload of at most 2 bytes): the silence after it is meant.
  bool dtx = false;
};

/// One playout step. Views point into the buffer and hold until its next call.
struct AudioDecision {
  enum class Kind : std::uint8_t {
    decode,      ///< decode `payload`
    decode_fec,  ///< the packet is lost: decode the in-band FEC in `payload`, which is the packet after it and comes
                 ///< again
    conceal,     ///< nothing to decode: let the decoder conceal; `concealed_in_row` counts the steps
    silence,     ///< the sender is silent, or nothing has been heard for long: comfort noise or zeros
  };
  Kind kind = Kind::silence;
  Stretch stretch = Stretch::none;     ///< with `decode` only
  ByteView payload;                    ///< with `decode` and `decode_fec`
  std::uint32_t timestamp = 0;         ///< wire timestamp of the first sample of this step
  std::uint32_t samples = 0;           ///< length of this step at 48 kHz, before stretching
  std::uint32_t concealed_in_row = 0;  ///< 1 for the first concealed step
  bool after_gap = false;              ///< `decode` after conceal, silence or a skip: cross-fade
};

/// Counts of packets where nothing else is said; they only grow, `reset` included.
struct AudioJitterStats {
  std::uint64_t received = 0;
  std::uint64_t duplicates = 0;        ///< of a sequence number that was there, or had been played
  std::uint64_t late = 0;              ///< arrived after their time had been played
  std::uint64_t overflowed = 0;        ///< thrown away because the buffer was full or the timeline jumped
  std::uint64_t steps = 0;             ///< all steps outside silence
  std::uint64_t decoded = 0;           ///< steps
  std::uint64_t recovered_by_fec = 0;  ///< steps
  std::uint64_t concealed = 0;         ///< steps
  std::uint64_t silent = 0;            ///< steps
  std::uint64_t skipped = 0;           ///< packets jumped over to catch up
  Duration target_delay{};             ///< what the estimator and lip sync ask for
  Duration current_delay{};            ///< playout minus the quickest arrival of the same moment
  Duration accelerated{};              ///< removed by stretching, as the caller reported
  Duration decelerated{};              ///< added by stretching

  /// 0..1 of all steps outside silence.
  [[nodiscard]] double concealed_ratio() const noexcept {
    return steps == 0 ? 0.0 : static_cast<double>(concealed) / static_cast<double>(steps);
  }
};

/// Feed packets with `insert`; whenever the output needs more samples call `next`, which always answers. A step's
/// length is the packet's own for `decode`, the last packet's for the others.
class AudioJitterBuffer {
 public:
  struct Config {
    std::uint32_t clock_rate = rtp::opus_clock_rate;  ///< Hz of the timestamps
    /// Smaller: people talk over each other less; larger: fewer gaps where arrivals vary by more than was seen before.
    Duration min_delay = std::chrono::milliseconds{20};
    /// Larger survives worse networks; nobody can converse beyond it.
    Duration max_delay = std::chrono::milliseconds{400};
    std::size_t capacity_packets = 128;  ///< bounds the memory: capacity x 1500 bytes
    DelayEstimator::Config estimator;
  };
  AudioJitterBuffer() : AudioJitterBuffer(Config{}) {}
  /// `capacity_packets` is rounded up to a power of two, at least 4.
  explicit AudioJitterBuffer(const Config& config);

  /// Keeps a copy of the packet. Duplicates, late and oversized (> 1500 bytes) ones are counted and dropped.
  void insert(const AudioPacket& packet, Instant now);
  /// The next step, for playout at `now`.
  [[nodiscard]] AudioDecision next(Instant now);
  /// The caller followed a stretch hint and played `delta` more (positive) or less (negative) than the step's samples.
  void stretched(Duration delta) noexcept;
  /// At least this much delay from now on, for lip sync; zero takes it back. Bounded by max_delay.
  void set_minimum_delay(Duration delay) noexcept;
  /// The delay that the network alone asks for, without the lip sync minimum.
  [[nodiscard]] Duration network_delay() const noexcept;
  /// When `timestamp` (on the wire) is played if the delay were `network_delay()`; nullopt before the first packet.
  [[nodiscard]] std::optional<Instant> playout_time(std::uint32_t timestamp) const noexcept;
  /// Another source stands behind the stream now: drops what is buffered, keeps the statistics and the jitter estimate.
  void reset() noexcept;
  [[nodiscard]] const AudioJitterStats& stats() const noexcept { return stats_; }

 private:
  enum class Mode : std::uint8_t { silent, playing };
  struct Slot {
    bool used = false;
    bool dtx = false;
    rtp::SeqNo sequence{};  // stays after playing, so that duplicates are told from late packets
    rtp::MediaTime time{};
    std::uint32_t samples = 0;
    Bytes payload;  // keeps its capacity
  };

  [[nodiscard]] Slot& slot_of(rtp::SeqNo sequence) noexcept {
    return slots_[static_cast<std::size_t>(rtp::value(sequence)) & (slots_.size() - 1)];
  }
  [[nodiscard]] Slot* oldest() noexcept;
  [[nodiscard]] Duration media_duration(std::uint64_t samples) const noexcept;
  [[nodiscard]] Duration target_delay() const noexcept;
  [[nodiscard]] Duration delay_of(const Slot& slot, Instant now) const noexcept;
  [[nodiscard]] bool timeline_jumped(const AudioPacket& packet) const noexcept;
  void make_room(rtp::SeqNo from, rtp::SeqNo to) noexcept;
  void infer_samples(Slot& slot, std::uint32_t told) noexcept;
  Slot* catch_up(Slot* slot, Instant now) noexcept;
  AudioDecision decode(Slot& slot, bool after_gap, Instant now);
  AudioDecision recover(Slot& slot, std::uint32_t samples);
  AudioDecision conceal();
  AudioDecision silence();
  void note_loss(bool lost) noexcept;

  Config config_;
  std::vector<Slot> slots_;
  rtp::SeqUnwrapper sequences_;
  rtp::TimestampUnwrapper timestamps_;
  DelayEstimator estimator_;
  AudioJitterStats stats_;
  Duration minimum_delay_{};
  Mode mode_ = Mode::silent;
  std::optional<rtp::SeqNo> played_;     // the last packet decoded or passed over
  rtp::MediaTime next_time_{};           // of the sample after the last decoded one
  std::uint64_t concealed_samples_ = 0;  // played since without moving next_time_
  std::uint32_t concealed_in_row_ = 0;
  bool after_gap_ = false;
  bool last_was_dtx_ = false;
  std::uint32_t step_samples_;
  std::size_t held_ = 0;
  double loss_ = 0.0;
  bool wait_for_fec_ = false;
};

}  // namespace sealhall::media
