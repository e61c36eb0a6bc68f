// How well media went for those in a meeting: a sample of each visit every few seconds, kept with the history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/engine.h"

namespace sealhall::store {

enum class QualityKind : std::uint8_t { audio, video, share };
struct QualityStream {
  QualityKind kind = QualityKind::audio;
  bool received = false;  ///< by the participant; otherwise sent by them
  std::uint32_t bitrate_bps = 0;
  std::uint32_t loss_permille = 0;
  std::uint32_t max_loss_permille = 0;
  std::uint32_t jitter_us = 0;
  std::uint32_t frame_rate = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const QualityStream&) const = default;
};
struct QualitySample {
  std::int64_t visit = 0;
  UnixMicros at{};            ///< its end
  std::uint32_t over_ms = 0;  ///< how long it is
  std::optional<std::uint32_t> round_trip_us{};
  std::vector<QualityStream> streams{};
  bool operator==(const QualitySample&) const = default;
};

/// What `unpack` reads, about 20 bytes a stream. Numbers too large for their field are cut.
Bytes pack(const QualitySample& sample);
/// Into everything but `visit` and `at`; nullopt for what `pack` did not write.
std::optional<QualitySample> unpack(ByteView bytes);

class Quality {
 public:
  /// Samples are numbers about machines, not what people said; still nobody needs them for ever.
  static constexpr std::int64_t kept_micros = std::int64_t{90} * 24 * 3600 * 1'000'000;

  /// The engine must outlive this.
  explicit Quality(Engine& engine) noexcept : engine_(engine) {}

  /// Of a running that is written down; otherwise nothing is kept.
  void add(std::string uuid, const QualitySample& sample, Done<void> done);
  /// Of the visits `first`..`last` of a running, by visit and time.
  void of_visits(std::string uuid, std::int64_t first, std::int64_t last, Done<std::vector<QualitySample>> done);
  /// As `of_visits`, but at most `most` of each visit, spread over it.
  void some_of_visits(std::string uuid, std::int64_t first, std::int64_t last, std::int64_t most,
                      Done<std::vector<QualitySample>> done);
  /// Those from before go.
  void forget(UnixMicros before, Done<void> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
