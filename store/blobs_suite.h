// What every place for blobs must do alike: run by the tests of each.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "io/net/loop.h"
#include "io/net/timer.h"
#include "store/blobs.h"

namespace sealhall::store::testing {

class BlobShop {
 public:
  BlobShop(io::Loop& loop, Blobs& place) : blobs(place), loop_(loop), awake_(loop) {
    awake_.after(std::chrono::hours{1}, [] {});
  }
  template <class T, class Ask>
  expected<T, StoreError> ask(Ask start) {
    std::optional<expected<T, StoreError>> result;
    start(Done<T>{[&result](expected<T, StoreError> r) { result = std::move(r); }});
    loop_.run_until([&result] { return result.has_value(); }, std::chrono::seconds{60});
    REQUIRE(result.has_value());
    return std::move(*result);
  }
  expected<void, StoreError> append(BlobWriter& writer, Bytes piece) {
    return ask<void>([&](auto done) { writer.append(std::move(piece), std::move(done)); });
  }
  expected<void, StoreError> finish(BlobWriter& writer) {
    return ask<void>([&](auto done) { writer.finish(std::move(done)); });
  }
  expected<void, StoreError> put(const std::string& name, const std::vector<Bytes>& pieces) {
    const auto writer = blobs.put(name);
    for (const Bytes& piece : pieces) {
      if (auto done = append(*writer, piece); !done) return done;
    }
    return finish(*writer);
  }
  expected<Bytes, StoreError> get(const std::string& name, std::uint64_t offset = 0, std::size_t length = 1U << 30) {
    return ask<Bytes>([&](auto done) { blobs.get(name, offset, length, std::move(done)); });
  }
  expected<std::uint64_t, StoreError> size(const std::string& name) {
    return ask<std::uint64_t>([&](auto done) { blobs.size(name, std::move(done)); });
  }
  expected<void, StoreError> remove(const std::string& name) {
    return ask<void>([&](auto done) { blobs.remove(name, std::move(done)); });
  }
  std::string list(const std::string& prefix = "", const std::string& after = "", std::size_t limit = 1000) {
    const auto listed =
        ask<std::vector<BlobInfo>>([&](auto done) { blobs.list(prefix, after, limit, std::move(done)); });
    REQUIRE(listed.has_value());
    std::string out;
    for (const BlobInfo& blob : *listed) out += blob.name + ":" + std::to_string(blob.size) + " ";
    return out;
  }

  Blobs& blobs;

 private:
  io::Loop& loop_;
  io::Timer awake_;
};

inline Bytes some_bytes(std::size_t n, std::uint64_t seed) {
  Bytes out(n);
  SeededRandom{seed}.fill(out);
  return out;
}

/// `large` is more than one part of whatever this place divides into.
inline void blobs_suite(BlobShop& shop, std::size_t large) {
  {  // comes back whole and in ranges
    const Bytes content = some_bytes(100'000, 1);
    REQUIRE(shop.put("a/one",
                     {Bytes(content.begin(), content.begin() + 7), {}, Bytes(content.begin() + 7, content.end())}));
    CHECK(shop.get("a/one") == content);
    CHECK(shop.size("a/one") == 100'000U);
    CHECK(shop.get("a/one", 99'990, 100) == Bytes(content.end() - 10, content.end()));
    CHECK(shop.get("a/one", 50'000, 3) == Bytes(content.begin() + 50'000, content.begin() + 50'003));
    CHECK(shop.get("a/one", 100'000, 3) == Bytes{});
    CHECK(shop.get("a/one", 1ULL << 40, 3) == Bytes{});
    CHECK(shop.get("a/one", 0, 0) == Bytes{});
  }
  {  // empty, replaced, absent
    REQUIRE(shop.put("empty", {}));
    CHECK(shop.size("empty") == 0U);
    CHECK(shop.get("empty") == Bytes{});
    REQUIRE(shop.put("a/one", {Bytes{1, 2, 3}}));
    CHECK(shop.get("a/one") == Bytes{1, 2, 3});
    CHECK(shop.get("nothing").error() == StoreError::not_found);
    CHECK(shop.size("a").error() == StoreError::not_found);
    CHECK(shop.get("a/one/below").error() == StoreError::not_found);
  }
  {  // unseen until finished, and gone when it never is
    auto writer = shop.blobs.put("half");
    REQUIRE(shop.append(*writer, some_bytes(1000, 2)));
    CHECK(shop.size("half").error() == StoreError::not_found);
    writer.reset();
    CHECK(shop.size("half").error() == StoreError::not_found);
    CHECK(shop.list("half").empty());
  }
  {  // large
    const Bytes content = some_bytes(large, 3);
    std::vector<Bytes> pieces;
    for (std::size_t at = 0; at < large; at += 1'000'003) {
      pieces.emplace_back(content.begin() + static_cast<std::ptrdiff_t>(at),
                          content.begin() + static_cast<std::ptrdiff_t>(std::min(large, at + 1'000'003)));
    }
    REQUIRE(shop.put("large", pieces));
    CHECK(shop.size("large") == large);
    CHECK((shop.get("large") == content));
    CHECK((shop.get("large", large / 2, 70'000) ==
           Bytes(content.begin() + static_cast<std::ptrdiff_t>(large / 2),
                 content.begin() + static_cast<std::ptrdiff_t>(large / 2 + 70'000))));
    auto writer = shop.blobs.put("large-half");
    for (const Bytes& piece : pieces) REQUIRE(shop.append(*writer, piece));
    writer.reset();
    CHECK(shop.size("large-half").error() == StoreError::not_found);
    REQUIRE(shop.remove("large"));
  }
  {  // lists in order, by prefix, in pages
    for (const char* name : {"b/2", "b/10", "b/x/1", "b-1", "B", "c"}) REQUIRE(shop.put(name, {Bytes{1}}));
    CHECK(shop.list() == "B:1 a/one:3 b-1:1 b/10:1 b/2:1 b/x/1:1 c:1 empty:0 ");
    CHECK(shop.list("b/") == "b/10:1 b/2:1 b/x/1:1 ");
    CHECK(shop.list("b") == "b-1:1 b/10:1 b/2:1 b/x/1:1 ");
    CHECK(shop.list("b/", "b/10", 1) == "b/2:1 ");
    CHECK(shop.list("b/", "b/x/1").empty());
    CHECK(shop.list("zz").empty());
  }
  {  // removed, also when it is not there
    REQUIRE(shop.remove("b/2"));
    REQUIRE(shop.remove("b/2"));
    CHECK(shop.get("b/2").error() == StoreError::not_found);
    CHECK(shop.list("b/") == "b/10:1 b/x/1:1 ");
  }
  {  // names that lead elsewhere
    for (const char* name :
         {"", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", ".a", "a/.b", "a b", "a\\b", "ä", "a?b"}) {
      CAPTURE(name);
      CHECK_FALSE(is_blob_name(name));
      CHECK(shop.put(name, {Bytes{1}}).error() == StoreError::bad_text);
      CHECK(shop.get(name).error() == StoreError::bad_text);
      CHECK(shop.remove(name).error() == StoreError::bad_text);
    }
    CHECK_FALSE(is_blob_name(std::string(201, 'a')));
    CHECK(is_blob_name("A-z_0.9/x.mp4"));
  }
}

}  // namespace sealhall::store::testing
