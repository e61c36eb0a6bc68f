#include "client/engine/link.h"

#include <doctest/doctest.h>

using sealhall::client::parse_link;

TEST_CASE("link: host, port, meeting and passcode") {
  const auto link = parse_link("https://meet.example:8443/j/812345678?pwd=a%20b");
  REQUIRE(link.has_value());
  CHECK(link->host == "meet.example");
  CHECK(link->port == 8443);
  CHECK(link->meeting_id == "812345678");
  CHECK(link->passcode == "a b");
  const auto plain = parse_link("https://[::1]/j/1");
  REQUIRE(plain.has_value());
  CHECK(plain->host == "::1");
  CHECK(plain->port == 443);
  CHECK_FALSE(plain->passcode.has_value());
}

TEST_CASE("link: anything else is refused with a sentence") {
  for (const char* text :
       {"", "meet.example/j/1", "http://meet.example/j/1", "https://meet.example/", "https://meet.example/j/",
        "https://meet.example/j/1/2", "https://meet.example/w/1", "https://user:pw@meet.example/j/1"}) {
    CAPTURE(text);
    const auto link = parse_link(text);
    REQUIRE_FALSE(link.has_value());
    CHECK(link.error().size() > 20);
  }
}
