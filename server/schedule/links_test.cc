#include "server/schedule/links.h"

#include <doctest/doctest.h>

namespace sealhall::schedule {

TEST_CASE("links: a token is good for its meeting, its purpose and its holder only") {
  SeededRandom random{1};
  const std::string secret = new_link_secret(random);
  const std::string other = new_link_secret(random);
  CHECK(secret.size() == 43);
  CHECK(secret != other);
  CHECK(passcode_token(secret, "1", "abc") == passcode_token(secret, "1", "abc"));
  CHECK(passcode_token(secret, "1", "abc") != passcode_token(secret, "1", "abd"));
  CHECK(passcode_token(secret, "1", "abc") != passcode_token(secret, "2", "abc"));
  CHECK(passcode_token(secret, "1", "abc") != passcode_token(other, "1", "abc"));

  const std::string token = registrant_token(secret, "1", "r1");
  CHECK(registrant_of(token, secret, "1") == "r1");
  CHECK(!registrant_of(token, secret, "2"));
  CHECK(!registrant_of(token, other, "1"));
  CHECK(!registrant_of("r2" + token.substr(2), secret, "1"));
  CHECK(!registrant_of(passcode_token(secret, "1", "r1"), secret, "1"));
  CHECK(!registrant_of("", secret, "1"));
  CHECK(!registrant_of("r1.", secret, "1"));
}

TEST_CASE("links: a start token ends, and its end cannot be moved") {
  SeededRandom random{1};
  const std::string secret = new_link_secret(random);
  const std::string token = start_token(secret, "1", "ada", UnixMicros{100'000'000});
  CHECK(starter_of(token, secret, "1", UnixMicros{99'999'999}) == "ada");
  CHECK(!starter_of(token, secret, "1", UnixMicros{100'000'000}));
  CHECK(!starter_of(token, secret, "2", UnixMicros{0}));
  std::string later = token;
  later.replace(later.find(".100."), 5, ".999.");
  CHECK(!starter_of(later, secret, "1", UnixMicros{0}));
  for (const std::string_view wrong : {"", ".", "..", "ada.100", "ada..x", "ada.x.y"})
    CHECK(!starter_of(wrong, secret, "1", UnixMicros{0}));
}

TEST_CASE("links: a visitor's token says its name and rights until it ends") {
  SeededRandom random{1};
  const std::string secret = new_link_secret(random);
  for (const Visitor& who :
       {Visitor{"Ada. \u00e9", true, false}, Visitor{"Bob", false, true}, Visitor{"", false, false}}) {
    const std::string token = visitor_token(secret, "1", who, UnixMicros{100'000'000});
    CHECK(visitor_of(token, secret, "1", UnixMicros{99'000'000}) == who);
    CHECK(!visitor_of(token, secret, "1", UnixMicros{100'000'000}));
    CHECK(!visitor_of(token, secret, "2", UnixMicros{0}));
    CHECK(!starter_of(token, secret, "1", UnixMicros{0}));
    CHECK(!registrant_of(token, secret, "1"));
  }
  std::string host = visitor_token(secret, "1", {"Bob", false, false}, UnixMicros{100'000'000});
  host.front() = 'h';
  CHECK(!visitor_of(host, secret, "1", UnixMicros{0}));
  CHECK(!visitor_of(start_token(secret, "1", "h.QQ", UnixMicros{100'000'000}), secret, "1", UnixMicros{0}));
}

TEST_CASE("links: an address is found again without regard to case, and its key gives nothing away elsewhere") {
  CHECK(email_key("s", "Bob@Example.org") == email_key("s", "bob@example.org"));
  CHECK(email_key("s", "bob@example.org") != email_key("t", "bob@example.org"));
}

TEST_CASE("trap 12: join and start links have the forms that clients take apart") {
  CHECK(join_link("https://h", "81234567890", "abc") == "https://h/j/81234567890?pwd=abc");
  CHECK(join_link("https://h", "81234567890", "") == "https://h/j/81234567890");
  CHECK(registrant_link("https://h", "8", "abc", "r.x") == "https://h/j/8?pwd=abc&tk=r.x");
  CHECK(registrant_link("https://h", "8", "", "r.x") == "https://h/j/8?tk=r.x");
  CHECK(start_link("https://h", "8", "z") == "https://h/s/8?zak=z");
}

}  // namespace sealhall::schedule
