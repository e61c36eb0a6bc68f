#include "kms/secret_pool.h"

#include <doctest/doctest.h>

#include <set>

namespace sealhall::kms {
namespace {

TEST_CASE("secret pool: a secret that is given back is wiped and its place used again") {
  SecretPool pool;
  auto first = pool.take();
  std::ranges::fill(first->reveal_mutable(), std::uint8_t{0xAB});
  const volatile std::uint8_t* place = first->reveal().data();
  first.reset();
  for (int i = 0; i < 32; ++i) CHECK(place[i] == 0);
  CHECK(pool.in_use() == 0);
  const auto again = pool.take();
  CHECK((again->reveal().data() == place));
}

TEST_CASE("secret pool: grows over a page, and no two secrets share a place") {
  SecretPool pool;
  std::vector<SecretPool::Handle> held;
  std::set<const std::uint8_t*> places;
  for (int i = 0; i < 1000; ++i) {
    held.push_back(pool.take());
    CHECK(places.insert(held.back()->reveal().data()).second);
    CHECK(*held.back() == sframe::GenerationSecret{});
    std::ranges::fill(held.back()->reveal_mutable(), std::uint8_t{0xCD});
  }
  CHECK(pool.in_use() == 1000);
  held.erase(held.begin() + 10, held.begin() + 700);
  for (int i = 0; i < 690; ++i) {
    held.push_back(pool.take());
    CHECK(*held.back() == sframe::GenerationSecret{});
  }
  CHECK(pool.in_use() == 1000);
}

}  // namespace
}  // namespace sealhall::kms
