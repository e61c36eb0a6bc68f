// Quantiles of durations in fixed memory: 100 us steps up to 4 s.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/time.h"

namespace sealhall::cli {

class Histogram {
 public:
  void add(Duration d) noexcept {
    const auto bucket = std::clamp<std::int64_t>(d.count() / step, 0, static_cast<std::int64_t>(counts_.size()) - 1);
    ++counts_[static_cast<std::size_t>(bucket)];
    ++total_;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return total_; }
  /// In milliseconds, the upper edge of the step; 0 when empty. `q` is 0..1.
  [[nodiscard]] double quantile_ms(double q) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted || (seen == total_ && total_ > 0)) return static_cast<double>((i + 1) * step) / 1000.0;
    }
    return 0;
  }

 private:
  static constexpr std::int64_t step = 100;
  std::array<std::uint32_t, 40'000> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace sealhall::cli
