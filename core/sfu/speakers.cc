#include "core/sfu/speakers.h"

#include <algorithm>
#include <cmath>

namespace sealhall::sfu {
namespace {

// Time constants. Attack: half a second of steady speech reaches 92 % of its loudness, a cough of 60 ms 26 %.
constexpr float attack_seconds = 0.2F;
constexpr float release_seconds = 1.2F;
// A frame that its sender does not take for speech (typing, a fan) counts for this part.
constexpr float not_voice_factor = 0.6F;
// Packets come every 20 ms, with jitter; a longer silence is silence.
constexpr Duration missing_after = std::chrono::milliseconds{120};

float approach(float from, float to, Duration elapsed) noexcept {
  const float constant = to > from ? attack_seconds : release_seconds;
  const auto seconds = static_cast<float>(std::clamp(to_seconds(elapsed), 0.0, 1.0));
  return from + (to - from) * (1.0F - std::exp(-seconds / constant));
}

}  // namespace

void Loudness::on_level(std::uint8_t level, bool voice, Instant now) noexcept {
  const auto loud = static_cast<float>(127 - std::min<std::uint8_t>(level, 127));
  const Duration elapsed = std::clamp<Duration>(now - last_, Duration{0}, std::chrono::milliseconds{60});
  score_ = approach(score_, voice ? loud : loud * not_voice_factor, elapsed);
  last_ = now;
}

void Loudness::decay(Instant now) noexcept {
  if (now - last_ < missing_after) return;
  score_ = approach(score_, 0, now - last_);
  if (score_ < 0.5F) score_ = 0;
  last_ = now;
}

void SpeakerOrder::forget(Id id) noexcept {
  std::erase(order_, id);
  if (challenger_ == id) challenger_ = 0;
}

SpeakerOrder::Change SpeakerOrder::update(std::span<const Candidate> candidates, Instant now) {
  const auto place = [&](Id id) {
    return static_cast<std::size_t>(std::find(order_.begin(), order_.end(), id) - order_.begin());
  };
  scratch_.clear();
  for (const Candidate& candidate : candidates) {
    // Who never spoke has no place; who spoke keeps one, so that slots stay where they are in a silence.
    if (candidate.speaking || place(candidate.id) < order_.size()) scratch_.push_back(candidate);
  }
  std::sort(scratch_.begin(), scratch_.end(), [&](const Candidate& a, const Candidate& b) {
    const std::size_t pa = place(a.id);
    const std::size_t pb = place(b.id);
    return pa != pb ? pa < pb : (a.score != b.score ? a.score > b.score : a.id < b.id);
  });
  // Insertion by clear margins: who is louder by more than the margin passes the one before.
  for (std::size_t i = 1; i < scratch_.size(); ++i) {
    for (std::size_t k = i; k > 0 && scratch_[k].speaking && scratch_[k].score > scratch_[k - 1].score + margin; --k) {
      std::swap(scratch_[k], scratch_[k - 1]);
    }
  }
  // The first place is given up only to somebody who has been louder for a while, or when its holder is silent.
  if (!scratch_.empty() && !order_.empty() && scratch_[0].id != order_[0]) {
    const auto holder =
        std::find_if(scratch_.begin(), scratch_.end(), [&](const Candidate& c) { return c.id == order_[0]; });
    if (challenger_ != scratch_[0].id) {
      challenger_ = scratch_[0].id;
      challenged_at_ = now;
    }
    if (holder != scratch_.end() && holder->speaking && now - challenged_at_ < dominance_time) {
      std::rotate(scratch_.begin(), holder, holder + 1);
    }
  } else {
    challenger_ = 0;
  }
  if (scratch_.size() > kept) scratch_.resize(kept);
  std::size_t same = 0;
  while (same < order_.size() && same < scratch_.size() && order_[same] == scratch_[same].id) ++same;
  if (same == order_.size() && same == scratch_.size()) return Change::none;
  order_.clear();
  for (const Candidate& candidate : scratch_) order_.push_back(candidate.id);
  return same < shown ? Change::shown : Change::order;
}

}  // namespace sealhall::sfu
