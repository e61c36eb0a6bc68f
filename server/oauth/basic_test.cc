#include "server/oauth/basic.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

using namespace sealhall;
using sealhall::oauth::BasicProof;
using sealhall::oauth::read_basic;

TEST_CASE("basic: the example of RFC 7617, whatever the case of the scheme") {
  for (const char* scheme : {"Basic ", "basic ", "BASIC "}) {
    CAPTURE(scheme);
    const auto proof = read_basic(scheme + std::string{"QWxhZGRpbjpvcGVuIHNlc2FtZQ=="});
    REQUIRE(proof.has_value());
    CHECK(*proof == BasicProof{"Aladdin", "open sesame"});
  }
}

TEST_CASE("basic: both parts are percent-encoded before, the first colon parts them") {
  const auto read = [](std::string_view text) { return read_basic("Basic " + to_base64(as_bytes(text))); };
  CHECK(read("client%3A1:s%26cret") == BasicProof{"client:1", "s&cret"});
  CHECK(read("id:se:cret") == BasicProof{"id", "se:cret"});
  CHECK(read(":") == BasicProof{});
  CHECK(read("broken%2:secret") == BasicProof{"", "secret"});
}

TEST_CASE("basic: anything else is no proof") {
  for (const char* header : {"", "Basic", "Basic ", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic Og=", "Basic x",
                             "Basic  Og==", "Basic QWxhZGRpbg=="}) {
    CAPTURE(header);
    CHECK_FALSE(read_basic(header).has_value());
  }
}
