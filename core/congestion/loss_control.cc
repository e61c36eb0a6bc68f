#include "core/congestion/loss_control.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sealhall::congestion {
namespace {
constexpr Duration observation_length = std::chrono::milliseconds{250};
constexpr double fewest_packets = 5.0;
constexpr double newer_counts_more = 0.9;  // weight of an observation beside the next newer one
// Loss that may be called inherent, at a given capacity: the first at any rate, and more at low rates, where giving way
// costs more than the loss. Larger: congestion of paths without a queue is tolerated; smaller: radio links starve.
constexpr double inherent_anywhere = 0.08;
constexpr double inherent_kbps = 40.0;
// While packets wait longer than this in a queue, loss is that queue's overflow, and hardly any of it is inherent.
constexpr double queue_means_congestion_ms = 100.0;
constexpr double inherent_with_queue = 0.01;
// Prefers the higher of two capacities that explain the losses equally well.
constexpr double higher_is_better = 0.02;
constexpr double growth = 1.10;              // at most, in one observation
constexpr double insignificant_loss = 0.02;  // draft section 6: below this loss is no reason for anything
constexpr Duration hold_after_fall = std::chrono::milliseconds{500};

double clamp_probability(double p) noexcept { return std::clamp(p, 1e-4, 1.0 - 1e-4); }
}  // namespace

void LossControl::set_bounds(DataRate min, DataRate max) noexcept {
  min_ = min;
  max_ = max;
  if (bound_ != DataRate::unlimited()) bound_ = std::max(bound_, min_);
}

void LossControl::on_packet(std::size_t size, Instant sent, bool lost) noexcept {
  if (!first_sent_) {
    first_sent_ = sent;
    last_sent_ = sent;
  }
  last_sent_ = std::max(last_sent_, sent);
  packets_ += 1.0;
  bytes_ += static_cast<std::int64_t>(size);
  if (lost) lost_ += 1.0;
}

void LossControl::on_recovered() noexcept { lost_ -= 1.0; }

bool LossControl::close() noexcept {
  if (!first_sent_ || last_sent_ - *first_sent_ < observation_length || packets_ < fewest_packets) return false;
  const DataRate rate = rate_of(bytes_, last_sent_ - *first_sent_);
  observations_[next_] = Observation{static_cast<float>(packets_), static_cast<float>(std::clamp(lost_, 0.0, packets_)),
                                     static_cast<float>(std::max(rate.kbps(), 1.0))};
  next_ = (next_ + 1) % window;
  count_ = std::min(count_ + 1, window);
  // What came back after having been called lost may belong to the observation before; the rest of it goes to the next.
  lost_ = std::min(lost_, 0.0);
  packets_ = 0.0;
  bytes_ = 0;
  first_sent_.reset();
  return true;
}

template <typename Visit>
void LossControl::for_each(Visit&& visit) const noexcept {
  double weight = 1.0;
  for (std::size_t i = 0; i < count_; ++i) {
    visit(observations_[(next_ + window - 1 - i) % window], weight);
    weight *= newer_counts_more;
  }
}

/// How likely the observed losses are (logarithm) when the path loses `inherent` of everything and all above
/// `capacity_kbps`.
double LossControl::objective(double capacity_kbps, double inherent) const noexcept {
  double sum = 0.0;
  for_each([&](const Observation& o, double weight) {
    const double excess = std::max(0.0, (o.kbps - capacity_kbps) / o.kbps);
    const double p = clamp_probability(inherent + (1.0 - inherent) * excess);
    sum += weight * (o.lost * std::log(p) + (o.packets - o.lost) * std::log(1.0 - p));
    sum += weight * o.packets * higher_is_better * std::log1p(capacity_kbps);
  });
  return sum;
}

/// The inherent loss that explains the observations best at this capacity, within what may be called inherent.
double LossControl::best_inherent(double capacity_kbps) const noexcept {
  double lost = 0.0;
  double packets = 0.0;
  for_each([&](const Observation& o, double weight) {
    // What the capacity explains is not inherent.
    const double excess = std::max(0.0, (o.kbps - capacity_kbps) / o.kbps) * o.packets;
    lost += weight * std::max(0.0, o.lost - excess);
    packets += weight * std::max(o.packets - excess, 0.0);
  });
  if (packets <= 0.0) return 0.0;
  const double most =
      queued_ ? inherent_with_queue : inherent_anywhere + inherent_kbps / std::max(capacity_kbps, inherent_kbps);
  return std::clamp(lost / packets, 0.0, most);
}

void LossControl::update(DataRate delay_based, std::optional<DataRate> acknowledged, double queue_delay_ms,
                         Instant now) noexcept {
  if (!close()) return;
  queued_ = queue_delay_ms > queue_means_congestion_ms;
  double lost = 0.0;
  double packets = 0.0;
  for_each([&](const Observation& o, double weight) {
    lost += weight * o.lost;
    packets += weight * o.packets;
  });
  loss_ = packets > 0.0 ? lost / packets : 0.0;

  const bool bounded = bound_ != DataRate::unlimited();
  const double now_kbps = std::max(1.0, std::min(bound_, delay_based).kbps());
  const auto& newest = observations_[(next_ + window - 1) % window];
  const double newest_loss = newest.lost / newest.packets;
  double best = now_kbps;
  if (loss_ >= insignificant_loss && newest_loss >= insignificant_loss / 2) {
    const double arrived = acknowledged ? acknowledged->kbps() : now_kbps;
    const std::array<double, 6> candidates{now_kbps * growth, now_kbps * 1.02, now_kbps,
                                           now_kbps * 0.95,   arrived,         arrived * 0.9};
    double best_value = -std::numeric_limits<double>::infinity();
    for (const double candidate : candidates) {
      if (candidate < 1.0 || candidate > now_kbps * growth) continue;
      const double inherent = best_inherent(candidate);
      const double value = objective(candidate, inherent);
      if (value <= best_value) continue;
      best_value = value;
      best = candidate;
      inherent_ = inherent;
    }
  } else {
    best = now_kbps * growth;
    if (loss_ < insignificant_loss) inherent_ = loss_;
  }

  if (best < now_kbps * 0.999) {
    held_until_ = now + hold_after_fall;
  } else if (held_until_ && now < *held_until_) {
    best = std::min(best, now_kbps);
  }
  if (!bounded && best >= now_kbps * 0.999) return;
  bound_ = DataRate::bps(static_cast<std::int64_t>(best * 1000.0));
  if (bound_ >= delay_based * 1.05 || bound_ >= max_) {
    bound_ = DataRate::unlimited();
  } else {
    bound_ = std::max(bound_, min_);
  }
}

}  // namespace sealhall::congestion
