// The header extensions that the product uses, with the ids it always uses: values of its own profile, not negotiated.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/rtp/packet.h"

namespace sealhall::rtp {

namespace extension_id {
inline constexpr ExtensionId audio_level = 1;    ///< RFC 6464 client-to-mixer audio level
inline constexpr ExtensionId abs_send_time = 2;  ///< absolute send time, 24 bits of 6.18 fixed point seconds
inline constexpr ExtensionId transport_sequence =
    3;  ///< transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01)
inline constexpr ExtensionId mid = 4;            ///< RFC 9143 media identification
inline constexpr ExtensionId rid = 10;           ///< RFC 8852 RtpStreamId
inline constexpr ExtensionId repaired_rid = 11;  ///< RFC 8852 RepairedRtpStreamId
}  // namespace extension_id

/// RFC 6464 section 3: level in -dBov, 0 (loudest) .. 127 (silence), and whether the sender thinks that it is speech.
struct AudioLevel {
  bool voice = false;
  std::uint8_t level = 127;
};
std::optional<AudioLevel> audio_level(const Packet& packet) noexcept;
std::array<std::uint8_t, 1> encode(AudioLevel level) noexcept;

std::optional<std::uint16_t> transport_sequence(const Packet& packet) noexcept;
std::array<std::uint8_t, 2> encode_transport_sequence(std::uint16_t sequence) noexcept;

/// The text of mid, rid or repaired rid: 1..16 bytes of the packet; nullopt when absent or empty.
std::optional<std::string_view> text_extension(const Packet& packet, ExtensionId id) noexcept;

}  // namespace sealhall::rtp
