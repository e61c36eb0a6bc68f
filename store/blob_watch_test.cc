#include "store/blob_watch.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "store/file_blobs.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using namespace std::chrono_literals;
using testing::Folder;

namespace {

/// A place whose checks are answered by the test.
struct AskedBlobs final : Blobs {
  std::vector<Done<void>> asked;
  std::unique_ptr<BlobWriter> put(std::string) override { return nullptr; }
  void get(std::string, std::uint64_t, std::size_t, Done<Bytes>) override {}
  void size(std::string, Done<std::uint64_t>) override {}
  void list(std::string, std::string, std::size_t, Done<std::vector<BlobInfo>>) override {}
  void remove(std::string, Done<void>) override {}
  void check(Done<void> done) override { asked.push_back(std::move(done)); }
  void answer(expected<void, StoreError> what) {
    REQUIRE_FALSE(asked.empty());
    std::exchange(asked, {}).front()(what);
  }
};

}  // namespace

TEST_CASE("blob watch: what the last try said, without waiting; a place that was away is tried when somebody asks") {
  io::Loop loop;
  AskedBlobs blobs;
  BlobWatch watch{loop, blobs, {.every = 1h, .patience = 1h}};
  CHECK(watch.trouble() == std::nullopt);  // nothing is known yet
  CHECK(blobs.asked.size() == 1);
  blobs.answer({});
  CHECK(watch.trouble() == std::nullopt);
  CHECK(blobs.asked.empty());  // it is well: nobody who asks makes work
  // One that became unusable is found by the next try.
  BlobWatch other{loop, blobs, {.every = 1ms, .patience = 1h}};
  blobs.answer({});
  REQUIRE(loop.run_until([&] { return blobs.asked.size() == 1; }, 20s));
  blobs.answer(unexpected(StoreError::denied));
  CHECK(other.trouble() == StoreError::denied);
  CHECK(other.trouble() == StoreError::denied);
  CHECK(blobs.asked.size() == 1);  // never two at once
  blobs.answer({});
  CHECK(other.trouble() == std::nullopt);
}

TEST_CASE("blob watch: a place that does not answer is away; what it answers later counts again") {
  io::Loop loop;
  AskedBlobs blobs;
  BlobWatch watch{loop, blobs, {.every = 1h, .patience = 1ms}};
  REQUIRE(loop.run_until([&] { return watch.trouble().has_value(); }, 20s));
  CHECK(watch.trouble() == StoreError::unavailable);
  CHECK(blobs.asked.size() == 1);  // the try that hangs is the only one
  blobs.answer(unexpected(StoreError::full));
  CHECK(watch.trouble() == StoreError::full);
  blobs.answer({});
  CHECK(watch.trouble() == std::nullopt);
}

TEST_CASE("blob watch: an answer that comes when the watch is gone is nobody's") {
  io::Loop loop;
  AskedBlobs blobs;
  std::optional<BlobWatch> watch;
  watch.emplace(loop, blobs, BlobWatch::Times{});
  watch.reset();
  blobs.answer(unexpected(StoreError::failed));
}

TEST_CASE("blob watch: a folder that went away, and that came back") {
  const Folder folder;
  io::Loop loop;
  const auto blobs = FileBlobs::open(loop, folder.path + "/blobs");
  REQUIRE(blobs.has_value());
  BlobWatch watch{loop, **blobs, {.every = 1ms, .patience = 1h}};
  const auto said = [&](std::optional<StoreError> what) {
    return loop.run_until([&] { return watch.trouble() == what; }, 20s);
  };
  std::filesystem::rename(folder.path + "/blobs", folder.path + "/elsewhere");
  CHECK(said(StoreError::failed));
  std::filesystem::rename(folder.path + "/elsewhere", folder.path + "/blobs");
  CHECK(said(std::nullopt));
  // The folder is there, and nothing can be written below it.
  std::filesystem::remove_all(folder.path + "/blobs/.unfinished");
  std::filesystem::create_symlink("/proc", folder.path + "/blobs/.unfinished");
  CHECK(said(StoreError::failed));
  std::filesystem::remove(folder.path + "/blobs/.unfinished");
  std::filesystem::create_directory(folder.path + "/blobs/.unfinished");
  CHECK(said(std::nullopt));
}
