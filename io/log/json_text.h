// Text as the inside of a JSON string (RFC 8259 section 7).
#pragma once

#include <string>
#include <string_view>

namespace sealhall::io {

/// Escapes quotes, backslashes and control characters. Bytes that are not UTF-8 become U+FFFD, so that the result is
/// always valid JSON.
std::string json_escape(std::string_view text);

}  // namespace sealhall::io
