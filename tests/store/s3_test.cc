// Blobs in a real S3 server: radosgw, which checks every signature. SEALHALL_S3 is its address (tests/store/run.sh
// starts it) and SEALHALL_S3_PID the process to stop and to let go on.
#include <doctest/doctest.h>
#include <signal.h>

#include <cstdlib>

#include "store/blobs_suite.h"
#include "store/open_blobs.h"
#include "store/s3_blobs.h"

using namespace sealhall;
using namespace sealhall::store;
using store::testing::BlobShop;
using store::testing::some_bytes;

namespace {

S3Place place(std::string prefix = {}) {
  const char* address = std::getenv("SEALHALL_S3");
  REQUIRE_MESSAGE(address != nullptr, "SEALHALL_S3 is not set: tests/store/run.sh starts a server");
  return {.endpoint = address,
          .bucket = "sealhall",
          .access_key = "sealhall-test",
          .secret_key = "not-a-secret-at-all",
          .prefix = std::move(prefix)};
}

/// A request for the bucket itself, which S3Blobs never makes.
void make_bucket(io::Loop& loop, const S3Place& at) {
  io::Timer awake{loop};
  awake.after(std::chrono::minutes{2}, [] {});
  S3Client client{loop, at, {}};
  bool made = false;
  client.ask({.method = "PUT"}, [&](auto answer) {
    CHECK(answer.has_value());
    made = true;
  });
  loop.run_until([&] { return made; }, std::chrono::minutes{2});
  REQUIRE(made);
}

}  // namespace

TEST_CASE("S3: does what every place for blobs does, with and without a prefix") {
  io::Loop loop;
  make_bucket(loop, place());
  for (const char* prefix : {"first/", "second/of-two/"}) {
    CAPTURE(prefix);
    S3Blobs blobs{loop, place(prefix)};
    BlobShop shop{loop, blobs};
    store::testing::blobs_suite(shop, 2 * S3Blobs::part_size(0) + 12'345);
  }
  // In an empty bucket of their own: the names are the keys.
  S3Place other = place();
  other.bucket = "without-prefix";
  make_bucket(loop, other);
  S3Blobs blobs{loop, other};
  BlobShop shop{loop, blobs};
  store::testing::blobs_suite(shop, S3Blobs::part_size(0));
  CHECK(try_s3(other).empty());
}

TEST_CASE("S3: more names than one page has come in order and once") {
  io::Loop loop;
  make_bucket(loop, place());
  S3Blobs blobs{loop, place("many/")};
  BlobShop shop{loop, blobs};
  std::size_t left = 1100;
  for (std::size_t i = 0; i < 1100; ++i) {
    auto writer = blobs.put("n" + std::to_string(10'000 + i));
    writer->finish([&left](auto done) {
      CHECK(done.has_value());
      --left;
    });
  }
  loop.run_until([&] { return left == 0; }, std::chrono::minutes{2});
  const auto listed =
      shop.ask<std::vector<BlobInfo>>([&](auto done) { blobs.list("n", "n10005", 5000, std::move(done)); });
  REQUIRE(listed.has_value());
  REQUIRE(listed->size() == 1094);
  CHECK(listed->front().name == "n10006");
  CHECK(listed->back().name == "n11099");
  CHECK(std::ranges::is_sorted(*listed));
}

TEST_CASE("S3: parts that nobody finished go, younger ones stay") {
  io::Loop loop;
  make_bucket(loop, place());
  const Bytes part = some_bytes(S3Blobs::part_size(0) + 1, 4);
  {
    auto dead = std::make_unique<S3Blobs>(loop, place("torn/"));
    BlobShop shop{loop, *dead};
    const auto writer = dead->put("torn");
    REQUIRE(shop.append(*writer, part));
    dead.reset();  // as one that is killed: it takes nothing away
  }
  S3Blobs blobs{loop, place("torn/")};
  BlobShop shop{loop, blobs};
  const auto tidy = [&](const char* then) {
    return shop.ask<std::size_t>([&](auto done) { blobs.tidy(then, std::move(done)); });
  };
  CHECK(tidy("2000-01-01T00:00:00Z") == 0U);
  CHECK(tidy("2999-01-01T00:00:00Z") == 1U);
  CHECK(tidy("2999-01-01T00:00:00Z") == 0U);
}

TEST_CASE("S3: wrong keys, no bucket, a server that stops and goes on") {
  io::Loop loop;
  make_bucket(loop, place());
  S3Place wrong = place();
  wrong.secret_key += "x";
  {
    S3Blobs blobs{loop, wrong};
    BlobShop shop{loop, blobs};
    CHECK(shop.put("a", {Bytes{1}}).error() == StoreError::denied);
    CHECK(shop.get("a").error() == StoreError::denied);
    CHECK(shop.remove("a").error() == StoreError::denied);
    CHECK(try_s3(wrong).find("does not take these keys") != std::string::npos);
  }
  S3Place stranger = place();
  stranger.access_key = "nobody";
  CHECK(try_s3(stranger).find("does not take these keys") != std::string::npos);
  S3Place nowhere = place();
  nowhere.bucket = "not-there";
  CHECK(try_s3(nowhere).find("has no bucket not-there") != std::string::npos);
  {
    S3Blobs blobs{loop, nowhere};
    BlobShop shop{loop, blobs};
    CHECK(shop.put("a", {Bytes{1}}).error() == StoreError::failed);
  }
  const char* pid = std::getenv("SEALHALL_S3_PID");
  REQUIRE(pid != nullptr);
  const pid_t server = std::atoi(pid);
  S3Blobs blobs{loop, place(), {.tries = 2, .timeout = std::chrono::seconds{1}}};
  BlobShop shop{loop, blobs};
  REQUIRE(shop.put("before", {Bytes{1, 2}}));
  ::kill(server, SIGSTOP);
  CHECK(shop.get("before").error() == StoreError::unavailable);
  CHECK(shop.put("during", {Bytes{1}}).error() == StoreError::uncertain);
  ::kill(server, SIGCONT);
  CHECK(shop.get("before") == Bytes{1, 2});
  CHECK(shop.put("after", {Bytes{3}}));
  CHECK(shop.get("after") == Bytes{3});
}
