#include "core/media/video_receiver.h"

#include <algorithm>
#include <utility>

namespace sealhall::media {
namespace {
constexpr Duration min_delay = std::chrono::milliseconds{10};
constexpr Duration max_skip_wait = std::chrono::milliseconds{200};
}  // namespace

VideoReceiver::VideoReceiver(const Config& config)
    : config_(config),
      assembler_(config.max_packets),
      sequencer_(FrameSequencer::Config{.max_bytes = config.max_bytes}) {
  on_rtt(rtt_);
}

void VideoReceiver::on_rtt(Duration rtt) noexcept {
  rtt_ = std::clamp(rtt, Duration{}, Duration{std::chrono::seconds{2}});
  // A retransmission needs a round trip from when the gap is seen, and some more when the first one is lost too.
  const Duration skip = std::min(rtt_ * 3 / 2 + std::chrono::milliseconds{30}, max_skip_wait);
  const auto patience =
      Duration{static_cast<std::int64_t>(static_cast<double>(rtt_.count()) * config_.patience_round_trips)};
  sequencer_.set_waits(skip, std::clamp(patience, config_.min_patience, config_.max_patience));
}

void VideoReceiver::on_packet(const VideoPacket& packet, Instant now) {
  ++stats_.packets;
  if (!first_packet_ && stats_.frames == 0) first_packet_ = now;
  FrameAssembler::Result result = assembler_.insert(packet, now);
  switch (result.insert) {
    case FrameAssembler::Insert::kept:
      break;
    case FrameAssembler::Insert::duplicate:
      ++stats_.duplicates;
      break;
    case FrameAssembler::Insert::late:
      ++stats_.late;
      break;
    case FrameAssembler::Insert::malformed:
      ++stats_.malformed;
      break;
  }
  if (!result.frame) return;
  const rtp::MediaTime time = timestamps_.unwrap(result.frame->timestamp);
  estimator_.on_arrival(Duration{static_cast<std::int64_t>(rtp::value(time) * 100 / 9)}, result.frame->complete_at);
  sequencer_.insert(std::move(*result.frame), now);
}

void VideoReceiver::on_padding(std::uint16_t sequence_number, Instant now) {
  (void)now;
  assembler_.insert_padding(sequence_number);
}

std::optional<ReceivedFrame> VideoReceiver::pop(Instant now) {
  std::optional<FrameSequencer::Frame> next = sequencer_.pop(assembler_, now);
  if (const auto position = sequencer_.position()) assembler_.clear_to(*position);
  stats_.skipped_pictures = sequencer_.skipped_pictures();
  stats_.evicted = sequencer_.evicted();
  stats_.target_delay = std::max(network_delay(), minimum_delay_);
  if (!next) return std::nullopt;
  ReceivedFrame out;
  out.data = std::move(next->frame.data);
  out.picture = next->picture;
  out.timestamp = next->frame.timestamp;
  out.media_time = timestamps_.peek(next->frame.timestamp);
  out.key_frame = next->frame.key_frame;
  out.temporal_id = next->temporal_id;
  out.after_skip = next->after_skip;
  out.first_arrival = next->frame.first_arrival;
  out.complete_at = next->frame.complete_at;
  const auto earliest = estimator_.earliest(Duration{static_cast<std::int64_t>(rtp::value(out.media_time) * 100 / 9)});
  out.render_at = std::max(earliest.value_or(now) + stats_.target_delay, last_render_);
  last_render_ = out.render_at;
  ++stats_.frames;
  first_packet_.reset();
  if (out.key_frame) {
    ++stats_.key_frames;
    asked_ = false;
  }
  return out;
}

Duration VideoReceiver::request_interval() const noexcept {
  return std::max(config_.key_frame_interval, rtt_ + std::chrono::milliseconds{100});
}

bool VideoReceiver::key_frame_needed(Instant now) const noexcept {
  if (asked_ || sequencer_.key_frame_needed(now)) return true;
  // Packets come, but not one whole frame: the join fell into the middle of things.
  return first_packet_ && now - *first_packet_ >= config_.min_patience;
}

bool VideoReceiver::take_key_frame_request(Instant now) noexcept {
  if (!key_frame_needed(now)) return false;
  if (last_request_ && now - *last_request_ < request_interval()) return false;
  last_request_ = now;
  ++stats_.key_frame_requests;
  return true;
}

std::optional<Instant> VideoReceiver::next_deadline() const noexcept {
  std::optional<Instant> next = sequencer_.next_deadline();
  const auto earlier = [&next](Instant t) { next = next ? std::min(*next, t) : t; };
  // When a request is needed now or will be, it goes out as soon as the last one is long enough ago. (That waiting for
  // a reference becomes a need is the sequencer's own deadline.)
  const std::optional<Instant> allowed =
      last_request_ ? std::optional{*last_request_ + request_interval()} : std::nullopt;
  if (first_packet_) {
    const Instant needed = *first_packet_ + config_.min_patience;
    earlier(allowed ? std::max(*allowed, needed) : needed);
  }
  if (allowed && (asked_ || sequencer_.key_frame_needed(*allowed))) earlier(*allowed);
  return next;
}

void VideoReceiver::restart_from_key_frame() noexcept {
  asked_ = true;
  sequencer_.restart();
}

std::optional<std::uint16_t> VideoReceiver::done_to() const noexcept {
  const auto position = sequencer_.position();
  if (!position) return std::nullopt;
  return rtp::on_wire(*position);
}

void VideoReceiver::set_minimum_delay(Duration delay) noexcept {
  minimum_delay_ = std::clamp(delay, Duration{}, config_.max_delay);
}

Duration VideoReceiver::network_delay() const noexcept {
  return std::clamp(estimator_.quantile_delay(), min_delay, config_.max_delay);
}

std::optional<Instant> VideoReceiver::playout_time(std::uint32_t timestamp) const noexcept {
  if (!timestamps_.highest()) return std::nullopt;
  const auto media = Duration{static_cast<std::int64_t>(rtp::value(timestamps_.peek(timestamp)) * 100 / 9)};
  const auto earliest = estimator_.earliest(media);
  if (!earliest) return std::nullopt;
  return *earliest + network_delay();
}

}  // namespace sealhall::media
