#include "core/congestion/delay_control.h"

#include <algorithm>
#include <cmath>

namespace sealhall::congestion {
namespace {

constexpr Duration group_length = std::chrono::milliseconds{5};
constexpr Duration longest_burst = std::chrono::milliseconds{100};
constexpr Duration clock_jump = std::chrono::seconds{3};

constexpr double smoothing = 0.9;   // of the accumulated delay; more is calmer and later
constexpr double trend_gain = 4.0;  // brings the slope to the scale of the threshold
constexpr std::uint32_t most_deltas = 60;
constexpr double overuse_for_ms = 10.0;   // draft section 5.4: overuse must last this long
constexpr double threshold_up = 0.0087;   // K_u
constexpr double threshold_down = 0.039;  // K_d
constexpr double threshold_min = 6.0;
constexpr double threshold_max = 600.0;
constexpr double threshold_ignore_above = 15.0;  // a peak this far above must not lift the threshold

// A queue that stands at this length without growing has no slope. It is given so long to go by itself, and so many
// cuts to show that it is a queue; after them the path is taken to be longer.
constexpr double standing_queue_ms = 120.0;
constexpr Duration standing_for = std::chrono::seconds{1};
constexpr std::uint32_t standing_cuts = 3;

// The longest queue that is put down to a probe.
constexpr double probe_queue_ms = 50.0;

constexpr double beta = 0.85;            // draft section 5.5
constexpr double beta_unmeasured = 0.7;  // while nobody knows yet what arrives
constexpr double growth_per_second = 0.08;
// The least additive step, bits a second each second. The same for every flow, so that small flows catch up with large
// ones that share their path. Larger: recovers sooner and overshoots more.
constexpr double additive_at_least = 20'000.0;

double millis(Duration d) noexcept { return static_cast<double>(d.count()) / 1000.0; }

}  // namespace

bool ArrivalGroups::belongs(Instant sent, Instant arrival) const noexcept {
  // One send time: one burst of our own (a GSO run).
  if (sent == current_.last_sent) return true;
  // Section 5.2: packets that a queue held and released together arrive quicker one after the other than they were
  // sent.
  const Duration arrival_delta = arrival - current_.last_arrival;
  const Duration propagation = arrival_delta - (sent - current_.last_sent);
  if (propagation < Duration{} && arrival_delta <= group_length && arrival - current_.first_arrival < longest_burst)
    return true;
  return sent - current_.first_sent <= group_length;
}

std::optional<ArrivalGroups::Delta> ArrivalGroups::on_packet(Instant sent, Instant arrival) noexcept {
  if (!current_.used) {
    current_ = {sent, sent, arrival, arrival, true};
    return std::nullopt;
  }
  if (sent < current_.first_sent) return std::nullopt;  // reordered, says nothing about queues
  if (belongs(sent, arrival)) {
    current_.last_sent = std::max(current_.last_sent, sent);
    current_.last_arrival = std::max(current_.last_arrival, arrival);
    return std::nullopt;
  }
  std::optional<Delta> delta;
  if (previous_.used) {
    const Duration between_arrivals = current_.last_arrival - previous_.last_arrival;
    const Duration between_sends = current_.last_sent - previous_.last_sent;
    if (between_arrivals - between_sends > clock_jump || between_arrivals < Duration{}) {
      // The clock of the other side was set, or the path was dead: begin anew.
      previous_ = {};
      current_ = {sent, sent, arrival, arrival, true};
      return std::nullopt;
    }
    delta = Delta{millis(between_sends), millis(between_arrivals)};
  }
  previous_ = current_;
  current_ = {sent, sent, arrival, arrival, true};
  return delta;
}

std::optional<double> TrendlineDetector::slope() const noexcept {
  double mean_x = 0.0;
  double mean_y = 0.0;
  for (const Point& p : points_) {
    mean_x += p.arrival_ms;
    mean_y += p.delay_ms;
  }
  mean_x /= static_cast<double>(window);
  mean_y /= static_cast<double>(window);
  double covariance = 0.0;
  double variance = 0.0;
  for (const Point& p : points_) {
    covariance += (p.arrival_ms - mean_x) * (p.delay_ms - mean_y);
    variance += (p.arrival_ms - mean_x) * (p.arrival_ms - mean_x);
  }
  if (variance <= 0.0) return std::nullopt;
  return covariance / variance;
}

Usage TrendlineDetector::on_delta(const ArrivalGroups::Delta& delta, Instant arrival) noexcept {
  if (!first_arrival_) first_arrival_ = arrival;
  deltas_ = std::min(deltas_ + 1, 1000U);
  accumulated_ += delta.arrival_ms - delta.send_ms;
  smoothed_ = smoothing * smoothed_ + (1.0 - smoothing) * accumulated_;
  // The lowest delay is forgotten slowly, so that drifting clocks do not look like a queue for ever.
  lowest_ = std::min(smoothed_, lowest_ + 0.0005 * delta.arrival_ms);
  points_[next_] = Point{millis(arrival - *first_arrival_), smoothed_};
  next_ = (next_ + 1) % window;
  count_ = std::min(count_ + 1, window);
  const double trend = count_ == window ? slope().value_or(previous_trend_) : previous_trend_;
  detect(trend, delta.send_ms);
  adapt_threshold(std::min(deltas_, most_deltas) * trend * trend_gain, arrival);
  return usage_;
}

void TrendlineDetector::detect(double trend, double elapsed_ms) noexcept {
  if (deltas_ < 2) return;
  const double scaled = std::min(deltas_, most_deltas) * trend * trend_gain;
  if (scaled > threshold_ms_) {
    // The first time counts half: on average the overuse began in the middle of the interval.
    over_for_ms_ = over_for_ms_ < 0.0 ? elapsed_ms / 2 : over_for_ms_ + elapsed_ms;
    ++over_count_;
    if (over_for_ms_ > overuse_for_ms && over_count_ > 1 && trend >= previous_trend_) {
      over_for_ms_ = 0.0;
      over_count_ = 0;
      usage_ = Usage::overuse;
    }
  } else {
    over_for_ms_ = -1.0;
    over_count_ = 0;
    usage_ = scaled < -threshold_ms_ ? Usage::underuse : Usage::normal;
  }
  previous_trend_ = trend;
}

void TrendlineDetector::adapt_threshold(double scaled, Instant arrival) noexcept {
  const Duration passed = threshold_at_ ? arrival - *threshold_at_ : Duration{};
  threshold_at_ = arrival;
  const double distance = std::abs(scaled) - threshold_ms_;
  if (distance > threshold_ignore_above) return;
  const double k = distance < 0.0 ? threshold_down : threshold_up;
  const double elapsed = std::clamp(millis(passed), 0.0, 100.0);
  threshold_ms_ = std::clamp(threshold_ms_ + k * distance * elapsed, threshold_min, threshold_max);
}

void AimdControl::set_bounds(DataRate min, DataRate max) noexcept {
  min_ = min;
  max_ = max;
  rate_ = std::clamp(rate_, min_, max_);
}

void AimdControl::set_estimate(DataRate rate, Instant now) noexcept {
  rate_ = std::clamp(rate, min_, max_);
  changed_at_ = now;
  if (rate.kbps() > capacity_kbps_) capacity_kbps_ = -1.0;
}

void AimdControl::note_capacity(DataRate acknowledged) noexcept {
  constexpr double weight = 0.05;
  const double sample = acknowledged.kbps();
  if (capacity_kbps_ < 0.0) {
    capacity_kbps_ = sample;
  } else {
    capacity_kbps_ += weight * (sample - capacity_kbps_);
  }
  const double error = capacity_kbps_ - sample;
  capacity_variance_ += weight * (error * error / std::max(capacity_kbps_, 1.0) - capacity_variance_);
  capacity_variance_ = std::clamp(capacity_variance_, 0.4, 2.5);
}

DataRate AimdControl::update(Usage usage, std::optional<DataRate> acknowledged, bool limited, Instant now) noexcept {
  const double spread = 3.0 * std::sqrt(capacity_variance_ * std::max(capacity_kbps_, 0.0));
  if (usage == Usage::underuse) {
    // Section 5.5: the queue drains; wait until it has.
    state_ = State::hold;
    changed_at_ = now;
    return rate_;
  }
  if (usage == Usage::normal) {
    if (state_ != State::increase) {
      state_ = State::increase;
      changed_at_ = now;
      return rate_;
    }
    if (acknowledged && near_capacity() && acknowledged->kbps() > capacity_kbps_ + spread) capacity_kbps_ = -1.0;
    const Duration passed = std::min(changed_at_ ? now - *changed_at_ : Duration{}, Duration{std::chrono::seconds{1}});
    changed_at_ = now;
    // Not far above what is really sent: a rate that nobody has tried is no estimate.
    const bool unproven = acknowledged && rate_ > *acknowledged * 1.5 + DataRate::kbps(10);
    if (limited || unproven) return rate_;
    double step = 0.0;
    if (near_capacity()) {
      // Additive: half a packet a response time.
      const double frame_bits = static_cast<double>(rate_.bps()) / 30.0;
      const double packet_bits = frame_bits / std::ceil(std::max(frame_bits, 1.0) / (1200.0 * 8.0));
      const double response = to_seconds(rtt_ + std::chrono::milliseconds{100}) * 2.0;
      step = std::max(additive_at_least, packet_bits / response) * to_seconds(passed);
    } else {
      const double part = std::pow(1.0 + growth_per_second, to_seconds(passed)) - 1.0;
      step = std::max(static_cast<double>(rate_.bps()) * part, additive_at_least * to_seconds(passed));
    }
    rate_ = std::clamp(rate_ + DataRate::bps(static_cast<std::int64_t>(step)), min_, max_);
    return rate_;
  }
  // Overuse: to beta times what arrives, once a round trip.
  const Duration interval =
      std::clamp(rtt_, Duration{std::chrono::milliseconds{10}}, Duration{std::chrono::milliseconds{200}});
  const bool far_above = acknowledged && *acknowledged < rate_ * 0.5 && !limited;
  if (last_decrease_ && now - *last_decrease_ < interval && !far_above) return rate_;
  // What arrives measures the path only when it was tried: of somebody who sends little, step by step from the rate.
  if (limited && acknowledged) acknowledged = std::max(*acknowledged, rate_);
  DataRate reduced = acknowledged ? *acknowledged * beta : rate_ * beta_unmeasured;
  if (acknowledged && reduced > rate_ && near_capacity()) {
    reduced = DataRate::bps(static_cast<std::int64_t>(capacity_kbps_ * 1000.0 * beta));
  }
  // A little less, so that the queue which the overuse built can drain.
  reduced = reduced - std::min(DataRate::kbps(5), reduced * 0.02);
  if (reduced < rate_) rate_ = std::clamp(reduced, min_, max_);
  if (acknowledged && !limited) {
    if (near_capacity() && acknowledged->kbps() < capacity_kbps_ - spread) capacity_kbps_ = -1.0;
    note_capacity(*acknowledged);
  }
  state_ = State::hold;
  changed_at_ = now;
  last_decrease_ = now;
  return rate_;
}

void DelayControl::on_packet(Instant sent, Instant arrival) noexcept {
  const auto delta = groups_.on_packet(sent, arrival);
  if (!delta) return;
  if (detector_.on_delta(*delta, arrival) == Usage::overuse) overuse_seen_ = true;
}

bool DelayControl::standing_queue(Instant now) noexcept {
  const double queue = detector_.queue_delay_ms();
  if (queue < standing_queue_ms || queue < standing_from_ms_ * 0.7) {
    standing_since_.reset();
    standing_from_ms_ = 0.0;
    standing_cuts_ = 0;
  }
  if (queue < standing_queue_ms) return false;
  if (!standing_since_) {
    standing_since_ = now;
    standing_from_ms_ = queue;
    return false;
  }
  if (now - *standing_since_ < standing_for) return false;
  standing_since_ = now;
  if (++standing_cuts_ <= standing_cuts) return true;
  detector_.accept_delay();
  return false;
}

DataRate DelayControl::update(std::optional<DataRate> acknowledged, std::optional<DataRate> probe, bool limited,
                              bool after_probe, Instant now) noexcept {
  Usage usage = overuse_seen_ && detector_.usage() != Usage::underuse ? Usage::overuse : detector_.usage();
  if (usage == Usage::normal && standing_queue(now)) usage = Usage::overuse;
  // A probe makes a short queue of its own, which is what it is for: wait until that has gone.
  if (usage == Usage::overuse && after_probe && detector_.queue_delay_ms() < probe_queue_ms) usage = Usage::underuse;
  overuse_seen_ = false;
  if (usage != Usage::overuse && probe && *probe > aimd_.rate()) {
    aimd_.set_estimate(*probe, now);
    return aimd_.rate();
  }
  return aimd_.update(usage, acknowledged, limited, now);
}

}  // namespace sealhall::congestion
