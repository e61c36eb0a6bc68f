#include "core/envelope/context.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/encoding.h"

namespace sealhall::envelope {
namespace {

TEST_CASE("envelope context: every part stands behind its length") {
  CHECK(to_hex(encode_context({"ac", "chat", "", "x"}).value()) == "01000261630004636861740000000178");
}

TEST_CASE("envelope context: no two contexts have the same bytes, however their letters are spread") {
  std::set<Bytes> seen;
  int count = 0;
  for (std::size_t a = 1; a <= 3; ++a) {
    for (std::size_t b = 1; b <= 3; ++b) {
      for (std::size_t c = 0; c <= 2; ++c) {
        for (std::size_t d = 0; d <= 2; ++d) {
          CHECK(seen.insert(encode_context(
                                {std::string(a, 'x'), std::string(b, 'x'), std::string(c, 'x'), std::string(d, 'x')})
                                .value())
                    .second);
          ++count;
        }
      }
    }
  }
  CHECK(seen.size() == static_cast<std::size_t>(count));
}

TEST_CASE("envelope context: account and kind are needed, and no part is longer than 1024 bytes") {
  CHECK(encode_context({"", "chat", "1", "text"}).error() == EnvelopeError::bad_context);
  CHECK(encode_context({"account", "", "1", "text"}).error() == EnvelopeError::bad_context);
  CHECK(encode_context({"account", "chat", "", ""}));
  CHECK(encode_context({"account", "chat", std::string(1024, 'a'), ""}));
  CHECK(encode_context({"account", "chat", std::string(1025, 'a'), ""}).error() == EnvelopeError::bad_context);
}

}  // namespace
}  // namespace sealhall::envelope
