// Tested in retransmission_test.cc
#include <algorithm>
#include <bit>

#include "core/rtp/profile.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

// A packet is sent again at most once a round trip, however often it is asked for; never sooner than this.
constexpr Duration least_round_trip = std::chrono::milliseconds{10};
constexpr Duration most_round_trip = std::chrono::milliseconds{1000};
// Retransmissions may take this part of the estimate, saved up for so long. Larger repairs more; smaller leaves more to
// new packets when everything is asked for at once.
constexpr double resend_part = 0.4;
constexpr double resend_burst_seconds = 0.3;
constexpr double least_resend_burst = 12'000;
constexpr unsigned most_resends = 7;
// A receiver that asks for more numbers in one message than this is not repaired by retransmission.
constexpr std::size_t most_nacks = 256;
// Sender reports reach receivers no more often than this, however often a publisher sends them.
constexpr Duration report_spacing = std::chrono::milliseconds{400};

}  // namespace

void Worker::on_rtcp(Transport& transport, std::span<const rtp::rtcp::Message> messages, Instant now) {
  namespace rtcp = rtp::rtcp;
  for (const rtcp::Message& message : messages) {
    if (const auto* feedback = std::get_if<rtcp::TransportFeedback>(&message)) {
      transport.congestion.on_feedback(*feedback, now);
      rate_changed(transport, now);
    } else if (const auto* nack = std::get_if<rtcp::Nack>(&message)) {
      on_nack(transport, *nack, now);
    } else if (const auto* pli = std::get_if<rtcp::Pli>(&message)) {
      on_key_request(transport, pli->media_ssrc, now);
    } else if (const auto* fir = std::get_if<rtcp::Fir>(&message)) {
      for (const rtcp::Fir::Entry& entry : fir->entries) on_key_request(transport, entry.ssrc, now);
    } else if (const auto* report = std::get_if<rtcp::SenderReport>(&message)) {
      const auto from = std::find_if(transport.inbound.begin(), transport.inbound.end(), [&](const Inbound& inbound) {
        return inbound.ssrc == report->sender_ssrc && !inbound.rtx;
      });
      if (from != transport.inbound.end())
        on_sender_report(*from->encoding, report->ntp_time, report->rtp_timestamp, now);
      on_report_blocks(transport, report->reports, now);
    } else if (const auto* receiver = std::get_if<rtcp::ReceiverReport>(&message)) {
      on_report_blocks(transport, receiver->reports, now);
    } else if (const auto* remb = std::get_if<rtcp::Remb>(&message)) {
      const std::uint64_t bound = std::min<std::uint64_t>(remb->bitrate_bps, std::uint64_t{1} << 40);
      transport.congestion.on_remb(DataRate::bps(static_cast<std::int64_t>(bound)), now);
      rate_changed(transport, now);
    }
  }
}

void Worker::rate_changed(Transport& transport, Instant now) {
  const congestion::ControllerStats stats = transport.congestion.stats();
  if (stats.rtt.count() > 0) {
    transport.round_trip = std::clamp(stats.rtt, least_round_trip, most_round_trip);
    transport.measured_round_trip = stats.rtt;
  }
  transport.rate = std::clamp(transport.congestion.target(), config_.min_rate, config_.max_rate);
  // Down at once; up with the next upkeep, which is soon.
  if (transport.rate < transport.allocated && transport.rate < transport.allocated_for) {
    allocate(transport, now);
  } else if (transport.rate > transport.allocated_for * 1.02 || transport.rate < transport.allocated_for * 0.98) {
    transport.allocation_dirty = true;
  }
}

void Worker::on_nack(Transport& transport, const rtp::rtcp::Nack& nack, Instant now) {
  const auto it = std::find_if(transport.video_slots.begin(), transport.video_slots.end(),
                               [&](const VideoSlot& slot) { return slot.ssrc == nack.media_ssrc; });
  if (it == transport.video_slots.end() || !transport.sent || !transport.connected) return;
  VideoSlot& slot = *it;
  const auto index = static_cast<std::uint8_t>(it - transport.video_slots.begin());

  const double a_second = std::max(static_cast<double>(transport.rate.bps()) / 8.0 * resend_part, least_resend_burst);
  transport.resend_bytes = std::min(transport.resend_bytes + a_second * to_seconds(now - transport.resend_at),
                                    std::max(a_second * resend_burst_seconds, least_resend_burst));
  transport.resend_at = now;

  const auto now_ms = static_cast<std::uint16_t>(to_millis(now.time_since_epoch()));
  const auto spacing = static_cast<std::uint16_t>(to_millis(std::max(transport.round_trip, least_round_trip)));
  std::size_t bytes = 0;
  const std::size_t count = std::min(nack.sequence_numbers.size(), most_nacks);
  stats_.nacks_refused += nack.sequence_numbers.size() - count;
  for (std::size_t i = 0; i < count; ++i) {
    SentPackets::Entry* sent = transport.sent->find(index, nack.sequence_numbers[i]);
    const LogEntry* entry = nullptr;
    if (sent != nullptr && slot.current != nullptr && sent->epoch == slot.stream.epoch()) {
      entry = slot.current->log->find(sent->log_index);
    }
    const bool stored = entry != nullptr && now - entry->arrival <= config_.cache_age;
    // The first retransmission may follow the first sending at once: the receiver has seen what came after it.
    if (!stored || transport.resend_bytes < entry->size || sent->resent == most_resends ||
        (sent->resent != 0 && static_cast<std::uint16_t>(now_ms - sent->sent_ms) < spacing)) {
      ++stats_.nacks_refused;
      continue;
    }
    sent->sent_ms = now_ms;
    sent->resent = static_cast<std::uint8_t>((sent->resent + 1) & 7);
    const std::size_t size = send_again(transport, slot, *entry, *sent, now);
    transport.resend_bytes -= static_cast<double>(size);
    bytes += size;
    ++stats_.nacks_answered;
  }
  if (bytes == 0) return;
  transport.pace_free = std::max(transport.pace_free, now) + pace(transport).time_for(bytes);
  sink_.end_run(transport.handle);
}

void Worker::on_key_request(Transport& transport, std::uint32_t ssrc, Instant now) {
  for (VideoSlot& slot : transport.video_slots) {
    if (slot.ssrc != ssrc) continue;
    // A slot that waits for a key frame of another encoding gets it soon; what it shows until then may stay broken.
    Encoding* encoding = slot.target != nullptr ? slot.target : slot.current;
    if (encoding == nullptr) return;
    encoding->keys.request();
    request_key_frame(*encoding, now);
    return;
  }
}

void Worker::on_report_blocks(Transport& transport, std::span<const rtp::rtcp::ReportBlock> blocks, Instant now) {
  const auto measure = [&](std::uint32_t report_ntp, Instant report_at, const rtp::rtcp::ReportBlock& block) {
    // RFC 3550 section 6.4.1: round trip = arrival of the block - LSR - DLSR.
    if (block.last_sr == 0 || block.last_sr != report_ntp) return;
    const Duration held = seconds_to_duration(block.delay_since_last_sr / 65536.0);
    const Duration rtt = now - report_at - held;
    if (rtt < Duration{0} || rtt > std::chrono::seconds{10}) return;
    transport.round_trip = std::clamp(rtt, least_round_trip, most_round_trip);
    transport.measured_round_trip = rtt;
    transport.congestion.on_rtt(rtt, now);
    for (const Inbound& inbound : transport.inbound) inbound.encoding->missing.on_rtt(transport.round_trip);
  };
  for (const rtp::rtcp::ReportBlock& block : blocks) {
    for (VideoSlot& slot : transport.video_slots) {
      if (slot.ssrc != block.ssrc) continue;
      (*slot.meter).on_report(block, rtp::video_clock_rate);
      measure(slot.report_ntp, slot.report_at, block);
    }
    for (AudioSlot& slot : transport.audio_slots) {
      if (slot.ssrc != block.ssrc) continue;
      (*slot.meter).on_report(block, rtp::opus_clock_rate);
      measure(slot.report_ntp, slot.report_at, block);
    }
  }
}

void Worker::on_sender_report(Encoding& encoding, std::uint64_t ntp, std::uint32_t rtp, Instant now) {
  encoding.clock = SenderClock{ntp, rtp};
  if (encoding.statistics) encoding.statistics->on_sender_report(ntp, now);
  if (encoding.report_forwarded && now - *encoding.report_forwarded < report_spacing) return;
  encoding.report_forwarded = now;
  for (const Subscriber& subscriber : encoding.subscribers) {
    if (!subscriber.waiting) send_sender_report(*subscriber.receiver, subscriber, encoding, now);
  }
  if (encoding.link_workers == 0) return;
  const Participant& participant = encoding.source.participant;
  LinkMessage message{.type = LinkType::sender_report,
                      .meeting = participant.meeting.uuid,
                      .participant = participant.number,
                      .ntp_time = ntp};
  message.media.ssrc = encoding.ssrc;
  message.media.timestamp = rtp;
  for (std::uint64_t left = encoding.link_workers; left != 0; left &= left - 1) {
    send_control(static_cast<std::uint32_t>(std::countr_zero(left)), message);
  }
}

/// The sender's own clock under the slot's SSRC and timestamps: the receiver's lip sync sees the original sender.
void Worker::send_sender_report(Transport& transport, const Subscriber& subscriber, const Encoding& encoding,
                                Instant now) {
  if (!transport.connected || !encoding.clock) return;
  rtp::rtcp::SenderReport report;
  report.ntp_time = encoding.clock->ntp;
  if (encoding.source.video()) {
    VideoSlot& slot = transport.video_slots[subscriber.slot];
    if (!slot.stream.running()) return;
    report.sender_ssrc = slot.ssrc;
    report.rtp_timestamp = encoding.clock->rtp + slot.stream.timestamp_offset();
    report.packet_count = slot.packets;
    report.octet_count = slot.octets;
    slot.report_ntp = rtp::rtcp::middle_of(report.ntp_time);
    slot.report_at = now;
  } else {
    AudioSlot& slot = transport.audio_slots[subscriber.slot];
    if (!slot.stream.running()) return;
    report.sender_ssrc = slot.ssrc;
    report.rtp_timestamp = encoding.clock->rtp + slot.stream.timestamp_offset();
    report.packet_count = slot.packets;
    report.octet_count = slot.octets;
    slot.report_ntp = rtp::rtcp::middle_of(report.ntp_time);
    slot.report_at = now;
  }
  const rtp::rtcp::Message message{std::move(report)};
  sink_.send_rtcp(transport.handle, {&message, 1});
}

}  // namespace sealhall::sfu
