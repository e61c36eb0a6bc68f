// How late packets of one stream come, beside the quickest ones: the playout delay that covers a quantile of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/time.h"

namespace sealhall::media {

/// Compares arrival with media time. "Transit" is arrival minus media time; its lowest value of the last seconds is the
/// base, and what a packet's transit exceeds the base by is its relative delay. The histogram of relative delays
/// forgets exponentially. Fixed size, nothing allocated.
class DelayEstimator {
 public:
  struct Config {
    /// The part of packets that must have arrived in time. Higher: more delay; lower: more concealment.
    double quantile = 0.975;
    /// Weight kept by the past at each packet. Higher: comes down later after a bad stretch; lower: forgets rare peaks.
    double forget = 0.997;
    /// How long the lowest transit is remembered. Longer: a route that became longer is noticed later.
    Duration base_window = std::chrono::seconds{4};
    /// A packet later than this is not counted: no delay that is allowed would have saved it.
    Duration hopeless_above = std::chrono::milliseconds{800};
  };
  DelayEstimator() noexcept : DelayEstimator(Config{}) {}
  explicit DelayEstimator(const Config& config) noexcept;

  /// A packet whose media time is `media` (any origin, ascending without wrap) has arrived.
  void on_arrival(Duration media, Instant arrival) noexcept;
  /// The relative delay that the configured part of packets stays below. Zero before the first packet.
  [[nodiscard]] Duration quantile_delay() const noexcept;
  /// The moment at which media time `media` would have arrived with the quickest transit; nullopt before the first
  /// packet.
  [[nodiscard]] std::optional<Instant> earliest(Duration media) const noexcept;
  /// Forgets the base (the stream's timeline changed), keeps what is known about the jitter.
  void forget_base() noexcept;

  static constexpr Duration bucket_width = std::chrono::milliseconds{5};
  static constexpr std::size_t bucket_count = 160;  ///< up to 800 ms; later packets count in the last bucket

 private:
  static constexpr std::size_t base_slots = 8;
  Config config_;
  std::array<float, bucket_count> histogram_{};
  std::array<Duration, base_slots> lowest_{};  // lowest transit in each part of the window, a ring
  std::size_t slot_ = 0;
  std::size_t slots_used_ = 0;
  Instant slot_began_{};
  Duration base_{};
  std::uint64_t packets_ = 0;
};

}  // namespace sealhall::media
