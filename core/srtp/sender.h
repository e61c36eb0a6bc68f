// Protects what one end of a transport sends: SRTP and SRTCP with one master key (RFC 3711, RFC 6188, RFC 7714).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/srtp/error.h"
#include "core/srtp/packet_cipher.h"
#include "core/srtp/packet_index.h"
#include "core/srtp/profile.h"
#include "core/srtp/ssrc_table.h"

namespace sealhall::srtp {

/// Sequence numbers may wrap and may go out of order within `window` packets; one that was used is never used again.
/// Start streams at `rtp::initial_sequence_number`. A failure leaves the state as it was. About 2.5 KiB and 100 bytes
/// an SSRC; nothing is allocated per packet once an SSRC is known.
class SrtpSender {
 public:
  /// How far behind the newest packet of its SSRC a packet may be sent.
  static constexpr std::size_t window = 512;
  static constexpr std::size_t default_max_ssrcs = 1024;

  /// bad_key when key or salt do not have the profile's sizes. The key is copied.
  static expected<SrtpSender, SrtpError> create(Profile profile, const MasterKey& master,
                                                std::size_t max_ssrcs = default_max_ssrcs);

  /// Writes the SRTP packet `header | sealed(payload) | tag` to the front of `out` and returns its size. `header` is a
  /// whole RTP header with CSRCs and extension, and may stand at the front of `out` already; `payload` may be shared
  /// and does not overlap `out`. Errors: malformed, buffer_too_small, index_reused, too_many_ssrcs, key_exhausted,
  /// backend_failed.
  expected<std::size_t, SrtpError> protect(ByteView header, ByteView payload, MutableBytes out) {
    return protect(header, ByteView{}, payload, out);
  }
  /// The same with a few own bytes in front of the shared payload: `header | sealed(prefix | payload) | tag`.
  expected<std::size_t, SrtpError> protect(ByteView header, ByteView prefix, ByteView payload, MutableBytes out);
  /// The plain RTP packet in the first `size` bytes of `buffer` becomes an SRTP packet; returns its size. `buffer` has
  /// room for `rtp_overhead` bytes more.
  expected<std::size_t, SrtpError> protect_in_place(MutableBytes buffer, std::size_t size);

  /// Writes the SRTCP form of a plain compound packet and returns its size. `out` may begin where `packet` does and has
  /// room for `rtcp_overhead` bytes more. All SSRCs share one counter of indices.
  expected<std::size_t, SrtpError> protect_rtcp(ByteView packet, MutableBytes out);

  [[nodiscard]] Profile profile() const noexcept { return profile_; }

 private:
  friend struct TestAccess;
  SrtpSender(Profile profile, PacketSealer rtp, PacketSealer rtcp, std::size_t max_ssrcs) noexcept
      : profile_(profile), rtp_(std::move(rtp)), rtcp_(std::move(rtcp)), streams_(max_ssrcs) {}

  Profile profile_;
  PacketSealer rtp_;
  PacketSealer rtcp_;
  SsrcTable<ReplayWindow<window>> streams_;
  std::uint32_t next_rtcp_index_ = 0;  // RFC 3711 section 3.4: zero for the first packet
};

}  // namespace sealhall::srtp
