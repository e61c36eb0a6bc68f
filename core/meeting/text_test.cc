#include "core/meeting/text.h"

#include <doctest/doctest.h>

using namespace sealhall::meeting;

TEST_CASE("text: lines and tabs stay, what breaks a terminal or turns the direction goes") {
  CHECK(clean_text("  two\nlines\t. \n\n ") == "two\nlines\t.");
  CHECK(clean_text("a\r\nb") == "a\nb");
  CHECK(clean_text("\x1B[2Jgone") == "[2Jgone");
  CHECK(clean_text("evil\xE2\x80\xAEtxt.exe") == "eviltxt.exe");
  CHECK(clean_text(" \n\xE2\x80\x8B ").empty());
  CHECK(clean_text("").empty());
}

TEST_CASE("text: a reaction is one to sixteen visible code points") {
  CHECK(is_emoji("\xF0\x9F\x91\x8D"));                              // thumbs up
  CHECK(is_emoji("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80"));  // astronaut: joined
  CHECK(is_emoji("+1"));
  CHECK_FALSE(is_emoji(""));
  CHECK_FALSE(is_emoji("a b"));
  CHECK_FALSE(is_emoji("\x1B"));
  CHECK_FALSE(is_emoji(std::string(17, 'x')));
}

TEST_CASE("text: code points are counted, not bytes") {
  CHECK(count_code_points("h\xC3\xA9") == 2);
  CHECK(count_code_points("") == 0);
}
