// What can go wrong in core/srtp.
#pragma once

#include <cstdint>

namespace sealhall::srtp {

enum class SrtpError : std::uint8_t {
  bad_key,                ///< (creating) key or salt do not have the profile's sizes
  malformed,              ///< not an RTP or RTCP packet, or shorter than the profile's overhead
  buffer_too_small,       ///< the output does not hold the result
  replayed,               ///< (receiving) a packet with this index was accepted before
  too_old,                ///< (receiving) older than the replay window reaches, so that a replay cannot be told
  index_reused,           ///< (sending) this sequence number was sent before, or is older than the window reaches
  authentication_failed,  ///< the tag does not fit: forged, damaged, other keys, or a packet index guessed wrong
  unencrypted,            ///< (receiving) authentic form, but SRTCP without encryption, which no profile here allows
  too_many_ssrcs,         ///< the session's limit of SSRCs is reached; those that are known go on
  key_exhausted,          ///< 2^48 RTP or 2^31 RTCP packets were protected (RFC 3711 section 9.2): a new key is needed
  backend_failed,         ///< the crypto library refused: out of memory, as a rule
};

}  // namespace sealhall::srtp
