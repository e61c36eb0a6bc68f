// Tested in forwarder_test.cc
#include <algorithm>

#include "core/rtp/profile.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

constexpr Duration upkeep_interval = std::chrono::milliseconds{20};
constexpr Duration slow_interval = std::chrono::milliseconds{100};
constexpr Duration report_interval = std::chrono::seconds{1};
// Layers come and go, rates drift: every receiver is looked at again so often even when nothing seems to have changed.
constexpr Duration allocation_interval = std::chrono::seconds{1};
constexpr Duration audio_rate_interval = std::chrono::milliseconds{500};
constexpr Duration probe_lifetime = std::chrono::milliseconds{200};
constexpr std::size_t probe_packet = 1000;
constexpr std::size_t least_probe_packet = 200;
constexpr Duration silence_of_encoding = std::chrono::milliseconds{1500};
constexpr Duration silence_of_share = std::chrono::seconds{6};
constexpr std::size_t most_missing = 128;  // numbers in one NACK to a publisher

}  // namespace

std::optional<Instant> Worker::next_deadline() const {
  if (by_id_.empty()) return std::nullopt;
  Instant next = next_upkeep_;
  for (const std::optional<Instant>& deadline : {audio_deadline_, pace_deadline_, probe_deadline_}) {
    if (deadline) next = std::min(next, *deadline);
  }
  return next;
}

void Worker::tick(Instant now) {
  if (probe_deadline_ && now >= *probe_deadline_) {
    probe_deadline_.reset();
    for (const std::unique_ptr<Transport>& transport : transports_) {
      if (transport && transport->probe) run_probe(*transport, now);
    }
  }
  if (now >= next_upkeep_) {
    const bool slow = now >= next_slow_;
    for (const auto& [uuid, meeting] : meetings_) upkeep_meeting(*meeting, slow, now);
    next_upkeep_ = now + upkeep_interval;
    if (slow) next_slow_ = now + slow_interval;
  }
  flush(now);
}

void Worker::upkeep_meeting(Meeting& meeting, bool slow, Instant now) {
  for (const auto& [number, participant] : meeting.participants) {
    for (const std::unique_ptr<Source>& source : participant->sources) {
      if (!source) continue;
      for (const std::unique_ptr<Encoding>& encoding : source->encodings) upkeep_encoding(*encoding, now);
    }
  }
  for (Transport* transport : meeting.transports) upkeep_transport(*transport, now);
  if (slow) {
    update_speakers(meeting, now);
    update_link_workers(meeting, now);
  }
  if (meeting.audio_dirty) assign_audio(meeting);
  if (meeting.layers_dirty) {
    meeting.layers_dirty = false;
    publish_layers(meeting, now);
  }
  if (!meeting.workers.empty()) ask_workers(meeting, now);
}

void Worker::upkeep_encoding(Encoding& encoding, Instant now) {
  if (!encoding.source.video()) return;
  if (encoding.active) {
    const Duration silence = encoding.source.kind == SourceKind::share ? silence_of_share : silence_of_encoding;
    if (now - encoding.last_packet > silence) {
      encoding.active = false;
      encoding.rate.reset();
      encoding.missing.clear();
      encoding.source.participant.meeting.layers_dirty = true;
      allocations_changed(encoding.source);
    } else {
      // Receivers look at a new rate with their next allocation, at most a second later.
      encoding.rate.update(now);
    }
  }
  if (encoding.keys.wanted()) {
    if (!encoding.wanted()) encoding.keys.on_key_frame();  // whoever waited has gone
    request_key_frame(encoding, now);
  }
  if (encoding.missing.missing() != 0 || encoding.missing.lost_too_many()) send_missing(encoding, now);
}

void Worker::send_missing(Encoding& encoding, Instant now) {
  if (encoding.missing.lost_too_many()) {
    encoding.missing.clear();
    encoding.keys.request();
    request_key_frame(encoding, now);
    return;
  }
  const std::optional<Instant> deadline = encoding.missing.next_deadline();
  if (!deadline || *deadline > now) return;
  std::vector<rtp::SeqNo> due = encoding.missing.due(now);
  // Without a retransmission stream nothing can come again; what nobody receives need not.
  if (encoding.rtx_ssrc == 0 || due.empty() || !encoding.wanted()) return;
  const Participant& participant = encoding.source.participant;
  if (participant.transport != nullptr) {
    if (due.size() > most_missing) due.erase(due.begin(), due.end() - most_missing);
    rtp::rtcp::Nack nack;
    nack.sender_ssrc = participant.transport->rtcp_ssrc;
    nack.media_ssrc = encoding.ssrc;
    for (const rtp::SeqNo seq : due) nack.sequence_numbers.push_back(rtp::on_wire(seq));
    const rtp::rtcp::Message message{std::move(nack)};
    sink_.send_rtcp(participant.transport->handle, {&message, 1});
    return;
  }
  LinkMessage message{.type = LinkType::nack, .meeting = participant.meeting.uuid, .participant = participant.number};
  message.media.ssrc = encoding.ssrc;
  for (const rtp::SeqNo seq : due) {
    if (message.nack_count == max_link_nacks) break;
    message.nacks[message.nack_count++] = rtp::on_wire(seq);
  }
  send_control(participant.worker, message);
}

/// Sends the request if one is wanted and the last one is long enough ago.
void Worker::request_key_frame(Encoding& encoding, Instant now) {
  if (!encoding.keys.due(now)) return;
  ++stats_.key_frame_requests;
  const Participant& participant = encoding.source.participant;
  if (participant.transport != nullptr) {
    const rtp::rtcp::Message message{
        rtp::rtcp::Pli{.sender_ssrc = participant.transport->rtcp_ssrc, .media_ssrc = encoding.ssrc}};
    if (participant.transport->connected) sink_.send_rtcp(participant.transport->handle, {&message, 1});
    return;
  }
  LinkMessage message{
      .type = LinkType::key_frame, .meeting = participant.meeting.uuid, .participant = participant.number};
  message.media.ssrc = encoding.ssrc;
  send_control(participant.worker, message);
}

void Worker::upkeep_transport(Transport& transport, Instant now) {
  if (!transport.connected) return;
  if (transport.feedback && transport.feedback->next_deadline() && *transport.feedback->next_deadline() <= now) {
    for (int i = 0; i < 4; ++i) {
      std::optional<rtp::rtcp::TransportFeedback> feedback = transport.feedback->due(now);
      if (!feedback) break;
      const rtp::rtcp::Message message{std::move(*feedback)};
      sink_.send_rtcp(transport.handle, {&message, 1});
    }
  }
  if (now - transport.reported_at >= report_interval) send_reports(transport, now);
  const Duration audio_time = now - transport.audio_since;
  if (audio_time >= audio_rate_interval) {
    const DataRate rate = rate_of(static_cast<std::int64_t>(transport.audio_bytes), audio_time);
    transport.audio_rate = transport.audio_rate * 0.5 + rate * 0.5;
    transport.audio_bytes = 0;
    transport.audio_since = now;
  }
  if (const std::optional<Instant> deadline = transport.congestion.next_deadline(); deadline && *deadline <= now) {
    transport.congestion.due(now);
    rate_changed(transport, now);
  }
  if (transport.allocation_dirty || now - transport.allocated_at >= allocation_interval) allocate(transport, now);
  if (!transport.probe && !transport.video_slots.empty()) {
    // With nothing to show there is nothing to probe for: such a probe has no rate. Before the first picture it is
    // what finds the room for one: beside sound alone the estimate does not grow.
    const std::optional<congestion::Probe> probe = transport.congestion.take_probe(now);
    if (probe && probe->rate >= config_.min_rate && probe->rate.bps() > 0) {
      transport.probe = RunningProbe{.probe = *probe, .next = now, .started = now};
      run_probe(transport, now);
    }
  }
}

/// Media that leaves during a probe counts for it; padding makes up the rest, packet by packet at the probe's rate.
void Worker::run_probe(Transport& transport, Instant now) {
  RunningProbe& running = *transport.probe;
  std::size_t sent = 0;
  // Padding is cut so that a probe has its packets even when it has few bytes.
  const std::size_t size = std::clamp<std::size_t>(
      running.probe.bytes / std::max<std::uint32_t>(running.probe.packets, 1), least_probe_packet, probe_packet);
  while ((running.packets < running.probe.packets || running.bytes < running.probe.bytes) && running.next <= now &&
         sent < 2 * max_run_packets) {
    send_probe_packet(transport, size, now);
    ++sent;
  }
  if (sent != 0) sink_.end_run(transport.handle);
  if ((running.packets >= running.probe.packets && running.bytes >= running.probe.bytes) ||
      now - running.started > probe_lifetime) {
    transport.probe.reset();
    return;
  }
  probe_deadline_ = std::min(probe_deadline_.value_or(Instant::max()), std::max(running.next, now));
}

/// RFC 3550 section 6.4.2: what this worker has received of the publisher's streams.
void Worker::send_reports(Transport& transport, Instant now) {
  transport.reported_at = now;
  rtp::rtcp::ReceiverReport report;
  report.sender_ssrc = transport.rtcp_ssrc;
  for (const Inbound& inbound : transport.inbound) {
    if (inbound.rtx || !inbound.encoding->statistics || now - inbound.encoding->last_packet > 2 * report_interval)
      continue;
    const auto block = inbound.encoding->statistics->report(now);
    if (!block || report.reports.size() == 31) continue;
    inbound.encoding->meter.on_report(*block,
                                      inbound.encoding->source.video() ? rtp::video_clock_rate : rtp::opus_clock_rate);
    report.reports.push_back(*block);
  }
  if (report.reports.empty()) return;
  const rtp::rtcp::Message message{std::move(report)};
  sink_.send_rtcp(transport.handle, {&message, 1});
}

void Worker::emit_slots() {
  for (Transport* transport : announce_) {
    changed_slots_.clear();
    const auto add = [&](std::size_t slot, const Source* source) {
      wire::SlotAssignment assignment;
      assignment.slot = static_cast<std::uint32_t>(slot);
      if (source != nullptr) {
        assignment.participant = source->participant.number;
        assignment.kind = source->kind;
      }
      changed_slots_.push_back(assignment);
    };
    for (std::size_t i = 0; i < transport->audio_slots.size(); ++i) {
      const Encoding* encoding = transport->audio_slots[i].encoding;
      if ((transport->audio_announce >> i & 1) != 0) add(i, encoding != nullptr ? &encoding->source : nullptr);
    }
    for (std::size_t i = 0; i < transport->video_slots.size(); ++i) {
      if ((transport->video_announce >> i & 1) != 0) {
        add(transport->audio_slots.size() + i, transport->video_slots[i].source);
      }
    }
    transport->audio_announce = 0;
    transport->video_announce = 0;
    sink_.slots_changed(transport->id, changed_slots_);
  }
  announce_.clear();
}

}  // namespace sealhall::sfu
