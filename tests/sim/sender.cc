#include "tests/sim/sender.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.h"
#include "core/rtp/extensions.h"
#include "core/rtp/packet.h"
#include "core/rtp/profile.h"
#include "core/rtp/rtx.h"

namespace sealhall::sim {
namespace {
constexpr Duration audio_step = std::chrono::milliseconds{20};
constexpr std::uint32_t first_audio_timestamp = 0xffff'0000;
constexpr std::uint32_t first_video_timestamp = 0xfffe'0000;
constexpr Duration report_interval = std::chrono::milliseconds{500};
constexpr std::size_t audio_payload = 110;  // 32 kbit/s with FEC, and SFrame's overhead
constexpr DataRate audio_rate = DataRate::kbps(70);
Duration video_step(std::uint64_t n) { return Duration{static_cast<std::int64_t>(n * 100'000 / 3)}; }
}  // namespace

srtp::MasterKey test_key(srtp::Profile profile, bool forward) {
  static const Bytes there(46, 0x11);
  static const Bytes back(46, 0x22);
  const ByteView all = forward ? there : back;
  return {all.first(srtp::key_size(profile)), all.subspan(32, srtp::salt_size(profile))};
}

Sender::Sender(const Config& config)
    : config_(config),
      random_(config.seed),
      controller_(config.congestion),
      vp8_(0x7ff0, 250),
      opus_(first_audio_timestamp),
      audio_report_(ssrc::audio, rtp::opus_clock_rate),
      video_report_(ssrc::video, rtp::video_clock_rate) {
  if (!config.profile) return;
  auto out = srtp::SrtpSender::create(*config.profile, test_key(*config.profile, true));
  auto in = srtp::SrtpReceiver::create(*config.profile, test_key(*config.profile, false));
  SEALHALL_CHECK(out && in);
  srtp_out_.emplace(std::move(*out));
  srtp_in_.emplace(std::move(*in));
}

Instant Sender::audio_captured(std::uint32_t timestamp) const {
  const auto samples = static_cast<std::uint32_t>(timestamp - first_audio_timestamp);
  return *started_ + Duration{static_cast<std::int64_t>(std::uint64_t{samples} * 1'000'000 / rtp::opus_clock_rate)};
}

DataRate Sender::video_rate() const {
  const DataRate target = controller_.target();
  const DataRate rest = target > audio_rate ? target - audio_rate : DataRate{};
  // Room for headers, and for what loss makes us send again.
  const double share = 0.92 / (1.0 + 1.3 * controller_.stats().loss);
  return std::clamp(rest * share, DataRate::kbps(40), config_.video_max);
}

void Sender::enqueue(media::PacketKind kind, Outgoing packet, Instant now) {
  media::PacedPacket paced;
  paced.kind = kind;
  paced.size = static_cast<std::uint16_t>(packet.payload.size() + 20 + (config_.profile ? 16 : 0));
  paced.handle = next_handle_++;
  if (!pacer_.enqueue(paced, now)) return;
  waiting_.emplace(paced.handle, std::move(packet));
}

void Sender::make_audio(Instant now) {
  const std::uint64_t step = audio_steps_++;
  constexpr std::uint64_t cycle = 150;  // 3 s: 2 s of speech, 1 s of silence
  const bool silent = config_.speech_pauses && step % cycle >= 100;
  // In silence one comfort packet every 400 ms, and one at its beginning.
  if (silent && (step % cycle - 100) % 20 != 0) {
    opus_.skip(960);
    return;
  }
  Bytes frame(silent ? 1 : audio_payload, static_cast<std::uint8_t>(step));
  const auto payload = opus_.packetize(frame, 960);
  SEALHALL_CHECK(payload.has_value());
  Outgoing packet;
  packet.header.payload_type = rtp::payload_type::opus;
  packet.header.ssrc = ssrc::audio;
  packet.header.sequence_number = audio_sequence_++;
  packet.header.timestamp = payload->timestamp;
  packet.header.marker = payload->marker;
  packet.payload = std::move(frame);
  audio_report_.on_sent(packet.payload.size(), payload->timestamp, audio_captured(payload->timestamp));
  ++stats_.audio_packets;
  enqueue(media::PacketKind::audio, std::move(packet), now);
}

void Sender::make_video(Instant now) {
  const std::uint64_t step = video_steps_++;
  if (pacer_.queue_time() > std::chrono::milliseconds{400} && pacer_.oldest_age(now) > std::chrono::milliseconds{200}) {
    ++stats_.frames_not_encoded;  // as an encoder does when its output is not taken
    return;
  }
  SentFrame frame;
  frame.number = stats_.frames++;
  frame.key = std::exchange(key_wanted_, false);
  frame.captured = now;
  if (frame.key) pattern_ = 0;
  static constexpr std::array<std::uint8_t, 4> layer_pattern{0, 2, 1, 2};
  static constexpr std::array<double, 3> layer_weight{1.6, 1.0, 0.7};
  const std::size_t at = pattern_++ % 4;
  media::Vp8FrameInfo info;
  info.temporal_id = config_.layers ? layer_pattern[at] : std::uint8_t{0};
  info.layer_sync = config_.layers && (at == 1 || at == 2);
  info.non_reference = info.temporal_id == 2;
  frame.layer = info.temporal_id;
  if (!frame.key) {
    frame.references.push_back(*last_base_);
    if (frame.layer == 2 && !info.layer_sync) frame.references.push_back(*last_middle_);
  }
  if (frame.layer == 0) last_base_ = frame.number;
  if (frame.layer == 1) last_middle_ = frame.number;

  const double average = static_cast<double>(video_rate().bps()) / 8.0 / 30.0;
  double size = average * (config_.layers ? layer_weight[frame.layer] : 1.0) * (0.8 + 0.4 * random_.unit());
  if (frame.key) {
    ++stats_.key_frames;
    size = std::max(average * 6.0, 3000.0);
  } else {
    // The encoder pays back what key frames took.
    const double saving = std::min(overspent_bytes_, size * 0.4);
    size -= saving;
    overspent_bytes_ -= saving;
  }
  if (frame.key) overspent_bytes_ += size - average;
  frame.data.resize(static_cast<std::size_t>(std::clamp(size, 50.0, 200'000.0)));
  random_.fill(MutableBytes{frame.data}.first(std::min<std::size_t>(frame.data.size(), 64)));
  frame.data[0] = static_cast<std::uint8_t>((frame.data[0] & 0xfe) | (frame.key ? 0 : 1));

  const std::uint32_t timestamp = first_video_timestamp + static_cast<std::uint32_t>(step * 3000);
  const auto payloads = vp8_.packetize(frame.data, info);
  SEALHALL_CHECK(payloads.has_value());
  for (std::size_t i = 0; i < payloads->count(); ++i) {
    Outgoing packet;
    packet.header.payload_type = rtp::payload_type::vp8;
    packet.header.ssrc = ssrc::video;
    packet.header.sequence_number = video_sequence_++;
    packet.header.timestamp = timestamp;
    packet.header.marker = payloads->marker(i);
    packet.payload.resize(payloads->payload_size(i));
    SEALHALL_CHECK(payloads->write(i, packet.payload).has_value());
    video_report_.on_sent(packet.payload.size(), timestamp, now);
    enqueue(media::PacketKind::video, std::move(packet), now);
  }
  frames_.emplace(timestamp, std::move(frame));
}

void Sender::send_report(Instant now) {
  const UnixMicros wall{(now.time_since_epoch() + config_.wall_clock).count()};
  std::vector<rtp::rtcp::Message> messages;
  if (const auto report = audio_report_.report(now, wall)) messages.emplace_back(*report);
  if (const auto report = video_report_.report(now, wall)) messages.emplace_back(*report);
  if (messages.empty()) return;
  Bytes out(600);
  const auto size = rtp::rtcp::write(messages, MutableBytes{out}.first(500));
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

void Sender::transmit(const media::PacedPacket& paced, Instant now) {
  Outgoing packet;
  if (paced.kind == media::PacketKind::padding) {
    packet.header.payload_type = rtp::payload_type::probe;
    packet.header.ssrc = ssrc::probe;
    packet.header.sequence_number = probe_sequence_++;
    packet.payload.assign(std::max<std::size_t>(paced.size, 60) - 36, 0);
    stats_.padding_bytes += paced.size;
  } else {
    auto node = waiting_.extract(paced.handle);
    SEALHALL_CHECK(!node.empty());
    packet = std::move(node.mapped());
  }
  const std::uint16_t sequence = transport_sequence_++;
  const auto encoded = rtp::encode_transport_sequence(sequence);
  const std::array<rtp::ExtensionElement, 1> elements{{{rtp::extension_id::transport_sequence, encoded}}};
  packet.header.extensions = elements;
  Bytes out(rtp::max_datagram_size);
  const auto header = rtp::write_header(packet.header, out);
  SEALHALL_CHECK(header.has_value());
  std::ranges::copy(packet.payload, out.begin() + static_cast<std::ptrdiff_t>(*header));
  std::size_t size = *header + packet.payload.size();
  SEALHALL_CHECK(size <= rtp::max_rtp_packet_size);
  if (packet.header.ssrc == ssrc::video) {
    history_.store(packet.header.sequence_number, ByteView{out}.first(size), now);
    responder_.on_sent(size, now);
  }
  if (srtp_out_) {
    const auto sealed = srtp_out_->protect_in_place(out, size);
    SEALHALL_CHECK(sealed.has_value());
    size = *sealed;
  }
  out.resize(size);
  stats_.bytes += size;
  controller_.on_packet_sent({sequence, static_cast<std::uint16_t>(size), paced.probe, now});
  outbox_.push_back(std::move(out));
}

void Sender::pace(Instant now) {
  if (const auto deadline = controller_.next_deadline(); deadline && *deadline <= now) controller_.due(now);
  while (const auto probe = controller_.take_probe(now)) {
    pacer_.start_probe(probe->id, probe->rate, probe->packets, probe->bytes);
  }
  pacer_.set_rates(controller_.target() * 2.5, DataRate{}, now);
  std::array<media::PacedPacket, 16> burst;
  while (const std::size_t n = pacer_.poll(now, burst)) {
    for (std::size_t i = 0; i < n; ++i) transmit(burst[i], now);
  }
}

void Sender::advance(Instant now) {
  if (!started_) {
    started_ = now;
    next_report_ = now + audio_step;
  }
  while (config_.audio &&
         *started_ + audio_step * static_cast<std::int64_t>(audio_steps_) + config_.audio_capture_offset <= now) {
    make_audio(now);
  }
  while (config_.video && *started_ + video_step(video_steps_) <= now) make_video(now);
  if (now >= next_report_) {
    next_report_ = now + report_interval;
    send_report(now);
  }
  pace(now);
}

Instant Sender::next_deadline() const {
  if (!started_) return Instant{};
  Instant next = next_report_;
  if (config_.audio) {
    next =
        std::min(next, *started_ + audio_step * static_cast<std::int64_t>(audio_steps_) + config_.audio_capture_offset);
  }
  if (config_.video) next = std::min(next, *started_ + video_step(video_steps_));
  if (const auto deadline = pacer_.next_deadline()) next = std::min(next, *deadline);
  if (const auto deadline = controller_.next_deadline()) next = std::min(next, *deadline);
  return next;
}

void Sender::on_datagram(MutableBytes datagram, Instant now) {
  std::size_t size = datagram.size();
  if (srtp_in_) {
    const auto opened = srtp_in_->unprotect_rtcp(datagram);
    if (!opened) return;  // a duplicate of the network
    size = *opened;
  }
  const auto messages = rtp::rtcp::parse(datagram.first(size));
  SEALHALL_CHECK(messages.has_value());
  for (const rtp::rtcp::Message& message : *messages) {
    if (const auto* feedback = std::get_if<rtp::rtcp::TransportFeedback>(&message)) {
      controller_.on_feedback(*feedback, now);
    } else if (const auto* nack = std::get_if<rtp::rtcp::Nack>(&message)) {
      responder_.on_rtt(controller_.stats().rtt);
      responder_.on_nack(nack->sequence_numbers, history_, now, [&](ByteView stored, std::uint16_t number) {
        const auto original = rtp::parse_packet(stored);
        SEALHALL_CHECK(original.has_value() && original->sequence_number == number);
        Outgoing packet;
        packet.header.payload_type = rtp::payload_type::vp8_rtx;
        packet.header.ssrc = ssrc::video_rtx;
        packet.header.sequence_number = rtx_sequence_++;
        packet.header.timestamp = original->timestamp;
        packet.header.marker = original->marker;
        packet.payload.resize(original->payload.size() + 2);
        store_u16(packet.payload.data(), number);  // RFC 4588 section 4
        std::ranges::copy(original->payload, packet.payload.begin() + rtp::rtx_prefix_size);
        ++stats_.retransmissions;
        enqueue(media::PacketKind::retransmission, std::move(packet), now);
      });
    } else if (std::get_if<rtp::rtcp::Pli>(&message) != nullptr) {
      ++stats_.plis;
      key_wanted_ = true;
    }
  }
  pace(now);
}

}  // namespace sealhall::sim
