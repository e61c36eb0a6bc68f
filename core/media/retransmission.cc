#include "core/media/retransmission.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sealhall::media {
namespace {
constexpr std::size_t max_packet = 1500;
}

RetransmissionHistory::RetransmissionHistory(const Config& config)
    : config_(config), slots_(std::bit_ceil(std::clamp<std::size_t>(config.max_packets, 4, 32'768))) {}

void RetransmissionHistory::forget(Slot& slot) noexcept {
  if (!slot.used) return;
  slot.used = false;
  bytes_ -= slot.packet.size();
  --held_;
}

void RetransmissionHistory::store(std::uint16_t sequence_number, ByteView packet, Instant now) {
  if (packet.empty() || packet.size() > max_packet) return;
  const std::size_t mask = slots_.size() - 1;
  Slot& slot = slots_[sequence_number & mask];
  forget(slot);
  slot.used = true;
  slot.sequence_number = sequence_number;
  slot.times_sent = 0;
  slot.stored_at = now;
  slot.sent_at = now;
  slot.packet.assign(packet.begin(), packet.end());
  bytes_ += packet.size();
  if (++held_ == 1) oldest_ = sequence_number;
  newest_ = sequence_number;
  // The ring holds the last slots_.size() numbers; what the byte limit takes goes from its old end.
  if (static_cast<std::uint16_t>(newest_ - oldest_) > mask) oldest_ = static_cast<std::uint16_t>(newest_ - mask);
  while (bytes_ > config_.max_bytes && oldest_ != newest_) forget(slots_[oldest_++ & mask]);
}

std::optional<RetransmissionHistory::Stored> RetransmissionHistory::retransmit(std::uint16_t sequence_number,
                                                                               Duration rtt, Instant now) noexcept {
  Slot& slot = slots_[sequence_number & (slots_.size() - 1)];
  if (!slot.used || slot.sequence_number != sequence_number) return std::nullopt;
  if (now - slot.stored_at > config_.max_age) return std::nullopt;
  // The copy that is on its way cannot have been missed yet.
  if (slot.times_sent > 0 && now - slot.sent_at < rtt) return std::nullopt;
  slot.sent_at = now;
  return Stored{slot.packet, ++slot.times_sent};
}

void NackResponder::roll(Instant now) noexcept {
  // Two half-lives of one second: old traffic fades instead of falling off an edge.
  const Duration passed = now - window_began_;
  if (passed <= Duration{}) return;
  const double keep = std::max(0.0, 1.0 - to_seconds(passed));
  sent_ *= keep;
  resent_ *= keep;
  window_began_ = now;
}

void NackResponder::on_sent(std::size_t bytes, Instant now) noexcept {
  roll(now);
  sent_ += static_cast<double>(bytes);
}

DataRate NackResponder::resending(Instant now) noexcept {
  roll(now);
  return DataRate::bps(static_cast<std::int64_t>(resent_ * 8));
}

bool NackResponder::spend(std::size_t bytes, Instant now) noexcept {
  roll(now);
  const double path = static_cast<double>(path_.bps()) / 8 * config_.share;
  const double limit = std::min(path, std::max(sent_ * config_.budget, static_cast<double>(config_.min_budget_bytes)));
  if (resent_ + static_cast<double>(bytes) > limit) {
    ++refused_;
    return false;
  }
  resent_ += static_cast<double>(bytes);
  return true;
}

}  // namespace sealhall::media
