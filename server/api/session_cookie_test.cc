#include "server/api/session_cookie.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::api;

namespace {

io::HttpRequest request(std::string method, std::vector<std::pair<std::string, std::string>> headers) {
  io::HttpRequest out;
  out.method = std::move(method);
  for (auto& [name, value] : headers) out.headers.set(name, value);
  return out;
}

}  // namespace

TEST_CASE("session cookie: found by its whole name among others") {
  const auto r = request("GET", {{"Cookie", "a=b; __Host-sealhall-oidc=x;  __Host-sealhall=token; c"}});
  CHECK(cookie_in(r, session_cookie) == "token");
  CHECK(cookie_in(r, "__Host-sealhall-oidc") == "x");
  CHECK(!cookie_in(r, "c"));
  CHECK(!cookie_in(request("GET", {}), session_cookie));
}

TEST_CASE("session cookie: lasts as long as the session, and no script, other host or foreign link has it") {
  const std::string set = session_cookie_of("token", UnixMicros{5'000'000}, UnixMicros{65'999'999});
  CHECK(set == "__Host-sealhall=token; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Strict");
  CHECK(session_cookie_of("t", UnixMicros{2'000'000}, UnixMicros{1}).find("Max-Age=0;") != std::string::npos);
  CHECK(no_session_cookie().starts_with("__Host-sealhall=; Max-Age=0;"));
}

TEST_CASE("session cookie: what counts as sent by our own page") {
  const std::string_view own = "https://meet.example";
  CHECK(is_from_own_page(request("POST", {{"Sec-Fetch-Site", "same-origin"}}), own));
  CHECK(!is_from_own_page(request("POST", {{"Sec-Fetch-Site", "none"}}), own));
  CHECK(is_from_own_page(request("GET", {{"Sec-Fetch-Site", "none"}}), own));
  for (const char* site : {"cross-site", "same-site", ""}) {
    CHECK(!is_from_own_page(request("GET", {{"Sec-Fetch-Site", site}}), own));
    // The browser's own word counts, not what a header besides it says.
    CHECK(!is_from_own_page(request("POST", {{"Sec-Fetch-Site", site}, {"Origin", "https://meet.example"}}), own));
  }
  CHECK(is_from_own_page(request("POST", {{"Origin", "https://meet.example"}}), own));
  CHECK(!is_from_own_page(request("POST", {{"Origin", "https://meet.example.evil"}}), own));
  CHECK(!is_from_own_page(request("POST", {{"Origin", "null"}}), own));
  CHECK(!is_from_own_page(request("POST", {}), own));
  CHECK(is_from_own_page(request("GET", {}), own));
}
