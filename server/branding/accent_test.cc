#include "server/branding/accent.h"

#include <doctest/doctest.h>

using namespace sealhall::branding;

TEST_CASE("accent: a colour is six hexadecimal digits, and nothing else") {
  CHECK(colour_of("#1757b5") == Colour{0x17, 0x57, 0xb5});
  CHECK(colour_of("#ABCDEF") == Colour{0xab, 0xcd, 0xef});
  CHECK(text_of({0x0a, 0xbc, 0x00}) == "#0abc00");
  for (const char* wrong : {"", "#", "1757b5", "#1757b", "#1757b55", "#1757bg", "# 757b5", "#-757b5", "red", "#fff",
                            "#1757b5;", "url(x)"}) {
    CHECK_FALSE(colour_of(wrong).has_value());
  }
}

TEST_CASE("accent: contrast is what WCAG says it is") {
  const Colour white{255, 255, 255};
  const Colour black{};
  CHECK(contrast(white, black) == doctest::Approx(21));
  CHECK(contrast(black, white) == doctest::Approx(21));
  CHECK(contrast(white, white) == doctest::Approx(1));
  // The two greys between which the limit lies.
  CHECK(contrast({0x76, 0x76, 0x76}, white) == doctest::Approx(4.54).epsilon(0.001));
  CHECK(contrast({0x77, 0x77, 0x77}, white) == doctest::Approx(4.48).epsilon(0.001));
  CHECK(contrast({255, 0, 0}, white) == doctest::Approx(3.998).epsilon(0.001));
}

TEST_CASE("accent: a colour upon which white cannot be read is refused with a sentence") {
  CHECK(problem_with_accent({0x17, 0x57, 0xb5}).empty());
  CHECK(problem_with_accent({0x76, 0x76, 0x76}).empty());
  const std::string_view pale = problem_with_accent({0x77, 0x77, 0x77});
  CHECK(pale.find("4.5 to 1") != std::string_view::npos);
  CHECK(pale.find("darker") != std::string_view::npos);
  CHECK_FALSE(problem_with_accent({255, 255, 255}).empty());
}
