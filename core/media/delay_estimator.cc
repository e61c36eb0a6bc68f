#include "core/media/delay_estimator.h"

#include <algorithm>

namespace sealhall::media {
namespace {
// What is assumed before anything was measured, and how many packets that assumption weighs. More weight: a quiet
// network keeps the start delay longer; less: the first packets alone decide.
constexpr std::size_t assumed_bucket = 8;
constexpr double assumed_weight = 5.0;
// A transit that differs by more than this is another timeline, not a delay.
constexpr Duration timeline_jump = std::chrono::seconds{5};
}  // namespace

DelayEstimator::DelayEstimator(const Config& config) noexcept : config_(config) { histogram_[assumed_bucket] = 1.0F; }

void DelayEstimator::on_arrival(Duration media, Instant arrival) noexcept {
  const Duration transit = arrival.time_since_epoch() - media;
  if (slots_used_ > 0 && (transit - base_ > timeline_jump || base_ - transit > timeline_jump)) forget_base();

  const Duration slot_width = config_.base_window / static_cast<std::int64_t>(base_slots);
  if (slots_used_ == 0) {
    slot_ = 0;
    slots_used_ = 1;
    slot_began_ = arrival;
    lowest_[0] = transit;
  } else if (arrival - slot_began_ >= slot_width) {
    // After silence longer than the window only the newest slot still says something.
    if (arrival - slot_began_ >= config_.base_window) slots_used_ = 0;
    slot_ = (slot_ + 1) % base_slots;
    slots_used_ = std::min(slots_used_ + 1, base_slots);
    slot_began_ = arrival;
    lowest_[slot_] = transit;
  } else {
    lowest_[slot_] = std::min(lowest_[slot_], transit);
  }
  base_ = lowest_[slot_];
  for (std::size_t i = 1; i < slots_used_; ++i) {
    base_ = std::min(base_, lowest_[(slot_ + base_slots - i) % base_slots]);
  }

  if (transit - base_ > config_.hopeless_above) return;
  const auto bucket = std::min(static_cast<std::size_t>((transit - base_) / bucket_width), bucket_count - 1);
  ++packets_;
  const double keep = std::min(config_.forget, 1.0 - 1.0 / (static_cast<double>(packets_) + assumed_weight));
  for (float& weight : histogram_) weight *= static_cast<float>(keep);
  histogram_[bucket] += static_cast<float>(1.0 - keep);
}

Duration DelayEstimator::quantile_delay() const noexcept {
  if (packets_ == 0) return Duration{};
  float sum = 0.0F;
  for (const float weight : histogram_) sum += weight;
  const float wanted = sum * static_cast<float>(config_.quantile);
  float below = 0.0F;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    below += histogram_[i];
    if (below >= wanted) return bucket_width * static_cast<std::int64_t>(i + 1);
  }
  return bucket_width * static_cast<std::int64_t>(bucket_count);
}

std::optional<Instant> DelayEstimator::earliest(Duration media) const noexcept {
  if (slots_used_ == 0) return std::nullopt;
  return Instant{base_ + media};
}

void DelayEstimator::forget_base() noexcept { slots_used_ = 0; }

}  // namespace sealhall::media
