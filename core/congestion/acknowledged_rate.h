// The rate at which the other side receives: a Bayesian average of short windows.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/data_rate.h"
#include "core/base/time.h"

namespace sealhall::congestion {

class AcknowledgedRate {
 public:
  /// `size` bytes arrived at `arrival` (receiver's clock, ascending within a few milliseconds). `limited`: the
  /// application sends less than it may; a low sample then says little.
  void on_packet(std::size_t size, Instant arrival, bool limited) noexcept;
  /// nullopt until half a second of packets has been seen.
  [[nodiscard]] std::optional<DataRate> rate() const noexcept;
  /// The estimate may move quickly now (a probe or a change of path).
  void expect_change() noexcept;

 private:
  void sample(double kbps, bool limited) noexcept;
  std::optional<Instant> window_began_;
  Instant last_arrival_{};
  std::int64_t window_bytes_ = 0;
  bool initial_ = true;
  int last_side_ = 0;
  double estimate_kbps_ = -1.0;
  double variance_ = 50.0;
};

}  // namespace sealhall::congestion
