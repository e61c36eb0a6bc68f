// Where in time the frames of one participant stand: by the participant's own clock, shifted onto the recorder's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/media/lip_sync.h"
#include "core/rtp/sequence.h"
#include "core/wire/signalling.h"

namespace sealhall::recording {

/// An opened frame, owned.
struct ArrivedFrame {
  wire::SourceKind kind = wire::SourceKind::audio;
  std::uint64_t stream = 0;  ///< timestamps are of one line within a stream
  Bytes data;
  std::uint32_t timestamp = 0;               ///< RTP, 48 kHz or 90 kHz
  std::optional<media::NtpMicros> captured;  ///< on the sender's clock; nullopt before its first report
  Instant arrival{};
  bool key_frame = false;
};
struct PlacedFrame {
  wire::SourceKind kind = wire::SourceKind::audio;
  Bytes data;
  Instant at{};  ///< when it was captured, on the recorder's clock and without the way's quickest delay
  bool key_frame = false;
};

/// Sans-IO; one for each participant.
class Placement {
 public:
  /// What has found its place is appended to `out`: sound in order of time, pictures in the order of arrival (which is
  /// the order in which they are decoded) with times that ascend.
  void add(ArrivedFrame frame, std::vector<PlacedFrame>& out);
  /// Nothing more comes (or not before a pause is over): gives out everything.
  void flush(std::vector<PlacedFrame>& out);

  /// How long frames wait for their sender's first report. Longer delays the first second of a file; shorter places it
  /// by arrival alone.
  static constexpr Duration patience = std::chrono::seconds{3};
  /// Sound is put in order within this time.
  static constexpr Duration reorder = std::chrono::milliseconds{600};

 private:
  struct Stream {
    std::optional<std::int64_t> offset;  // captured micros minus timestamp micros
    rtp::TimestampUnwrapper timestamps;
    std::int64_t quickest = INT64_MAX;  // arrival minus timestamp, micros
    std::optional<Instant> first_arrival;
    std::vector<std::pair<ArrivedFrame, std::int64_t>> waiting;  // with its timestamp in micros
  };
  struct Source {
    std::multimap<Instant, PlacedFrame> sound;
    Instant newest{};
    std::optional<Instant> last;
  };
  void learn_shift(std::int64_t arrival_minus_captured, Instant now);
  void resolve(Stream& stream, Instant now, bool everything, std::vector<PlacedFrame>& out);
  void place(ArrivedFrame frame, Instant at, std::vector<PlacedFrame>& out);
  static void give_sound(Source& source, bool everything, std::vector<PlacedFrame>& out);

  std::map<std::uint64_t, Stream> streams_;
  std::map<wire::SourceKind, Source> sources_;
  // Recorder's clock minus sender's clock, micros: the quickest of this and the last window, approached slowly.
  std::optional<std::int64_t> shift_;
  std::int64_t window_quickest_ = INT64_MAX;
  std::int64_t last_window_quickest_ = INT64_MAX;
  Instant window_began_{};
  Instant latest_{};
};

}  // namespace sealhall::recording
