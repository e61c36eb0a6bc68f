#include "client/cli/help.h"

#include <doctest/doctest.h>

#include <set>

#include "client/cli/activity_commands.h"
#include "client/cli/host_commands.h"

using namespace sealhall::cli;

namespace {
/// Every "/word" of a text.
std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> words;
  for (std::size_t at = text.find('/'); at != std::string::npos; at = text.find('/', at + 1)) {
    std::size_t end = at + 1;
    while (end < text.size() && ((text[end] >= 'a' && text[end] <= 'z') || text[end] == '-')) ++end;
    if (end > at + 1) words.insert(text.substr(at + 1, end - at - 1));
  }
  return words;
}
}  // namespace

TEST_CASE("help: every command is in it, in both languages, and it names none that there is not") {
  std::set<std::string> commands{"enter", "leave-room", "send", "get"};
  for (const std::string_view word : activity_words()) commands.emplace(word);
  for (const std::string_view word : command_words()) commands.emplace(word);
  for (const auto language : {HelpLanguage::english, HelpLanguage::traditional_chinese}) {
    const std::string text = help_text(language);
    CHECK(words_of(text) == commands);
  }
  CHECK(help_text(HelpLanguage::traditional_chinese).find("聊天") != std::string::npos);
}

TEST_CASE("help: the language is the locale's") {
  for (const char* chinese : {"zh_TW.UTF-8", "zh_HK", "zh-Hant"})
    CHECK(help_language(chinese) == HelpLanguage::traditional_chinese);
  for (const char* english : {"C", "", "en_US.UTF-8", "zh_CN.UTF-8", "de"})
    CHECK(help_language(english) == HelpLanguage::english);
}
