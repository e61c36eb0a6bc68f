#include "tests/sim/receiver.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/rtp/extensions.h"
#include "core/rtp/packet.h"
#include "core/rtp/profile.h"
#include "core/rtp/rtx.h"

namespace sealhall::sim {
namespace {
constexpr Duration lip_sync_interval = std::chrono::milliseconds{200};
// What a time stretcher takes out of or adds to one step.
constexpr Duration stretch = std::chrono::milliseconds{5};
}  // namespace

Receiver::Receiver(const Config& config, const Sender& truth) : config_(config), truth_(truth), audio_(config.audio) {
  video_.on_rtt(config.rtt);
  nack_.on_rtt(config.rtt);
  if (!config.profile) return;
  auto in = srtp::SrtpReceiver::create(*config.profile, test_key(*config.profile, true));
  auto out = srtp::SrtpSender::create(*config.profile, test_key(*config.profile, false));
  SEALHALL_CHECK(in && out);
  srtp_in_.emplace(std::move(*in));
  srtp_out_.emplace(std::move(*out));
}

void Receiver::on_datagram(MutableBytes datagram, Instant now) {
  const bool rtcp = rtp::classify(datagram) == rtp::DatagramKind::rtcp;
  std::size_t size = datagram.size();
  if (srtp_in_) {
    const auto opened = rtcp ? srtp_in_->unprotect_rtcp(datagram) : srtp_in_->unprotect(datagram);
    if (!opened) {
      ++stats_.unauthentic;
      return;
    }
    size = *opened;
  }
  if (rtcp) {
    on_rtcp(datagram.first(size), now);
  } else {
    on_rtp(datagram.first(size), now);
  }
}

void Receiver::on_rtcp(ByteView packet, Instant) {
  const auto messages = rtp::rtcp::parse(packet);
  SEALHALL_CHECK(messages.has_value());
  for (const auto& message : *messages) {
    const auto* report = std::get_if<rtp::rtcp::SenderReport>(&message);
    if (report == nullptr) continue;
    media::RtpClock& clock = report->sender_ssrc == ssrc::audio ? audio_clock_ : video_clock_;
    clock.on_sender_report(report->ntp_time, report->rtp_timestamp);
  }
}

void Receiver::on_rtp(ByteView bytes, Instant now) {
  const auto packet = rtp::parse_packet(bytes);
  SEALHALL_CHECK(packet.has_value());
  if (const auto sequence = rtp::transport_sequence(*packet)) feedback_.on_packet(*sequence, now);
  if (packet->ssrc == ssrc::audio) {
    const bool dtx = packet->payload.size() <= 2;
    audio_.insert({packet->sequence_number, packet->timestamp, packet->payload, 0, dtx}, now);
    last_audio_timestamp_ = packet->timestamp;
    if (!next_play_) next_play_ = now;
  } else if (packet->ssrc == ssrc::video) {
    on_video({packet->sequence_number, packet->timestamp, packet->marker, false, packet->payload}, now);
  } else if (packet->ssrc == ssrc::video_rtx) {
    const auto original = rtp::unwrap_rtx(*packet, ssrc::video, rtp::payload_type::vp8);
    SEALHALL_CHECK(original.has_value());
    on_video({original->sequence_number, packet->timestamp, packet->marker, true, original->payload}, now);
  }
}

void Receiver::on_video(const media::VideoPacket& packet, Instant now) {
  nack_.on_packet(video_sequences_.unwrap(packet.sequence_number), now);
  video_.on_packet(packet, now);
  last_video_timestamp_ = packet.timestamp;
  drain_video(now);
}

void Receiver::drain_video(Instant now) {
  while (auto frame = video_.pop(now)) {
    check(*frame, now);
    if (const auto done = video_.done_to()) nack_.forget_before(rtp::next(video_sequences_.peek(*done)));
  }
  if (nack_.lost_too_many()) {
    nack_.clear();
    video_.need_key_frame();
  }
  if (video_.take_key_frame_request(now)) {
    ++stats_.plis;
    send(rtp::rtcp::Pli{ssrc::feedback, ssrc::video});
  }
}

void Receiver::check(const media::ReceivedFrame& frame, Instant now) {
  const auto sent = truth_.frames().find(frame.timestamp);
  bool good = sent != truth_.frames().end() && sent->second.data == frame.data && sent->second.key == frame.key_frame;
  if (good) {
    const SentFrame& original = sent->second;
    good = !last_number_ || original.number > *last_number_;
    for (const std::uint64_t reference : original.references) good = good && given_.contains(reference);
    given_.insert(original.number);
    last_number_ = original.number;
    const Instant shown = std::max(now, frame.render_at);
    stats_.video_latency = shown - original.captured;
    if (last_shown_) stats_.longest_freeze = std::max(stats_.longest_freeze, shown - *last_shown_);
    last_shown_ = shown;
    stats_.shown.push_back(shown);
    if (stats_.audio_latency > Duration{}) stats_.lip_skew.push_back(stats_.video_latency - stats_.audio_latency);
    hash_.add(original.number);
    hash_.add(static_cast<std::uint64_t>(shown.time_since_epoch().count()));
  }
  ++stats_.frames;
  if (!good) ++stats_.broken_frames;
}

void Receiver::play_audio(Instant now) {
  while (next_play_ && *next_play_ <= now) {
    const media::AudioDecision step = audio_.next(*next_play_);
    Duration length{static_cast<std::int64_t>(std::uint64_t{step.samples} * 1'000'000 / rtp::opus_clock_rate)};
    if (step.kind == media::AudioDecision::Kind::decode) {
      stats_.audio_latency = *next_play_ - truth_.audio_captured(step.timestamp);
      Duration change{};
      if (step.stretch == media::Stretch::accelerate) change = -stretch;
      if (step.stretch == media::Stretch::fast_accelerate) change = -2 * stretch;
      if (step.stretch == media::Stretch::decelerate) change = stretch;
      audio_.stretched(change);
      length += change;
    }
    hash_.add(static_cast<std::uint64_t>(step.kind) << 32 | step.timestamp);
    *next_play_ += length;
  }
}

void Receiver::update_lip_sync(Instant now) {
  if (now < next_lip_sync_) return;
  next_lip_sync_ = now + lip_sync_interval;
  if (!config_.lip_sync || !last_audio_timestamp_ || !last_video_timestamp_) return;
  const auto audio_ntp = audio_clock_.to_ntp(*last_audio_timestamp_);
  const auto video_ntp = video_clock_.to_ntp(*last_video_timestamp_);
  const auto audio_at = audio_.playout_time(*last_audio_timestamp_);
  const auto video_at = video_.playout_time(*last_video_timestamp_);
  if (!audio_ntp || !video_ntp || !audio_at || !video_at) return;
  const auto delays = lip_sync_.update({*audio_ntp, *audio_at}, {*video_ntp, *video_at});
  audio_.set_minimum_delay(delays.audio_extra > Duration{} ? audio_.network_delay() + delays.audio_extra : Duration{});
  video_.set_minimum_delay(delays.video_extra > Duration{} ? video_.network_delay() + delays.video_extra : Duration{});
}

void Receiver::advance(Instant now) {
  play_audio(now);
  drain_video(now);
  update_lip_sync(now);
  if (const auto deadline = nack_.next_deadline(); deadline && *deadline <= now) {
    const auto missing = nack_.due(now);
    if (!missing.empty()) {
      rtp::rtcp::Nack nack{ssrc::feedback, ssrc::video, {}};
      for (const rtp::SeqNo s : missing) nack.sequence_numbers.push_back(rtp::on_wire(s));
      stats_.nacked += missing.size();
      send(nack);
    }
  }
  while (auto message = feedback_.due(now)) send(*message);
}

Instant Receiver::next_deadline() const {
  Instant next = next_lip_sync_;
  const auto earlier = [&next](std::optional<Instant> t) {
    if (t) next = std::min(next, *t);
  };
  earlier(next_play_);
  earlier(video_.next_deadline());
  earlier(nack_.next_deadline());
  earlier(feedback_.next_deadline());
  return next;
}

void Receiver::send(const rtp::rtcp::Message& message) {
  Bytes out(1300);
  const auto size = rtp::rtcp::write({&message, 1}, MutableBytes{out}.first(1250));
  SEALHALL_CHECK(size.has_value());
  std::size_t total = *size;
  if (srtp_out_) {
    const auto sealed = srtp_out_->protect_rtcp(ByteView{out}.first(*size), out);
    SEALHALL_CHECK(sealed.has_value());
    total = *sealed;
  }
  out.resize(total);
  outbox_.push_back(std::move(out));
}

void Receiver::forget_statistics() {
  stats_.longest_freeze = {};
  stats_.shown.clear();
  stats_.lip_skew.clear();
}

}  // namespace sealhall::sim
