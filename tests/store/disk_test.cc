// A disk without room, and one that fails: what is said, what is kept, and that it goes on without a restart.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "store/blobs_suite.h"
#include "store/file_blobs.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using store::testing::BlobShop;
using store::testing::Folder;
using store::testing::Shop;

namespace {

/// A disk of two megabytes; not there when we may not mount.
class SmallDisk {
 public:
  explicit SmallDisk(std::string at) : path(std::move(at)) {
    std::filesystem::create_directory(path);
    there = ::mount("none", path.c_str(), "tmpfs", 0, "size=2m") == 0;
  }
  ~SmallDisk() {
    if (there) ::umount2(path.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  std::string path;
  bool there = false;
};

/// While it lives no file grows beyond `bytes`: writes fail with EFBIG, which SQLite calls an I/O error.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

expected<std::vector<Rows>, StoreError> write(Shop& shop, int number) {
  return shop.write({{"INSERT INTO accounts(id, name, created_at) VALUES($1,$2,1)",
                      {"r" + std::to_string(number), std::string(20'000, 'x')}}});
}
/// Writes from `next` on until one fails; `next` is then the first that is not there.
StoreError write_until_it_fails(Shop& shop, int& next) {
  for (int i = 0; i < 2000; ++i) {
    auto done = write(shop, next);
    if (!done) return done.error();
    ++next;
  }
  return StoreError::stopped;
}
void all_there(Shop& shop, int rows) {
  CHECK(shop.read({"SELECT COUNT(*) FROM accounts WHERE created_at=1"})->integer(0, 0) == rows);
  CHECK(shop.read({"PRAGMA integrity_check"})->text(0, 0) == "ok");
}

}  // namespace

TEST_CASE("disk: a full one is called full; what was acknowledged stays; with room again it goes on") {
  const Folder folder;
  const SmallDisk disk{folder.path + "/disk"};
  if (!disk.there) {
    MESSAGE("SKIPPED: no right to mount a small disk");
    return;
  }
  {
    std::ofstream{disk.path + "/ballast"} << std::string(500'000, 'b');
  }
  Shop shop{disk.path + "/store.sqlite"};
  int rows = 0;
  CHECK(write_until_it_fails(shop, rows) == StoreError::full);
  CHECK(rows > 5);
  CHECK(write(shop, rows).error() == StoreError::full);  // and says so again
  all_there(shop, rows);
  std::filesystem::remove(disk.path + "/ballast");
  REQUIRE(write(shop, rows++).has_value());
  all_there(shop, rows);
}

TEST_CASE("disk: blobs on a full one are refused whole; with room again they are taken") {
  const Folder folder;
  const SmallDisk disk{folder.path + "/disk"};
  if (!disk.there) {
    MESSAGE("SKIPPED: no right to mount a small disk");
    return;
  }
  io::Loop loop;
  auto blobs = FileBlobs::open(loop, disk.path + "/blobs");
  REQUIRE(blobs.has_value());
  BlobShop shop{loop, **blobs};
  REQUIRE(shop.put("first", {Bytes(1'200'000, 1)}));
  CHECK(shop.put("second", {Bytes(600'000, 2), Bytes(600'000, 2)}).error() == StoreError::full);
  CHECK(shop.put("first", {Bytes(1'500'000, 3)}).error() == StoreError::full);
  CHECK(shop.list() == "first:1200000 ");
  CHECK((shop.get("first") == Bytes(1'200'000, 1)));
  REQUIRE(shop.remove("first"));
  REQUIRE(shop.put("second", {Bytes(600'000, 2), Bytes(600'000, 2)}));
}

TEST_CASE("disk: I/O errors of the database are said, nothing acknowledged is lost, and it goes on without a restart") {
  const Folder folder;
  Shop shop{folder.file()};
  int rows = 0;
  for (; rows < 3; ++rows) REQUIRE(write(shop, rows));
  for (int round = 0; round < 3; ++round) {
    {
      const FileLimit limit{std::filesystem::file_size(folder.file() + "-wal") + 100'000};
      CHECK(write_until_it_fails(shop, rows) == StoreError::failed);
      all_there(shop, rows);  // reading goes on meanwhile
    }
    REQUIRE(write(shop, rows++).has_value());
    all_there(shop, rows);
  }
}
