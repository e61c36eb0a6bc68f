#include "core/ice/credentials.h"

#include <doctest/doctest.h>

using namespace sealhall;

TEST_CASE("ice credentials: made ones are well formed and differ") {
  SeededRandom random{1};
  const auto a = ice::make_credentials(random);
  const auto b = ice::make_credentials(random);
  CHECK(ice::well_formed(a));
  CHECK(a.ufrag.size() == 8);
  CHECK(a.password.size() == 24);
  CHECK(a.ufrag != b.ufrag);
  CHECK(a.password != b.password);
}

TEST_CASE("ice credentials: short, long and foreign characters are refused") {
  const std::string good(24, 'p');
  CHECK(ice::well_formed({"abcd", good}));
  CHECK(!ice::well_formed({"abc", good}));
  CHECK(!ice::well_formed({std::string(257, 'u'), good}));
  CHECK(!ice::well_formed({"abcd", std::string(21, 'p')}));
  CHECK(!ice::well_formed({"abcd", std::string(257, 'p')}));
  CHECK(!ice::well_formed({"ab:d", good}));
  CHECK(!ice::well_formed({"abcd", good + "\n"}));
}
