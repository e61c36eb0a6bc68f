#include "core/media/lip_sync.h"

#include <algorithm>

namespace sealhall::media {

void RtpClock::on_sender_report(std::uint64_t ntp_32_32, std::uint32_t rtp_timestamp) noexcept {
  // RFC 3550 section 6.4.1: both timestamps of a report name the same instant. The newest report wins: the sender's two
  // clocks drift against each other, and old reports say less about now.
  reference_ = Reference{static_cast<std::int64_t>(ntp_micros(ntp_32_32)), rtp_timestamp};
}

std::optional<NtpMicros> RtpClock::to_ntp(std::uint32_t rtp_timestamp) const noexcept {
  if (!reference_) return std::nullopt;
  const auto ticks = static_cast<std::int32_t>(rtp_timestamp - reference_->rtp);
  return NtpMicros{reference_->ntp + static_cast<std::int64_t>(ticks) * 1'000'000 / clock_rate_};
}

LipSync::Delays LipSync::update(const Position& audio, const Position& video) noexcept {
  // Playout minus capture holds the unknown difference of two machines' clocks, the same in both streams: it cancels.
  const Duration audio_latency = audio.playout.time_since_epoch() - Duration{static_cast<std::int64_t>(audio.captured)};
  const Duration video_latency = video.playout.time_since_epoch() - Duration{static_cast<std::int64_t>(video.captured)};
  const Duration video_later = video_latency - audio_latency;
  if (video_later > config_.believable || video_later < -config_.believable) return delays_;
  const Duration audio_goal = std::clamp(video_later, Duration{}, config_.max_delay);
  const Duration video_goal = std::clamp(-video_later, Duration{}, config_.max_delay);
  const auto step = [this](Duration from, Duration to) {
    return from + std::clamp(to - from, -config_.max_step, config_.max_step);
  };
  delays_.audio_extra = step(delays_.audio_extra, audio_goal);
  delays_.video_extra = step(delays_.video_extra, video_goal);
  return delays_;
}

}  // namespace sealhall::media
