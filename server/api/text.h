// Times as text, and text inside HTML.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace sealhall::api {

/// "2026-11-24T08:00:00Z": whole seconds, UTC (RFC 3339).
std::string rfc3339(UnixMicros time);
/// RFC 3339 section 5.6 with any offset, and fractions of a second; also a day alone, "2026-11-24". nullopt for
/// everything else, and for days that no month has.
std::optional<UnixMicros> parse_time(std::string_view text);
/// "2026-11-24", UTC.
std::string day_of(UnixMicros time);

/// For text between tags and in quoted attributes.
std::string html_escape(std::string_view text);

}  // namespace sealhall::api
