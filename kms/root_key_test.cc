#include "kms/root_key.h"

#include <doctest/doctest.h>

#include "kms/recovery_kit.h"
#include "kms/root_file.h"

namespace sealhall::kms {
namespace {

constexpr PassphraseCost cheap{1, 8};

TEST_CASE("root key: opens what it wrapped, where it was wrapped, and nothing of another") {
  SeededRandom random{1};
  const auto root = SoftwareRoot::generate("file", random), other = SoftwareRoot::generate("file", random);
  Key key;
  random.fill(key.reveal_mutable());
  const Bytes wrapped = root->wrap({}, {"a", "b", "c", ""}, key).value();
  CHECK(root->unwrap({"a", "b", "c", ""}, wrapped).value() == key);
  CHECK(root->unwrap({"a", "b", "d", ""}, wrapped).error() == RootError::refused);
  CHECK(other->unwrap({"a", "b", "c", ""}, wrapped).error() == RootError::refused);
}

TEST_CASE("root file: comes back, plain and with a passphrase") {
  SeededRandom random{1};
  const auto root = SoftwareRoot::generate("file", random);
  const auto plain = read_root_file(encode_root_file(*root), std::nullopt, random);
  REQUIRE(plain);
  CHECK((*plain)->id() == root->id());
  CHECK((*plain)->key() == root->key());

  const auto text = encode_root_file(*root, "correct horse battery", random, cheap);
  REQUIRE(text);
  CHECK(text->find("key ") == text->find("key 1"));  // the title only
  const auto sealed = read_root_file(*text, "correct horse battery", random);
  REQUIRE(sealed);
  CHECK((*sealed)->key() == root->key());
  CHECK(read_root_file(*text, std::nullopt, random).error() == RootFileError::passphrase_needed);
  CHECK(read_root_file(*text, "correct horse batterz", random).error() == RootFileError::wrong_passphrase);
  CHECK(encode_root_file(*root, "short", random, cheap).error() == RootFileError::passphrase_too_short);
}

TEST_CASE("root file: what is none is refused with a sentence") {
  SeededRandom random{1};
  const std::string good = encode_root_file(*SoftwareRoot::generate("file", random));
  for (const std::string& bad :
       {std::string{}, std::string{"sealhall root key 2\n"}, good.substr(0, good.size() - 3), good + "more\n",
        good + "argon2id 0 8 00\n", std::string{"sealhall root key 1\nid 00\n"},
        good + "argon2id 1 99999999999 00000000000000000000000000000000\nsealed 00\n"}) {
    const auto read = read_root_file(bad, std::nullopt, random);
    REQUIRE_FALSE(read);
    CHECK(read.error() == RootFileError::malformed);
    CHECK_FALSE(sentence_of(read.error()).empty());
  }
}

TEST_CASE("recovery kit: the printed code gives the key back, however it is typed") {
  SeededRandom random{5};
  const auto root = SoftwareRoot::generate("file", random);
  const std::string code = recovery_code(*root);
  CHECK(code.size() == 84 + 13);  // 14 groups, with a blank or a new line between two
  const auto check = [&](std::string_view typed) {
    const auto read = read_recovery_code(typed, random);
    REQUIRE(read);
    CHECK(read->id() == root->id());
    CHECK(read->key() == root->key());
  };
  check(code);
  check(recovery_kit(*root, "0123"));
  std::string sloppy;
  for (const char c : code) {
    if (c == ' ') continue;
    sloppy += c == '1' ? 'l' : c == '0' ? 'o' : static_cast<char>(std::tolower(c));
    if (c == 'A') sloppy += "--";
  }
  check("  " + sloppy + "\n");
}

TEST_CASE("recovery kit: every wrong character and every swap of neighbours is found") {
  SeededRandom random{5};
  const std::string code = recovery_code(*SoftwareRoot::generate("file", random));
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i] == ' ' || code[i] == '\n') continue;
    std::string wrong = code;
    wrong[i] = code[i] == 'Z' ? 'Y' : 'Z';
    if (read_recovery_code(wrong, random)) FAIL("character ", i);
    if (i + 1 < code.size() && code[i + 1] > ' ' && code[i + 1] != code[i]) {
      wrong = code;
      std::swap(wrong[i], wrong[i + 1]);
      if (read_recovery_code(wrong, random)) FAIL("swap at ", i);
    }
  }
  CHECK_FALSE(read_recovery_code(code.substr(1), random));
  CHECK_FALSE(read_recovery_code("", random));
}

}  // namespace
}  // namespace sealhall::kms
