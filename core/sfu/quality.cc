#include "core/sfu/quality.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

using wire::media::QualityKind;

/// More packets than this between two reports are a new start of the stream, or a report that lies.
constexpr std::uint32_t most_expected = 1U << 16;
constexpr Duration first_sample = std::chrono::seconds{5};

QualityKind kind_of(const Source& source) noexcept {
  if (!source.video()) return QualityKind::audio;
  return source.kind == SourceKind::share ? QualityKind::share : QualityKind::video;
}

struct Sums {
  std::array<StreamSum, 3> of{};
  void add(QualityKind kind, const StreamSum& sum) noexcept { of[static_cast<std::size_t>(kind)].add(sum); }
  void write(bool received, Duration over, std::vector<wire::media::StreamQuality>& out) const {
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (of[i].flowed()) out.push_back(quality_of(of[i], static_cast<QualityKind>(i), received, over));
    }
  }
};

}  // namespace

void StreamSum::add(const StreamSum& other) noexcept {
  expected += other.expected;
  lost += other.lost;
  most_lost = std::max(most_lost, other.most_lost);
  jitter_us += other.jitter_us;
  reports += other.reports;
  bytes += other.bytes;
  frames = std::max(frames, other.frames);
  if (other.bytes != 0 && other.height > height) {
    width = other.width;
    height = other.height;
  }
}

wire::media::StreamQuality quality_of(const StreamSum& sum, QualityKind kind, bool received, Duration over) noexcept {
  SEALHALL_CHECK(over > Duration{0});
  wire::media::StreamQuality out;
  out.kind = kind;
  out.received = received;
  out.bitrate_bps =
      static_cast<std::uint64_t>(std::max<std::int64_t>(rate_of(static_cast<std::int64_t>(sum.bytes), over).bps(), 0));
  if (sum.expected > 0) {
    out.loss_permille = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>((sum.lost * 1000 + sum.expected / 2) / sum.expected, 0, 1000));
  }
  out.max_loss_permille = std::max((std::uint32_t{sum.most_lost} * 1000 + 128) / 256, out.loss_permille);
  if (sum.reports != 0) {
    out.jitter_us = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum.jitter_us / sum.reports, 0xffffffff));
  }
  if (kind != QualityKind::audio) {
    out.frame_rate = static_cast<std::uint32_t>(static_cast<double>(sum.frames) / to_seconds(over) + 0.5);
    out.width = sum.width;
    out.height = sum.height;
  }
  return out;
}

void StreamMeter::on_report(const rtp::rtcp::ReportBlock& block, std::uint32_t clock_rate) noexcept {
  const Stand now{block.highest_sequence, block.cumulative_lost};
  if (stand_) {
    const std::uint32_t expected = now.highest - stand_->highest;
    if (expected < most_expected) {
      sum_.expected += expected;
      const std::int64_t lost = std::int64_t{now.lost} - stand_->lost;
      sum_.lost += std::clamp<std::int64_t>(lost, -std::int64_t{expected}, std::int64_t{expected});
      sum_.most_lost = std::max(sum_.most_lost, block.fraction_lost);
      sum_.jitter_us += std::uint64_t{block.jitter} * 1'000'000 / clock_rate;
      ++sum_.reports;
    }
  }
  stand_ = now;
}

StreamSum StreamMeter::take() noexcept {
  StreamSum out = std::exchange(sum_, {});
  out.width = width_;
  out.height = height_;
  return out;
}

/// Those whose interval is over.
std::vector<wire::media::TransportQuality> Worker::take_quality(Instant now) {
  std::vector<wire::media::TransportQuality> out;
  for (const std::unique_ptr<Transport>& transport : transports_) {
    if (!transport || !transport->connected || now < transport->quality_due) continue;
    const Duration over = now - transport->quality_since;
    wire::media::TransportQuality sample = quality_of(*transport, over);
    transport->quality_since = now;
    transport->quality_due = now + config_.quality_interval;
    if (!sample.streams.empty()) out.push_back(std::move(sample));
  }
  return out;
}

/// A sample begins when media may flow.
void Worker::begin_quality(Transport& transport, Instant now) {
  static_cast<void>(quality_of(transport, std::chrono::seconds{1}));
  transport.quality_since = now;
  transport.quality_due = now + std::min(first_sample, config_.quality_interval);
}

wire::media::TransportQuality Worker::quality_of(Transport& transport, Duration over) {
  wire::media::TransportQuality out;
  out.transport = transport.id;
  out.over_ms = static_cast<std::uint32_t>(to_millis(over));
  if (transport.measured_round_trip) {
    out.round_trip_us = static_cast<std::uint32_t>(transport.measured_round_trip->count());
  }
  Sums sent;
  for (const std::unique_ptr<Source>& source : transport.participant->sources) {
    if (!source) continue;
    for (const std::unique_ptr<Encoding>& encoding : source->encodings) {
      sent.add(kind_of(*source), encoding->meter.take());
    }
  }
  sent.write(false, over, out.streams);
  Sums received;
  for (AudioSlot& slot : transport.audio_slots) {
    if (slot.meter.used()) received.add(QualityKind::audio, (*slot.meter).take());
  }
  for (VideoSlot& slot : transport.video_slots) {
    if (!slot.meter.used()) continue;
    if (slot.current != nullptr) (*slot.meter).on_picture_of(slot.current->meter);
    received.add(slot.source != nullptr ? kind_of(*slot.source) : QualityKind::video, (*slot.meter).take());
  }
  received.write(true, over, out.streams);
  return out;
}

}  // namespace sealhall::sfu
