#include "client/engine/media_receiver.h"

#include <algorithm>

#include "client/engine/contexts.h"
#include "core/rtp/extensions.h"
#include "core/rtp/profile.h"
#include "core/rtp/rtx.h"
#include "core/rtp/vp8.h"

namespace sealhall::client {

namespace {
constexpr Duration report_interval = std::chrono::seconds{1};
constexpr Duration lip_sync_interval = std::chrono::milliseconds{200};
/// Report blocks in one receiver report, RFC 3550 section 6.4.2.
constexpr std::size_t blocks_in_report = 31;
/// A Opus frame of at most this many bytes means silence (DTX).
constexpr std::size_t dtx_size = 2;
}  // namespace

struct MediaReceiver::Slot {
  wire::Slot info;
  std::optional<wire::ParticipantNumber> owner;
  std::optional<wire::SourceKind> kind;
  rtp::ReceptionStatistics reception;
  rtp::NackTracker nack;
  rtp::SeqUnwrapper sequences;
  std::uint64_t given_up = 0;
  std::uint64_t bytes = 0;
  media::RtpClock clock;
  std::unique_ptr<media::AudioJitterBuffer> audio;
  std::unique_ptr<media::VideoReceiver> video;
  std::deque<Held> held;
  std::optional<Instant> next_playout;
  std::optional<std::uint32_t> last_timestamp;
  std::uint64_t stream = 0;
  // What the reception had counted when the present owner came, and what of it was given to the owner's statistics.
  std::uint64_t packets_settled = 0;
  std::uint64_t bytes_settled = 0;
  std::uint64_t expected_settled = 0;

  [[nodiscard]] std::uint64_t expected() const noexcept {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(reception.packets_received()) +
                                      std::max<std::int64_t>(0, reception.cumulative_lost()));
  }

  explicit Slot(const wire::Slot& s)
      : info(s),
        reception(s.ssrc, s.video ? rtp::video_clock_rate : rtp::opus_clock_rate),
        clock(s.video ? rtp::video_clock_rate : rtp::opus_clock_rate) {
    if (s.video) {
      video = std::make_unique<media::VideoReceiver>();
    } else {
      audio = std::make_unique<media::AudioJitterBuffer>();
    }
  }
};

MediaReceiver::MediaReceiver(Config config, FrameOpening& opening, ReceiverOutput& output)
    : config_(config), opening_(opening), output_(output) {}
MediaReceiver::~MediaReceiver() = default;

void MediaReceiver::set_slots(const std::vector<wire::Slot>& slots, Instant now) {
  for (const auto& slot : slots_) {
    settle(*slot);
    output_.on_slot_changed(slot->info.slot);
  }
  slot_list_ = slots;
  slots_.clear();
  by_ssrc_.clear();
  by_rtx_ssrc_.clear();
  for (const wire::Slot& info : slots) {
    auto slot = std::make_unique<Slot>(info);
    by_ssrc_[info.ssrc] = slot.get();
    if (info.rtx_ssrc != 0) by_rtx_ssrc_[info.rtx_ssrc] = slot.get();
    slots_.push_back(std::move(slot));
  }
  feedback_.reset();
  if (!slots.empty()) feedback_.emplace(report_ssrc_, slots.front().ssrc);
  next_report_ = now + report_interval;
}

void MediaReceiver::set_report_ssrc(std::uint32_t ssrc) {
  report_ssrc_ = ssrc == 0 ? 1 : ssrc;
  if (!slot_list_.empty()) feedback_.emplace(report_ssrc_, slot_list_.front().ssrc);
}

void MediaReceiver::settle(Slot& slot) const {
  if (slot.owner && slot.kind) {
    StreamStats& s = streams_[{*slot.owner, *slot.kind}];
    s.participant = *slot.owner;
    s.kind = *slot.kind;
    s.packets += slot.reception.packets_received() - slot.packets_settled;
    s.bytes += slot.bytes - slot.bytes_settled;
    const std::uint64_t expected = slot.expected();
    s.expected += expected > slot.expected_settled ? expected - slot.expected_settled : 0;
  }
  slot.packets_settled = slot.reception.packets_received();
  slot.bytes_settled = slot.bytes;
  slot.expected_settled = std::max(slot.expected_settled, slot.expected());
}

void MediaReceiver::assign(const wire::SlotAssignment& assignment, Instant now) {
  for (const auto& slot : slots_) {
    if (slot->info.slot != assignment.slot) continue;
    if (slot->owner == assignment.participant && slot->kind == assignment.kind) return;
    settle(*slot);
    slot->owner = assignment.participant;
    slot->kind = assignment.kind;
    slot->clock.reset();
    slot->stream = next_stream_++;
    if (slot->audio) slot->audio->reset();
    output_.on_slot_changed(slot->info.slot);
    drain(*slot, now);
    return;
  }
}

void MediaReceiver::set_senders(std::map<wire::ParticipantNumber, std::uint16_t> senders, Instant now) {
  senders_ = std::move(senders);
  std::erase_if(lip_sync_, [&](const auto& entry) { return !senders_.contains(entry.first); });
  on_keys_changed(now);
}

void MediaReceiver::on_keys_changed(Instant now) {
  for (const auto& slot : slots_) drain(*slot, now);
}

StreamStats& MediaReceiver::stats_of(Slot& slot) {
  StreamStats& s = streams_[{slot.owner.value_or(0), slot.kind.value_or(wire::SourceKind::audio)}];
  s.participant = slot.owner.value_or(0);
  s.kind = slot.kind.value_or(wire::SourceKind::audio);
  return s;
}

void MediaReceiver::on_rtp(ByteView datagram, Instant now) {
  const auto packet = rtp::parse_packet(datagram);
  if (!packet) {
    ++dropped_unknown_;
    return;
  }
  ++packets_;
  if (const auto sequence = rtp::transport_sequence(*packet); sequence && feedback_)
    feedback_->on_packet(*sequence, now);
  if (const auto it = by_ssrc_.find(packet->ssrc); it != by_ssrc_.end()) {
    Slot& slot = *it->second;
    slot.reception.on_packet(packet->sequence_number, packet->timestamp, now);
    slot.bytes += datagram.size();
    on_media(slot, *packet, false, packet->sequence_number, packet->payload, now);
  } else if (const auto rtx = by_rtx_ssrc_.find(packet->ssrc); rtx != by_rtx_ssrc_.end()) {
    if (packet->payload_type != rtp::payload_type::vp8_rtx) return;
    const auto original = rtp::unwrap_rtx(*packet, packet->ssrc, rtp::payload_type::vp8);
    if (!original) return;
    ++stats_of(*rtx->second).retransmitted;
    on_media(*rtx->second, *packet, true, original->sequence_number, original->payload, now);
  } else if (packet->payload_type != rtp::payload_type::probe) {
    ++dropped_unknown_;
  }
}

void MediaReceiver::on_media(Slot& slot, const rtp::Packet& packet, bool retransmitted, std::uint16_t sequence,
                             ByteView payload, Instant now) {
  slot.last_timestamp = packet.timestamp;
  if (slot.video) {
    slot.nack.on_packet(slot.sequences.unwrap(sequence), now);
    if (payload.empty() || packet.payload_type == rtp::payload_type::probe) {
      slot.video->on_padding(sequence, now);
    } else {
      slot.video->on_packet({.sequence_number = sequence,
                             .timestamp = packet.timestamp,
                             .marker = packet.marker,
                             .retransmitted = retransmitted,
                             .payload = payload},
                            now);
    }
    pull_video(slot, now);
    return;
  }
  if (payload.empty() || packet.payload_type != rtp::payload_type::opus) return;
  hold(slot,
       {.sealed = Bytes(payload.begin(), payload.end()),
        .timestamp = packet.timestamp,
        .arrival = now,
        .since = now,
        .key_frame = false,
        .after_skip = false,
        .sequence = sequence},
       now);
}

void MediaReceiver::pull_video(Slot& slot, Instant now) {
  while (auto frame = slot.video->pop(now)) {
    hold(slot,
         {.sealed = std::move(frame->data),
          .timestamp = frame->timestamp,
          .arrival = frame->complete_at,
          .since = now,
          .key_frame = frame->key_frame,
          .after_skip = frame->after_skip,
          .sequence = 0},
         now);
  }
  if (slot.nack.lost_too_many() || slot.nack.given_up() != slot.given_up) {
    slot.given_up = slot.nack.given_up();
    if (slot.nack.lost_too_many()) slot.nack.clear();
    slot.video->need_key_frame();
  }
  if (slot.video->take_key_frame_request(now)) {
    ++stats_of(slot).plis;
    const rtp::rtcp::Message pli = rtp::rtcp::Pli{.sender_ssrc = report_ssrc_, .media_ssrc = slot.info.ssrc};
    send({&pli, 1});
  }
}

void MediaReceiver::hold(Slot& slot, Held frame, Instant now) {
  if (slot.held.size() >= config_.hold_frames) {
    ++stats_of(slot).undecryptable;
    slot.held.pop_front();
    if (slot.video) slot.video->restart_from_key_frame();
  }
  slot.held.push_back(std::move(frame));
  drain(slot, now);
}

MediaReceiver::Verdict MediaReceiver::judge(const Slot& slot, const Held& frame, Instant now, bool& wrong_owner) {
  const std::size_t clear = slot.video ? rtp::vp8_clear_prefix_size(frame.sealed) : 0;
  const auto key = opening_.look(frame.sealed, clear);
  if (!key) return Verdict::drop;
  const auto sender = slot.owner ? senders_.find(*slot.owner) : senders_.end();
  // Who it is says the key, not the server: the frame is shown only when both agree.
  wrong_owner =
      sender == senders_.end() || sender->second != key->sender_index || kind_of_context(key->context) != slot.kind;
  if (!wrong_owner && key->known) return Verdict::open;
  return now - frame.since >= config_.hold ? Verdict::drop : Verdict::wait;
}

void MediaReceiver::drain(Slot& slot, Instant now) {
  std::size_t at = 0;
  while (at < slot.held.size()) {
    bool wrong_owner = false;
    Verdict verdict = judge(slot, slot.held[at], now, wrong_owner);
    if (verdict == Verdict::wait) {
      // Sound may overtake what waits. A picture may not, except that a key frame which can be opened makes everything
      // before it needless: what waits there is the tail of the slot's owner before.
      ++at;
      if (slot.audio) continue;
      bool ignored = false;
      while (at < slot.held.size() &&
             !(slot.held[at].key_frame && judge(slot, slot.held[at], now, ignored) == Verdict::open)) {
        ++at;
      }
      if (at == slot.held.size()) return;
      ++(wrong_owner ? stats_of(slot).wrong_sender : stats_of(slot).undecryptable);
      slot.held.erase(slot.held.begin(), slot.held.begin() + static_cast<std::ptrdiff_t>(at));
      at = 0;
      continue;
    }
    const Held frame = std::move(slot.held[at]);
    slot.held.erase(slot.held.begin() + static_cast<std::ptrdiff_t>(at));
    if (verdict == Verdict::open) {
      emit(slot, frame, now);
      continue;
    }
    StreamStats& s = stats_of(slot);
    ++(wrong_owner ? s.wrong_sender : s.undecryptable);
    if (slot.video) slot.video->restart_from_key_frame();
  }
}

void MediaReceiver::emit(Slot& slot, const Held& frame, Instant now) {
  StreamStats& s = stats_of(slot);
  const std::size_t clear = slot.video ? rtp::vp8_clear_prefix_size(frame.sealed) : 0;
  const auto result = opening_.open(frame.sealed, clear, opened_, now);
  if (!result) {
    if (result.error() == OpenFailure::replayed) {
      ++s.replayed;
      return;
    }
    ++s.decrypt_failures;
    if (slot.video) slot.video->restart_from_key_frame();
    return;
  }
  ++s.frames;
  if (slot.video) {
    if (const auto key = opening_.look(frame.sealed, clear)) s.rid = rid_of_context(key->context);
  }
  if (slot.audio) {
    slot.audio->insert({.sequence_number = frame.sequence,
                        .timestamp = frame.timestamp,
                        .payload = opened_,
                        .samples = 960,
                        .dtx = opened_.size() <= dtx_size},
                       frame.arrival);
    if (config_.playout && !slot.next_playout) slot.next_playout = now;
  } else if (frame.key_frame) {
    ++s.key_frames;
    // RFC 6386 section 9.1: sizes stand in bytes 6 to 9 of a key frame.
    if (opened_.size() >= 10) {
      s.width = static_cast<std::uint32_t>(opened_[6] | ((opened_[7] & 0x3f) << 8));
      s.height = static_cast<std::uint32_t>(opened_[8] | ((opened_[9] & 0x3f) << 8));
    }
  }
  output_.on_frame({.slot = slot.info.slot,
                    .stream = slot.stream,
                    .participant = *slot.owner,
                    .kind = *slot.kind,
                    .data = opened_,
                    .timestamp = frame.timestamp,
                    .captured = slot.clock.to_ntp(frame.timestamp),
                    .arrival = frame.arrival,
                    .key_frame = frame.key_frame,
                    .after_skip = frame.after_skip});
}

void MediaReceiver::on_rtcp(std::span<const rtp::rtcp::Message> messages, Instant now) {
  for (const rtp::rtcp::Message& message : messages) {
    const auto* report = std::get_if<rtp::rtcp::SenderReport>(&message);
    if (report == nullptr) continue;
    const auto it = by_ssrc_.find(report->sender_ssrc);
    if (it == by_ssrc_.end()) continue;
    it->second->reception.on_sender_report(report->ntp_time, now);
    it->second->clock.on_sender_report(report->ntp_time, report->rtp_timestamp);
  }
}

void MediaReceiver::on_rtt(Duration rtt) {
  rtt_ = rtt;
  for (const auto& slot : slots_) {
    slot->nack.on_rtt(rtt);
    if (slot->video) slot->video->on_rtt(rtt);
  }
}

void MediaReceiver::need_key_frame(std::uint32_t index, Instant now) {
  for (const auto& slot : slots_) {
    if (slot->info.slot != index || !slot->video) continue;
    slot->video->restart_from_key_frame();
    pull_video(*slot, now);
  }
}

void MediaReceiver::play(Slot& slot, Instant now) {
  // After a long stop of the loop the sound goes on from now; it does not catch up in one burst.
  if (now - *slot.next_playout > std::chrono::milliseconds{200}) slot.next_playout = now;
  while (*slot.next_playout <= now) {
    const media::AudioDecision step = slot.audio->next(*slot.next_playout);
    Duration length{std::int64_t{step.samples} * 1'000'000 / rtp::opus_clock_rate};
    if (length <= Duration{}) length = rtp::audio_frame_duration;
    // Time stretching as a rate of playout: a step is a quarter shorter or longer than its samples.
    Duration change{};
    if (step.stretch == media::Stretch::accelerate) change = -length / 4;
    if (step.stretch == media::Stretch::fast_accelerate) change = -length / 2;
    if (step.stretch == media::Stretch::decelerate) change = length / 4;
    if (change != Duration{}) slot.audio->stretched(change);
    if (slot.owner) output_.on_playout(slot.info.slot, *slot.owner, step);
    *slot.next_playout += length + change;
  }
}

void MediaReceiver::poll_slot(Slot& slot, Instant now) {
  if (slot.audio) {
    if (!slot.held.empty()) drain(slot, now);
    if (slot.next_playout && *slot.next_playout <= now) play(slot, now);
    return;
  }
  if (!slot.held.empty()) drain(slot, now);
  if (const auto deadline = slot.nack.next_deadline(); deadline && *deadline <= now) {
    rtp::rtcp::List<std::uint16_t> numbers;
    for (const rtp::SeqNo missing : slot.nack.due(now)) numbers.push_back(rtp::on_wire(missing));
    if (!numbers.empty()) {
      stats_of(slot).nacks += numbers.size();
      const rtp::rtcp::Message nack = rtp::rtcp::Nack{
          .sender_ssrc = report_ssrc_, .media_ssrc = slot.info.ssrc, .sequence_numbers = std::move(numbers)};
      send({&nack, 1});
    }
  }
  pull_video(slot, now);
}

void MediaReceiver::update_lip_sync(Instant now) {
  next_lip_sync_ = now + lip_sync_interval;
  for (const auto& audio : slots_) {
    if (!audio->audio || !audio->owner || audio->kind != wire::SourceKind::audio || !audio->last_timestamp) continue;
    for (const auto& video : slots_) {
      if (!video->video || video->owner != audio->owner || video->kind != wire::SourceKind::camera ||
          !video->last_timestamp) {
        continue;
      }
      const auto audio_captured = audio->clock.to_ntp(*audio->last_timestamp);
      const auto video_captured = video->clock.to_ntp(*video->last_timestamp);
      const auto audio_playout = audio->audio->playout_time(*audio->last_timestamp);
      const auto video_playout = video->video->playout_time(*video->last_timestamp);
      if (!audio_captured || !video_captured || !audio_playout || !video_playout) continue;
      const auto delays = lip_sync_[*audio->owner].update({.captured = *audio_captured, .playout = *audio_playout},
                                                          {.captured = *video_captured, .playout = *video_playout});
      audio->audio->set_minimum_delay(
          delays.audio_extra > Duration{} ? audio->audio->network_delay() + delays.audio_extra : Duration{});
      video->video->set_minimum_delay(
          delays.video_extra > Duration{} ? video->video->network_delay() + delays.video_extra : Duration{});
    }
  }
}

void MediaReceiver::send_reports(Instant now) {
  next_report_ = now + report_interval;
  rtp::rtcp::ReceiverReport report;
  report.sender_ssrc = report_ssrc_;
  const auto flush = [&] {
    if (report.reports.empty()) return;
    const rtp::rtcp::Message message = report;
    send({&message, 1});
    report.reports.clear();
  };
  for (const auto& slot : slots_) {
    if (const auto block = slot->reception.report(now)) report.reports.push_back(*block);
    if (report.reports.size() == blocks_in_report) flush();
  }
  flush();
}

void MediaReceiver::send(std::span<const rtp::rtcp::Message> messages) {
  std::array<std::uint8_t, rtp::max_rtp_packet_size> buffer{};
  if (const auto size = rtp::rtcp::write(messages, buffer)) output_.send_rtcp(ByteView{buffer}.first(*size));
}

std::optional<Instant> MediaReceiver::next_deadline() const {
  if (slots_.empty()) return std::nullopt;
  Instant earliest = std::min(next_report_, next_lip_sync_);
  const auto consider = [&](std::optional<Instant> t) {
    if (t && *t < earliest) earliest = *t;
  };
  if (feedback_) consider(feedback_->next_deadline());
  for (const auto& slot : slots_) {
    if (slot->video) {
      consider(slot->video->next_deadline());
      consider(slot->nack.next_deadline());
    } else {
      consider(slot->next_playout);
    }
    if (!slot->held.empty()) consider(slot->held.front().since + config_.hold);
  }
  return earliest;
}

void MediaReceiver::poll(Instant now) {
  if (slots_.empty()) return;
  for (const auto& slot : slots_) poll_slot(*slot, now);
  if (feedback_) {
    for (auto deadline = feedback_->next_deadline(); deadline && *deadline <= now;
         deadline = feedback_->next_deadline()) {
      auto feedback = feedback_->due(now);
      if (!feedback) break;
      const rtp::rtcp::Message message = std::move(*feedback);
      send({&message, 1});
    }
  }
  if (next_report_ <= now) send_reports(now);
  if (next_lip_sync_ <= now) update_lip_sync(now);
}

std::vector<StreamStats> MediaReceiver::stats() const {
  for (auto& [key, s] : streams_) s.current = false;
  for (const auto& slot : slots_) {
    settle(*slot);
    if (!slot->owner || !slot->kind) continue;
    StreamStats& s = streams_[{*slot->owner, *slot->kind}];
    s.current = true;
    s.jitter = slot->reception.jitter();
    if (slot->audio) s.audio = slot->audio->stats();
    if (slot->video) {
      s.video_delay = slot->video->stats().target_delay;
      s.skipped_pictures = slot->video->stats().skipped_pictures;
    }
  }
  std::vector<StreamStats> all;
  for (const auto& [key, s] : streams_) {
    if (key.first != 0) all.push_back(s);
  }
  return all;
}

}  // namespace sealhall::client
