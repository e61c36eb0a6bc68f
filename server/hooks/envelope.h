// What an endpoint is sent: the body around an event, the signature over it, and the challenge that proves that the
// address belongs to whoever knows the secret.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "server/events.h"

namespace sealhall::hooks {

/// The events that can be asked for: those that happen here. Whoever asks for another word is told so.
bool is_known_event(std::string_view name) noexcept;

/// {"event","event_ts","payload":{"account_id","object",..}[,"download_token"]}, canonical. nullopt when the event's
/// JSON is none: a bug of its publisher.
std::optional<std::string> event_body(const Event& event);

/// The challenge: {"event":"endpoint.url_validation","payload":{"plainToken"},"event_ts"}.
std::string validation_body(std::string_view plain_token, UnixMicros at);

/// Whether `answer` is {"plainToken": the token, "encryptedToken": its HMAC in hexadecimal}; more members do not harm.
bool answers_validation(std::string_view answer, std::string_view secret, std::string_view plain_token);

/// "v0=" and the hexadecimal HMAC-SHA256 of "v0:{seconds}:{body}" under the secret: the header x-zm-signature.
std::string signature(std::string_view secret, std::int64_t seconds, std::string_view body);

/// Lower-case hexadecimal HMAC-SHA256.
std::string hmac_hex(std::string_view secret, std::string_view text);

}  // namespace sealhall::hooks
