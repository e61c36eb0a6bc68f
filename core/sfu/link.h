// Datagrams between the workers of a meeting: packets that cross once, and what the receiving side asks the sending
// side for.
//
//   byte 0      type (LinkType)
//   1..16       meeting uuid
//   17..20      participant: the publisher that it is about, 0 for `audio_wanted`
//   21..        media:          ssrc 4, sequence number 2, timestamp 4, payload type 1, flags 1, audio level 1, payload
//               wanted:         2 bytes: bit kind * 3 + layer for every encoding that is received or waited for there
//               audio_wanted:   1 byte: so many of your loudest speakers
//               key_frame:      ssrc 4
//               nack:           ssrc 4, then sequence numbers 2 each, 1..64
//               sender_report:  ssrc 4, NTP time 8, RTP timestamp 4
// All numbers are big-endian.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/sfu/types.h"

namespace sealhall::sfu {

using MeetingUuid = std::array<std::uint8_t, 16>;

enum class LinkType : std::uint8_t {
  media = 1,
  wanted = 2,
  audio_wanted = 3,
  key_frame = 4,
  nack = 5,
  sender_report = 6
};

enum class LinkError : std::uint8_t {
  truncated,     ///< shorter than its type needs, or longer
  unknown_type,  ///< from a newer worker
  out_of_range,  ///< a field has a value that nobody sends
};

inline constexpr std::size_t max_link_nacks = 64;

struct LinkMedia {
  std::uint32_t ssrc = 0;
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;
  std::uint8_t payload_type = 0;
  bool marker = false;
  bool has_level = false;
  bool voice = false;
  std::uint8_t level = 127;
};

/// A message as it was read; the fields of other types are empty. Views point into the datagram.
struct LinkMessage {
  LinkType type = LinkType::media;
  MeetingUuid meeting{};
  ParticipantNumber participant = 0;
  LinkMedia media{};                                  ///< media; `media.ssrc` for key_frame, nack and sender_report too
  ByteView payload{};                                 ///< media
  std::uint16_t wanted = 0;                           ///< wanted
  std::uint8_t audio_wanted = 0;                      ///< audio_wanted
  std::array<std::uint16_t, max_link_nacks> nacks{};  ///< nack: the first `nack_count`
  std::size_t nack_count = 0;
  std::uint64_t ntp_time = 0;  ///< sender_report
};

expected<LinkMessage, LinkError> parse_link(ByteView datagram) noexcept;

inline constexpr std::size_t link_media_head_size = 34;
/// Everything but the payload, which follows.
void write_link_media(const MeetingUuid& meeting, ParticipantNumber participant, const LinkMedia& media,
                      std::span<std::uint8_t, link_media_head_size> out) noexcept;

/// Largest message that is not media.
inline constexpr std::size_t max_link_control_size = 21 + 4 + 2 * max_link_nacks;
/// Writes any message but media; returns its size.
std::size_t write_link_control(const LinkMessage& message, std::span<std::uint8_t, max_link_control_size> out) noexcept;

}  // namespace sealhall::sfu
