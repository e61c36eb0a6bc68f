#include "core/media/pacer.h"

#include <algorithm>

#include "core/base/check.h"

namespace sealhall::media {
namespace {
// Probe packets leave in runs of this length: shorter runs cost wake-ups, longer ones blur the measured rate.
constexpr Duration probe_run = std::chrono::milliseconds{2};
// Debt beyond this is forgiven: after a probe or a burst of audio video must not starve for seconds.
constexpr Duration longest_debt = std::chrono::milliseconds{250};

double bytes_at(DataRate rate, Duration d) noexcept { return static_cast<double>(rate.bps()) * to_seconds(d) / 8.0; }
Duration time_at(DataRate rate, double bytes) noexcept {
  // One microsecond more: rounding down would end in a deadline that is now and never passes.
  return rate.time_for(static_cast<std::size_t>(std::max(0.0, bytes) + 0.5)) + Duration{1};
}
}  // namespace

Pacer::Pacer(const Config& config) : config_(config) {
  SEALHALL_CHECK(config.max_burst_packets > 0 && config.capacity > 0 && config.queue_time_limit > Duration{});
}

void Pacer::set_rates(DataRate pacing, DataRate padding, Instant now) noexcept {
  settle(now);
  pacing_ = std::max(pacing, DataRate::kbps(10));
  padding_ = padding;
}

bool Pacer::enqueue(const PacedPacket& packet, Instant now) {
  SEALHALL_CHECK(packet.kind != PacketKind::padding);
  Queue& queue = queues_[static_cast<std::size_t>(packet.kind)];
  if (queue.count == config_.capacity) return false;
  if (queue.count == queue.ring.size()) {
    std::ranges::rotate(queue.ring, queue.ring.begin() + static_cast<std::ptrdiff_t>(queue.head));
    queue.head = 0;
    queue.ring.resize(std::min(config_.capacity, std::max<std::size_t>(16, queue.ring.size() * 2)));
  }
  PacedPacket& place = queue.ring[(queue.head + queue.count) % queue.ring.size()];
  place = packet;
  place.queued = now;
  ++queue.count;
  queued_bytes_ += packet.size;
  return true;
}

bool Pacer::take(PacketKind kind, PacedPacket& out) noexcept {
  Queue& queue = queues_[static_cast<std::size_t>(kind)];
  if (queue.count == 0) return false;
  out = queue.ring[queue.head];
  queue.head = (queue.head + 1) % queue.ring.size();
  --queue.count;
  queued_bytes_ -= out.size;
  return true;
}

void Pacer::start_probe(std::uint32_t id, DataRate rate, std::size_t packets, std::size_t bytes) noexcept {
  const ProbeState probe{
      id, std::max(rate, DataRate::kbps(10)), packets, static_cast<std::int64_t>(bytes), std::nullopt, 0};
  if (!probe_) {
    probe_ = probe;
  } else {
    waiting_probe_ = probe;
  }
}

DataRate Pacer::effective_rate() const noexcept {
  // The queue empties within the limit, even when that is more than was allowed: what waits longer is worth nothing.
  const DataRate drain = rate_of(static_cast<std::int64_t>(queued_bytes_), config_.queue_time_limit);
  return std::max(pacing_, drain);
}

void Pacer::settle(Instant now) noexcept {
  if (now <= settled_at_) return;
  const Duration passed = std::min(now - settled_at_, Duration{std::chrono::seconds{1}});
  debt_bytes_ = std::max(0.0, debt_bytes_ - bytes_at(effective_rate(), passed));
  padding_debt_bytes_ = std::max(0.0, padding_debt_bytes_ - bytes_at(padding_, passed));
  settled_at_ = now;
}

std::size_t Pacer::poll(Instant now, std::span<PacedPacket> out) {
  settle(now);
  const std::size_t most = std::min(out.size(), config_.max_burst_packets);
  std::size_t count = 0;
  const auto account = [&](PacedPacket& packet) {
    debt_bytes_ += packet.size;
    padding_debt_bytes_ += packet.size;
    packet.probe = 0;
    if (!probe_) return;
    packet.probe = probe_->id;
    if (!probe_->began) probe_->began = now;
    probe_->bytes_sent += packet.size;
    probe_->bytes_left -= packet.size;
    if (probe_->packets_left > 0) --probe_->packets_left;
  };
  const auto end_probe_if_done = [&] {
    if (!probe_ || probe_->packets_left > 0 || probe_->bytes_left > 0) return;
    probe_ = waiting_probe_;
    waiting_probe_.reset();
  };

  while (count < most && take(PacketKind::audio, out[count])) account(out[count++]);

  if (probe_) {
    const auto ahead = static_cast<std::int64_t>(bytes_at(probe_->rate, probe_run));
    const std::uint32_t id = probe_->id;
    while (count < most && probe_ && probe_->id == id) {
      const Duration at = probe_->began ? now - *probe_->began : Duration{};
      const std::int64_t due = probe_->rate.bytes_in(at);
      if (probe_->began && probe_->bytes_sent > due + ahead) break;
      PacedPacket& packet = out[count];
      if (!take(PacketKind::retransmission, packet) && !take(PacketKind::video, packet)) {
        packet = PacedPacket{PacketKind::padding, static_cast<std::uint16_t>(config_.padding_size), 0, 0, now};
      }
      account(packet);
      ++count;
      end_probe_if_done();
    }
    const DataRate rate = effective_rate();
    debt_bytes_ = std::min(debt_bytes_, bytes_at(rate, longest_debt));
    return count;
  }

  const double burst = bytes_at(effective_rate(), config_.max_burst_time);
  // A new burst begins only when the last one is paid off, so that packets leave in runs and not one by one.
  if (debt_bytes_ < 1.0) {
    while (count < most && debt_bytes_ < burst &&
           (take(PacketKind::retransmission, out[count]) || take(PacketKind::video, out[count]))) {
      account(out[count++]);
    }
    const bool idle = queues_[1].count == 0 && queues_[2].count == 0;
    while (idle && count < most && padding_ > DataRate{} && padding_debt_bytes_ < 1.0) {
      out[count] = PacedPacket{PacketKind::padding, static_cast<std::uint16_t>(config_.padding_size), 0, 0, now};
      account(out[count++]);
    }
  }
  debt_bytes_ = std::min(debt_bytes_, bytes_at(effective_rate(), longest_debt));
  return count;
}

std::optional<Instant> Pacer::next_deadline() const noexcept {
  if (queues_[0].count > 0) return settled_at_;
  if (probe_) {
    if (!probe_->began) return settled_at_;
    return *probe_->began + time_at(probe_->rate, static_cast<double>(probe_->bytes_sent));
  }
  if (queues_[1].count > 0 || queues_[2].count > 0) return settled_at_ + time_at(effective_rate(), debt_bytes_);
  if (padding_ > DataRate{}) {
    return settled_at_ + std::max(time_at(padding_, padding_debt_bytes_), time_at(effective_rate(), debt_bytes_));
  }
  return std::nullopt;
}

std::size_t Pacer::queued_packets() const noexcept { return queues_[0].count + queues_[1].count + queues_[2].count; }

Duration Pacer::queue_time() const noexcept { return pacing_.time_for(queued_bytes_); }

Duration Pacer::oldest_age(Instant now) const noexcept {
  Duration oldest{};
  for (const Queue& queue : queues_) {
    if (queue.count > 0) oldest = std::max(oldest, now - queue.ring[queue.head].queued);
  }
  return oldest;
}

std::size_t Pacer::clear(PacketKind kind) noexcept {
  SEALHALL_CHECK(kind != PacketKind::padding);
  Queue& queue = queues_[static_cast<std::size_t>(kind)];
  const std::size_t count = queue.count;
  PacedPacket ignored;
  while (take(kind, ignored)) {
  }
  return count;
}

}  // namespace sealhall::media
