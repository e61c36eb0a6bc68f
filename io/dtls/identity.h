// Who one end of DTLS is: a self-made ECDSA P-256 certificate, known to the other end by its SHA-256 fingerprint (RFC
// 8122).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/srtp/profile.h"

struct ssl_ctx_st;

namespace sealhall::dtls {

enum class DtlsError : std::uint8_t {
  backend_failed,     ///< OpenSSL refused: out of memory, as a rule
  wrong_fingerprint,  ///< the peer's certificate is not the one that signalling announced
  no_common_profile,  ///< no SRTP profile that both ends have
  handshake_failed,   ///< the peer sent an alert, or something that the protocol forbids
  timed_out,          ///< the handshake took longer than its limit
  closed,             ///< the peer sent close_notify
};

using Fingerprint = std::array<std::uint8_t, 32>;

/// "sha-256 AA:BB:..": the form of RFC 8122 section 5.
std::string fingerprint_text(const Fingerprint& fingerprint);
/// The reverse; the hash name in any case. nullopt when it is another hash or not of 32 bytes.
std::optional<Fingerprint> parse_fingerprint(std::string_view text);

/// Named by their DTLS-SRTP numbers; aes_256_cm has none and cannot be asked for here.
using SrtpProfile = srtp::Profile;

/// One certificate and the OpenSSL context that goes with it. A server makes one a process, a client one a join. Shared
/// by any number of endpoints of one thread; endpoints keep it alive.
class Identity {
 public:
  /// `profiles` in order of preference, 1..3.
  static expected<std::shared_ptr<const Identity>, DtlsError> create(std::span<const SrtpProfile> profiles);
  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  [[nodiscard]] const Fingerprint& fingerprint() const noexcept { return fingerprint_; }
  [[nodiscard]] ssl_ctx_st* context() const noexcept { return context_; }

 private:
  Identity() = default;
  ssl_ctx_st* context_ = nullptr;
  Fingerprint fingerprint_{};
};

/// The order of a server: the strongest first, the one of old peers last.
inline constexpr std::array server_profiles{SrtpProfile::aead_aes_256_gcm, SrtpProfile::aead_aes_128_gcm,
                                            SrtpProfile::aes_cm_128_hmac_sha1_80};
/// All that a native client offers.
inline constexpr std::array native_profiles{SrtpProfile::aead_aes_256_gcm};

}  // namespace sealhall::dtls
