#include "server/hooks/target.h"

#include <doctest/doctest.h>

namespace sealhall::hooks {
namespace {

TEST_CASE("webhook target: what was sealed is read back, and nothing else") {
  const Target target{"Büro \"1\"", "https://example.org/hooks?a=b", "s3cret"};
  CHECK(read_target(encode_target(target)) == target);
  CHECK_FALSE(read_target(as_bytes("")));
  CHECK_FALSE(read_target(as_bytes("[]")));
  CHECK_FALSE(read_target(as_bytes(R"({"name":"a","url":1,"secret":"b"})")));
}

TEST_CASE("webhook address: https to the outside, nothing else, unless the operator allows it") {
  CHECK(check_address("https://example.org/hooks", Reachable::internet));
  CHECK(check_address("https://example.org:8443/hooks?x=1", Reachable::internet));
  CHECK(check_address("https://93.184.216.34/", Reachable::internet));
  for (const char* url :
       {"http://example.org/", "ftp://example.org/", "https://", "example.org", "", "https://a b/",
        "https://user:word@example.org/", "https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/latest",
        "https://[::1]/", "https://[fd00::1]/", "https://localhost/", "https://192.168.1.1:8443/", "wss://example.org/",
        "file:///etc/passwd", "https://2130706433/", "https://127.1/", "https://0/"}) {
    CAPTURE(url);
    CHECK_FALSE(check_address(url, Reachable::internet));
  }
  CHECK_FALSE(check_address("https://example.org/" + std::string(3000, 'a'), Reachable::internet));
  CHECK(check_address("http://127.0.0.1:8080/hooks", Reachable::anything));
  CHECK(check_address("https://localhost:8080/hooks", Reachable::anything));
  CHECK_FALSE(check_address("gopher://127.0.0.1/", Reachable::anything));
}

}  // namespace
}  // namespace sealhall::hooks
