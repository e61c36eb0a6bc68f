#include "core/ice/address.h"

#include <doctest/doctest.h>

using namespace sealhall;
using ice::Address;

TEST_CASE("address: literals are read and written in the shortest form") {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::1",
                           "::", "1::", "fe80::1:0:0:2", "1:2:3:4:5:6:7:8", "2001:db8:0:1:1:1:1:1"}) {
    const auto a = Address::parse(text, 80);
    REQUIRE(a);
    CHECK(a->ip_text() == text);
  }
  CHECK(Address::parse("2001:DB8:0:0:0:0:0:1", 1)->ip_text() == "2001:db8::1");
  CHECK(Address::parse("192.0.2.1", 80)->text() == "192.0.2.1:80");
  CHECK(Address::parse("::1", 80)->text() == "[::1]:80");
}

TEST_CASE("address: an IPv4-mapped address is the IPv4 address") {
  CHECK(Address::parse("::ffff:192.0.2.1", 5) == Address::parse("192.0.2.1", 5));
  CHECK(Address::parse("::ffff:c000:201", 5) == Address::parse("192.0.2.1", 5));
}

TEST_CASE("address: what is no literal is refused") {
  for (const char* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1..3.4",
                           "+1.2.3.4",
                           ":",
                           ":::",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7::8",
                           "12345::",
                           "g::",
                           "[::1]",
                           "fe80::1%eth0",
                           "1:",
                           ":1",
                           "::1.2.3",
                           "1.2.3.4::",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "localhost"})
    CHECK_MESSAGE(!Address::parse(text, 1), text);
}

TEST_CASE("address: port and family are part of the value and of the hash") {
  CHECK(Address::parse("192.0.2.1", 1) != Address::parse("192.0.2.1", 2));
  CHECK(Address::parse("192.0.2.1", 1)->hash() != Address::parse("192.0.2.1", 2)->hash());
  CHECK(Address::parse("0.0.0.0", 1) != Address::parse("::", 1));
  CHECK(Address::parse("0.0.0.0", 1)->hash() != Address::parse("::", 1)->hash());
}
