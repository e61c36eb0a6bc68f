#include "core/srtp/sender.h"

#include <utility>

#include "core/srtp/rtp_header.h"

namespace sealhall::srtp {

expected<SrtpSender, SrtpError> SrtpSender::create(Profile profile, const MasterKey& master, std::size_t max_ssrcs) {
  const auto rtp_keys = derive_session_keys(profile, master, PacketKind::rtp);
  if (!rtp_keys) return unexpected(rtp_keys.error());
  const auto rtcp_keys = derive_session_keys(profile, master, PacketKind::rtcp);
  if (!rtcp_keys) return unexpected(rtcp_keys.error());
  auto rtp = PacketSealer::create(profile, *rtp_keys);
  if (!rtp) return unexpected(rtp.error());
  auto rtcp = PacketSealer::create(profile, *rtcp_keys);
  if (!rtcp) return unexpected(rtcp.error());
  return SrtpSender{profile, std::move(*rtp), std::move(*rtcp), max_ssrcs};
}

expected<std::size_t, SrtpError> SrtpSender::protect(ByteView header, ByteView prefix, ByteView payload,
                                                     MutableBytes out) {
  if (header.size() < rtp_fixed_header_size || (header[0] >> 6) != 2) return unexpected(SrtpError::malformed);
  const std::uint32_t ssrc = rtp_ssrc(header);
  const std::uint16_t sequence_number = rtp_sequence_number(header);
  ReplayWindow<window>* stream = streams_.find(ssrc);
  std::uint64_t index = sequence_number;
  if (stream != nullptr) {
    const auto guessed = guess_index(stream->highest(), sequence_number);
    if (!guessed) {
      // Beyond the last index of this key, or before the first packet that was ever sent.
      const bool at_end = (stream->highest() >> 16) == (max_packet_index >> 16);
      return unexpected(at_end ? SrtpError::key_exhausted : SrtpError::index_reused);
    }
    index = *guessed;
    // With AES-GCM and AES-CM alike a second packet under one index gives both packets' plaintext away.
    if (stream->check(index) != ReplayWindow<window>::Verdict::fresh) return unexpected(SrtpError::index_reused);
  } else if (streams_.full()) {
    return unexpected(SrtpError::too_many_ssrcs);
  }
  const auto size = rtp_.seal_rtp(header, prefix, payload, ssrc, index, out);
  if (!size) return unexpected(size.error());
  if (stream == nullptr) stream = &streams_.add(ssrc);
  stream->mark(index);
  return *size;
}

expected<std::size_t, SrtpError> SrtpSender::protect_in_place(MutableBytes buffer, std::size_t size) {
  if (size > buffer.size()) return unexpected(SrtpError::buffer_too_small);
  const ByteView packet = buffer.first(size);
  const auto header_size = rtp_header_size(packet);
  if (!header_size) return unexpected(SrtpError::malformed);
  return protect(packet.first(*header_size), ByteView{}, packet.subspan(*header_size), buffer);
}

expected<std::size_t, SrtpError> SrtpSender::protect_rtcp(ByteView packet, MutableBytes out) {
  if (packet.size() < rtcp_clear_size || (packet[0] >> 6) != 2) return unexpected(SrtpError::malformed);
  if (next_rtcp_index_ >= rtcp_encrypted_bit) return unexpected(SrtpError::key_exhausted);
  const auto size = rtcp_.seal_rtcp(packet, rtcp_ssrc(packet), next_rtcp_index_, out);
  if (!size) return unexpected(size.error());
  ++next_rtcp_index_;
  return *size;
}

}  // namespace sealhall::srtp
