#include "io/files/files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

using namespace sealhall;
using namespace sealhall::io;

namespace {
struct Folder {
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-files-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};
unsigned mode_of(const std::string& path) {
  struct stat info{};
  ::stat(path.c_str(), &info);
  return info.st_mode & 07777;
}
}  // namespace

TEST_CASE(
    "files: an atomic write gives exactly the content and the mode, whatever the umask, and leaves nothing else") {
  const Folder folder;
  const std::string path = folder.path + "/key";
  const mode_t before = ::umask(0);
  REQUIRE(write_file_atomically(path, as_bytes("one")));
  ::umask(0277);
  REQUIRE(write_file_atomically(path, as_bytes("two"), 0640));
  ::umask(before);
  CHECK(as_text(*read_file(path)) == "two");
  CHECK(mode_of(path) == 0640);
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path}, {}) == 1);
}

TEST_CASE("files: what cannot be written is named") {
  const auto result = write_file_atomically("/nonexistent-folder/x", as_bytes("x"));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ENOENT);
  CHECK(result.error().reason == "The file /nonexistent-folder/x cannot be written: No such file or directory.");
}

TEST_CASE("files: a failed replacement keeps the old file") {
  const Folder folder;
  const std::string path = folder.path + "/target";
  std::filesystem::create_directory(path);  // a rename onto a folder fails
  CHECK_FALSE(write_file_atomically(path, as_bytes("x")));
  CHECK(std::filesystem::is_directory(path));
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path}, {}) == 1);
}

TEST_CASE("files: reading is bounded") {
  const Folder folder;
  const std::string path = folder.path + "/big";
  REQUIRE(write_file_atomically(path, Bytes(1001)));
  CHECK(read_file(path, 1001)->size() == 1001);
  CHECK(read_file(path, 1000).error().code == EFBIG);
  CHECK(read_file(folder.path + "/none").error().code == ENOENT);
}

TEST_CASE("files: a private folder is made with its parents and tightened when it exists") {
  const Folder folder;
  const std::string path = folder.path + "/a/b/c";
  REQUIRE(make_private_folder(path));
  CHECK(mode_of(path) == 0700);
  ::chmod(path.c_str(), 0755);
  REQUIRE(make_private_folder(path));
  CHECK(mode_of(path) == 0700);
  REQUIRE(write_file_atomically(folder.path + "/file", as_bytes("x")));
  CHECK(make_private_folder(folder.path + "/file").error().reason == folder.path + "/file is not a folder.");
  CHECK_FALSE(make_private_folder(""));
}

TEST_CASE("files: the folder of the executable has this test in it") {
  CHECK(file_exists(executable_folder() + "/io_files_test"));
}
