#include "core/rtp/extensions.h"

namespace sealhall::rtp {

std::optional<AudioLevel> audio_level(const Packet& packet) noexcept {
  const auto data = packet.find_extension(extension_id::audio_level);
  if (!data || data->size() != 1) return std::nullopt;
  // RFC 6464 section 3: V is the highest bit, the level the other seven.
  return AudioLevel{.voice = ((*data)[0] & 0x80) != 0, .level = static_cast<std::uint8_t>((*data)[0] & 0x7F)};
}

std::array<std::uint8_t, 1> encode(AudioLevel level) noexcept {
  const std::uint8_t clamped = level.level > 127 ? std::uint8_t{127} : level.level;
  return {static_cast<std::uint8_t>((level.voice ? 0x80 : 0) | clamped)};
}

std::optional<std::uint16_t> transport_sequence(const Packet& packet) noexcept {
  const auto data = packet.find_extension(extension_id::transport_sequence);
  if (!data || data->size() != 2) return std::nullopt;
  return load_u16(data->data());
}

std::array<std::uint8_t, 2> encode_transport_sequence(std::uint16_t sequence) noexcept {
  return {static_cast<std::uint8_t>(sequence >> 8), static_cast<std::uint8_t>(sequence)};
}

std::optional<std::string_view> text_extension(const Packet& packet, ExtensionId id) noexcept {
  const auto data = packet.find_extension(id);
  if (!data || data->empty() || data->size() > 16) return std::nullopt;
  return as_text(*data);
}

}  // namespace sealhall::rtp
