#include "core/base/encoding.h"

#include <doctest/doctest.h>

namespace sealhall {
namespace {

TEST_CASE("encoding: the base64 examples of RFC 4648 section 10") {
  const std::pair<std::string_view, std::string_view> cases[] = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : cases) {
    CHECK(to_base64(as_bytes(plain)) == text);
    const auto back = from_base64(text);
    REQUIRE(back);
    CHECK(as_text(*back) == plain);
  }
}

TEST_CASE("encoding: base64 refuses white space, missing padding, foreign characters and leftover bits") {
  for (const auto text : {"Zg", "Zg=", "Zg= =", "Zm9v\n", "Z-9v", "Zh==", "Zm9=", "====", "=", "Z==="}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
}

TEST_CASE("encoding: base64url has its own alphabet and no padding") {
  const Bytes bytes{0xfb, 0xff, 0xfe};
  CHECK(to_base64url(bytes) == "-__-");
  CHECK(from_base64url("-__-") == bytes);
  CHECK_FALSE(from_base64url("+//+"));
  CHECK_FALSE(from_base64url("Zg=="));
  CHECK_FALSE(from_base64url("A"));
}

TEST_CASE("encoding: hexadecimal, both ways") {
  CHECK(to_hex(Bytes{0x00, 0x9f, 0xff}) == "009fff");
  CHECK(from_hex("009FfF") == Bytes{0x00, 0x9f, 0xff});
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("0g"));
}

}  // namespace
}  // namespace sealhall
