// Text from strangers made fit to be shown: names, chat, questions, emoji.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sealhall::meeting {

/// The code point at the front of valid UTF-8, not empty, and its length in bytes.
std::pair<std::uint32_t, std::size_t> front_code_point(std::string_view text) noexcept;
/// White space of any script.
bool is_space(std::uint32_t code_point) noexcept;
/// Characters that a text could use to look like something else or to break a line or a terminal. The zero width joiner
/// (200D) and non-joiner (200C) are none of them: scripts and emoji need them.
bool is_dropped(std::uint32_t code_point) noexcept;

std::size_t count_code_points(std::string_view text) noexcept;

/// `text` (valid UTF-8) as it may be shown in several lines: without what `is_dropped` names but line feeds and tabs,
/// without white space at its ends. Empty when nothing is left.
std::string clean_text(std::string_view text);
/// Whether `text` may stand as a reaction: one to sixteen code points, no white space, nothing that is dropped.
bool is_emoji(std::string_view text) noexcept;

}  // namespace sealhall::meeting
