// One audio slot's stream as its receiver sees it: continuous numbers and timestamps over changes of the speaker.
#pragma once

#include <cstdint>
#include <optional>

#include "core/rtp/profile.h"
#include "core/sfu/packet_log.h"
#include "core/sfu/sequence_map.h"

namespace sealhall::sfu {

struct AudioNumbers {
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  bool marker = false;
};

class AudioStream {
 public:
  AudioStream(std::uint16_t first_sequence, std::uint32_t first_timestamp) noexcept
      : sequences_(first_sequence), last_timestamp_(first_timestamp) {}

  /// The next packet is the first of another source.
  void change_source() noexcept { running_ = false; }

  /// nullopt: from before the source was chosen. The first packet of a source carries the marker, as the first of a
  /// talk spurt does (RFC 3551 section 4.1).
  std::optional<AudioNumbers> next(const LogEntry& entry) noexcept {
    const bool first = !running_;
    if (first) start(entry);
    const SequenceMap::Order order = sequences_.order(entry.seq);
    if (order == SequenceMap::Order::too_old) return std::nullopt;
    AudioNumbers numbers{.sequence = sequences_.forward(entry.seq),
                         .timestamp = entry.timestamp + timestamp_offset_,
                         .marker = entry.marker || first};
    if (order == SequenceMap::Order::newest) {
      last_timestamp_ = numbers.timestamp;
      last_arrival_ = entry.arrival;
    }
    return numbers;
  }
  [[nodiscard]] std::uint32_t timestamp_offset() const noexcept { return timestamp_offset_; }
  [[nodiscard]] bool running() const noexcept { return running_; }

 private:
  /// Slot time goes on by whole frames, so that a receiver's jitter buffer sees what it sees from one speaker.
  void start(const LogEntry& entry) noexcept {
    constexpr std::uint32_t frame = rtp::opus_clock_rate / 50;
    std::uint32_t timestamp = last_timestamp_;
    if (last_arrival_) {
      const std::int64_t frames =
          std::max<std::int64_t>(1, (entry.arrival - *last_arrival_) / rtp::audio_frame_duration);
      timestamp += static_cast<std::uint32_t>(frames) * frame;
    }
    timestamp_offset_ = timestamp - entry.timestamp;
    sequences_.start(entry.seq);
    running_ = true;
  }

  SequenceMap sequences_;
  std::optional<Instant> last_arrival_;
  std::uint32_t last_timestamp_;
  std::uint32_t timestamp_offset_ = 0;
  bool running_ = false;
};

}  // namespace sealhall::sfu
