// What the terminal says, in the language of whoever sits there: sentences are looked up by their English.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "client/cli/help.h"

namespace sealhall::cli {

/// Of everything that `tr` gives from now on; English before. For the whole process: a terminal has one reader.
void speak(HelpLanguage language) noexcept;

/// The sentence in that language, "{1}" and so on replaced by `parts`. What the catalogue does not know stays English
/// (words_test.cc sees to it that there is nothing of that kind). Parts are put in as they are.
std::string tr(std::string_view english, std::initializer_list<std::string_view> parts = {});

struct Sentence {
  std::string_view english;
  std::string_view chinese;  ///< Traditional Chinese as in Taiwan
};
std::span<const Sentence> sentences() noexcept;

}  // namespace sealhall::cli
