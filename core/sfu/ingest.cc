// Tested in forwarder_test.cc
#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "core/rtp/extensions.h"
#include "core/rtp/h264.h"
#include "core/rtp/profile.h"
#include "core/rtp/vp8.h"
#include "core/rtp/vp9.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

// RTP header, SRTP tag, and UDP and IP headers around a payload, for rates.
constexpr std::size_t packet_overhead = 20 + 16 + 28;

std::unique_ptr<PacketLog> make_log(const Encoding& encoding) {
  if (!encoding.source.video()) return std::make_unique<PacketLog>(64, 16 * 1024);
  // About a second and a half at the announced rate, key frames included; a receiver that is further behind is lost
  // anyway.
  const std::int64_t rate = encoding.max_rate.bps() > 0 ? encoding.max_rate.bps() : 1'000'000;
  const auto wanted = static_cast<std::uint32_t>(std::clamp<std::int64_t>(rate * 3 / 16, 96 * 1024, 1024 * 1024));
  const std::uint32_t bytes = std::bit_ceil(wanted);
  return std::make_unique<PacketLog>(std::clamp<std::uint32_t>(bytes / 1024, 128, 1024), bytes);
}

void read_descriptor(const rtp::Vp9Front& front, std::uint8_t flags, LogEntry& entry) noexcept {
  entry.vp9_flags = flags;
  entry.has_picture_id = front.picture_id.has_value();
  entry.picture_id = front.picture_id.value_or(0);
  entry.has_tl0 = front.tl0_picture_index.has_value();
  entry.tl0_picture_index = front.tl0_picture_index.value_or(0);
  if (!front.layer) return;
  const rtp::Vp9Layer& layer = *front.layer;
  entry.vp9_layer = layer.byte();
  entry.has_temporal = true;
  entry.temporal_id = std::min<std::uint8_t>(layer.temporal_id, 3);  // there are no more than four anywhere
  entry.layer_sync = layer.switching_up;
}

void read_descriptor(const rtp::Vp8Descriptor& descriptor, LogEntry& entry) noexcept {
  entry.non_reference = descriptor.non_reference;
  entry.start_of_partition = descriptor.start_of_partition;
  entry.partition_id = descriptor.partition_id;
  entry.has_picture_id = descriptor.picture_id.has_value();
  entry.picture_id = descriptor.picture_id.value_or(0);
  entry.has_tl0 = descriptor.tl0_picture_index.has_value();
  entry.tl0_picture_index = descriptor.tl0_picture_index.value_or(0);
  entry.has_temporal = descriptor.temporal_id.has_value();
  entry.temporal_id = descriptor.temporal_id.value_or(0);
  entry.layer_sync = descriptor.layer_sync;
  entry.has_key_index = descriptor.key_index.has_value();
  entry.key_index = descriptor.key_index.value_or(0);
}

/// What the first packet of a key frame says of its picture.
struct PictureSize {
  std::uint16_t width = 0;  ///< 0: nothing
  std::uint16_t height = 0;
};

/// Reads what of a frame is in the clear, and takes off `payload` what `write_descriptor` writes. nullopt when it is
/// not a payload of that codec.
std::optional<PictureSize> read_video(rtp::VideoCodec codec, ByteView& payload, LogEntry& entry) noexcept {
  entry.codec = codec;
  PictureSize size;
  switch (codec) {
    case rtp::VideoCodec::vp8: {
      const auto vp8 = rtp::parse_vp8(payload);
      if (!vp8) return std::nullopt;
      read_descriptor(vp8->descriptor, entry);
      entry.frame_start = vp8->frame_start;
      entry.key_start = vp8->key_frame_start;
      payload = payload.subspan(vp8->descriptor_size);
      if (!entry.key_start) break;
      if (const auto picture = rtp::vp8_frame_size(payload)) size = {picture->width, picture->height};
      break;
    }
    case rtp::VideoCodec::vp9: {
      const auto vp9 = rtp::parse_vp9(payload);
      if (!vp9) return std::nullopt;
      read_descriptor(vp9->front, payload[0], entry);
      entry.frame_start = vp9->frame_start;
      entry.key_start = vp9->key_frame_start;
      if (vp9->size) size = {vp9->size->width, vp9->size->height};
      payload = payload.subspan(vp9->front_size);
      break;
    }
    case rtp::VideoCodec::h264: {
      const auto h264 = rtp::parse_h264(payload);
      if (!h264) return std::nullopt;
      // Where a frame begins only the timestamps say (RFC 6184 section 5.1): what counts frames counts their ends.
      entry.frame_start = entry.marker;
      entry.key_start = h264->key_frame_start;
      break;
    }
  }
  return size;
}

}  // namespace

void Worker::on_rtp(Transport& transport, const rtp::Packet& packet, Instant now) {
  if (const std::optional<std::uint16_t> number = rtp::transport_sequence(packet)) {
    if (!transport.feedback) {
      transport.feedback = std::make_unique<congestion::TransportFeedbackBuilder>(
          transport.rtcp_ssrc, packet.ssrc,
          congestion::TransportFeedbackBuilder::Config{.interval = config_.feedback_interval});
    }
    transport.feedback->on_packet(*number, now);
  }
  const auto from = std::find_if(transport.inbound.begin(), transport.inbound.end(),
                                 [&](const Inbound& inbound) { return inbound.ssrc == packet.ssrc; });
  if (from == transport.inbound.end()) {
    ++stats_.dropped_unannounced;
    return;
  }
  Encoding& encoding = *from->encoding;
  if (!transport.participant->allowed(encoding.source)) {
    ++stats_.dropped_not_allowed;
    return;
  }
  ++stats_.packets_in;
  Incoming incoming{.sequence_number = packet.sequence_number,
                    .timestamp = packet.timestamp,
                    .payload_type = packet.payload_type,
                    .marker = packet.marker,
                    .payload = packet.payload};
  if (from->rtx) {
    if (packet.payload_type == rtp::payload_type::probe || packet.payload.empty()) return;
    // RFC 4588 section 4: the original sequence number, then the original payload.
    const std::optional<rtp::VideoCodec> codec = rtp::codec_of_rtx_payload_type(packet.payload_type);
    if (!codec || packet.payload.size() < 2) {
      ++stats_.dropped_malformed;
      return;
    }
    incoming.sequence_number = load_u16(packet.payload.data());
    incoming.payload = packet.payload.subspan(2);
    incoming.payload_type = rtp::payload_type_of(*codec);
    incoming.recovered = true;
  } else if (!encoding.source.video()) {
    if (const std::optional<rtp::AudioLevel> level = rtp::audio_level(packet)) {
      incoming.has_level = true;
      incoming.voice = level->voice;
      incoming.level = level->level;
    }
  }
  ingest(encoding, incoming, now);
}

void Worker::ingest(Encoding& encoding, const Incoming& packet, Instant now) {
  const bool video = encoding.source.video();
  bool padding = packet.payload.empty() || packet.payload_type == rtp::payload_type::probe;
  const std::optional<rtp::VideoCodec> codec = rtp::codec_of_payload_type(packet.payload_type);
  if (!padding && (video ? !codec : packet.payload_type != rtp::payload_type::opus)) {
    ++stats_.dropped_malformed;
    return;
  }
  if (!padding && video && !encoding.source.may_send(*codec)) {
    // Its number counts, so that nobody asks for it again; its content goes nowhere.
    ++stats_.dropped_not_allowed;
    padding = true;
  }
  LogEntry entry{.arrival = now,
                 .timestamp = packet.timestamp,
                 .audio_level = packet.level,
                 .marker = packet.marker,
                 .voice = packet.voice,
                 .has_level = packet.has_level,
                 .video = video,
                 .padding_only = padding};
  ByteView payload = padding ? ByteView{} : packet.payload;
  std::optional<PictureSize> picture = PictureSize{};
  if (payload.size() > rtp::max_datagram_size) {
    picture.reset();
  } else if (video && !padding) {
    picture = read_video(*codec, payload, entry);
  }
  if (!picture) {
    ++stats_.dropped_malformed;
    return;
  }
  entry.seq = encoding.sequences.unwrap(packet.sequence_number);
  if (!encoding.seen.take(entry.seq)) {
    ++stats_.dropped_duplicate;
    return;
  }
  if (packet.recovered) {
    ++stats_.recovered;
  } else {
    if (!encoding.statistics) {
      encoding.statistics.emplace(encoding.ssrc, video ? rtp::video_clock_rate : rtp::opus_clock_rate);
    }
    encoding.statistics->on_packet(packet.sequence_number, packet.timestamp, now);
  }
  if (video) encoding.missing.on_packet(entry.seq, now);

  if (!encoding.log) encoding.log = make_log(encoding);
  const std::uint32_t index = encoding.log->append(entry, payload);
  if (video && !padding) note_codec(encoding, entry, now);
  encoding.rate.on_packet(entry.temporal_id, payload.size() + packet_overhead);
  encoding.meter.on_packet(payload.size() + packet_overhead, entry.frame_start);
  encoding.last_packet = now;
  if (!encoding.active) {
    encoding.active = true;
    encoding.asked_since.reset();
    if (video) allocations_changed(encoding.source);
  }
  // A late one of the codec before is no beginning for anybody, and not the one that was asked for.
  if (entry.key_start && entry.codec == encoding.codec) {
    if (picture->width != 0) encoding.meter.on_picture(picture->width, picture->height);
    encoding.last_key = index;
    encoding.key_arrived = true;
    encoding.keys.on_key_frame();
  }
  if (entry.has_level) encoding.source.loudness.on_level(entry.audio_level, entry.voice, now);
  if (!encoding.dirty) {
    encoding.dirty = true;
    dirty_.push_back(&encoding);
  }
  if (encoding.link_workers == 0) return;
  Incoming crossing = packet;
  if (padding) crossing.payload = {};
  to_workers(encoding, crossing);
}

/// Another codec than before is of no use before a key frame of it, and receivers would not know to ask for one: they
/// are sent nothing of it until then.
void Worker::note_codec(Encoding& encoding, const LogEntry& entry, Instant now) {
  if (entry.seq <= encoding.codec_at) return;  // late: of what was before
  encoding.codec_at = entry.seq;
  const bool changed = std::exchange(encoding.codec, entry.codec) != entry.codec;
  if (!changed || entry.key_start || !encoding.wanted()) return;
  encoding.keys.request();
  request_key_frame(encoding, now);
}

void Worker::to_workers(Encoding& encoding, const Incoming& packet) {
  std::array<std::uint8_t, link_media_head_size> head{};
  const Participant& participant = encoding.source.participant;
  write_link_media(participant.meeting.uuid, participant.number,
                   {.ssrc = encoding.ssrc,
                    .sequence_number = packet.sequence_number,
                    .timestamp = packet.timestamp,
                    .payload_type = packet.payload_type,
                    .marker = packet.marker,
                    .has_level = packet.has_level,
                    .voice = packet.voice,
                    .level = packet.level},
                   head);
  for (std::uint64_t left = encoding.link_workers; left != 0; left &= left - 1) {
    ++stats_.link_out;
    sink_.send_link(static_cast<std::uint32_t>(std::countr_zero(left)), head, packet.payload);
  }
}

}  // namespace sealhall::sfu
