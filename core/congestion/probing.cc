#include "core/congestion/probing.h"

#include <algorithm>
#include <utility>

#include "core/congestion/send_history.h"

namespace sealhall::congestion {
namespace {
constexpr std::uint32_t probe_packets = 5;
// Longer: a better measurement, and a longer queue when the rate is too high.
constexpr Duration probe_length = std::chrono::milliseconds{15};
// So much of a probe must have arrived for a result.
constexpr double enough = 0.8;
constexpr Duration probe_timeout = std::chrono::seconds{1};
constexpr Duration longest_interval = std::chrono::seconds{1};
// A receiver that seems to get much more than was sent measures a queue that emptied, not the path.
constexpr double believable = 2.0;
// Received clearly slower than sent: the path is full, and a little less than all of it is to be used.
constexpr double full_below = 0.9;
constexpr double of_full = 0.95;
// A probe that reached this part of its rate is followed by a faster one.
constexpr double go_on_at = 0.7;
constexpr Duration first_wait = std::chrono::seconds{2};
constexpr Duration longest_wait = std::chrono::seconds{8};
constexpr Duration calm_after_overuse = std::chrono::seconds{1};
// Without any overuse for so long there is probably room above.
constexpr Duration long_calm = std::chrono::seconds{5};
// Overuse so soon after a probe's result was taken over says that the result was wrong.
constexpr Duration regret_within = std::chrono::seconds{2};
// The first guesses are allowed to be wrong.
constexpr Duration start_phase = std::chrono::seconds{3};
// Larger: a path that is wide again is used again later (at 10 s within 15 s, with the probes that follow). Smaller: a
// path that is not is filled more often, and each time media waits in its queue until the result is taken back.
constexpr Duration longest_wait_after_regret = std::chrono::seconds{10};
// Application-limited: less than this part of the target is sent.
constexpr double limited_below = 0.65;
}  // namespace

void Probing::on_packet_sent(std::size_t size, Instant at) noexcept {
  const double full = static_cast<double>(target_.bytes_in(std::chrono::milliseconds{500})) * limited_below;
  if (unused_at_ != Instant{} && at > unused_at_) {
    unused_bytes_ += static_cast<double>(target_.bytes_in(at - unused_at_)) * limited_below;
  }
  unused_at_ = std::max(unused_at_, at);
  unused_bytes_ = std::clamp(unused_bytes_ - static_cast<double>(size), -full, full);
  if (unused_bytes_ > 0.8 * full) limited_ = true;
  if (unused_bytes_ < 0.5 * full) limited_ = false;
}

void Probing::on_acknowledged(std::uint32_t probe_slot, std::size_t size, Instant sent, Instant arrival) noexcept {
  if (probe_slot == 0) return;
  const auto found = std::ranges::find_if(
      clusters_, [&](const Cluster& c) { return c.id != 0 && c.id % SendHistory::probe_slots == probe_slot; });
  if (found == clusters_.end()) return;
  Cluster& c = *found;
  const auto bytes = static_cast<std::uint32_t>(size);
  if (c.packets == 0) {
    c.first_sent = c.last_sent = sent;
    c.first_arrival = c.last_arrival = arrival;
  }
  if (sent > c.last_sent) {
    c.last_sent = sent;
    c.bytes_in_last_run = 0;
  }
  if (arrival < c.first_arrival) {
    c.first_arrival = arrival;
    c.bytes_in_first_arrival = 0;
  }
  if (sent == c.last_sent) c.bytes_in_last_run += bytes;
  if (arrival == c.first_arrival) c.bytes_in_first_arrival += bytes;
  c.first_sent = std::min(c.first_sent, sent);
  c.last_arrival = std::max(c.last_arrival, arrival);
  ++c.packets;
  c.bytes += bytes;
}

std::optional<DataRate> Probing::measure(const Cluster& c) const noexcept {
  if (c.packets < static_cast<std::uint32_t>(enough * c.want_packets) ||
      c.bytes < static_cast<std::uint32_t>(enough * c.want_bytes)) {
    return std::nullopt;
  }
  const Duration sending = c.last_sent - c.first_sent;
  const Duration receiving = c.last_arrival - c.first_arrival;
  if (sending <= Duration{} || receiving <= Duration{} || sending > longest_interval || receiving > longest_interval) {
    return std::nullopt;
  }
  // The bytes of the last run left after the measured interval, those of the first arrival came before it.
  const DataRate sent = rate_of(c.bytes - c.bytes_in_last_run, sending);
  const DataRate received = rate_of(c.bytes - c.bytes_in_first_arrival, receiving);
  if (received > sent * believable) return std::nullopt;
  if (received < sent * full_below) return received * of_full;
  return std::min(sent, received);
}

std::optional<DataRate> Probing::take_result(Instant now) noexcept {
  std::optional<DataRate> best;
  bool waits_longer = false;  // several that were lost together, in one silence, are one failure
  for (Cluster& c : clusters_) {
    if (c.id == 0) continue;
    const auto result = measure(c);
    if (!result) {
      if (now - c.asked > probe_timeout) {
        c.id = 0;
        if (std::exchange(waits_longer, true)) continue;
        const Duration longer = std::min(std::max(backoff_ * 2, first_wait), longest_wait);
        backoff_ = regretted_ ? std::max(backoff_, longer) : longer;
      }
      continue;
    }
    // The probe's last packets may still be reported; the first full result decides.
    const DataRate asked = c.rate;
    c.id = 0;
    best = best ? std::max(*best, *result) : *result;
    if (*result >= asked * go_on_at) {
      if (!regretted_) backoff_ = first_wait;
      last_success_ = now;
      // Once the path's limit has been met, the way up goes only to where it was before.
      const DataRate most = last_overuse_ ? std::min(useful_, best_) : useful_;
      if (*result * 1.2 < most) ask(std::min(*result * 2.0, most * 1.1), now);
    } else {
      backoff_ = std::min(std::max(backoff_ * 2, first_wait), longest_wait);
    }
    next_probe_at_ = now + backoff_;
  }
  return best;
}

void Probing::ask(DataRate rate, Instant now) noexcept {
  if (queued_ == queue_.size()) return;
  Probe& probe = queue_[queued_++];
  if (next_id_ % SendHistory::probe_slots == 0) ++next_id_;  // slot 0 means "no probe"
  probe.id = next_id_++;
  probe.rate = rate;
  probe.packets = probe_packets;
  probe.bytes = static_cast<std::uint32_t>(std::clamp<std::int64_t>(rate.bytes_in(probe_length), 500, 100'000));
  next_probe_at_ = now + std::max(backoff_, first_wait);
}

void Probing::update(DataRate target, DataRate useful, bool overuse, Instant now) noexcept {
  target_ = target;
  useful_ = useful;
  if (overuse) {
    last_overuse_ = now;
    queued_ = 0;
    if (last_success_ && now - *last_success_ < regret_within && now - started_at_ > start_phase) {
      last_success_.reset();
      regretted_ = true;
      backoff_ = std::min(std::max(backoff_ * 2, first_wait), longest_wait_after_regret);
      next_probe_at_ = now + backoff_;
      best_ = std::max(target, best_ * 0.8);
    }
  } else if (last_success_ && now - *last_success_ >= regret_within) {
    last_success_.reset();
    regretted_ = false;
  }
  if (target > best_) best_ = target;
  if (!started_) {
    // The start rate is a guess; two probes soon tell its order of magnitude.
    started_ = true;
    started_at_ = now;
    backoff_ = first_wait;
    ask(std::min(start_ * 3.0, useful_), now);
    ask(std::min(start_ * 6.0, useful_), now);
    return;
  }
  if (!next_probe_at_ || now < *next_probe_at_ || queued_ > 0 || !wants_more()) return;
  if (last_overuse_ && now - *last_overuse_ < calm_after_overuse) return;
  if (!limited_ && target_ < best_ * 0.8) {
    // After a fall: the path may carry again what it carried before.
    ask(std::min({target_ * 2.0, best_ * 1.1, useful_ * 1.1}), now);
  } else if (limited_ || !last_overuse_ || now - *last_overuse_ >= long_calm) {
    ask(std::min(target_ * 2.0, useful_ * 1.1), now);
  } else {
    next_probe_at_ = now + first_wait;
  }
}

std::optional<Probe> Probing::take(Instant now) noexcept {
  if (queued_ == 0) return std::nullopt;
  const Probe probe = queue_[0];
  queue_[0] = queue_[1];
  --queued_;
  Cluster& cluster = clusters_[probe.id % clusters_.size()];
  cluster = Cluster{};
  cluster.id = probe.id;
  cluster.rate = probe.rate;
  cluster.want_packets = probe.packets;
  cluster.want_bytes = probe.bytes;
  cluster.asked = now;
  return probe;
}

std::optional<Instant> Probing::next_deadline() const noexcept {
  if (!wants_more() || queued_ > 0 || !next_probe_at_) return std::nullopt;
  return last_overuse_ ? std::max(*next_probe_at_, *last_overuse_ + calm_after_overuse) : *next_probe_at_;
}

}  // namespace sealhall::congestion
