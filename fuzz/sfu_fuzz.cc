// deps: core_sfu
// The forwarding unit under random commands, packets, RTCP and link datagrams of two meetings: nothing that comes from
// outside breaks an invariant, and what leaves is well-formed.
#include <array>

#include "core/base/check.h"
#include "core/rtp/video_codec.h"
#include "core/sfu/forwarder.h"
#include "core/sfu/link.h"

using namespace sealhall;
using namespace sealhall::sfu;
using std::chrono::milliseconds;

namespace {

const std::array<MeetingKey, 2> meetings{"00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"};

class CheckingSink final : public Sink {
 public:
  void send(const OutPacket& packet) noexcept override {
    SEALHALL_CHECK(packet.header.size() <= 32 && packet.patch.size() <= 8 && packet.size() <= 1600);
    SEALHALL_CHECK(((packet.header[0] & 0x20) != 0) == (packet.padding != 0));
    std::array<std::uint8_t, 1700> whole{};
    ByteWriter writer{whole};
    writer.bytes(packet.header);
    writer.bytes(packet.patch);
    writer.bytes(packet.payload);
    if (packet.padding != 0) {
      writer.reserve(packet.padding - 1U);
      writer.u8(packet.padding);
    }
    SEALHALL_CHECK(writer.ok());
    const auto parsed = rtp::parse_packet(writer.written());
    SEALHALL_CHECK(parsed.has_value() && parsed->header_size == packet.header.size());
    open = true;
  }
  void end_run(TransportHandle /*transport*/) noexcept override {
    SEALHALL_CHECK(open);
    open = false;
  }
  void send_rtcp(TransportHandle /*transport*/, std::span<const rtp::rtcp::Message> messages) noexcept override {
    SEALHALL_CHECK(!messages.empty());
    std::array<std::uint8_t, 2048> out{};
    SEALHALL_CHECK(rtp::rtcp::write(messages, out).has_value());
  }
  void send_link(std::uint32_t worker, ByteView head, ByteView body) noexcept override {
    SEALHALL_CHECK(worker < max_workers && worker != 0 && head.size() <= max_link_control_size);
    Bytes whole{head.begin(), head.end()};
    append(whole, body);
    SEALHALL_CHECK(parse_link(whole).has_value());
  }
  void slots_changed(TransportId /*t*/, std::span<const wire::SlotAssignment> changed) noexcept override {
    SEALHALL_CHECK(!changed.empty());
  }
  void speakers_changed(const MeetingKey& /*meeting*/, std::span<const ParticipantNumber> who) noexcept override {
    SEALHALL_CHECK(who.size() <= 8);
  }
  void layers_changed(TransportId /*t*/, SourceKind /*kind*/, std::span<const std::string> rids) noexcept override {
    SEALHALL_CHECK(rids.size() <= max_encodings);
  }
  bool open = false;
};

std::vector<wire::PublishedSource> sources_from(ByteReader& in, std::uint32_t participant) {
  std::vector<wire::PublishedSource> sources;
  const std::uint8_t count = in.u8() % 4;
  for (std::uint8_t i = 0; i < count; ++i) {
    wire::PublishedSource source;
    source.kind = static_cast<SourceKind>(in.u8() % 5);
    const bool video = source.kind == SourceKind::camera || source.kind == SourceKind::share;
    const std::uint8_t shape = in.u8();
    source.codec = video ? rtp::video_codecs[(shape >> 2) % rtp::video_codecs.size()].name : "opus";
    const std::uint8_t encodings = shape % 4;
    for (std::uint8_t e = 0; e < encodings; ++e) {
      wire::Encoding encoding;
      encoding.rid = std::string(1, static_cast<char>('a' + e));
      encoding.ssrc = participant * 16 + static_cast<std::uint32_t>(source.kind) * 4 + e + 1;
      encoding.rtx_ssrc = (in.u8() & 1) != 0 ? encoding.ssrc + 0x1000 : 0;
      encoding.height = in.u16();
      encoding.max_bitrate_bps = in.u32() % 40'000'000;
      source.encodings.push_back(encoding);
    }
    sources.push_back(source);
  }
  return sources;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CheckingSink sink;
  SeededRandom random{size};
  Config config;
  config.max_transports = 6;
  config.max_meetings = 2;
  Forwarder forwarder{config, sink, random};
  Instant now{milliseconds{1000}};
  ByteReader in{{data, size}};
  while (in.ok() && in.remaining() != 0) {
    const std::uint8_t op = in.u8();
    const std::uint8_t who = in.u8();
    const std::uint32_t participant = who % 8U;
    const MeetingKey& meeting = meetings[who >> 7];
    const auto handle = forwarder.find(participant);
    switch (op % 14) {
      case 0: {
        wire::media::OpenTransport command;
        command.transport = participant;
        command.participant = participant;
        command.meeting = meeting;
        command.audio_slots = in.u8() % 34;
        command.video_slots = in.u8() % 66;
        command.peer_workers = {0, 1, in.u8()};
        const auto opened = forwarder.open_transport(command, now);
        if (opened) forwarder.set_connected(opened->handle, true, now);
        break;
      }
      case 1:
        if (handle && in.u8() % 4 == 0) forwarder.close_transport(*handle, now);
        break;
      case 2:
        if (handle) forwarder.set_connected(*handle, in.u8() % 2 != 0, now);
        break;
      case 3: {
        wire::media::SetPublished command;
        command.transport = participant;
        command.audio_allowed = (who & 8) == 0;
        command.video_allowed = (who & 16) == 0;
        command.sources = sources_from(in, participant);
        static_cast<void>(forwarder.set_published(command, now));
        break;
      }
      case 4: {
        wire::media::SetRemotePublished command;
        command.meeting = meeting;
        command.participant = participant;
        command.worker = in.u8() % 4;
        command.sources = sources_from(in, participant);
        static_cast<void>(forwarder.set_remote_published(command, now));
        break;
      }
      case 5: {
        wire::media::SetSubscribed command;
        command.transport = participant;
        const std::uint8_t count = in.u8() % 8;
        for (std::uint8_t i = 0; i < count; ++i) {
          wire::VideoWish wish;
          wish.slot = in.u8() % 100U;
          wish.participant = in.u8() % 8U;
          wish.kind = static_cast<SourceKind>(in.u8() % 5);
          wish.max_height = in.u16();
          wish.priority = in.u8();
          command.videos.push_back(wish);
        }
        static_cast<void>(forwarder.set_subscribed(command, now));
        break;
      }
      case 6: {
        wire::media::MeetingWorkers command;
        command.meeting = meeting;
        command.workers = {in.u8(), in.u8()};
        static_cast<void>(forwarder.set_meeting_workers(command, now));
        break;
      }
      case 7: {  // a packet of an announced stream, payload at random
        if (!handle) break;
        rtp::Packet packet;
        packet.ssrc = participant * 16U + in.u8() % 16U + ((who & 64) != 0 ? 0x1000 : 0);
        packet.sequence_number = in.u16();
        packet.timestamp = in.u32();
        packet.payload_type = std::array<std::uint8_t, 8>{96, 97, 111, 126, 98, 99, 102, 103}[in.u8() % 8];
        packet.marker = (who & 32) != 0;
        packet.payload = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
        forwarder.on_rtp(*handle, packet, now);
        break;
      }
      case 8: {
        const ByteView datagram = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
        const auto packet = rtp::parse_packet(datagram);
        if (handle && packet) forwarder.on_rtp(*handle, *packet, now);
        break;
      }
      case 9: {
        const ByteView datagram = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
        const auto messages = rtp::rtcp::parse(datagram);
        if (handle && messages) forwarder.on_rtcp(*handle, *messages, now);
        break;
      }
      case 10: {
        const ByteView body = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
        Bytes datagram{static_cast<std::uint8_t>(1 + who % 6)};
        for (std::size_t i = 0; i < 16; ++i) {
          datagram.push_back(static_cast<std::uint8_t>((who & 128) != 0 ? 0xff - i * 0x11 : i * 0x11));
        }
        append(datagram, body);
        forwarder.on_link(1 + (who >> 4 & 3), datagram, now);
        break;
      }
      case 11: {
        // NACK of whatever slot: sequence numbers at random are rarely right, so a whole range is asked for.
        if (!handle) break;
        const auto explained = forwarder.explain_text(*handle);
        SEALHALL_CHECK(explained.size() < 20'000);
        break;
      }
      case 12:
        forwarder.flush(now);
        break;
      default:
        now += milliseconds{who};
        forwarder.tick(now);
        SEALHALL_CHECK(!forwarder.next_deadline() || *forwarder.next_deadline() > now - milliseconds{1});
        break;
    }
  }
  for (std::uint32_t id = 0; id < 8; ++id) {
    if (const auto handle = forwarder.find(id)) forwarder.close_transport(*handle, now);
  }
  SEALHALL_CHECK(forwarder.transports() == 0 && !forwarder.next_deadline());
  return 0;
}
