// Session keys from a master key (RFC 3711 section 4.3, with AES-256 RFC 6188 section 3, with GCM RFC 7714 section 11).
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/secret.h"
#include "core/srtp/error.h"
#include "core/srtp/profile.h"

namespace sealhall::srtp {

/// The keys that protect one kind of packet (RTP or RTCP) in one direction.
struct SessionKeys {
  SecretBytes cipher_key;  ///< key_size(profile) bytes
  SecretBytes salt;        ///< salt_size(profile) bytes
  SecretBytes auth_key;    ///< 20 bytes with HMAC-SHA1, empty with AEAD
};

enum class PacketKind : std::uint8_t { rtp, rtcp };

/// With a key derivation rate of zero: keys are derived once. bad_key when sizes do not fit the profile.
expected<SessionKeys, SrtpError> derive_session_keys(Profile profile, const MasterKey& master, PacketKind kind);

}  // namespace sealhall::srtp
