// The protection profiles with their sizes, and the DTLS keying material cut into pieces (RFC 5764 section 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"

namespace sealhall::srtp {

/// Values are the DTLS-SRTP profile numbers. RFC 6188 has none for AES_256_CM: it is keyed by SDES only, and its value
/// here is from the private range of our own and never on a wire.
enum class Profile : std::uint16_t {
  aes_cm_128_hmac_sha1_80 = 0x0001,
  aead_aes_128_gcm = 0x0007,
  aead_aes_256_gcm = 0x0008,
  aes_256_cm_hmac_sha1_80 = 0xFF01,
};

constexpr bool is_aead(Profile profile) noexcept {
  return profile == Profile::aead_aes_128_gcm || profile == Profile::aead_aes_256_gcm;
}
constexpr std::size_t key_size(Profile profile) noexcept {
  return profile == Profile::aead_aes_256_gcm || profile == Profile::aes_256_cm_hmac_sha1_80 ? 32 : 16;
}
constexpr std::size_t salt_size(Profile profile) noexcept { return is_aead(profile) ? 12 : 14; }
constexpr std::size_t tag_size(Profile profile) noexcept { return is_aead(profile) ? 16 : 10; }
/// What protection adds to an RTP packet, in bytes.
constexpr std::size_t rtp_overhead(Profile profile) noexcept { return tag_size(profile); }
/// What protection adds to an RTCP packet: the tag and the word with the E bit and the index.
constexpr std::size_t rtcp_overhead(Profile profile) noexcept { return tag_size(profile) + 4; }
inline constexpr std::size_t max_overhead = 20;

/// "AEAD_AES_256_GCM", ..: the names of RFC 5764, RFC 6188 and RFC 7714.
std::string_view name(Profile profile) noexcept;

/// Master key and salt of one direction. Views into the caller's buffer.
struct MasterKey {
  ByteView key;   ///< key_size(profile) bytes
  ByteView salt;  ///< salt_size(profile) bytes
};

/// Bytes to export with the label EXTRACTOR-dtls_srtp.
constexpr std::size_t dtls_material_size(Profile profile) noexcept {
  return 2 * (key_size(profile) + salt_size(profile));
}
struct DtlsKeys {
  MasterKey client;  ///< for what the DTLS client sends
  MasterKey server;
};
/// Cuts client key, server key, client salt, server salt. nullopt when `material` has another size.
std::optional<DtlsKeys> split_dtls_material(Profile profile, ByteView material) noexcept;

/// Key and salt in one piece, as SDES (RFC 4568 section 6.1) carries them. nullopt when the size is another.
std::optional<MasterKey> split_key_and_salt(Profile profile, ByteView key_and_salt) noexcept;

}  // namespace sealhall::srtp
