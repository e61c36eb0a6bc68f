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

TEST_CASE("files: the server says how large a piece is, and cannot make us hold gigabytes") {
  sealhall::wire::FileTicket ticket;
  const auto size = [&](std::uint32_t piece) {
    ticket.piece = piece;
    return piece_size_for(ticket);
  };
  CHECK(size(512U << 10) == 512U << 10);
  CHECK(size(4U << 20) == 4U << 20);
  CHECK(size((4U << 20) + 1) == 4U << 20);
  CHECK(size(0xffffffff) == 4U << 20);
  CHECK(size(0) == 1);
}
