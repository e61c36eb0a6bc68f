#include "core/media/audio_jitter_buffer.h"

#include <algorithm>
#include <bit>

#include "core/base/check.h"

namespace sealhall::media {
namespace {
constexpr std::size_t max_payload = 1500;
// After so much concealment in a row nobody believes the sound any more: the stream counts as silent.
constexpr Duration longest_concealment = std::chrono::milliseconds{600};
// How far the delay may stray from its target before the signal is stretched. Smaller: audible stretching all the time;
// larger: delay that nobody needs.
constexpr Duration accelerate_above = std::chrono::milliseconds{15};
constexpr Duration decelerate_below = std::chrono::milliseconds{10};
// Beyond the maximum delay plus this, packets are jumped over: stretching alone would take seconds.
constexpr Duration skip_above = std::chrono::milliseconds{100};
// Loss above the first makes the buffer wait for one packet more, so that its FEC is there in time; below the second it
// stops.
constexpr double fec_wait_on = 0.01;
constexpr double fec_wait_off = 0.003;
constexpr std::uint32_t longest_opus_packet = 5760;  // 120 ms, RFC 6716 section 3.1
constexpr std::uint32_t shortest_opus_packet = 120;  // 2.5 ms
}  // namespace

AudioJitterBuffer::AudioJitterBuffer(const Config& config)
    : config_(config),
      slots_(std::bit_ceil(std::max<std::size_t>(config.capacity_packets, 4))),
      estimator_([&config] {
        DelayEstimator::Config estimator = config.estimator;
        estimator.hopeless_above = std::min(estimator.hopeless_above, config.max_delay + skip_above);
        return estimator;
      }()),
      step_samples_(config.clock_rate / 50) {}

Duration AudioJitterBuffer::media_duration(std::uint64_t samples) const noexcept {
  return Duration{static_cast<std::int64_t>(samples * 1'000'000 / config_.clock_rate)};
}

bool AudioJitterBuffer::timeline_jumped(const AudioPacket& packet) const noexcept {
  const auto newest_sequence = sequences_.highest();
  const auto newest_time = timestamps_.highest();
  if (!newest_sequence || !newest_time) return false;
  const std::int64_t packets = rtp::distance(*newest_sequence, sequences_.peek(packet.sequence_number));
  const auto ticks =
      static_cast<std::int64_t>(rtp::value(timestamps_.peek(packet.timestamp)) - rtp::value(*newest_time));
  const auto limit = static_cast<std::int64_t>(config_.clock_rate) * 10;
  return packets > 3000 || packets < -3000 || ticks < -limit || ticks > limit * 6;
}

void AudioJitterBuffer::insert(const AudioPacket& packet, Instant now) {
  ++stats_.received;
  if (packet.payload.empty() || packet.payload.size() > max_payload) {
    ++stats_.overflowed;
    return;
  }
  if (timeline_jumped(packet)) {
    stats_.overflowed += held_;
    reset();
  }
  const std::optional<rtp::SeqNo> newest = sequences_.highest();
  const rtp::SeqNo sequence = sequences_.unwrap(packet.sequence_number);
  if (newest) make_room(*newest, sequence);
  const rtp::MediaTime time = timestamps_.unwrap(packet.timestamp);
  Slot& slot = slot_of(sequence);
  if (slot.sequence == sequence) {
    ++stats_.duplicates;
    return;
  }
  estimator_.on_arrival(media_duration(rtp::value(time)), now);
  const bool played_already = played_ && (sequence <= *played_ || time < next_time_);
  if (played_already) {
    ++stats_.late;
    return;
  }
  if (rtp::value(sequence) + slots_.size() <= rtp::value(*sequences_.highest())) {  // behind the window
    ++stats_.overflowed;
    return;
  }
  SEALHALL_CHECK(!slot.used);
  slot.used = true;
  slot.dtx = packet.dtx;
  slot.sequence = sequence;
  slot.time = time;
  slot.payload.assign(packet.payload.begin(), packet.payload.end());
  ++held_;
  infer_samples(slot, packet.samples);
}

/// The window moves on to `to`: what would fall behind its start is thrown away.
void AudioJitterBuffer::make_room(rtp::SeqNo from, rtp::SeqNo to) noexcept {
  const std::uint64_t end = std::min(rtp::value(to), rtp::value(from) + slots_.size());
  for (std::uint64_t s = rtp::value(from) + 1; s <= end; ++s) {
    Slot& slot = slot_of(rtp::SeqNo{s});
    if (!slot.used) continue;
    slot.used = false;
    --held_;
    ++stats_.overflowed;
  }
}

void AudioJitterBuffer::infer_samples(Slot& slot, std::uint32_t told) noexcept {
  if (told >= shortest_opus_packet && told <= longest_opus_packet) {
    slot.samples = told;
    return;
  }
  slot.samples = step_samples_;
  Slot& before = slot_of(rtp::SeqNo{rtp::value(slot.sequence) - 1});
  if (rtp::next(before.sequence) != slot.sequence || before.time >= slot.time) return;
  const std::uint64_t length = rtp::value(slot.time) - rtp::value(before.time);
  if (length < shortest_opus_packet || length > longest_opus_packet || before.dtx) return;
  before.samples = static_cast<std::uint32_t>(length);
  slot.samples = before.samples;
}

AudioJitterBuffer::Slot* AudioJitterBuffer::oldest() noexcept {
  const auto newest = sequences_.highest();
  if (held_ == 0 || !newest) return nullptr;
  const std::uint64_t last = rtp::value(*newest);
  std::uint64_t first = last - std::min<std::uint64_t>(slots_.size() - 1, last);
  if (played_) first = std::max(first, rtp::value(*played_) + 1);
  for (std::uint64_t s = first; s <= last; ++s) {
    Slot& slot = slot_of(rtp::SeqNo{s});
    if (slot.used && slot.sequence == rtp::SeqNo{s}) return &slot;
  }
  return nullptr;
}

Duration AudioJitterBuffer::network_delay() const noexcept {
  // The packet behind the one to be played has to be there too, even where the delay is as short as it may stray.
  const Duration fec = wait_for_fec_ ? media_duration(step_samples_) + decelerate_below : Duration{};
  return std::clamp(estimator_.quantile_delay() + fec, config_.min_delay, config_.max_delay);
}

Duration AudioJitterBuffer::target_delay() const noexcept { return std::max(network_delay(), minimum_delay_); }

void AudioJitterBuffer::set_minimum_delay(Duration delay) noexcept {
  minimum_delay_ = std::clamp(delay, Duration{}, config_.max_delay);
}

std::optional<Instant> AudioJitterBuffer::playout_time(std::uint32_t timestamp) const noexcept {
  const auto earliest = estimator_.earliest(media_duration(rtp::value(timestamps_.peek(timestamp))));
  if (!earliest) return std::nullopt;
  return *earliest + network_delay();
}

Duration AudioJitterBuffer::delay_of(const Slot& slot, Instant now) const noexcept {
  const auto earliest = estimator_.earliest(media_duration(rtp::value(slot.time)));
  return earliest ? now - *earliest : Duration{};
}

/// Jumps over packets while the delay is beyond what stretching can take back in reasonable time.
AudioJitterBuffer::Slot* AudioJitterBuffer::catch_up(Slot* slot, Instant now) noexcept {
  if (delay_of(*slot, now) <= config_.max_delay + skip_above) return slot;
  const Duration target = target_delay();
  while (held_ > 1 && delay_of(*slot, now) > target) {
    slot->used = false;
    --held_;
    ++stats_.skipped;
    played_ = slot->sequence;
    next_time_ = rtp::MediaTime{rtp::value(slot->time) + slot->samples};
    slot = oldest();
    SEALHALL_CHECK(slot != nullptr);
    after_gap_ = true;
    mode_ = Mode::silent;  // what follows begins anew
  }
  return slot;
}

AudioDecision AudioJitterBuffer::next(Instant now) {
  Slot* slot = oldest();
  stats_.target_delay = target_delay();
  if (slot == nullptr) {
    if (mode_ == Mode::playing && last_was_dtx_) mode_ = Mode::silent;
    if (media_duration(concealed_samples_) >= longest_concealment) mode_ = Mode::silent;
    return mode_ == Mode::silent ? silence() : conceal();
  }
  slot = catch_up(slot, now);
  if (mode_ == Mode::playing) {
    const std::uint64_t gap = slot->time > next_time_ ? rtp::value(slot->time) - rtp::value(next_time_) : 0;
    const bool lost = rtp::distance(*played_, slot->sequence) > 1;
    if (gap == 0) return decode(*slot, concealed_samples_ > 0, now);
    // Without a missing number the sender was silent on purpose (DTX): the gap is not a loss.
    if (lost && !last_was_dtx_ && media_duration(concealed_samples_) < longest_concealment) {
      // What was concealed while nothing was there counts: then the delay does not grow.
      if (concealed_samples_ >= gap) return decode(*slot, true, now);
      const std::uint64_t left = gap - concealed_samples_;
      if (left > step_samples_ || slot->dtx) return conceal();
      return recover(*slot, static_cast<std::uint32_t>(left));
    }
    mode_ = Mode::silent;
  }
  // A talk spurt begins when its first packet has waited for the delay of today: here the delay changes for free.
  const Duration half_step = media_duration(step_samples_) / 2;
  if (delay_of(*slot, now) + half_step < target_delay()) return silence();
  return decode(*slot, true, now);
}

AudioDecision AudioJitterBuffer::decode(Slot& slot, bool after_gap, Instant now) {
  AudioDecision decision;
  decision.kind = AudioDecision::Kind::decode;
  decision.payload = slot.payload;
  decision.timestamp = rtp::on_wire(slot.time);
  decision.samples = slot.samples;
  decision.after_gap = after_gap || after_gap_;
  const Duration delay = delay_of(slot, now);
  const Duration target = target_delay();
  if (delay > 2 * target + skip_above) {
    decision.stretch = Stretch::fast_accelerate;
  } else if (delay > target + accelerate_above) {
    decision.stretch = Stretch::accelerate;
  } else if (delay < target - decelerate_below) {
    decision.stretch = Stretch::decelerate;
  }
  stats_.current_delay = delay;
  ++stats_.steps;
  ++stats_.decoded;
  if (mode_ == Mode::playing && concealed_samples_ == 0) note_loss(false);
  slot.used = false;
  --held_;
  mode_ = Mode::playing;
  played_ = slot.sequence;
  next_time_ = rtp::MediaTime{rtp::value(slot.time) + slot.samples};
  step_samples_ = slot.samples;
  last_was_dtx_ = slot.dtx;
  concealed_samples_ = 0;
  concealed_in_row_ = 0;
  after_gap_ = false;
  return decision;
}

AudioDecision AudioJitterBuffer::recover(Slot& slot, std::uint32_t samples) {
  AudioDecision decision;
  decision.kind = AudioDecision::Kind::decode_fec;
  decision.payload = slot.payload;
  decision.timestamp = rtp::on_wire(rtp::MediaTime{rtp::value(slot.time) - samples});
  decision.samples = samples;
  ++stats_.steps;
  ++stats_.recovered_by_fec;
  note_loss(true);
  played_ = rtp::SeqNo{rtp::value(slot.sequence) - 1};
  next_time_ = slot.time;
  concealed_samples_ = 0;
  concealed_in_row_ = 0;
  return decision;
}

AudioDecision AudioJitterBuffer::conceal() {
  AudioDecision decision;
  decision.kind = AudioDecision::Kind::conceal;
  decision.timestamp = rtp::on_wire(rtp::MediaTime{rtp::value(next_time_) + concealed_samples_});
  decision.samples = step_samples_;
  decision.concealed_in_row = ++concealed_in_row_;
  concealed_samples_ += step_samples_;
  ++stats_.steps;
  ++stats_.concealed;
  note_loss(true);
  return decision;
}

AudioDecision AudioJitterBuffer::silence() {
  AudioDecision decision;
  decision.kind = AudioDecision::Kind::silence;
  decision.samples = step_samples_;
  ++stats_.silent;
  concealed_samples_ = 0;
  concealed_in_row_ = 0;
  after_gap_ = true;
  return decision;
}

void AudioJitterBuffer::note_loss(bool lost) noexcept {
  loss_ += 0.01 * ((lost ? 1.0 : 0.0) - loss_);
  if (loss_ > fec_wait_on) wait_for_fec_ = true;
  if (loss_ < fec_wait_off) wait_for_fec_ = false;
}

void AudioJitterBuffer::stretched(Duration delta) noexcept {
  if (delta.count() > 0) stats_.decelerated += delta;
  if (delta.count() < 0) stats_.accelerated -= delta;
}

void AudioJitterBuffer::reset() noexcept {
  for (Slot& slot : slots_) {
    slot.used = false;
    slot.sequence = rtp::SeqNo{};
  }
  held_ = 0;
  sequences_ = {};
  timestamps_ = {};
  estimator_.forget_base();
  mode_ = Mode::silent;
  played_.reset();
  concealed_samples_ = 0;
  concealed_in_row_ = 0;
  after_gap_ = true;
  last_was_dtx_ = false;
}

}  // namespace sealhall::media
