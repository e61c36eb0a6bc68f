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

TEST_CASE("link: of a registrant, to start a meeting, with a name") {
  const auto registrant = parse_link("https://meet.example/j/81234567890?pwd=x&tk=r.y&uname=Dora%20D");
  REQUIRE(registrant.has_value());
  CHECK(registrant->registrant == "r.y");
  CHECK(registrant->name == "Dora D");
  CHECK(!registrant->start);
  const auto start = parse_link("https://meet.example/s/81234567890?zak=u.1.z");
  REQUIRE(start.has_value());
  CHECK(start->meeting_id == "81234567890");
  CHECK(start->start == "u.1.z");
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
