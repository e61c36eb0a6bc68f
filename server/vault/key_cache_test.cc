#include "server/vault/key_cache.h"

#include <doctest/doctest.h>

#include "core/envelope/testing.h"
#include "server/vault/key_pool.h"

namespace sealhall::vault {
namespace {

using namespace std::chrono_literals;
using envelope::testing::id_of;
using envelope::testing::key_of;

TEST_CASE("key cache: a key is here for five minutes from when it came, however often it is used") {
  KeyCache cache;
  cache.put({key_of(1), id_of(1), "a"}, Instant{});
  CHECK(cache.find(id_of(1), Instant{4min})->key() == key_of(1));
  CHECK(cache.find(id_of(1), Instant{5min}) == nullptr);
  CHECK(cache.size() == 0);
  cache.put({key_of(1), id_of(1), "a"}, Instant{});
  cache.put({key_of(2), id_of(2), "a"}, Instant{2min});
  cache.advance(Instant{6min});
  CHECK(cache.size() == 1);
  cache.drop(id_of(2));
  cache.drop(id_of(3));
  CHECK(cache.size() == 0);
}

TEST_CASE("key cache: the one that was used least lately makes room") {
  KeyCache cache;
  for (std::uint64_t i = 0; i < KeyCache::most; ++i) cache.put({key_of(i), id_of(i), "a"}, Instant{});
  CHECK(cache.find(id_of(0), Instant{}) != nullptr);
  cache.put({key_of(9999), id_of(9999), "a"}, Instant{});
  CHECK(cache.size() == KeyCache::most);
  CHECK(cache.find(id_of(0), Instant{}) != nullptr);
  CHECK(cache.find(id_of(1), Instant{}) == nullptr);
  cache.put({key_of(5), id_of(0), "a"}, Instant{});
  CHECK(cache.size() == KeyCache::most);
  CHECK(cache.find(id_of(0), Instant{})->key() == key_of(5));
  cache.clear();
  CHECK(cache.size() == 0);
  CHECK(cache.find(id_of(0), Instant{}) == nullptr);
}

TEST_CASE("key pool: gives keys of the account only, of another period when there is none, and drops stale ones") {
  KeyPool pool;
  const auto key = [](std::uint64_t n, Instant at) { return PooledKey{id_of(n), key_of(n), {1}, at}; };
  CHECK_FALSE(pool.take("a", ""));
  CHECK(pool.missing("a", "2026-11", Instant{}) == KeyPool::full);
  pool.put("a", "2026-11", key(1, Instant{}));
  pool.put("a", "2026-11", key(2, Instant{30min}));
  pool.put("b", "2026-12", key(3, Instant{}));
  CHECK(pool.missing("a", "2026-11", Instant{1h}) == KeyPool::full - 1);
  CHECK(pool.size("a") == 1);
  CHECK(pool.take("a", "2026-12")->id == id_of(2));
  CHECK_FALSE(pool.take("a", "2026-12"));
  CHECK(pool.take("b", "2026-12")->id == id_of(3));
  pool.put("b", "2026-12", key(4, Instant{}));
  const auto kept = pool.kept();
  pool.clear();
  CHECK(pool.size("b") == 0);
  CHECK(pool.kept() == kept);  // to be filled again
  pool.put("a", "", key(4, Instant{}));
  pool.put("a", "2026-12", key(5, Instant{}));
  pool.forget_others("a", "2026-12");
  CHECK(pool.size("a") == 2);
  CHECK(pool.kept().size() == 3);
}

}  // namespace
}  // namespace sealhall::vault
