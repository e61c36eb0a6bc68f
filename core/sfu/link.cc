#include "core/sfu/link.h"

#include "core/base/check.h"

namespace sealhall::sfu {
namespace {

constexpr std::uint8_t marker_flag = 1;
constexpr std::uint8_t level_flag = 2;
constexpr std::uint8_t voice_flag = 4;

void write_start(LinkType type, const MeetingUuid& meeting, ParticipantNumber participant, ByteWriter& out) noexcept {
  out.u8(static_cast<std::uint8_t>(type));
  out.bytes(meeting);
  out.u32(participant);
}

}  // namespace

expected<LinkMessage, LinkError> parse_link(ByteView datagram) noexcept {
  ByteReader in{datagram};
  LinkMessage message;
  const std::uint8_t type = in.u8();
  if (!in.ok()) return unexpected(LinkError::truncated);
  if (type < static_cast<std::uint8_t>(LinkType::media) || type > static_cast<std::uint8_t>(LinkType::sender_report)) {
    return unexpected(LinkError::unknown_type);
  }
  message.type = static_cast<LinkType>(type);
  const ByteView uuid = in.bytes(message.meeting.size());
  if (!in.ok()) return unexpected(LinkError::truncated);
  std::copy(uuid.begin(), uuid.end(), message.meeting.begin());
  message.participant = in.u32();
  switch (message.type) {
    case LinkType::media: {
      LinkMedia& media = message.media;
      media.ssrc = in.u32();
      media.sequence_number = in.u16();
      media.timestamp = in.u32();
      media.payload_type = in.u8();
      const std::uint8_t flags = in.u8();
      media.level = in.u8();
      if (!in.ok()) return unexpected(LinkError::truncated);
      if (media.payload_type > 127 || media.level > 127 || flags > 7) return unexpected(LinkError::out_of_range);
      media.marker = (flags & marker_flag) != 0;
      media.has_level = (flags & level_flag) != 0;
      media.voice = (flags & voice_flag) != 0;
      message.payload = in.rest();
      return message;
    }
    case LinkType::wanted:
      message.wanted = in.u16();
      if (message.wanted >= 1 << (source_kinds * max_encodings)) return unexpected(LinkError::out_of_range);
      break;
    case LinkType::audio_wanted:
      message.audio_wanted = in.u8();
      if (message.audio_wanted > max_audio_slots) return unexpected(LinkError::out_of_range);
      break;
    case LinkType::key_frame:
      message.media.ssrc = in.u32();
      break;
    case LinkType::nack:
      message.media.ssrc = in.u32();
      if (in.remaining() == 0 || in.remaining() > 2 * max_link_nacks) return unexpected(LinkError::truncated);
      while (in.remaining() != 0 && in.ok()) message.nacks[message.nack_count++] = in.u16();
      break;
    case LinkType::sender_report:
      message.media.ssrc = in.u32();
      message.ntp_time = in.u64();
      message.media.timestamp = in.u32();
      break;
  }
  if (!in.ok() || in.remaining() != 0) return unexpected(LinkError::truncated);
  return message;
}

void write_link_media(const MeetingUuid& meeting, ParticipantNumber participant, const LinkMedia& media,
                      std::span<std::uint8_t, link_media_head_size> out) noexcept {
  ByteWriter writer{out};
  write_start(LinkType::media, meeting, participant, writer);
  writer.u32(media.ssrc);
  writer.u16(media.sequence_number);
  writer.u32(media.timestamp);
  writer.u8(media.payload_type);
  writer.u8(static_cast<std::uint8_t>((media.marker ? marker_flag : 0) | (media.has_level ? level_flag : 0) |
                                      (media.voice ? voice_flag : 0)));
  writer.u8(media.level);
  SEALHALL_CHECK(writer.ok() && writer.size() == link_media_head_size);
}

std::size_t write_link_control(const LinkMessage& message,
                               std::span<std::uint8_t, max_link_control_size> out) noexcept {
  ByteWriter writer{out};
  write_start(message.type, message.meeting, message.participant, writer);
  switch (message.type) {
    case LinkType::media:
      SEALHALL_CHECK(false);
      break;
    case LinkType::wanted:
      writer.u16(message.wanted);
      break;
    case LinkType::audio_wanted:
      writer.u8(message.audio_wanted);
      break;
    case LinkType::key_frame:
      writer.u32(message.media.ssrc);
      break;
    case LinkType::nack:
      writer.u32(message.media.ssrc);
      for (std::size_t i = 0; i < message.nack_count; ++i) writer.u16(message.nacks[i]);
      break;
    case LinkType::sender_report:
      writer.u32(message.media.ssrc);
      writer.u64(message.ntp_time);
      writer.u32(message.media.timestamp);
      break;
  }
  SEALHALL_CHECK(writer.ok());
  return writer.size();
}

}  // namespace sealhall::sfu
