#include "client/engine/media_sender.h"

#include <algorithm>
#include <utility>

#include "client/engine/contexts.h"
#include "core/base/check.h"
#include "core/rtp/extensions.h"
#include "core/rtp/packet.h"
#include "core/rtp/profile.h"
#include "core/rtp/rtx.h"
#include "core/rtp/sequence.h"
#include "core/rtp/vp8.h"

namespace sealhall::client {

namespace {

/// The transport-wide sequence number is the first extension element of every packet, so it always stands here: fixed
/// header, extension header, element header (RFC 8285 section 4.2). It is filled in when the packet leaves.
constexpr std::size_t transport_sequence_offset = 12 + 4 + 1;
constexpr std::size_t srtp_tag_size = 16;
constexpr Duration report_interval = std::chrono::seconds{1};
/// Padding behind a header and its extension; one byte counts it (RFC 3550 section 5.1).
constexpr std::size_t padding_payload = 224;
constexpr std::size_t padding_packet = 12 + 8 + padding_payload;
/// What audio and everything that is not video takes from the estimate.
constexpr DataRate audio_share = DataRate::kbps(50);

}  // namespace

MediaSender::MediaSender(Config config, RandomSource& random, FrameSealing& sealing, SenderOutput& output)
    : config_(std::move(config)), random_(random), sealing_(sealing), output_(output) {
  controller_ = std::make_unique<congestion::Controller>(config_.congestion);
  media::Pacer::Config pacing;
  pacing.padding_size = padding_packet;
  pacer_ = std::make_unique<media::Pacer>(pacing);
}

void MediaSender::add_source(wire::SourceKind kind, const std::vector<EncodingPlan>& encodings) {
  SEALHALL_CHECK(find(kind, 0) == nullptr);
  for (const EncodingPlan& plan : encodings) {
    Encoding e;
    e.kind = kind;
    e.index = static_cast<std::size_t>(&plan - encodings.data());
    e.position = encodings_.size();
    e.plan = plan;
    e.context = context_of(kind, plan.rid).value_or(0);
    e.ssrc = std::max(1U, random_.u32());
    e.rtx_ssrc = is_video(kind) ? std::max(1U, random_.u32()) : 0;
    e.next_sequence = rtp::initial_sequence_number(random_);
    e.next_rtx_sequence = rtp::initial_sequence_number(random_);
    e.timestamp_base = random_.u32();
    e.packetizer = media::Vp8Packetizer(static_cast<std::uint16_t>(random_.u32() & 0x7fff),
                                        static_cast<std::uint8_t>(random_.u32()));
    e.stats.kind = kind;
    e.stats.rid = plan.rid;
    e.stats.width = plan.width;
    e.stats.height = plan.height;
    encodings_.push_back(std::move(e));
  }
}

std::vector<wire::PublishedSource> MediaSender::sources() const {
  std::vector<wire::PublishedSource> sources;
  for (const Encoding& e : encodings_) {
    if (e.index == 0) {
      sources.push_back({.kind = e.kind, .codec = is_video(e.kind) ? "vp8" : "opus", .encodings = {}});
    }
    sources.back().encodings.push_back({.rid = e.plan.rid,
                                        .ssrc = e.ssrc,
                                        .rtx_ssrc = e.rtx_ssrc,
                                        .width = e.plan.width,
                                        .height = e.plan.height,
                                        .max_bitrate_bps = static_cast<std::uint32_t>(e.plan.most.bps())});
  }
  return sources;
}

void MediaSender::set_layers_wanted(wire::SourceKind kind, const std::vector<std::string>& rids, Instant now) {
  for (Encoding& e : encodings_) {
    if (e.kind == kind) e.stats.wanted = std::ranges::find(rids, e.plan.rid) != rids.end();
  }
  update_rates(now);
}

std::vector<bool> MediaSender::layers_wanted(wire::SourceKind kind) const {
  std::vector<bool> wanted;
  for (const Encoding& e : encodings_) {
    if (e.kind == kind) wanted.push_back(e.stats.wanted);
  }
  return wanted;
}

MediaSender::Encoding* MediaSender::find(wire::SourceKind kind, std::size_t index) noexcept {
  for (Encoding& e : encodings_) {
    if (e.kind == kind && e.index == index) return &e;
  }
  return nullptr;
}

MediaSender::Encoding* MediaSender::find_ssrc(std::uint32_t ssrc) noexcept {
  for (Encoding& e : encodings_) {
    if (e.ssrc == ssrc) return &e;
  }
  return nullptr;
}

std::uint32_t MediaSender::report_ssrc() const noexcept { return encodings_.empty() ? 0 : encodings_.front().ssrc; }

std::uint32_t MediaSender::timestamp_of(const Encoding& encoding, Instant captured) const noexcept {
  const std::int64_t rate = is_video(encoding.kind) ? rtp::video_clock_rate : rtp::opus_clock_rate;
  // Whole milliseconds and the rest apart, so that the product cannot overflow after months.
  const std::int64_t us = captured.time_since_epoch().count();
  const std::int64_t ticks = us / 1000 * (rate / 1000) + us % 1000 * (rate / 1000) / 1000;
  return encoding.timestamp_base + static_cast<std::uint32_t>(ticks);
}

std::uint64_t MediaSender::keep(Waiting waiting) {
  std::size_t slot = waiting_.size();
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
    waiting_[slot] = std::move(waiting);
  } else {
    waiting_.push_back(std::move(waiting));
  }
  return slot + 1;  // the pacer uses 0 for padding
}

void MediaSender::enqueue(media::PacketKind kind, Waiting waiting, Instant now) {
  const std::size_t size = waiting.packet.size() + srtp_tag_size;
  const std::uint64_t handle = keep(std::move(waiting));
  if (!pacer_->enqueue(
          {.kind = kind, .size = static_cast<std::uint16_t>(size), .probe = 0, .handle = handle, .queued = now}, now)) {
    free_.push_back(static_cast<std::size_t>(handle - 1));
  }
}

void MediaSender::send_audio(wire::SourceKind kind, const OutgoingAudio& audio, Instant now) {
  Encoding* e = find(kind, 0);
  if (e == nullptr) return;
  if (!std::exchange(started_, true)) update_rates(now);
  if (!sealing_.seal(e->context, audio.frame, 0, sealed_, now) || sealed_.size() > media::max_rtp_payload_size) {
    ++unsealed_drops_;
    return;
  }
  const std::uint32_t timestamp = timestamp_of(*e, audio.captured);
  // RFC 3551 section 4.1: the marker opens a talk spurt, here the first packet after silence that was not sent.
  const bool spurt = !e->last_timestamp || timestamp - *e->last_timestamp > 960;
  e->last_timestamp = timestamp;
  const auto placeholder = rtp::encode_transport_sequence(0);
  const auto level = rtp::encode(rtp::AudioLevel{.voice = audio.voice, .level = audio.level});
  const std::array<rtp::ExtensionElement, 2> extensions{
      {{rtp::extension_id::transport_sequence, placeholder}, {rtp::extension_id::audio_level, level}}};
  Waiting w;
  w.packet.resize(64 + sealed_.size());
  w.sequence = e->next_sequence++;
  w.encoding = e->position;
  const auto header = rtp::write_header({.marker = spurt,
                                         .payload_type = rtp::payload_type::opus,
                                         .sequence_number = w.sequence,
                                         .timestamp = timestamp,
                                         .ssrc = e->ssrc,
                                         .extensions = extensions},
                                        w.packet);
  SEALHALL_CHECK(header.has_value());
  std::ranges::copy(sealed_, w.packet.begin() + static_cast<std::ptrdiff_t>(*header));
  w.packet.resize(*header + sealed_.size());
  e->octets += static_cast<std::uint32_t>(sealed_.size());
  ++e->stats.frames;
  enqueue(media::PacketKind::audio, std::move(w), now);
}

void MediaSender::send_video(wire::SourceKind kind, std::size_t encoding, const OutgoingVideo& video, Instant now) {
  Encoding* e = find(kind, encoding);
  if (e == nullptr || video.frame.empty()) return;
  if (!std::exchange(started_, true)) update_rates(now);
  if (!sealing_.seal(e->context, video.frame, rtp::vp8_clear_prefix_size(video.frame), sealed_, now)) {
    ++unsealed_drops_;
    return;
  }
  const auto payloads = e->packetizer.packetize(sealed_, video.info);
  if (!payloads) return;
  const std::uint32_t timestamp = timestamp_of(*e, video.captured);
  e->last_timestamp = timestamp;
  const auto placeholder = rtp::encode_transport_sequence(0);
  const std::array<rtp::ExtensionElement, 1> extensions{{{rtp::extension_id::transport_sequence, placeholder}}};
  for (std::size_t i = 0; i < payloads->count(); ++i) {
    Waiting w;
    w.packet.resize(rtp::max_rtp_packet_size);
    w.sequence = e->next_sequence++;
    w.encoding = e->position;
    const auto header = rtp::write_header({.marker = payloads->marker(i),
                                           .payload_type = rtp::payload_type::vp8,
                                           .sequence_number = w.sequence,
                                           .timestamp = timestamp,
                                           .ssrc = e->ssrc,
                                           .extensions = extensions},
                                          w.packet);
    SEALHALL_CHECK(header.has_value());
    const auto payload = payloads->write(i, MutableBytes{w.packet}.subspan(*header));
    SEALHALL_CHECK(payload.has_value());
    w.packet.resize(*header + *payload);
    e->octets += static_cast<std::uint32_t>(*payload);
    e->history.store(w.sequence, w.packet, now);
    enqueue(media::PacketKind::video, std::move(w), now);
  }
  ++e->stats.frames;
  if (video.key_frame) ++e->stats.key_frames;
}

void MediaSender::transmit(const media::PacedPacket& paced, Instant now) {
  if (paced.handle == 0) {
    send_padding(paced.size, paced.probe, now);
    return;
  }
  const auto slot = static_cast<std::size_t>(paced.handle - 1);
  Waiting& w = waiting_[slot];
  const std::uint16_t transport = next_transport_sequence_++;
  store_u16(&w.packet[transport_sequence_offset], transport);
  const std::size_t size = w.packet.size() + srtp_tag_size;
  controller_->on_packet_sent(
      {.transport_sequence = transport, .size = static_cast<std::uint16_t>(size), .probe = paced.probe, .at = now});
  responder_.on_sent(size, now);
  bytes_sent_ += size;
  Encoding& e = encodings_[w.encoding];
  if (w.retransmission) {
    ++e.stats.retransmissions;
  } else {
    ++e.stats.packets;
    e.stats.bytes += w.packet.size();
    if (!e.sent_any) report_soon_ = true;
    e.sent_any = true;
    e.last_sent = now;
  }
  output_.send_rtp(w.packet);
  w.packet.clear();
  free_.push_back(slot);
}

void MediaSender::send_padding(std::size_t size, std::uint32_t probe, Instant now) {
  Encoding* e = nullptr;
  for (Encoding& candidate : encodings_) {
    if (candidate.rtx_ssrc != 0 && candidate.sent_any) e = &candidate;
  }
  if (e == nullptr) return;
  const std::uint16_t transport = next_transport_sequence_++;
  const auto sequence = rtp::encode_transport_sequence(transport);
  const std::array<rtp::ExtensionElement, 1> extensions{{{rtp::extension_id::transport_sequence, sequence}}};
  std::array<std::uint8_t, padding_packet> packet{};
  const auto header = rtp::write_header({.marker = false,
                                         .payload_type = rtp::payload_type::probe,
                                         .sequence_number = e->next_rtx_sequence++,
                                         .timestamp = e->last_timestamp.value_or(0),
                                         .ssrc = e->rtx_ssrc,
                                         .extensions = extensions},
                                        packet);
  SEALHALL_CHECK(header.has_value());
  const std::size_t padding = std::clamp<std::size_t>(size > *header ? size - *header : 1, 1, padding_payload);
  packet[0] |= 0x20;  // P, RFC 3550 section 5.1
  packet[*header + padding - 1] = static_cast<std::uint8_t>(padding);
  const std::size_t total = *header + padding;
  controller_->on_packet_sent({.transport_sequence = transport,
                               .size = static_cast<std::uint16_t>(total + srtp_tag_size),
                               .probe = probe,
                               .at = now});
  bytes_sent_ += total + srtp_tag_size;
  output_.send_rtp(ByteView{packet}.first(total));
}

void MediaSender::on_nack(const rtp::rtcp::Nack& nack, Instant now) {
  Encoding* e = find_ssrc(nack.media_ssrc);
  if (e == nullptr || e->rtx_ssrc == 0) return;
  responder_.on_nack(nack.sequence_numbers, e->history, now, [&](ByteView stored, std::uint16_t /*number*/) {
    const auto original = rtp::parse_packet(stored);
    if (!original) return;
    const auto placeholder = rtp::encode_transport_sequence(0);
    const std::array<rtp::ExtensionElement, 1> extensions{{{rtp::extension_id::transport_sequence, placeholder}}};
    Waiting w;
    w.packet.resize(rtp::max_rtp_packet_size);
    w.encoding = e->position;
    w.retransmission = true;
    w.sequence = e->next_rtx_sequence++;
    const auto size = rtp::write_rtx({.payload_type = rtp::payload_type::vp8_rtx,
                                      .sequence_number = w.sequence,
                                      .ssrc = e->rtx_ssrc,
                                      .extensions = extensions},
                                     *original, w.packet);
    if (!size) return;
    w.packet.resize(*size);
    enqueue(media::PacketKind::retransmission, std::move(w), now);
  });
}

void MediaSender::on_report(const rtp::rtcp::ReportBlock& block, Instant now) {
  Encoding* e = find_ssrc(block.ssrc);
  if (e == nullptr) return;
  e->stats.loss = block.fraction_lost / 256.0;
  const std::int64_t rate = is_video(e->kind) ? rtp::video_clock_rate : rtp::opus_clock_rate;
  e->stats.jitter = Duration{std::int64_t{block.jitter} * 1'000'000 / rate};
  if (!is_video(e->kind)) audio_loss_ += (e->stats.loss - audio_loss_) * 0.3;
  if (block.last_sr == 0) return;
  // RFC 3550 section 6.4.1: round trip = now - LSR - DLSR, all in 1/65536 s.
  const auto wall = UnixMicros{static_cast<std::int64_t>(config_.wall_at_zero) + now.time_since_epoch().count()};
  const std::uint32_t units =
      rtp::rtcp::middle_of(rtp::rtcp::ntp_time(wall)) - block.last_sr - block.delay_since_last_sr;
  if (units < 65536 * 10) on_rtt(Duration{std::int64_t{units} * 1'000'000 / 65536}, now);
}

void MediaSender::on_rtt(Duration rtt, Instant now) {
  responder_.on_rtt(rtt);
  controller_->on_rtt(rtt, now);
}

void MediaSender::on_rtcp(std::span<const rtp::rtcp::Message> messages, Instant now) {
  using namespace rtp::rtcp;
  for (const Message& message : messages) {
    if (const auto* feedback = std::get_if<TransportFeedback>(&message)) {
      controller_->on_feedback(*feedback, now);
    } else if (const auto* nack = std::get_if<Nack>(&message)) {
      on_nack(*nack, now);
    } else if (const auto* pli = std::get_if<Pli>(&message)) {
      if (Encoding* e = find_ssrc(pli->media_ssrc)) {
        ++e->stats.plis;
        output_.key_frame_wanted(e->kind, e->index);
      }
    } else if (const auto* fir = std::get_if<Fir>(&message)) {
      for (const Fir::Entry& entry : fir->entries) {
        if (Encoding* e = find_ssrc(entry.ssrc)) output_.key_frame_wanted(e->kind, e->index);
      }
    } else if (const auto* sr = std::get_if<SenderReport>(&message)) {
      for (const ReportBlock& block : sr->reports) on_report(block, now);
    } else if (const auto* rr = std::get_if<ReceiverReport>(&message)) {
      for (const ReportBlock& block : rr->reports) on_report(block, now);
    } else if (const auto* remb = std::get_if<Remb>(&message)) {
      controller_->on_remb(
          DataRate::bps(static_cast<std::int64_t>(std::min<std::uint64_t>(remb->bitrate_bps, 1U << 31))), now);
    }
  }
  update_rates(now);
}

void MediaSender::update_rates(Instant now) {
  DataRate wanted = audio_share;
  for (const Encoding& e : encodings_) {
    if (is_video(e.kind) && e.stats.wanted) wanted = wanted + e.plan.most;
  }
  controller_->set_wanted(wanted, now);
  const DataRate target = controller_->target();
  pacer_->set_rates(target * 2.5, DataRate{}, now);
  responder_.limit_to(target);
  // In steps, so that an encoder is not set anew for nothing.
  constexpr std::int64_t step = 10'000;
  resending_ = DataRate::bps(responder_.resending(now).bps() / step * step);
  while (const auto probe = controller_->take_probe(now)) {
    pacer_->start_probe(probe->id, probe->rate, probe->packets, probe->bytes);
  }
}

void MediaSender::send_reports(Instant now) {
  using namespace rtp::rtcp;
  report_soon_ = false;
  next_report_ = now + report_interval;
  std::vector<Message> messages;
  SourceDescription names;
  const auto wall = UnixMicros{static_cast<std::int64_t>(config_.wall_at_zero) + now.time_since_epoch().count()};
  for (const Encoding& e : encodings_) {
    if (!e.sent_any || now - e.last_sent > 5 * report_interval) continue;
    SenderReport report;
    report.sender_ssrc = e.ssrc;
    report.ntp_time = ntp_time(wall);
    report.rtp_timestamp = timestamp_of(e, now);
    report.packet_count = static_cast<std::uint32_t>(e.stats.packets);
    report.octet_count = e.octets;
    messages.emplace_back(std::move(report));
    names.chunks.push_back({.ssrc = e.ssrc, .cname = std::pmr::string{config_.cname}});
  }
  if (messages.empty()) return;
  messages.emplace_back(std::move(names));
  std::array<std::uint8_t, rtp::max_rtp_packet_size> buffer{};
  if (const auto size = rtp::rtcp::write(messages, buffer)) output_.send_rtcp(ByteView{buffer}.first(*size));
}

std::optional<Instant> MediaSender::next_deadline() const {
  std::optional<Instant> earliest = encodings_.empty() ? std::nullopt : std::optional{next_report_};
  const auto consider = [&](std::optional<Instant> t) {
    if (t && (!earliest || *t < *earliest)) earliest = t;
  };
  consider(pacer_->next_deadline());
  consider(controller_->next_deadline());
  return earliest;
}

void MediaSender::poll(Instant now) {
  if (const auto deadline = controller_->next_deadline(); deadline && *deadline <= now) {
    controller_->due(now);
    update_rates(now);
  }
  std::array<media::PacedPacket, 16> batch;
  while (const std::size_t count = pacer_->poll(now, batch)) {
    for (std::size_t i = 0; i < count; ++i) transmit(batch[i], now);
  }
  if (report_soon_ || next_report_ <= now) send_reports(now);
}

void MediaSender::restart(Instant now) {
  pacer_->clear(media::PacketKind::audio);
  pacer_->clear(media::PacketKind::video);
  pacer_->clear(media::PacketKind::retransmission);
  free_.clear();
  for (std::size_t i = 0; i < waiting_.size(); ++i) free_.push_back(i);
  controller_ = std::make_unique<congestion::Controller>(config_.congestion);
  next_transport_sequence_ = 1;
  report_soon_ = true;
  update_rates(now);
}

DataRate MediaSender::video_budget() const noexcept {
  const DataRate target = controller_->target();
  // Retransmissions and headers want their part, too.
  return std::max(DataRate::kbps(30), (target - std::min(audio_share + resending_, target)) * 0.92);
}

int MediaSender::audio_loss_percent() const noexcept { return static_cast<int>(audio_loss_ * 100 + 0.5); }

std::vector<EncodingStats> MediaSender::stats() const {
  std::vector<EncodingStats> all;
  for (const Encoding& e : encodings_) all.push_back(e.stats);
  return all;
}

}  // namespace sealhall::client
