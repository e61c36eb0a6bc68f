#include "core/congestion/acknowledged_rate.h"

#include <algorithm>
#include <cmath>

namespace sealhall::congestion {
namespace {
// The first sample takes longer: a short one would rest on a handful of packets.
constexpr Duration first_window = std::chrono::milliseconds{500};
constexpr Duration later_window = std::chrono::milliseconds{150};
// How little a sample counts that is far from the estimate; more, when the application may be the reason.
constexpr double doubt = 10.0;
constexpr double doubt_when_limited = 20.0;
constexpr double variance_growth = 5.0;

double distance_variance(double estimate, double sample) noexcept {
  const double uncertainty = doubt * std::abs(estimate - sample) / std::max(estimate, 1.0);
  return uncertainty * uncertainty;
}
}  // namespace

void AcknowledgedRate::on_packet(std::size_t size, Instant arrival, bool limited) noexcept {
  const Duration window = initial_ ? first_window : later_window;
  if (window_began_ && arrival + window < last_arrival_) window_began_.reset();  // the other clock was set back
  if (!window_began_ || arrival - last_arrival_ > window) {
    window_began_ = arrival;
    window_bytes_ = 0;
  }
  last_arrival_ = std::max(last_arrival_, arrival);
  if (arrival - *window_began_ >= window) {
    sample(static_cast<double>(window_bytes_) * 8.0 / static_cast<double>(to_millis(window)), limited);
    // Whole windows are stepped over, so that the next sample does not lose the time since this one's end.
    *window_began_ += window * ((arrival - *window_began_) / window);
    window_bytes_ = 0;
    initial_ = false;
  }
  window_bytes_ += static_cast<std::int64_t>(size);
}

void AcknowledgedRate::sample(double kbps, bool limited) noexcept {
  if (estimate_kbps_ < 0.0) {
    estimate_kbps_ = kbps;
    return;
  }
  // Two windows in a row far from the estimate are a change of the path or of the sender, not noise.
  const int side = kbps < estimate_kbps_ * 0.7 ? -1 : kbps > estimate_kbps_ * 1.5 ? 1 : 0;
  if (side != 0 && side == last_side_) variance_ = std::max(variance_, 0.5 * distance_variance(estimate_kbps_, kbps));
  last_side_ = side;
  const double scale = limited && kbps < estimate_kbps_ ? doubt_when_limited : doubt;
  const double uncertainty = scale * std::abs(estimate_kbps_ - kbps) / std::max(estimate_kbps_, 1.0);
  const double sample_variance = uncertainty * uncertainty;
  const double predicted = variance_ + variance_growth;
  estimate_kbps_ = (sample_variance * estimate_kbps_ + predicted * kbps) / (sample_variance + predicted);
  variance_ = sample_variance * predicted / (sample_variance + predicted);
}

std::optional<DataRate> AcknowledgedRate::rate() const noexcept {
  if (estimate_kbps_ < 0.0) return std::nullopt;
  return DataRate::bps(static_cast<std::int64_t>(estimate_kbps_ * 1000.0));
}

void AcknowledgedRate::expect_change() noexcept { variance_ += 200.0; }

}  // namespace sealhall::congestion
