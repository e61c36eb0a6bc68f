// Text forms of bytes: hexadecimal, base64 (RFC 4648 section 4) and base64url without padding (section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace sealhall {

/// Lower-case hexadecimal, two characters a byte.
std::string to_hex(ByteView bytes);
/// nullopt when the length is odd or a character is not a hexadecimal digit. Both cases are accepted.
std::optional<Bytes> from_hex(std::string_view text);

std::string to_base64(ByteView bytes);
/// Strict: padding required, no white space, unused bits zero. nullopt otherwise.
std::optional<Bytes> from_base64(std::string_view text);

std::string to_base64url(ByteView bytes);
/// Strict: no padding, unused bits zero. nullopt otherwise.
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace sealhall
