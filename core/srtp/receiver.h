// Opens what one end of a transport receives: SRTP and SRTCP with one master key (RFC 3711, RFC 6188, RFC 7714).
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

/// Every authentic packet is accepted once, out of order within the windows. A failure leaves the state as it was.
/// Memory for an SSRC is taken only after a packet of it was authentic, for at most `max_ssrcs`. About 2.5 KiB and 200
/// bytes an SSRC.
class SrtpReceiver {
 public:
  /// How far behind the newest packet of its SSRC a packet may come. Larger: later retransmissions, more memory.
  static constexpr std::size_t rtp_window = 1024;
  static constexpr std::size_t rtcp_window = 128;
  static constexpr std::size_t default_max_ssrcs = 128;

  /// bad_key when key or salt do not have the profile's sizes. The key is copied.
  static expected<SrtpReceiver, SrtpError> create(Profile profile, const MasterKey& master,
                                                  std::size_t max_ssrcs = default_max_ssrcs);

  /// Opens the SRTP packet in place and returns the size of the plain RTP packet at its front. Errors: malformed,
  /// replayed, too_old, authentication_failed (what follows the header may be zeros then), too_many_ssrcs (the packet
  /// was authentic), backend_failed.
  expected<std::size_t, SrtpError> unprotect(MutableBytes packet);

  /// The same for an SRTCP packet; further error: unencrypted.
  expected<std::size_t, SrtpError> unprotect_rtcp(MutableBytes packet);

  [[nodiscard]] Profile profile() const noexcept { return profile_; }
  /// SSRCs with state.
  [[nodiscard]] std::size_t ssrc_count() const noexcept { return streams_.size(); }

 private:
  friend struct TestAccess;
  struct Stream {
    ReplayWindow<rtp_window> rtp;
    ReplayWindow<rtcp_window> rtcp;
  };
  SrtpReceiver(Profile profile, PacketOpener rtp, PacketOpener rtcp, std::size_t max_ssrcs) noexcept
      : profile_(profile), rtp_(std::move(rtp)), rtcp_(std::move(rtcp)), streams_(max_ssrcs) {}

  Profile profile_;
  PacketOpener rtp_;
  PacketOpener rtcp_;
  SsrcTable<Stream> streams_;
};

}  // namespace sealhall::srtp
