#include "core/meeting/sender_indices.h"

#include <doctest/doctest.h>

#include <set>

using sealhall::meeting::SenderIndices;

TEST_CASE("sender index: 65,536 different ones, then none until a generation has passed") {
  SenderIndices indices;
  std::set<std::uint16_t> seen;
  for (int i = 0; i <= 0xFFFF; ++i) {
    auto index = indices.take(1);
    REQUIRE(index.has_value());
    seen.insert(*index);
  }
  CHECK(seen.size() == 65'536);
  CHECK_FALSE(indices.take(1).has_value());
  CHECK_FALSE(indices.take(100).has_value());  // nobody has left
  indices.give_back(7, 3);
  CHECK_FALSE(indices.take(3).has_value());  // 7 was used in generation 3
  CHECK(indices.take(4) == 7);
  CHECK_FALSE(indices.take(4).has_value());
}

TEST_CASE("sender index: what is given back is not used while fresh ones are left") {
  SenderIndices indices;
  CHECK(indices.take(0) == 0);
  indices.give_back(0, 0);
  CHECK(indices.take(5) == 1);
}
