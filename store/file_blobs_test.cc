#include "store/file_blobs.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "store/blobs_suite.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::BlobShop;
using testing::Folder;

namespace {

std::unique_ptr<FileBlobs> opened(io::Loop& loop, const std::string& folder) {
  auto blobs = FileBlobs::open(loop, folder);
  REQUIRE(blobs.has_value());
  return std::move(*blobs);
}

}  // namespace

TEST_CASE("file blobs: does what every place for blobs does") {
  const Folder folder;
  io::Loop loop;
  const auto blobs = opened(loop, folder.path + "/blobs");
  BlobShop shop{loop, *blobs};
  testing::blobs_suite(shop, 3'000'000);
  CHECK(std::filesystem::is_empty(folder.path + "/blobs/.unfinished"));
  struct stat info{};
  REQUIRE(::stat((folder.path + "/blobs/a/one").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("file blobs: what a dead writer left goes, what a living one writes stays") {
  const Folder folder;
  io::Loop loop;
  const auto first = opened(loop, folder.path);
  BlobShop shop{loop, *first};
  const auto writer = first->put("alive");
  REQUIRE(shop.append(*writer, Bytes{1, 2}));
  {
    std::ofstream{folder.path + "/.unfinished/1-1"} << "of a dead one";
  }
  const auto second = opened(loop, folder.path);
  CHECK_FALSE(std::filesystem::exists(folder.path + "/.unfinished/1-1"));
  REQUIRE(shop.append(*writer, Bytes{3}));
  REQUIRE(shop.finish(*writer));
  CHECK(BlobShop{loop, *second}.get("alive") == Bytes{1, 2, 3});
}

TEST_CASE("file blobs: a name that is a folder, a folder that cannot be") {
  const Folder folder;
  io::Loop loop;
  const auto blobs = opened(loop, folder.path);
  BlobShop shop{loop, *blobs};
  REQUIRE(shop.put("a/b", {Bytes{1}}));
  CHECK(shop.put("a", {Bytes{1}}).error() == StoreError::taken);
  CHECK_FALSE(shop.put("a/b/c", {Bytes{1}}).has_value());
  CHECK(shop.list() == "a/b:1 ");
  CHECK(FileBlobs::open(loop, "/proc/nowhere").error() == StoreError::open_failed);
}

TEST_CASE("file blobs: a folder that cannot be read is an error, and no list without what is in it") {
  const Folder folder;
  io::Loop loop;
  const auto blobs = opened(loop, folder.path + "/blobs");
  BlobShop shop{loop, *blobs};
  const auto listed = [&] {
    return shop.ask<std::vector<BlobInfo>>([&](auto done) { blobs->list("", "", 1000, std::move(done)); });
  };
  REQUIRE(shop.put("a/b", {Bytes{1}}));
  REQUIRE(shop.put("c", {Bytes{1}}));
  if (::geteuid() != 0) {  // root reads everything
    REQUIRE(::chmod((folder.path + "/blobs/a").c_str(), 0300) == 0);
    const auto refused = listed();
    CHECK_FALSE(refused.has_value());
    CHECK(shop.list("c") == "c:1 ");  // nobody had to look into it
    REQUIRE(::chmod((folder.path + "/blobs/a").c_str(), 0700) == 0);
  }
  CHECK(shop.list() == "a/b:1 c:1 ");
  std::filesystem::rename(folder.path + "/blobs", folder.path + "/elsewhere");
  const auto gone = listed();
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error() == StoreError::failed);
}

TEST_CASE("file blobs: writers that outlive their place do nothing, callbacks of a place that is gone do not come") {
  const Folder folder;
  io::Loop loop;
  auto blobs = opened(loop, folder.path);
  auto writer = blobs->put("x");
  bool called = false;
  writer->append(Bytes{1}, [&](auto) { called = true; });
  blobs.reset();
  writer->append(Bytes{1}, [&](auto) { called = true; });
  writer.reset();
  loop.run_until([] { return false; }, std::chrono::milliseconds{1});
  CHECK_FALSE(called);
}
