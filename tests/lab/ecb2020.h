// LABORATORY ONLY, NOT SECURE: media encrypted with AES-256-ECB, as a 2020 paper described it. See README.md beside
// this file.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/rtp/packet.h"

namespace sealhall::lab {

/// Stands in every program that contains this profile; the test that normal programs do not contain it searches for it.
inline constexpr const char* ecb2020_label = "sealhall-laboratory-ecb2020-not-secure";

enum class Ecb2020Error : std::uint8_t {
  bad_size,    ///< not a positive multiple of 16 bytes
  bad_length,  ///< the length inside does not fit: the only check that this mode has, and it is none
};

/// The one key of a meeting, HKDF-Expand(prk, "sealhall/lab ecb2020", 32) with SHA-512. `prk` is 64 bytes.
std::array<std::uint8_t, 32> derive_ecb2020_key(std::span<const std::uint8_t, 64> prk);

/// AES-256-ECB(u32 length | payload | zeros up to a multiple of 16).
Bytes seal_ecb2020(std::span<const std::uint8_t, 32> key, ByteView payload);
expected<Bytes, Ecb2020Error> open_ecb2020(std::span<const std::uint8_t, 32> key, ByteView sealed);

/// A whole packet: the 12-byte RTP header in the clear, then `seal_ecb2020(payload)`. `header` has no extensions.
Bytes seal_packet_ecb2020(std::span<const std::uint8_t, 32> key, const rtp::HeaderFields& header, ByteView payload);

/// What replaced it, for the comparison: AES-256-GCM with a 12-byte nonce, ciphertext and 16-byte tag.
Bytes seal_gcm(std::span<const std::uint8_t, 32> key, std::uint64_t counter, ByteView payload);

/// The share of 16-byte blocks that occur more than once in `data`, 0..1.
double repeated_block_share(ByteView data);

}  // namespace sealhall::lab
