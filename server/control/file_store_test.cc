#include "server/control/file_store.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "io/net/timer.h"
#include "server/vault/testing.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::control;

namespace {

struct Shelf {
  explicit Shelf(std::string scanner = {})
      : store(loop, random, &vault, {.folder = folder.path + "/files", .scan_command = std::move(scanner)}) {
    awake.after(std::chrono::hours{1}, [] {});
  }
  store::testing::Folder folder;
  io::Loop loop;
  io::Timer awake{loop};
  SeededRandom random{1};
  vault::testing::MemoryVault vault;
  FileStore store;
  std::optional<bool> stored;
  std::string message;

  void expect(const std::string& file, std::uint64_t size) {
    store.expect_upload({"a", "m"}, file, "t-" + file, size, [this](bool ok, std::string why) {
      stored = ok;
      message = std::move(why);
    });
  }
  expected<std::uint64_t, FileError> put(const std::string& file, const std::string& ticket, std::uint64_t offset,
                                         const std::string& piece) {
    expected<std::uint64_t, FileError> out = unexpected(FileError::gone);
    store.put(file, ticket, offset, Bytes(piece.begin(), piece.end()), [&](auto r) { out = std::move(r); });
    return out;
  }
  expected<std::string, FileError> get(const std::string& file, const std::string& ticket, std::uint64_t offset,
                                       std::size_t size = 1000) {
    expected<std::string, FileError> out = unexpected(FileError::gone);
    store.get(file, ticket, offset, size, [&](expected<Bytes, FileError> r) {
      if (r) {
        out = std::string(r->begin(), r->end());
      } else {
        out = unexpected(r.error());
      }
    });
    return out;
  }
  bool wait() {
    loop.run_until([&] { return stored.has_value(); }, std::chrono::seconds{10});
    return stored.has_value();
  }
};

}  // namespace

TEST_CASE("file store: pieces in, pieces out; sealed on the disk; only with the ticket of that file") {
  Shelf s;
  s.expect("f1", 12);
  CHECK(s.put("f1", "wrong", 0, "hello ").error() == FileError::no_such_ticket);
  CHECK(s.put("f2", "t-f1", 0, "hello ").error() == FileError::no_such_ticket);
  CHECK(s.put("f1", "t-f1", 0, "hello ") == 6U);
  CHECK(s.put("f1", "t-f1", 0, "hello ") == 6U);  // the answer was lost: once more
  CHECK(s.put("f1", "t-f1", 7, "x").error() == FileError::wrong_piece);
  CHECK(s.put("f1", "t-f1", 6, "secret!").error() == FileError::wrong_piece);
  CHECK_FALSE(s.stored.has_value());
  CHECK(s.put("f1", "t-f1", 6, "secret") == 12U);
  CHECK(s.stored == true);
  CHECK(s.put("f1", "t-f1", 0, "hello ").error() == FileError::no_such_ticket);
  CHECK(s.get("f1", "t-f1", 0).error() == FileError::no_such_ticket);
  s.store.expect_download({"a", "m"}, "f1", "d1");
  CHECK(s.get("f1", "d1", 0) == "hello secret");
  CHECK(s.get("f1", "d1", 6, 3) == "sec");
  CHECK(s.get("f1", "d1", 12) == "");
  std::ifstream raw(s.folder.path + "/files/f1", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(raw), {}};
  CHECK(bytes.size() > 12);
  CHECK(bytes.find("secret") == std::string::npos);
  s.vault.shred("a", "meeting/m", [](auto) {});
  s.store.expect_download({"a", "m"}, "f1", "d2");
  CHECK(s.get("f1", "d2", 0).error() == FileError::gone);
}

TEST_CASE("file store: without keys the same piece is tried again; whose container it is not cannot open it") {
  Shelf s;
  s.vault.trouble = vault::VaultError::unavailable;
  s.expect("f1", 3);
  CHECK(s.put("f1", "t-f1", 0, "abc").error() == FileError::unavailable);
  s.vault.trouble.reset();
  CHECK(s.put("f1", "t-f1", 0, "abc") == 3U);
  s.store.expect_download({"another account", "m"}, "f1", "d1");
  CHECK_FALSE(s.get("f1", "d1", 0).has_value());
}

TEST_CASE("file store: a scanner gets the plain content; what it refuses is taken away, and it is said") {
  Shelf s{"grep -q EICAR && exit 1 || exit 0"};
  s.expect("good", 5);
  CHECK(s.put("good", "t-good", 0, "12345") == 5U);
  REQUIRE(s.wait());
  CHECK(s.stored == true);
  s.stored.reset();
  s.expect("bad", 7);
  CHECK(s.put("bad", "t-bad", 0, "xEICARx") == 7U);
  REQUIRE(s.wait());
  CHECK(s.stored == false);
  CHECK(s.message.find("refused") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(s.folder.path + "/files/bad"));
}

TEST_CASE("file store: a scanner that fails, or is not there, lets nothing through") {
  for (const char* command : {"exit 3", "/nonexistent/scanner"}) {
    CAPTURE(command);
    Shelf s{command};
    s.expect("f", 5);
    CHECK(s.put("f", "t-f", 0, "12345") == 5U);
    REQUIRE(s.wait());
    CHECK(s.stored == false);
  }
}
