#include "core/base/ascii.h"

#include <doctest/doctest.h>

namespace sealhall {
namespace {

TEST_CASE("ascii: only A to Z change, the bytes of other characters stay") {
  CHECK(ascii_lower("AZaz09@[`{ \u00c4\u0130") == "azaz09@[`{ \u00c4\u0130");
  CHECK(ascii_lower(std::string_view{}).empty());
  static_assert(ascii_lower('Q') == 'q');
}

}  // namespace
}  // namespace sealhall
