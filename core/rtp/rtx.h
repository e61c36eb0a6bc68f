// Retransmission packets: an RTP packet of another SSRC and payload type that carries an original one (RFC 4588 section
// 4).
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/rtp/packet.h"

namespace sealhall::rtp {

enum class RtxError : std::uint8_t {
  no_payload,        ///< nothing but padding: a probe, no retransmission
  truncated,         ///< shorter than the original sequence number
  buffer_too_small,  ///< (writing) it does not fit
};

/// In front of the original payload: the original sequence number (OSN).
inline constexpr std::size_t rtx_prefix_size = 2;

/// Writes a retransmission of `original`: `header` with the SSRC, payload type and sequence number of the RTX stream
/// and the extensions that this transmission has; marker and timestamp are taken from the original. Returns its size.
expected<std::size_t, RtxError> write_rtx(const HeaderFields& header, const Packet& original,
                                          MutableBytes out) noexcept;

/// The original packet inside a retransmission, seen under the SSRC and payload type that the caller knows it to have.
/// Views point into the retransmission's datagram; the extensions are those of the retransmission.
expected<Packet, RtxError> unwrap_rtx(const Packet& rtx, std::uint32_t original_ssrc,
                                      std::uint8_t original_payload_type) noexcept;

}  // namespace sealhall::rtp
