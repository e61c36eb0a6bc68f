#include "core/srtp/receiver.h"

#include <utility>

#include "core/srtp/rtp_header.h"

namespace sealhall::srtp {
namespace {

template <std::size_t Size>
expected<void, SrtpError> check(const ReplayWindow<Size>& window, std::uint64_t index) noexcept {
  switch (window.check(index)) {
    case ReplayWindow<Size>::Verdict::fresh:
      return {};
    case ReplayWindow<Size>::Verdict::seen:
      return unexpected(SrtpError::replayed);
    case ReplayWindow<Size>::Verdict::too_old:
      break;
  }
  return unexpected(SrtpError::too_old);
}

}  // namespace

expected<SrtpReceiver, SrtpError> SrtpReceiver::create(Profile profile, const MasterKey& master,
                                                       std::size_t max_ssrcs) {
  const auto rtp_keys = derive_session_keys(profile, master, PacketKind::rtp);
  if (!rtp_keys) return unexpected(rtp_keys.error());
  const auto rtcp_keys = derive_session_keys(profile, master, PacketKind::rtcp);
  if (!rtcp_keys) return unexpected(rtcp_keys.error());
  auto rtp = PacketOpener::create(profile, *rtp_keys);
  if (!rtp) return unexpected(rtp.error());
  auto rtcp = PacketOpener::create(profile, *rtcp_keys);
  if (!rtcp) return unexpected(rtcp.error());
  return SrtpReceiver{profile, std::move(*rtp), std::move(*rtcp), max_ssrcs};
}

expected<std::size_t, SrtpError> SrtpReceiver::unprotect(MutableBytes packet) {
  const auto header_size = rtp_header_size(packet);
  if (!header_size || packet.size() < *header_size + tag_size(profile_)) return unexpected(SrtpError::malformed);
  const std::uint32_t ssrc = rtp_ssrc(packet);
  const std::uint16_t sequence_number = rtp_sequence_number(packet);
  Stream* stream = streams_.find(ssrc);
  // RFC 3711 section 3.3.1: the first packet of a stream sets s_l; its rollover counter is zero.
  std::uint64_t index = sequence_number;
  if (stream != nullptr && !stream->rtp.empty()) {
    const auto guessed = guess_index(stream->rtp.highest(), sequence_number);
    if (!guessed) return unexpected(SrtpError::too_old);
    index = *guessed;
    if (const auto fresh = check(stream->rtp, index); !fresh) return unexpected(fresh.error());
  }
  const auto size = rtp_.open_rtp(packet, *header_size, ssrc, index);
  if (!size) return unexpected(size.error());
  if (stream == nullptr) {
    if (streams_.full()) return unexpected(SrtpError::too_many_ssrcs);
    stream = &streams_.add(ssrc);
  }
  stream->rtp.mark(index);
  return *size;
}

expected<std::size_t, SrtpError> SrtpReceiver::unprotect_rtcp(MutableBytes packet) {
  if (packet.size() < rtcp_clear_size + rtcp_overhead(profile_) || (packet[0] >> 6) != 2) {
    return unexpected(SrtpError::malformed);
  }
  // The word with E and index stands last with AEAD (RFC 7714 section 9.3), before the tag otherwise (RFC 3711
  // section 3.4).
  const std::size_t behind = is_aead(profile_) ? 0 : tag_size(profile_);
  const std::uint32_t word = load_u32(&packet[packet.size() - behind - rtcp_index_size]);
  if ((word & rtcp_encrypted_bit) == 0) return unexpected(SrtpError::unencrypted);
  const std::uint32_t index = word & ~rtcp_encrypted_bit;
  const std::uint32_t ssrc = rtcp_ssrc(packet);
  Stream* stream = streams_.find(ssrc);
  if (stream != nullptr) {
    if (const auto fresh = check(stream->rtcp, index); !fresh) return unexpected(fresh.error());
  }
  const auto size = rtcp_.open_rtcp(packet, ssrc, index);
  if (!size) return unexpected(size.error());
  if (stream == nullptr) {
    if (streams_.full()) return unexpected(SrtpError::too_many_ssrcs);
    stream = &streams_.add(ssrc);
  }
  stream->rtcp.mark(index);
  return *size;
}

}  // namespace sealhall::srtp
