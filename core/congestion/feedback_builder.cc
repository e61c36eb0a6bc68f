#include "core/congestion/feedback_builder.h"

#include <algorithm>

namespace sealhall::congestion {
namespace {
// Section 3.1 of the draft: receive deltas count 250 us, the reference time 64 ms.
constexpr std::int64_t tick_us = 250;
constexpr std::int64_t ticks_per_reference = 256;
// What a receive delta of 16 bits can say.
constexpr std::int64_t largest_delta_ticks = 32'000;
}  // namespace

TransportFeedbackBuilder::TransportFeedbackBuilder(std::uint32_t sender_ssrc, std::uint32_t media_ssrc,
                                                   const Config& config) noexcept
    : sender_ssrc_(sender_ssrc), media_ssrc_(media_ssrc), config_(config) {}

void TransportFeedbackBuilder::on_packet(std::uint16_t transport_sequence, Instant now) noexcept {
  const std::uint64_t sequence = rtp::value(sequences_.unwrap(transport_sequence));
  auto tick = static_cast<std::uint32_t>(now.time_since_epoch().count() / tick_us);
  if (tick == 0) tick = 1;
  if (!started_ || sequence >= end_ + window) {
    started_ = true;
    ticks_.fill(0);
    begin_ = sequence;
    end_ = sequence;
  }
  if (sequence < end_) {
    if (end_ - sequence > window || ticks_[sequence % window] != 0) return;  // forgotten, or a duplicate
    // Late: it was reported lost, and is reported again with everything since.
    begin_ = std::min(begin_, sequence);
  } else {
    for (; end_ < sequence; ++end_) ticks_[end_ % window] = 0;
    end_ = sequence + 1;
    if (end_ - begin_ > window) begin_ = end_ - window;
  }
  ticks_[sequence % window] = tick;
  if (!deadline_) deadline_ = now + config_.interval;
}

std::optional<rtp::rtcp::TransportFeedback> TransportFeedbackBuilder::due(Instant now) {
  if (!deadline_ || now < *deadline_) return std::nullopt;
  const std::int64_t now_ticks = now.time_since_epoch().count() / tick_us;
  // Arrivals are kept as low bits; the difference to now brings the rest back.
  const auto full = [&](std::uint32_t tick) {
    return now_ticks - static_cast<std::int32_t>(static_cast<std::uint32_t>(now_ticks) - tick);
  };
  rtp::rtcp::TransportFeedback message;
  std::optional<std::int64_t> first;
  std::int64_t last = 0;
  std::int64_t lowest = 0;
  std::uint64_t s = begin_;
  for (; s < end_ && s - begin_ < config_.max_arrivals; ++s) {
    const std::uint32_t tick = ticks_[s % window];
    if (tick == 0) continue;
    const std::int64_t at = full(tick);
    if (first && (at - last > largest_delta_ticks || last - at > largest_delta_ticks)) break;
    if (!first) first = lowest = at;
    lowest = std::min(lowest, at);
    last = at;
  }
  if (!first) {
    begin_ = s;
    if (begin_ == end_) deadline_.reset();
    return std::nullopt;
  }
  const std::int64_t reference = lowest / ticks_per_reference - (lowest % ticks_per_reference < 0 ? 1 : 0);
  message.sender_ssrc = sender_ssrc_;
  message.media_ssrc = media_ssrc_;
  message.feedback_count = count_++;
  // 24 bits, signed.
  message.reference_time = static_cast<std::int32_t>(static_cast<std::uint32_t>(reference) << 8) >> 8;
  message.arrivals.reserve(static_cast<std::size_t>(s - begin_));
  for (std::uint64_t i = begin_; i < s; ++i) {
    rtp::rtcp::TransportFeedback::Arrival arrival;
    arrival.sequence = static_cast<std::uint16_t>(i);
    const std::uint32_t tick = ticks_[i % window];
    if (tick != 0) arrival.at = Duration{(full(tick) - reference * ticks_per_reference) * tick_us};
    message.arrivals.push_back(arrival);
  }
  begin_ = s;
  if (begin_ == end_) deadline_.reset();
  return message;
}

}  // namespace sealhall::congestion
