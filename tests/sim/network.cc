#include "tests/sim/network.h"

#include <algorithm>
#include <utility>

namespace sealhall::sim {

void Path::apply_changes(Instant now) {
  while (!changes_.empty() && changes_.begin()->first <= now) {
    config_ = changes_.begin()->second;
    changes_.erase(changes_.begin());
  }
}

bool Path::lose() {
  bad_ = bad_ ? !random_.chance(config_.burst.leave) : random_.chance(config_.burst.enter);
  // Both are drawn always, so that a changed parameter does not shift the chances of everything after it.
  const bool by_burst = random_.chance(config_.burst.loss) && bad_;
  const bool by_chance = random_.chance(config_.loss);
  return by_burst || by_chance;
}

void Path::send(std::size_t flow, Bytes bytes, Instant now) {
  apply_changes(now);
  ++stats_.sent;
  Instant out = now;
  if (config_.rate != DataRate::unlimited()) {
    // 28 bytes of IPv4 and UDP count at the bottleneck too.
    free_at_ = std::max(free_at_, now);
    if (free_at_ - now > config_.queue) {
      ++stats_.queue_dropped;
      return;
    }
    free_at_ += config_.rate.time_for(bytes.size() + 28);
    out = free_at_;
  }
  if (lose()) {
    ++stats_.lost;
    return;
  }
  const int copies = random_.chance(config_.duplicate) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    Duration delay = config_.delay;
    if (config_.jitter > Duration{}) {
      delay += Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(config_.jitter.count())))};
    }
    Instant arrival = std::max(out + delay, last_arrival_);
    if (random_.chance(config_.reorder)) {
      arrival += config_.reorder_by;
    } else {
      last_arrival_ = arrival;
    }
    flying_.emplace(arrival, Delivery{flow, bytes});
  }
}

std::optional<Instant> Path::next() const {
  if (flying_.empty()) return std::nullopt;
  return flying_.begin()->first;
}

std::optional<Path::Delivery> Path::poll(Instant now) {
  if (flying_.empty() || flying_.begin()->first > now) return std::nullopt;
  Delivery delivery = std::move(flying_.begin()->second);
  flying_.erase(flying_.begin());
  ++stats_.delivered;
  stats_.delivered_bytes += delivery.bytes.size();
  return delivery;
}

}  // namespace sealhall::sim
