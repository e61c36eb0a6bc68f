// The sound of a composition: everybody's voice added up, as AAC (FFmpeg's own encoder).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "client/codec/opus.h"
#include "connectors/composer/packet_log.h"
#include "connectors/composer/track.h"

namespace sealhall::composer {

inline constexpr std::size_t sound_block = 1024;  ///< samples in one AAC frame
inline constexpr int sound_rate = codec::sample_rate;

/// Adds up Opus tracks, each placed at its time. Blocks are asked for in order.
class Mixer {
 public:
  /// `offset_ms`: where the track's time zero is in the composition.
  void add(TrackReader track, std::uint64_t offset_ms);
  /// The next 1024 samples, -1..1.
  void next(std::array<float, sound_block>& out);

 private:
  struct Voice {
    TrackReader reader;
    std::int64_t offset = 0;  // samples
    codec::OpusDecoder decoder;
    std::optional<recording::WebmFrame> ahead;
    bool ended = false;
    std::deque<float> samples;  // from `at` on
    std::int64_t at = 0;
    std::int64_t end() const { return at + static_cast<std::int64_t>(samples.size()); }
  };
  void fill(Voice& voice, std::int64_t until);
  std::vector<std::unique_ptr<Voice>> voices_;
  std::int64_t at_ = 0;
};

class AacEncoder {
 public:
  static std::unique_ptr<AacEncoder> create();
  ~AacEncoder();
  AacEncoder(const AacEncoder&) = delete;
  AacEncoder& operator=(const AacEncoder&) = delete;
  /// nullptr: the end. Packets' times are in samples; the first ones are before zero (priming).
  bool encode(const std::array<float, sound_block>* block, std::vector<Packet>& out);
  [[nodiscard]] Bytes configuration() const;  ///< AudioSpecificConfig

 private:
  struct State;
  explicit AacEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sealhall::composer
