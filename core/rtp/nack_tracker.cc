#include "core/rtp/nack_tracker.h"

#include <algorithm>

namespace sealhall::rtp {

void NackTracker::on_packet(SeqNo seq, Instant now) {
  if (!highest_) {
    highest_ = seq;
    return;
  }
  if (seq <= *highest_) {
    const auto at = std::ranges::lower_bound(missing_, seq, {}, &Missing::seq);
    if (at != missing_.end() && at->seq == seq) missing_.erase(at);
    return;
  }
  const auto gap = static_cast<std::uint64_t>(distance(*highest_, seq)) - 1;
  const SeqNo first = next(*highest_);
  highest_ = seq;
  if (gap + missing_.size() > config_.max_missing) {
    missing_.clear();
    lost_too_many_ = true;
    return;
  }
  for (SeqNo lost = first; lost < seq; lost = next(lost)) missing_.push_back({lost, now, 0});
}

void NackTracker::forget_before(SeqNo seq) noexcept {
  missing_.erase(missing_.begin(), std::ranges::lower_bound(missing_, seq, {}, &Missing::seq));
}

std::optional<Instant> NackTracker::next_deadline() const noexcept {
  if (missing_.empty()) return std::nullopt;
  return std::ranges::min_element(missing_, {}, &Missing::ask_at)->ask_at;
}

std::vector<SeqNo> NackTracker::due(Instant now) {
  std::vector<SeqNo> ask;
  const Duration interval = std::max(rtt_, config_.min_interval);
  std::erase_if(missing_, [&](Missing& packet) {
    if (packet.ask_at > now) return false;
    if (packet.requests == config_.max_requests) {
      ++given_up_;
      return true;
    }
    ++packet.requests;
    packet.ask_at = now + interval;
    ask.push_back(packet.seq);
    return false;
  });
  return ask;
}

void NackTracker::clear() noexcept {
  missing_.clear();
  lost_too_many_ = false;
}

}  // namespace sealhall::rtp
