// What people are called: text from strangers made fit to be shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sealhall::meeting {

inline constexpr std::size_t max_name_characters = 64;

/// `text` (valid UTF-8) without control characters, direction overrides and invisible characters, white space folded to
/// single spaces and trimmed, cut to 64 code points. Empty when nothing is left.
std::string display_name(std::string_view text);

}  // namespace sealhall::meeting
