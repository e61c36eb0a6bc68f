#include "client/cli/file_transfer.h"

#include <doctest/doctest.h>

using namespace sealhall::cli;

TEST_CASE("files: a name that somebody else has chosen stays in this folder and is not hidden") {
  CHECK(safe_name("notes.txt") == "notes.txt");
  CHECK(safe_name("../../etc/passwd") == "file.._.._etc_passwd");
  CHECK(safe_name(".bashrc") == "file.bashrc");
  CHECK(safe_name("") == "file");
  CHECK(safe_name("a\x1B[2Jb") == "a_[2Jb");
}
