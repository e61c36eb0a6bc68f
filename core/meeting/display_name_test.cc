#include "core/meeting/display_name.h"

#include <doctest/doctest.h>

using sealhall::meeting::display_name;

TEST_CASE("names: ordinary ones of any script stay as they are") {
  for (const char* name : {"Ada Lovelace", "\xE9\x99\xB3\xE5\xA4\xA7\xE6\x96\x87",
                           "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80", "Jos\xC3\xA9", "<b>x</b>"}) {
    CHECK(display_name(name) == name);
  }
}

TEST_CASE("names: what could break a line, a terminal or a reader's eyes is dropped") {
  CHECK(display_name("a\x1B[31mb") == "a[31mb");
  CHECK(display_name("a\n\r\tb") == "a b");
  CHECK(display_name("\xE2\x80\xAE"
                     "evil\xE2\x80\xAC") == "evil");  // right-to-left override
  CHECK(display_name("a\xE2\x80\x8B"
                     "b") == "ab");  // zero width space
  CHECK(display_name("\xC2\x9B"
                     "1m") == "1m");  // C1 control
  CHECK(display_name("  a   b  ") == "a b");
  CHECK(display_name("\xE3\x80\x80") == "");
  CHECK(display_name("") == "");
}

TEST_CASE("names: are cut at 64 characters, not inside one") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\xE9\x99\xB3";
  CHECK(display_name(text).size() == 64 * 3);
  CHECK(display_name(std::string(63, 'a') + " bc") == std::string(63, 'a'));
}
