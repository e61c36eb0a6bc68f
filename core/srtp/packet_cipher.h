// The transforms of SRTP and SRTCP on one packet whose index is known (RFC 3711 section 4, RFC 7714 sections 8 and 9).
// No counters and no windows are kept here: `SrtpSender` and `SrtpReceiver` see to it that no index is used twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/crypto/aead.h"
#include "core/crypto/cipher.h"
#include "core/crypto/hash.h"
#include "core/srtp/error.h"
#include "core/srtp/key_derivation.h"
#include "core/srtp/profile.h"

namespace sealhall::srtp {

/// The sizes that RTCP keeps in the clear: the header and the sender's SSRC.
inline constexpr std::size_t rtcp_clear_size = 8;
/// Behind an SRTCP packet's ciphertext: the E bit and the 31-bit index.
inline constexpr std::size_t rtcp_index_size = 4;
inline constexpr std::uint32_t rtcp_encrypted_bit = 0x80000000;

using GcmSalt = std::array<std::uint8_t, 12>;
/// RFC 7714 section 8.1: 00 00 | SSRC | ROC | SEQ, XOR salt. `index` is ROC << 16 | SEQ.
std::array<std::uint8_t, 12> gcm_rtp_iv(const GcmSalt& salt, std::uint32_t ssrc, std::uint64_t index) noexcept;
/// RFC 7714 section 9.1: 00 00 | SSRC | 00 00 | index, XOR salt.
std::array<std::uint8_t, 12> gcm_rtcp_iv(const GcmSalt& salt, std::uint32_t ssrc, std::uint32_t index) noexcept;
/// RFC 3711 section 4.1.1: (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16).
std::array<std::uint8_t, 16> cm_iv(const std::array<std::uint8_t, 14>& salt, std::uint32_t ssrc,
                                   std::uint64_t index) noexcept;

namespace detail {
/// AES-CM and HMAC-SHA1 with their keys.
struct CounterModeKeys {
  crypto::AesCtr cipher;
  crypto::Hmac hmac;
  std::array<std::uint8_t, 14> salt{};
};
template <typename Aead>
struct GcmKeys {
  Aead aead;
  GcmSalt salt{};
};
template <typename Aead>
struct Keys {
  std::optional<GcmKeys<Aead>> gcm;
  std::unique_ptr<CounterModeKeys> counter_mode;  // apart: its hash states would make every GCM transport 1 KiB larger
};
template <typename Aead>
expected<Keys<Aead>, SrtpError> make_keys(Profile profile, const SessionKeys& keys) noexcept;
}  // namespace detail

/// Seals packets of one kind under one set of session keys.
class PacketSealer {
 public:
  /// bad_key when the sizes do not fit the profile.
  static expected<PacketSealer, SrtpError> create(Profile profile, const SessionKeys& keys) noexcept;

  /// header | sealed(prefix | payload) | tag into `out`; returns the size. `header` may stand at the front of `out`
  /// already. Either prefix and payload do not overlap `out`, or prefix is empty and payload stands at
  /// `out[header.size()]`.
  expected<std::size_t, SrtpError> seal_rtp(ByteView header, ByteView prefix, ByteView payload, std::uint32_t ssrc,
                                            std::uint64_t index, MutableBytes out) noexcept;
  /// The SRTCP form of `packet` (8 bytes at least) into `out`, which may begin where `packet` does.
  expected<std::size_t, SrtpError> seal_rtcp(ByteView packet, std::uint32_t ssrc, std::uint32_t index,
                                             MutableBytes out) noexcept;

 private:
  explicit PacketSealer(detail::Keys<crypto::AeadSealer> keys) noexcept : keys_(std::move(keys)) {}
  detail::Keys<crypto::AeadSealer> keys_;
};

/// Opens packets of one kind under one set of session keys, in place.
class PacketOpener {
 public:
  static expected<PacketOpener, SrtpError> create(Profile profile, const SessionKeys& keys) noexcept;

  /// Returns the size of header and plain payload. After authentication_failed the payload may be overwritten with
  /// zeros.
  expected<std::size_t, SrtpError> open_rtp(MutableBytes packet, std::size_t header_size, std::uint32_t ssrc,
                                            std::uint64_t index) noexcept;
  /// `packet` with index word and tag; its E bit is set. Returns the size of the plain RTCP packet.
  expected<std::size_t, SrtpError> open_rtcp(MutableBytes packet, std::uint32_t ssrc, std::uint32_t index) noexcept;

 private:
  explicit PacketOpener(detail::Keys<crypto::AeadOpener> keys) noexcept : keys_(std::move(keys)) {}
  detail::Keys<crypto::AeadOpener> keys_;
};

}  // namespace sealhall::srtp
