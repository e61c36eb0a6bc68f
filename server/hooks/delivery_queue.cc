#include "server/hooks/delivery_queue.h"

#include <algorithm>
#include <limits>

#include "core/base/check.h"

namespace sealhall::hooks {
namespace {

UnixMicros plus(UnixMicros at, Duration d) noexcept { return UnixMicros{static_cast<std::int64_t>(at) + d.count()}; }
Duration between(UnixMicros from, UnixMicros to) noexcept {
  return Duration{static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from)};
}

}  // namespace

std::optional<std::string> DeliveryQueue::start(UnixMicros now) {
  if (under_way_ || held_ || items_.empty()) return std::nullopt;
  Item& first = items_.front();
  // A wall clock that was set back must not hold the queue for longer than the longest delay.
  first.not_before = std::min(first.not_before, plus(now, times_.after.back()));
  if (first.not_before > now) return std::nullopt;
  under_way_ = true;
  return first.id;
}

DeliveryQueue::Outcome DeliveryQueue::finished(bool success, UnixMicros now) {
  SEALHALL_CHECK(under_way_);
  under_way_ = false;
  Item& first = items_.front();
  // A row that somebody has written by hand may hold any number; after the highest comes no first try.
  if (first.attempts != std::numeric_limits<std::uint32_t>::max()) ++first.attempts;
  Outcome outcome{first.id, Outcome::State::delivered, first.attempts, {}};
  if (!success) {
    const bool too_often = first.attempts > times_.after.size();
    const bool too_old = between(first.created_at, now) > times_.patience;
    if (!too_often && !too_old) {
      first.not_before = plus(now, times_.after[first.attempts - 1]);
      outcome.state = Outcome::State::waiting;
      outcome.not_before = first.not_before;
      return outcome;
    }
    outcome.state = Outcome::State::given_up;
  }
  items_.pop_front();
  return outcome;
}

DeliveryQueue::Outcome DeliveryQueue::abandoned() {
  SEALHALL_CHECK(under_way_);
  under_way_ = false;
  Outcome outcome{items_.front().id, Outcome::State::given_up, items_.front().attempts, {}};
  items_.pop_front();
  return outcome;
}

void DeliveryQueue::postponed(UnixMicros not_before) {
  SEALHALL_CHECK(under_way_);
  under_way_ = false;
  items_.front().not_before = not_before;
}

bool DeliveryQueue::remove(const std::string& id) {
  const auto it = std::ranges::find(items_, id, &Item::id);
  if (it == items_.end() || (under_way_ && it == items_.begin())) return false;
  items_.erase(it);
  return true;
}

void DeliveryQueue::hurry(UnixMicros now) noexcept {
  if (!under_way_ && !items_.empty()) items_.front().not_before = std::min(items_.front().not_before, now);
}

std::optional<UnixMicros> DeliveryQueue::next_at() const {
  if (under_way_ || held_ || items_.empty()) return std::nullopt;
  return items_.front().not_before;
}

}  // namespace sealhall::hooks
