// One-time codes of an authenticator app: TOTP with HMAC-SHA-1, six digits, 30 seconds (RFC 6238, RFC 4226).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/base/time.h"

namespace sealhall::identity {

/// 160 bits, as RFC 4226 section 4 recommends.
using TotpSecret = Secret<20>;
TotpSecret new_totp_secret(RandomSource& random);

/// The 30-second step that `now` is in (RFC 6238 section 4.2).
std::int64_t totp_step(UnixMicros now) noexcept;
/// The code of a step, with leading zeros. `digits` 6..8.
std::string totp_code(ByteView secret, std::int64_t step, unsigned digits = 6);

/// The step whose code it is, when that is the present one or a neighbour (clocks differ, people type slowly) and later
/// than `last_used`; nullopt otherwise. The caller stores the step as the new `last_used` in the same transaction that
/// accepts the sign-in, so that no code works twice (RFC 6238 section 5.2). Spaces in `code` are not looked at.
std::optional<std::int64_t> check_totp(ByteView secret, std::string_view code, UnixMicros now, std::int64_t last_used);

/// What the authenticator app reads from a QR code: "otpauth://totp/Sealhall:ada?secret=..&issuer=Sealhall".
std::string totp_uri(ByteView secret, std::string_view issuer, std::string_view login);

/// RFC 4648 section 6, upper case, without padding: for people who type the secret.
std::string to_base32(ByteView bytes);
/// Also lower case and with spaces or dashes between; nullopt for other characters and unused bits that are not zero.
std::optional<Bytes> from_base32(std::string_view text);

}  // namespace sealhall::identity
