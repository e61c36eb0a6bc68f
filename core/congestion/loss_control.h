// Loss-based control: tells loss that the path always has from loss that too high a rate makes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/data_rate.h"
#include "core/base/time.h"

namespace sealhall::congestion {

/// draft-ietf-rmcat-gcc-02 section 6 lowers the rate at 10 % loss whatever its cause, which starves a stream on a radio
/// link. This keeps the last observations (packets, losses, sending rate) and asks which pair of inherent loss and
/// capacity explains them best; the capacity bounds the rate.
class LossControl {
 public:
  LossControl(DataRate min, DataRate max) noexcept : min_(min), max_(max) {}
  void set_bounds(DataRate min, DataRate max) noexcept;
  /// One packet that feedback spoke about.
  void on_packet(std::size_t size, Instant sent, bool lost) noexcept;
  /// A packet that was counted as lost has arrived after all (reordered).
  void on_recovered() noexcept;
  /// After each feedback message. `delay_based` is the other control's rate, which bounds candidates from above;
  /// `queue_delay_ms` tells whether packets wait in a queue of the path.
  void update(DataRate delay_based, std::optional<DataRate> acknowledged, double queue_delay_ms, Instant now) noexcept;
  /// DataRate::unlimited() while loss says nothing against the delay-based rate.
  [[nodiscard]] DataRate bound() const noexcept { return bound_; }
  /// Part of packets lost in the last observations, newer ones counting more.
  [[nodiscard]] double loss() const noexcept { return loss_; }
  [[nodiscard]] double inherent_loss() const noexcept { return inherent_; }

 private:
  static constexpr std::size_t window = 20;
  struct Observation {
    float packets = 0.0F;
    float lost = 0.0F;
    float kbps = 0.0F;
  };
  bool close() noexcept;
  template <typename Visit>
  void for_each(Visit&& visit) const noexcept;
  [[nodiscard]] double objective(double capacity_kbps, double inherent) const noexcept;
  [[nodiscard]] double best_inherent(double capacity_kbps) const noexcept;

  DataRate min_;
  DataRate max_;
  std::array<Observation, window> observations_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  double packets_ = 0.0;
  double lost_ = 0.0;
  std::int64_t bytes_ = 0;
  std::optional<Instant> first_sent_;
  Instant last_sent_{};
  DataRate bound_ = DataRate::unlimited();
  double inherent_ = 0.0;
  double loss_ = 0.0;
  bool queued_ = false;
  std::optional<Instant> held_until_;
};

}  // namespace sealhall::congestion
