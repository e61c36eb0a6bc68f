// The names of meetings: an 11-digit number for people, a uuid for one running of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"

namespace sealhall::schedule {

/// "81234567890": 11 digits, the first not 0, so that it is exact as a JSON number (it is below 2^53).
std::string new_meeting_number(RandomSource& random);
/// True for 9 to 15 digits without a leading zero: what a number of ours or of a personal meeting may be.
bool is_meeting_number(std::string_view text) noexcept;
/// "812 3456 7890", for people. Other texts stay as they are.
std::string spaced_meeting_number(std::string_view number);

/// 16 random bytes as base64 without '/', which clients otherwise encode twice.
std::string new_meeting_uuid(RandomSource& random);
/// The uuid in a path segment that was percent-decoded once: clients send it raw, encoded once or encoded twice.
/// nullopt for what is not the base64 of 16 bytes after any number of decodings up to two.
std::optional<std::string> parse_meeting_uuid(std::string_view text);

}  // namespace sealhall::schedule
