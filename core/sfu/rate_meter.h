// What an encoding costs a second with each of its temporal layers. Measured over seconds, because a burst is not a
// rate: a key frame or a page turned must not make a layer look too expensive.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/data_rate.h"

namespace sealhall::sfu {

class RateMeter {
 public:
  void on_packet(std::uint8_t temporal_id, std::size_t size) noexcept {
    bytes_[temporal_id & 3] += static_cast<std::uint32_t>(size);
    layers_ = std::max(layers_, static_cast<std::uint8_t>((temporal_id & 3) + 1));
  }
  /// Call about every 100 ms.
  void update(Instant now) noexcept {
    if (!started_) {
      started_ = true;
      since_ = now;
      bytes_ = {};
      return;
    }
    const Duration elapsed = now - since_;
    if (elapsed < bucket) return;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      const DataRate rate = rate_of(bytes_[i], elapsed);
      rates_[i] = measured_ ? rates_[i] * (1.0 - weight) + rate * weight : rate;
    }
    bytes_ = {};
    since_ = now;
    measured_ = true;
  }
  /// After a pause of the encoding: what was measured before says nothing.
  void reset() noexcept { *this = RateMeter{}; }

  [[nodiscard]] bool measured() const noexcept { return measured_; }
  /// Temporal layers seen, 1..4.
  [[nodiscard]] std::uint8_t layers() const noexcept { return layers_; }
  /// Of the layers 0..highest together.
  [[nodiscard]] DataRate cumulative(std::size_t highest) const noexcept {
    DataRate sum;
    for (std::size_t i = 0; i <= highest && i < rates_.size(); ++i) sum = sum + rates_[i];
    return sum;
  }

 private:
  static constexpr Duration bucket = std::chrono::milliseconds{500};
  static constexpr double weight = 0.3;

  std::array<std::uint32_t, 4> bytes_{};
  std::array<DataRate, 4> rates_{};
  Instant since_{};
  std::uint8_t layers_ = 1;
  bool started_ = false;
  bool measured_ = false;
};

}  // namespace sealhall::sfu
