// For tests and benchmarks: clients that publish and check what they receive, and the sink that stands between.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/random.h"
#include "core/rtp/extensions.h"
#include "core/rtp/packet.h"
#include "core/rtp/profile.h"
#include "core/rtp/video_codec.h"
#include "core/rtp/vp8.h"
#include "core/rtp/vp9.h"
#include "core/sfu/forwarder.h"

namespace sealhall::sfu::testing {

using std::chrono::milliseconds;

inline const MeetingKey meeting_key = "00112233445566778899aabbccddeeff";

/// A packet that a receiver got, put together as it would stand on the wire.
struct Received {
  Bytes bytes;
  PacketKind kind = PacketKind::video;
  rtp::Packet packet;
  Instant at{};
};

/// What VideoEncoder wrote into a frame's payload.
struct FrameMark {
  std::uint32_t number = 0;
  std::uint8_t packet = 0;
  std::uint8_t packets = 0;
  std::uint8_t temporal = 0;
  std::uint32_t ssrc = 0;
  bool key = false;
  rtp::Vp8Descriptor descriptor;
};
inline std::optional<FrameMark> frame_mark(ByteView rtp_payload) {
  const auto vp8 = rtp::parse_vp8(rtp_payload);
  if (!vp8) return std::nullopt;
  const ByteView frame = rtp_payload.subspan(vp8->descriptor_size);
  if (frame.size() < 13) return std::nullopt;
  return FrameMark{.number = load_u32(&frame[1]),
                   .packet = frame[5],
                   .packets = frame[6],
                   .temporal = frame[7],
                   .ssrc = load_u32(&frame[8]),
                   .key = frame[12] != 0,
                   .descriptor = vp8->descriptor};
}

/// Keeps everything.
class RecordingSink final : public Sink {
 public:
  struct LinkDatagram {
    std::uint32_t worker = 0;
    Bytes bytes;
  };
  struct LayerEvent {
    TransportId transport = 0;
    SourceKind kind = SourceKind::camera;
    std::vector<std::string> rids;
  };

  void send(const OutPacket& out) noexcept override {
    Received& received = packets[value(out.transport)].emplace_back();
    received.kind = out.kind;
    received.at = now;
    received.bytes.reserve(out.size());
    append(received.bytes, out.header);
    append(received.bytes, out.patch);
    append(received.bytes, out.payload);
    if (out.padding != 0) {
      received.bytes.insert(received.bytes.end(), out.padding - 1U, 0);
      received.bytes.push_back(out.padding);
    }
    const auto parsed = rtp::parse_packet(received.bytes);
    SEALHALL_CHECK(parsed.has_value());
    received.packet = *parsed;
    run_open_ = out.transport;
    if (keep_nothing) packets[value(out.transport)].clear();
  }
  void end_run(TransportHandle transport) noexcept override {
    SEALHALL_CHECK(run_open_ == transport);
    run_open_.reset();
    ++runs;
  }
  void send_rtcp(TransportHandle transport, std::span<const rtp::rtcp::Message> messages) noexcept override {
    for (const rtp::rtcp::Message& message : messages) rtcp[value(transport)].push_back(message);
  }
  void send_link(std::uint32_t worker, ByteView head, ByteView body) noexcept override {
    LinkDatagram& datagram = link.emplace_back();
    datagram.worker = worker;
    append(datagram.bytes, head);
    append(datagram.bytes, body);
  }
  void slots_changed(TransportId transport, std::span<const wire::SlotAssignment> changed) noexcept override {
    for (const wire::SlotAssignment& each : changed) slots[transport][each.slot] = each;
  }
  void speakers_changed(const MeetingKey& /*meeting*/, std::span<const ParticipantNumber> loudest) noexcept override {
    speakers.assign(loudest.begin(), loudest.end());
    ++speaker_events;
  }
  void layers_changed(TransportId publisher, SourceKind kind, std::span<const std::string> rids) noexcept override {
    layers.push_back({publisher, kind, {rids.begin(), rids.end()}});
  }

  template <typename T>
  std::vector<T> take_rtcp(TransportHandle transport) {
    std::vector<T> taken;
    std::erase_if(rtcp[value(transport)], [&](const rtp::rtcp::Message& message) {
      const T* found = std::get_if<T>(&message);
      if (found != nullptr) taken.push_back(*found);
      return found != nullptr;
    });
    return taken;
  }

  Instant now{};
  bool keep_nothing = false;
  std::map<std::uint32_t, std::vector<Received>> packets;
  std::map<std::uint32_t, std::vector<rtp::rtcp::Message>> rtcp;
  std::vector<LinkDatagram> link;
  std::map<TransportId, std::map<std::uint32_t, wire::SlotAssignment>> slots;
  std::vector<ParticipantNumber> speakers;
  int speaker_events = 0;
  std::vector<LayerEvent> layers;
  int runs = 0;

 private:
  std::optional<TransportHandle> run_open_;
};

/// One encoding: frames in the pattern T0 T2 T1 T2, or one layer; a key frame first and whenever one is asked for.
class VideoEncoder {
 public:
  VideoEncoder(std::uint32_t ssrc, std::uint64_t seed) : ssrc_(ssrc), random_(seed) {
    sequence_ = static_cast<std::uint16_t>(random_.u32());
    timestamp_ = random_.u32();
    picture_ = static_cast<std::uint16_t>(random_.u32() & 0x7fff);
    tl0_ = static_cast<std::uint8_t>(random_.u32());
  }
  void want_key() { key_wanted_ = true; }
  [[nodiscard]] std::uint32_t ssrc() const { return ssrc_; }
  [[nodiscard]] std::uint32_t timestamp() const { return timestamp_; }
  [[nodiscard]] std::uint16_t sequence() const { return sequence_; }  ///< of the next packet
  int key_frames = 0;
  bool temporal_layers = true;
  bool numbered = true;                          ///< with picture ids
  rtp::VideoCodec codec = rtp::VideoCodec::vp8;  ///< or VP9; another one begins with a key frame only when told to

  /// The next frame's packets, whole RTP packets. The payload carries this frame's own number, to be recognised.
  std::vector<Bytes> frame(int packets, std::size_t payload_size, Duration since_last = milliseconds{33}) {
    static constexpr std::array<std::uint8_t, 4> pattern{0, 2, 1, 2};
    const bool key = key_wanted_;
    key_wanted_ = false;
    if (key) {
      ++key_frames;
      position_ = 0;
    }
    timestamp_ += static_cast<std::uint32_t>(since_last.count() * 9 / 100);
    picture_ = (picture_ + 1) & 0x7fff;
    const std::uint8_t temporal = temporal_layers ? pattern[position_ % 4] : 0;
    if (temporal == 0) ++tl0_;
    ++position_;
    ++number_;
    std::vector<Bytes> all;
    for (int i = 0; i < packets; ++i) {
      std::array<std::uint8_t, 6> head{};
      const std::size_t head_size = codec == rtp::VideoCodec::vp9
                                        ? vp9_head(i == 0, i + 1 == packets, key, temporal, head)
                                        : vp8_head(i == 0, temporal, head);
      const std::array<rtp::ExtensionElement, 1> extensions{
          rtp::ExtensionElement{rtp::extension_id::transport_sequence, sequence_bytes_}};
      store_u16(sequence_bytes_.data(), transport_sequence_++);
      Bytes packet(1500);
      const auto size = rtp::write_header({.marker = i + 1 == packets,
                                           .payload_type = rtp::payload_type_of(codec),
                                           .sequence_number = sequence_++,
                                           .timestamp = timestamp_,
                                           .ssrc = ssrc_,
                                           .extensions = extensions},
                                          packet);
      SEALHALL_CHECK(size.has_value());
      packet.resize(*size);
      append(packet, ByteView{head}.first(head_size));
      Bytes payload(std::max<std::size_t>(payload_size, 13));
      // RFC 6386 section 9.1: bit 0 of the frame tag is 0 for a key frame.
      payload[0] = key ? 0x10 : 0x11;
      store_u32(&payload[1], number_);
      payload[5] = static_cast<std::uint8_t>(i);
      payload[6] = static_cast<std::uint8_t>(packets);
      payload[7] = temporal;
      store_u32(&payload[8], ssrc_);
      payload[12] = key ? 1 : 0;
      append(packet, payload);
      all.push_back(std::move(packet));
    }
    return all;
  }

 private:
  std::size_t vp8_head(bool first, std::uint8_t temporal, std::span<std::uint8_t, 6> out) {
    rtp::Vp8Descriptor descriptor;
    descriptor.start_of_partition = first;
    if (numbered) {
      descriptor.picture_id = picture_;
      descriptor.tl0_picture_index = tl0_;
      descriptor.temporal_id = temporal;
      descriptor.layer_sync = temporal != 0 && position_ <= 4;
      if (random_.chance(0.3) && temporal != 0) descriptor.layer_sync = true;
    }
    const auto size = rtp::write_vp8_descriptor(descriptor, out);
    SEALHALL_CHECK(size.has_value());
    return *size;
  }
  std::size_t vp9_head(bool first, bool last, bool key, std::uint8_t temporal, std::span<std::uint8_t, 6> out) const {
    const rtp::Vp9Front front{.inter_predicted = !key,
                              .start_of_frame = first,
                              .end_of_frame = last,
                              .picture_id = picture_,
                              .layer = rtp::Vp9Layer{.temporal_id = temporal, .switching_up = temporal == 0},
                              .tl0_picture_index = tl0_};
    const auto size = rtp::write_vp9_front(front, out);
    SEALHALL_CHECK(size.has_value());
    return *size;
  }

  std::uint32_t ssrc_;
  SeededRandom random_;
  std::uint16_t sequence_ = 0;
  std::uint32_t timestamp_ = 0;
  std::uint16_t picture_ = 0;
  std::uint8_t tl0_ = 0;
  std::size_t position_ = 0;
  std::uint32_t number_ = 0;
  bool key_wanted_ = true;
  std::uint16_t transport_sequence_ = 0;
  std::array<std::uint8_t, 2> sequence_bytes_{};
};

/// One Opus source.
class AudioEncoder {
 public:
  AudioEncoder(std::uint32_t ssrc, std::uint64_t seed) : ssrc_(ssrc) {
    SeededRandom random{seed};
    sequence_ = static_cast<std::uint16_t>(random.u32());
    timestamp_ = random.u32();
  }
  Bytes packet(std::uint8_t level, bool voice, std::size_t payload_size = 80) {
    const auto level_bytes = rtp::encode(rtp::AudioLevel{voice, level});
    const std::array<rtp::ExtensionElement, 1> extensions{
        rtp::ExtensionElement{rtp::extension_id::audio_level, level_bytes}};
    Bytes out(200 + payload_size);
    timestamp_ += 960;
    const auto size = rtp::write_header({.payload_type = rtp::payload_type::opus,
                                         .sequence_number = sequence_++,
                                         .timestamp = timestamp_,
                                         .ssrc = ssrc_,
                                         .extensions = extensions},
                                        out);
    SEALHALL_CHECK(size.has_value());
    out.resize(*size);
    Bytes payload(payload_size);
    store_u32(payload.data(), ssrc_);
    store_u32(&payload[4], count_++);
    append(out, payload);
    return out;
  }
  [[nodiscard]] std::uint32_t timestamp() const { return timestamp_; }
  [[nodiscard]] std::uint32_t ssrc() const { return ssrc_; }

 private:
  std::uint32_t ssrc_;
  std::uint16_t sequence_ = 0;
  std::uint32_t timestamp_ = 0;
  std::uint32_t count_ = 0;
};

struct Client {
  TransportId id = 0;
  ParticipantNumber participant = 0;
  TransportHandle handle{};
  std::vector<wire::Slot> slots;
  std::vector<VideoEncoder> camera;
  std::optional<AudioEncoder> audio;
  std::size_t audio_slots = 0;
};

/// One worker with clients in one meeting. Time moves only through `advance`.
class Room {
 public:
  explicit Room(const Config& config = {}, std::uint64_t seed = 1)
      : random(seed), forwarder(config, sink, random), config_(config) {}

  Client& join(std::uint32_t audio_slots, std::uint32_t video_slots, const std::vector<std::uint32_t>& peers = {},
               bool connect = true) {
    auto client = std::make_unique<Client>();
    client->participant = next_participant++;
    client->id = client->participant + 1000;
    client->audio_slots = audio_slots;
    wire::media::OpenTransport open;
    open.transport = client->id;
    open.meeting = meeting_key;
    open.participant = client->participant;
    open.audio_slots = audio_slots;
    open.video_slots = video_slots;
    open.peer_workers = peers;
    auto opened = forwarder.open_transport(open, now);
    SEALHALL_CHECK(opened.has_value());
    client->handle = opened->handle;
    client->slots = opened->slots;
    if (connect) forwarder.set_connected(client->handle, true, now);
    clients.push_back(std::move(client));
    return *clients.back();
  }

  static wire::PublishedSource camera_source(ParticipantNumber participant, int layers) {
    wire::PublishedSource source;
    source.kind = SourceKind::camera;
    source.codec = "vp8";
    static constexpr std::array<std::uint32_t, 3> heights{180, 360, 720};
    static constexpr std::array<std::uint32_t, 3> rates{150'000, 500'000, 1'500'000};
    static constexpr std::array<const char*, 3> rids{"q", "h", "f"};
    for (int i = 0; i < layers; ++i) {
      wire::Encoding encoding;
      encoding.rid = rids[static_cast<std::size_t>(i)];
      encoding.ssrc = participant * 100 + static_cast<std::uint32_t>(i) + 1;
      encoding.rtx_ssrc = encoding.ssrc + 50;
      encoding.height = heights[static_cast<std::size_t>(i)];
      encoding.max_bitrate_bps = rates[static_cast<std::size_t>(i)];
      source.encodings.push_back(encoding);
    }
    return source;
  }
  static wire::PublishedSource audio_source(ParticipantNumber participant) {
    wire::PublishedSource source;
    source.kind = SourceKind::audio;
    source.codec = "opus";
    wire::Encoding encoding;
    encoding.ssrc = participant * 100 + 10;
    source.encodings.push_back(encoding);
    return source;
  }

  void publish(Client& client, int camera_layers, bool audio) {
    wire::media::SetPublished command;
    command.transport = client.id;
    client.camera.clear();
    client.audio.reset();
    if (camera_layers > 0) {
      command.sources.push_back(camera_source(client.participant, camera_layers));
      for (const wire::Encoding& encoding : command.sources.back().encodings) {
        client.camera.emplace_back(encoding.ssrc, encoding.ssrc + 7);
      }
    }
    if (audio) {
      command.sources.push_back(audio_source(client.participant));
      client.audio.emplace(command.sources.back().encodings[0].ssrc, client.participant);
    }
    SEALHALL_CHECK(forwarder.set_published(command, now).has_value());
  }

  void watch(Client& viewer, const std::vector<std::pair<ParticipantNumber, std::uint32_t>>& wishes,
             std::uint32_t priority = 0) {
    wire::media::SetSubscribed command;
    command.transport = viewer.id;
    auto slot = static_cast<std::uint32_t>(viewer.audio_slots);
    for (const auto& [participant, height] : wishes) {
      wire::VideoWish wish;
      wish.slot = slot++;
      wish.participant = participant;
      wish.max_height = height;
      wish.priority = priority;
      command.videos.push_back(wish);
    }
    SEALHALL_CHECK(forwarder.set_subscribed(command, now).has_value());
  }

  void feed(const Client& from, ByteView datagram) {
    const auto packet = rtp::parse_packet(datagram);
    SEALHALL_CHECK(packet.has_value());
    forwarder.on_rtp(from.handle, *packet, now);
  }
  void flush() { forwarder.flush(now); }

  /// Key-frame requests of the worker reach the encoders at once.
  void answer_key_requests() {
    for (const std::unique_ptr<Client>& client : clients) {
      for (const rtp::rtcp::Pli& pli : sink.take_rtcp<rtp::rtcp::Pli>(client->handle)) {
        for (VideoEncoder& encoder : client->camera) {
          if (encoder.ssrc() == pli.media_ssrc) encoder.want_key();
        }
      }
    }
  }
  /// One frame of every layer of `client`, `packets` packets for the largest layer.
  void send_frame(Client& client, int packets = 3, std::size_t size = 400) {
    answer_key_requests();
    for (VideoEncoder& encoder : client.camera) {
      for (const Bytes& packet : encoder.frame(packets, size)) feed(client, packet);
    }
    flush();
  }

  /// Moves time on in steps of what the forwarder asks for.
  void advance(Duration by) {
    const Instant end = now + by;
    for (;;) {
      const std::optional<Instant> next = forwarder.next_deadline();
      if (!next || *next > end) break;
      move_to(std::max(*next, now));
      forwarder.tick(now);
    }
    move_to(end);
  }
  void move_to(Instant to) { now = sink.now = to; }

  /// Everything that the client got since the last call; probes are counted only.
  std::vector<Received> take(const Client& client) {
    std::vector<Received> taken = std::move(sink.packets[value(client.handle)]);
    sink.packets[value(client.handle)].clear();
    probes += std::erase_if(taken, [](const Received& each) { return each.kind == PacketKind::probe; });
    return taken;
  }
  std::vector<Received> take(const Client& client, std::uint32_t ssrc) {
    std::vector<Received> taken = take(client);
    std::erase_if(taken, [&](const Received& each) { return each.packet.ssrc != ssrc; });
    return taken;
  }
  [[nodiscard]] const wire::Slot& video_slot(const Client& client, std::size_t index) const {
    return client.slots[client.audio_slots + index];
  }
  /// Feedback that everything which was sent to the client has arrived after `delay`, so that its estimate can grow.
  void acknowledge(const Client& client, const std::vector<Received>& received, Duration delay = milliseconds{10}) {
    if (received.empty()) return;
    rtp::rtcp::TransportFeedback feedback;
    const Instant first = received.front().at + delay;
    feedback.reference_time = static_cast<std::int32_t>(first.time_since_epoch() / milliseconds{64});
    const Instant reference = Instant{feedback.reference_time * milliseconds{64}};
    feedback.feedback_count = feedback_count++;
    for (const Received& each : received) {
      const auto number = rtp::transport_sequence(each.packet);
      if (!number) continue;
      feedback.arrivals.push_back({*number, each.at + delay - reference});
    }
    std::sort(feedback.arrivals.begin(), feedback.arrivals.end(), [](const auto& a, const auto& b) {
      return static_cast<std::int16_t>(static_cast<std::uint16_t>(a.sequence - b.sequence)) < 0;
    });
    const rtp::rtcp::Message message{std::move(feedback)};
    forwarder.on_rtcp(client.handle, {&message, 1}, now);
  }

  RecordingSink sink;
  SeededRandom random;
  Forwarder forwarder;
  Instant now{milliseconds{1'000'000}};
  std::vector<std::unique_ptr<Client>> clients;
  ParticipantNumber next_participant = 1;
  std::uint8_t feedback_count = 0;
  std::size_t probes = 0;

 private:
  Config config_;
};

}  // namespace sealhall::sfu::testing
