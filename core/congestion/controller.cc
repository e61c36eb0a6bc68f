#include "core/congestion/controller.h"

#include <algorithm>

namespace sealhall::congestion {
namespace {
constexpr Duration reference_unit = std::chrono::milliseconds{64};
constexpr Duration remb_lifetime = std::chrono::seconds{10};
// No feedback for this long although packets are sent: the path is dead or the feedback is lost; either way send less.
constexpr Duration silence_limit = std::chrono::milliseconds{1500};
constexpr Duration silence_step = std::chrono::milliseconds{500};
constexpr double silence_factor = 0.7;
// What was seen of the path so long ago says nothing of it now: with nothing sent nothing new is seen.
constexpr Duration observation_lifetime = std::chrono::seconds{2};
// How long after a probe's arrival a short queue is its own.
constexpr Duration probe_settling = std::chrono::milliseconds{250};
}  // namespace

Controller::Controller(const Config& config) noexcept
    : config_(config),
      delay_(config.start, config.min, config.max),
      loss_(config.min, config.max),
      probing_(config.start),
      target_(config.start) {}

void Controller::on_packet_sent(const SentPacket& packet) noexcept {
  history_.store(packet.transport_sequence, packet.size, packet.probe % SendHistory::probe_slots, packet.at);
  probing_.on_packet_sent(packet.size, packet.at);
  if (!unanswered_since_) unanswered_since_ = packet.at;
  if (feedback_messages_ == 0 && !started_) {
    started_ = true;
    probing_.update(target_, std::min(wanted_, config_.max), false, packet.at);
  }
}

Instant Controller::arrival_base(std::int32_t reference_time) noexcept {
  // 24 bits of 64 ms wrap every twelve days: the nearest number with these low bits is meant.
  std::int64_t reference = reference_time;
  if (reference_) {
    const auto step =
        static_cast<std::int32_t>((static_cast<std::uint32_t>(reference_time) - static_cast<std::uint32_t>(*reference_))
                                  << 8) >>
        8;
    reference = *reference_ + step;
  }
  reference_ = reference;
  return Instant{reference * reference_unit};
}

void Controller::note_rtt(Duration sample) noexcept {
  if (sample < Duration{} || sample > Duration{std::chrono::seconds{10}}) return;
  rtt_ = rtt_known_ ? (rtt_ * 7 + sample) / 8 : sample;
  rtt_known_ = true;
  delay_.set_rtt(rtt_);
}

void Controller::on_feedback(const rtp::rtcp::TransportFeedback& feedback, Instant now) noexcept {
  ++feedback_messages_;
  const Instant base = arrival_base(feedback.reference_time);
  std::optional<Instant> newest_sent;
  for (const auto& arrival : feedback.arrivals) {
    if (!arrival.at) {
      if (const auto sent = history_.report_lost(arrival.sequence)) loss_.on_packet(sent->size, sent->at, true);
      continue;
    }
    const auto sent = history_.acknowledge(arrival.sequence);
    if (!sent) {
      ++unknown_packets_;
      continue;
    }
    const Instant at = base + *arrival.at;
    if (sent->was_lost) {
      loss_.on_recovered();
    } else {
      loss_.on_packet(sent->size, sent->at, false);
    }
    acknowledged_.on_packet(sent->size, at, probing_.limited());
    if (sent->probe_slot != 0) probe_settles_at_ = now + probe_settling;
    probing_.on_acknowledged(sent->probe_slot, sent->size, sent->at, at);
    delay_.on_packet(sent->at, at);
    if (!newest_sent || sent->at > *newest_sent) newest_sent = sent->at;
  }
  if (!newest_sent) return;  // nothing new in it: repeated, forged, or for packets long forgotten
  last_feedback_ = now;
  unanswered_since_.reset();
  outage_cut_at_.reset();
  note_rtt(now - *newest_sent);
  const auto probe = probing_.take_result(now);
  if (probe) acknowledged_.expect_change();
  delay_.update(acknowledged_.rate(), probe, probing_.limited(), now < probe_settles_at_, now);
  loss_.update(delay_.rate(), acknowledged_.rate(), delay_.queue_delay_ms(), now);
  update_target(now);
}

void Controller::on_rtt(Duration rtt, Instant now) noexcept {
  (void)now;
  note_rtt(rtt);
}

void Controller::on_remb(DataRate bound, Instant now) noexcept {
  remb_ = bound;
  remb_at_ = now;
  update_target(now);
}

void Controller::set_wanted(DataRate wanted, Instant now) noexcept {
  wanted_ = wanted;
  update_target(now);
}

void Controller::set_bounds(DataRate min, DataRate max) noexcept {
  config_.min = min;
  config_.max = std::max(min, max);
  delay_.set_bounds(config_.min, config_.max);
  loss_.set_bounds(config_.min, config_.max);
  target_ = std::clamp(target_, config_.min, config_.max);
}

void Controller::update_target(Instant now) noexcept {
  if (remb_at_ && now - *remb_at_ > remb_lifetime) {
    remb_at_.reset();
    remb_ = DataRate::unlimited();
  }
  target_ = std::clamp(std::min({delay_.rate(), loss_.bound(), remb_}), config_.min, config_.max);
  // Bounded by what loss or REMB say, no probe would help.
  const bool fresh = last_feedback_ && now - *last_feedback_ < observation_lifetime;
  const bool bounded = (fresh ? std::min(loss_.bound(), remb_) : remb_) <= target_ && target_ < delay_.rate();
  const DataRate useful = bounded ? target_ : std::min(wanted_, config_.max);
  if (started_) probing_.update(target_, useful, fresh && delay_.usage() == Usage::overuse, now);
}

std::optional<Instant> Controller::next_deadline() const noexcept {
  std::optional<Instant> next = started_ ? probing_.next_deadline() : std::nullopt;
  if (unanswered_since_ && feedback_messages_ > 0 && target_ > config_.min) {
    const Instant cut = outage_cut_at_ ? *outage_cut_at_ + silence_step : *unanswered_since_ + silence_limit;
    next = next ? std::min(*next, cut) : cut;
  }
  return next;
}

void Controller::due(Instant now) noexcept {
  if (unanswered_since_ && feedback_messages_ > 0 && now - *unanswered_since_ >= silence_limit &&
      (!outage_cut_at_ || now - *outage_cut_at_ >= silence_step)) {
    outage_cut_at_ = now;
    delay_.cut(silence_factor, now);
  }
  update_target(now);
}

std::optional<Probe> Controller::take_probe(Instant now) noexcept { return probing_.take(now); }

ControllerStats Controller::stats() const noexcept {
  ControllerStats s;
  s.target = target_;
  s.delay_based = delay_.rate();
  s.loss_based = loss_.bound();
  s.acknowledged = acknowledged_.rate().value_or(DataRate{});
  s.loss = loss_.loss();
  s.rtt = rtt_;
  s.queue_delay = Duration{static_cast<std::int64_t>(std::max(0.0, delay_.queue_delay_ms()) * 1000.0)};
  s.overuse = delay_.usage() == Usage::overuse;
  s.application_limited = probing_.limited();
  s.feedback_messages = feedback_messages_;
  s.unknown_packets = unknown_packets_;
  return s;
}

}  // namespace sealhall::congestion
