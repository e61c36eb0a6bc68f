// Element IDs of WebM that the writer and the reader share (RFC 9559 section 5.1, RFC 8794 section 11.2).
#pragma once

#include <cstdint>

namespace sealhall::recording::webm {

inline constexpr std::uint32_t ebml = 0x1A45DFA3;
inline constexpr std::uint32_t segment = 0x18538067;
inline constexpr std::uint32_t info = 0x1549A966;
inline constexpr std::uint32_t tracks = 0x1654AE6B;
inline constexpr std::uint32_t track_entry = 0xAE;
inline constexpr std::uint32_t codec_id = 0x86;
inline constexpr std::uint32_t video = 0xE0;
inline constexpr std::uint32_t pixel_width = 0xB0;
inline constexpr std::uint32_t pixel_height = 0xBA;
inline constexpr std::uint32_t audio = 0xE1;
inline constexpr std::uint32_t channels = 0x9F;
inline constexpr std::uint32_t cluster = 0x1F43B675;
inline constexpr std::uint32_t timestamp = 0xE7;
inline constexpr std::uint32_t simple_block = 0xA3;
inline constexpr std::uint32_t void_element = 0xEC;

}  // namespace sealhall::recording::webm
