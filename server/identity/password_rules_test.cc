#include "server/identity/password_rules.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/crypto/hash.h"

using namespace sealhall;
using namespace sealhall::identity;

namespace {
std::optional<PasswordProblem> check(std::string_view password) {
  return check_password(password, {"ada@example.org", "Ada Lovelace"});
}
}  // namespace

TEST_CASE("password rules: what people usually choose is refused") {
  for (const char* weak :
       {"password123",     "Password123!",    "P@ssw0rd2026",  "p4ssw0rd!!",     "qwertyuiop",   "QWERTYuiop1",
        "1q2w3e4r5t6y",    "1qaz2wsx3edc",    "qazwsxedcrfv",  "1234567890",     "0987654321",   "12345678901234567890",
        "aaaaaaaaaaaaaaa", "abcabcabcabcabc", "abcdefghijkl",  "Summer2026!!",   "Winter2025#1", "letmein12345",
        "iloveyou2024",    "welcome2welcome", "admin1234567",  "Administrator1", "football1990", "michael1985!",
        "dragondragon",    "sunshine2020",    "31.12.1999x",   "1999-12-31!!",   "0312198555",   "trustno1trustno1",
        "changeme1234",    "sealhall2026",    "monkeymonkey1", "asdfghjkl;'"}) {
    CAPTURE(weak);
    CAPTURE(guess_bits(weak));
    CHECK(check(weak) == PasswordProblem::guessable);
  }
}

TEST_CASE("password rules: what a person made up or a machine drew is allowed") {
  for (const char* good :
       {"correct horse", "correct horse battery staple", "tragic lamp orbit", "vX9#qLp2!m", "kdjwpqnvbz",
        "Zwölf Boxkämpfer jagen", "832094716503", "purple velvet anchor fjord", "canary password of mine",
        "\xE6\xB0\xB4\xE9\xA6\xAC\xE9\xB3\xA5\xE9\xAD\x9A\xE6\x9C\xA8\xE9\x87\x91\xE5\x9C\x9F\xE7\x81\xAB\xE9\xA2\xA8"
        "\xE9\x9B\xB7"}) {
    CAPTURE(good);
    CAPTURE(guess_bits(good));
    CHECK_FALSE(check(good));
  }
}

TEST_CASE("password rules: lengths and what is no text") {
  CHECK(check("") == PasswordProblem::too_short);
  CHECK(check("vX9#qLp2!") == PasswordProblem::too_short);
  CHECK(check("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3\xA9") == PasswordProblem::too_short);  // ten bytes, five characters
  const auto times = [](std::size_t n, std::string_view character) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) text += character;
    return text;
  };
  for (const std::string_view character : {"x", "\xE5\xAF\x86", "\xF0\x9F\x98\x80"}) {
    CHECK(check(times(128, character)) != PasswordProblem::too_long);
    CHECK(check(times(129, character)) == PasswordProblem::too_long);
  }
  CHECK(check("correct\nhorse battery") == PasswordProblem::not_text);
  CHECK(check(std::string_view{"correct\0horse battery", 21}) == PasswordProblem::not_text);
  CHECK(check("correct \xFF horse") == PasswordProblem::not_text);
  CHECK(check("correct horse \xC3") == PasswordProblem::not_text);
}

TEST_CASE("password rules: the login and the name are the first guess") {
  const PasswordOwner owner{"grzegorz.brzeczyszczykiewicz@chrzaszcz.example", "Grzegorz Brzeczyszczykiewicz"};
  for (const char* close : {"grzegorz.brzeczyszczykiewicz@chrzaszcz.example", "Brzeczyszczykiewicz1",
                            "GrzegorzBrzeczyszczykiewicz", "grzegorz-1987!", "chrzaszcz2026!!"}) {
    CAPTURE(close);
    CAPTURE(guess_bits(close));
    CHECK(check_password(close, owner) == PasswordProblem::personal);
  }
  CHECK_FALSE(check_password("grzegorz likes tidal windmills", owner));
}

TEST_CASE("password rules: the estimate never exceeds brute force, and more characters never make it smaller") {
  SeededRandom random{7};
  const std::string_view letters = "abcdefgh12345ABC!@#$ passwordqwerty2026";
  for (int round = 0; round < 300; ++round) {
    std::string text;
    double before = 0;
    double brute = 0;
    for (int i = 0; i < 20; ++i) {
      text += letters[random.below(letters.size())];
      const double bits = guess_bits(text);
      brute += 5.5;
      CHECK(bits <= brute);
      // One more character may complete a word, so it may get cheaper; never below what a single piece costs.
      CHECK(bits > 0);
      before = bits;
    }
    CHECK(before < 120);
  }
}

TEST_CASE("password rules: every problem has a sentence") {
  for (int i = 0; i <= static_cast<int>(PasswordProblem::breached); ++i) {
    CHECK(sentence_for(static_cast<PasswordProblem>(i)).ends_with('.'));
  }
}

TEST_CASE("breach list: finds whole hashes and prefixes, SHA-1 and SHA-256, with counts and without") {
  std::string folder = (std::filesystem::temp_directory_path() / "sealhall-breach-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string path = folder + "/list";
  std::vector<std::string> breached;
  for (int i = 0; i < 3000; ++i) breached.push_back("leaked number " + std::to_string(i));
  const auto write = [&](bool sha256, std::size_t digits, bool count, const char* line_end, bool upper_case) {
    std::vector<std::string> lines;
    for (const std::string& p : breached) {
      std::string hex = sha256 ? to_hex(crypto::sha256(as_bytes(p))) : to_hex(crypto::sha1(as_bytes(p)));
      if (upper_case)
        std::ranges::transform(hex, hex.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
      hex.resize(digits);
      lines.push_back(hex);
    }
    std::ranges::sort(lines);
    std::ofstream file{path};
    for (std::size_t i = 0; i < lines.size(); ++i)
      file << lines[i] << (count ? ":" + std::to_string(i * 37 + 1) : "") << line_end;
  };
  const auto test = [&] {
    auto list = BreachList::open(path);
    REQUIRE_MESSAGE(list.has_value(), (list ? "" : list.error()));
    for (const std::string& p : breached) REQUIRE((*list)->contains(p));
    for (int i = 0; i < 3000; ++i) REQUIRE_FALSE((*list)->contains("innocent number " + std::to_string(i)));
    CHECK(check_password("leaked number 17", {}, list->get()) == PasswordProblem::breached);
    CHECK_FALSE(check_password("innocent number 17", {}, list->get()));
  };
  write(false, 40, true, "\r\n", true);
  test();
  write(false, 40, false, "\n", false);
  test();
  write(true, 64, false, "\n", true);
  test();
  write(false, 12, false, "\n", true);
  test();
  breached = {"leaked number 17"};
  write(false, 40, false, "", true);  // one line, without its end
  test();
  std::filesystem::remove_all(folder);
}

TEST_CASE("breach list: what is no list is refused with a sentence") {
  std::string folder = (std::filesystem::temp_directory_path() / "sealhall-breach-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const auto open = [&](const std::string& text) {
    std::ofstream{folder + "/list"} << text;
    return BreachList::open(folder + "/list");
  };
  CHECK_FALSE(BreachList::open(folder + "/nothing"));
  CHECK_FALSE(BreachList::open(folder));
  for (const char* wrong : {"", "\n", "password\n123456\n", "ABCDEF\nABCDEF\n", "ABCDEF0123\nABCDEF01234\n",
                            "BBBBBBBBBBBB\nAAAAAAAAAAAA\n", "AAAAAAAAAAAA,3\n"}) {
    CAPTURE(wrong);
    const auto list = open(wrong);
    REQUIRE_FALSE(list);
    CHECK(list.error().ends_with('.'));
  }
  CHECK(open("AAAAAAAAAAAA\nBBBBBBBBBBBB").has_value());
  std::filesystem::remove_all(folder);
}
