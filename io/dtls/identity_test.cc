#include "io/dtls/identity.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::dtls;

TEST_CASE("dtls identity: every one has its own certificate") {
  const auto a = Identity::create(server_profiles);
  const auto b = Identity::create(native_profiles);
  REQUIRE((a && b));
  CHECK((*a)->fingerprint() != (*b)->fingerprint());
}

TEST_CASE("dtls identity: fingerprints as text and back, and what is none") {
  Fingerprint f{};
  f[0] = 0xAB;
  f[31] = 0x01;
  const std::string text = fingerprint_text(f);
  CHECK(text.starts_with("sha-256 AB:00:"));
  CHECK(text.ends_with(":00:01"));
  CHECK(text.size() == 8 + 95);
  CHECK(parse_fingerprint(text) == f);
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  CHECK(parse_fingerprint(lower) == f);
  CHECK(parse_fingerprint("SHA" + text.substr(3)) == f);
  CHECK(!parse_fingerprint(""));
  CHECK(!parse_fingerprint("sha-1 AB:CD"));
  CHECK(!parse_fingerprint("sha-512" + text.substr(7)));
  CHECK(!parse_fingerprint(text.substr(0, text.size() - 1)));
  CHECK(!parse_fingerprint(text + ":00"));
  std::string wrong = text;
  wrong[10] = ';';
  CHECK(!parse_fingerprint(wrong));
  wrong = text;
  wrong[8] = 'G';
  CHECK(!parse_fingerprint(wrong));
}
