#include "server/control/register_words.h"

#include <doctest/doctest.h>

using namespace sealhall::control;
using sealhall::schedule::Language;

TEST_CASE("words of the registration page: both languages, with what belongs into them") {
  using enum Language;
  CHECK(register_word(RegisterWord::invites, english, {"Ada"}) == "Ada invites you.");
  CHECK(register_word(RegisterWord::invites, traditional_chinese, {"Ada"}) == "Ada 邀請您參加。");
  for (int i = 0; i <= static_cast<int>(RegisterWord::check); ++i) {
    const auto word = static_cast<RegisterWord>(i);
    const std::string in_english = register_word(word, english);
    const std::string in_chinese = register_word(word, traditional_chinese);
    CHECK_FALSE(in_english.empty());
    CHECK(in_english != in_chinese);
    CHECK((in_english.find("{}") == std::string::npos) == (in_chinese.find("{}") == std::string::npos));
  }
  // A name with braces in it is no place for the next value.
  CHECK(
      register_word(RegisterWord::mail_comes, english, {"{}@example.org"}).starts_with("A mail is on its way to {}@"));
}

TEST_CASE("words of the registration page: fields, and what is wrong with them") {
  using enum Language;
  CHECK(field_words("job_title", english).label == "Job title");
  CHECK(field_words("job_title", traditional_chinese).label == "職稱");
  CHECK(field_words("zip", english).autocomplete == "postal-code");
  CHECK(field_words("shoe_size", english).label == "shoe_size");
  CHECK(register_said("Registration is closed.", english) == "Registration is closed.");
  CHECK(register_said("Registration is closed.", traditional_chinese) == "報名已截止。");
  CHECK(register_said("Something new.", traditional_chinese) == "請檢查您填寫的內容。");
  CHECK(register_said("Something new.", english) == "Something new.");
}
