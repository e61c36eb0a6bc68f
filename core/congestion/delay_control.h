// Delay-based control: arrival groups, trendline filter, adaptive threshold, AIMD (draft-ietf-rmcat-gcc-02 section 5,
// with the trendline in place of the Kalman filter).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/data_rate.h"
#include "core/base/time.h"

namespace sealhall::congestion {

enum class Usage : std::uint8_t { normal, underuse, overuse };

/// Packets sent within 5 ms, or that a queue squeezed together, are one group; what differs between groups is how much
/// longer the second took (section 5.2 and 5.3).
class ArrivalGroups {
 public:
  struct Delta {
    double send_ms = 0.0;
    double arrival_ms = 0.0;
  };
  /// nullopt until two groups are complete; then one delta a completed group.
  std::optional<Delta> on_packet(Instant sent, Instant arrival) noexcept;

 private:
  struct Group {
    Instant first_sent{};
    Instant last_sent{};
    Instant first_arrival{};
    Instant last_arrival{};
    bool used = false;
  };
  [[nodiscard]] bool belongs(Instant sent, Instant arrival) const noexcept;
  Group current_;
  Group previous_;
};

/// The slope of the smoothed queueing delay over the last groups, and the adaptive threshold it is compared with
/// (section 5.4).
class TrendlineDetector {
 public:
  Usage on_delta(const ArrivalGroups::Delta& delta, Instant arrival) noexcept;
  [[nodiscard]] Usage usage() const noexcept { return usage_; }
  /// Delay above the lowest of the last seconds, in ms.
  [[nodiscard]] double queue_delay_ms() const noexcept { return smoothed_ - lowest_; }
  /// The delay of now is the path's own.
  void accept_delay() noexcept { lowest_ = smoothed_; }

 private:
  static constexpr std::size_t window = 20;
  struct Point {
    double arrival_ms = 0.0;
    double delay_ms = 0.0;
  };
  [[nodiscard]] std::optional<double> slope() const noexcept;
  void detect(double trend, double elapsed_ms) noexcept;
  void adapt_threshold(double scaled, Instant arrival) noexcept;

  std::array<Point, window> points_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::uint32_t deltas_ = 0;
  double accumulated_ = 0.0;
  double smoothed_ = 0.0;
  double lowest_ = 0.0;
  std::optional<Instant> first_arrival_;
  std::optional<Instant> threshold_at_;
  double threshold_ms_ = 12.5;
  double previous_trend_ = 0.0;
  double over_for_ms_ = -1.0;
  std::uint32_t over_count_ = 0;
  Usage usage_ = Usage::normal;
};

/// Additive increase near the capacity that the last decreases found, multiplicative elsewhere; decrease to 0.85 of
/// what arrives (section 5.5).
class AimdControl {
 public:
  AimdControl(DataRate start, DataRate min, DataRate max) noexcept : rate_(start), min_(min), max_(max) {}
  void set_bounds(DataRate min, DataRate max) noexcept;
  void set_rtt(Duration rtt) noexcept { rtt_ = rtt; }
  /// A measured capacity (probe): taken over as it is.
  void set_estimate(DataRate rate, Instant now) noexcept;
  DataRate update(Usage usage, std::optional<DataRate> acknowledged, bool limited, Instant now) noexcept;
  [[nodiscard]] DataRate rate() const noexcept { return rate_; }
  [[nodiscard]] std::optional<Instant> last_decrease() const noexcept { return last_decrease_; }

 private:
  enum class State : std::uint8_t { hold, increase, decrease };
  void note_capacity(DataRate acknowledged) noexcept;
  [[nodiscard]] bool near_capacity() const noexcept { return capacity_kbps_ > 0.0; }

  DataRate rate_;
  DataRate min_;
  DataRate max_;
  Duration rtt_ = std::chrono::milliseconds{200};
  State state_ = State::hold;
  double capacity_kbps_ = -1.0;  // average of what arrived at decreases
  double capacity_variance_ = 0.4;
  std::optional<Instant> changed_at_;
  std::optional<Instant> last_decrease_;
};

/// The three together.
class DelayControl {
 public:
  DelayControl(DataRate start, DataRate min, DataRate max) noexcept : aimd_(start, min, max) {}
  void on_packet(Instant sent, Instant arrival) noexcept;
  /// After each feedback message. `probe`: a capacity that a probe measured. `after_probe`: a probe was on the path
  /// just now.
  DataRate update(std::optional<DataRate> acknowledged, std::optional<DataRate> probe, bool limited, bool after_probe,
                  Instant now) noexcept;
  void set_bounds(DataRate min, DataRate max) noexcept { aimd_.set_bounds(min, max); }
  void set_rtt(Duration rtt) noexcept { aimd_.set_rtt(rtt); }
  /// To `factor` of the rate without a measurement: feedback has stopped.
  void cut(double factor, Instant now) noexcept { aimd_.set_estimate(aimd_.rate() * factor, now); }
  [[nodiscard]] DataRate rate() const noexcept { return aimd_.rate(); }
  [[nodiscard]] Usage usage() const noexcept { return detector_.usage(); }
  [[nodiscard]] double queue_delay_ms() const noexcept { return detector_.queue_delay_ms(); }
  [[nodiscard]] std::optional<Instant> last_decrease() const noexcept { return aimd_.last_decrease(); }

 private:
  ArrivalGroups groups_;
  TrendlineDetector detector_;
  AimdControl aimd_;
  [[nodiscard]] bool standing_queue(Instant now) noexcept;

  bool overuse_seen_ = false;
  std::optional<Instant> standing_since_;
  double standing_from_ms_ = 0.0;
  std::uint32_t standing_cuts_ = 0;
};

}  // namespace sealhall::congestion
