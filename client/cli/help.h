// What /help says, by topics, in English and in Traditional Chinese.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sealhall::cli {

enum class HelpLanguage : std::uint8_t { english, traditional_chinese };

/// By a locale's name: "zh_TW.UTF-8", "zh_HK", "zh-Hant" are Traditional Chinese; everything else is English.
HelpLanguage help_language(std::string_view locale) noexcept;
/// Of this process: LC_ALL, LC_MESSAGES or LANG, the first that is set.
HelpLanguage help_language_of_environment();

/// All commands with what they do, one a line.
std::string help_text(HelpLanguage language);

}  // namespace sealhall::cli
