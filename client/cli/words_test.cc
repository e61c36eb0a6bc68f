#include "client/cli/words.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "tests/support/source_dir.h"

using namespace sealhall::cli;

namespace {

/// While it lives the terminal speaks Chinese.
struct Chinese {
  Chinese() { speak(HelpLanguage::traditional_chinese); }
  ~Chinese() { speak(HelpLanguage::english); }
  Chinese(const Chinese&) = delete;
  Chinese& operator=(const Chinese&) = delete;
};

std::multiset<std::string> places_in(std::string_view text) {
  std::multiset<std::string> out;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
    out.insert(std::string{text.substr(at, 3)});
  return out;
}

/// What the sources give to `tr` as literals.
std::set<std::string> sentences_of_the_sources() {
  std::set<std::string> out;
  const std::regex call{R"rx(\btr\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+))rx"};
  const std::regex literal{R"rx("((?:[^"\\]|\\.)*)")rx"};
  for (const auto& file : std::filesystem::directory_iterator(sealhall::test::source_path("client/cli"))) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
    std::ifstream in{file.path()};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    for (std::sregex_iterator it{text.begin(), text.end(), call}, end; it != end; ++it) {
      const std::string literals = (*it)[1];
      std::string sentence;
      for (std::sregex_iterator l{literals.begin(), literals.end(), literal}; l != end; ++l) sentence += (*l)[1];
      out.insert(std::regex_replace(sentence, std::regex{R"(\\")"}, "\""));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("words: English as it stands, Chinese from the catalogue, parts where they belong") {
  CHECK(tr("{1} is now {2}.", {"Ada", "the host"}) == "Ada is now the host.");
  CHECK(tr("Saved as {1}.", {"{1}"}) == "Saved as {1}.");  // a part is not looked into
  CHECK(tr("100 {9} {x} {") == "100 {9} {x} {");
  const Chinese now;
  CHECK(tr("{1} is here.", {"Ada"}) == "Ada 已加入。");
  CHECK(tr("What nobody says.") == "What nobody says.");
}

TEST_CASE("words: the catalogue has every sentence that the sources say, and none that they do not") {
  const auto said = sentences_of_the_sources();
  CHECK(said.size() > 80);
  std::set<std::string> known;
  for (const Sentence& sentence : sentences()) {
    INFO(sentence.english);
    CHECK(known.insert(std::string{sentence.english}).second);
    CHECK(said.contains(std::string{sentence.english}));
    CHECK(places_in(sentence.english) == places_in(sentence.chinese));
  }
  for (const std::string& sentence : said) {
    INFO(sentence);
    CHECK(known.contains(sentence));
  }
}
