#include "server/control/file_store.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "io/net/system.h"
#include "io/net/timer.h"
#include "server/vault/testing.h"
#include "store/file_blobs.h"
#include "store/testing.h"
#include "tests/support/fake_clamd.h"

using namespace sealhall;
using namespace sealhall::control;

namespace {

struct Shelf {
  explicit Shelf(ScannerOptions scanner = {})
      : blobs(std::move(*store::FileBlobs::open(loop, folder.path + "/blobs"))),
        engine(std::move(
            *store::SqliteEngine::open(folder.file(), [this](auto callback) { loop.post(std::move(callback)); }))),
        store(loop, random, &vault, *blobs, *engine, clock, {.scanner = std::move(scanner)}) {
    awake.after(std::chrono::hours{1}, [] {});
  }
  store::testing::Folder folder;
  io::Loop loop;
  io::Timer awake{loop};
  SeededRandom random{1};
  vault::testing::MemoryVault vault;
  std::unique_ptr<store::FileBlobs> blobs;
  std::unique_ptr<store::Engine> engine;
  io::SystemWallClock clock;
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
    bool answered = false;
    store.put(file, ticket, offset, Bytes(piece.begin(), piece.end()), [&](auto r) {
      out = std::move(r);
      answered = true;
    });
    loop.run_until([&] { return answered; }, std::chrono::seconds{10});
    return out;
  }
  expected<std::string, FileError> get(const std::string& file, const std::string& ticket, std::uint64_t offset,
                                       std::size_t size = 1000) {
    expected<std::string, FileError> out = unexpected(FileError::gone);
    bool answered = false;
    store.get(file, ticket, offset, size, [&](expected<Bytes, FileError> r) {
      if (r) {
        out = std::string(r->begin(), r->end());
      } else {
        out = unexpected(r.error());
      }
      answered = true;
    });
    loop.run_until([&] { return answered; }, std::chrono::seconds{10});
    return out;
  }
  bool wait() {
    loop.run_until([&] { return stored.has_value(); }, std::chrono::seconds{10});
    return stored.has_value();
  }
};

}  // namespace

TEST_CASE(
    "file store: what is uploaded is noted before it is there, so that one that is never sent can be taken away") {
  Shelf s;
  s.expect("f", 6);
  REQUIRE(s.put("f", "t-f", 0, "abc") == 3U);
  const auto doomed = [&](Duration from_now) {
    store::UnclaimedBlobs unclaimed{*s.engine};
    std::optional<std::int64_t> count;
    unclaimed.doom(UnixMicros{static_cast<std::int64_t>(s.clock.now()) + from_now.count()},
                   [&](auto gone) { count = *gone; });
    s.loop.run_until([&] { return count.has_value(); }, std::chrono::seconds{10});
    return *count;
  };
  CHECK(doomed(-std::chrono::hours{1}) == 0);
  CHECK(doomed(std::chrono::hours{1}) == 1);
  CHECK(s.put("f", "t-f", 3, "def") == 6U);
  CHECK(doomed(std::chrono::hours{1}) == 0);
}

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
  std::ifstream raw(s.folder.path + "/blobs/files/f1", std::ios::binary);
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
  Shelf s{{.command = "grep -q EICAR && exit 1 || exit 0"}};
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
  s.loop.run_until([&] { return !std::filesystem::exists(s.folder.path + "/blobs/files/bad"); },
                   std::chrono::seconds{10});
  CHECK_FALSE(std::filesystem::exists(s.folder.path + "/blobs/files/bad"));
  CHECK(std::filesystem::exists(s.folder.path + "/blobs/files/good"));
}

TEST_CASE("file store: a scanner that fails, or is not there, lets nothing through") {
  for (const char* command : {"exit 3", "/nonexistent/scanner"}) {
    CAPTURE(command);
    Shelf s{{.command = command}};
    s.expect("f", 5);
    CHECK(s.put("f", "t-f", 0, "12345") == 5U);
    REQUIRE(s.wait());
    CHECK(s.stored == false);
  }
}

TEST_CASE("file store: a command that does not come to its end, or takes nothing, is no verdict in the end") {
  using namespace std::chrono_literals;
  struct Case {
    std::size_t size;
    io::ClamdTimes times;
  };
  // The second file is more than a pipe holds.
  for (const Case& c : {Case{5, {.step = 1h, .verdict = 100ms}}, Case{200'000, {.step = 100ms, .verdict = 1h}}}) {
    CAPTURE(c.size);
    Shelf s{{.command = "sleep 100; exit 0", .times = c.times}};
    s.expect("f", c.size);
    CHECK(s.put("f", "t-f", 0, std::string(c.size, 'x')) == c.size);
    REQUIRE(s.wait());
    CHECK(s.stored == false);
    CHECK(s.message.find("could not look at this file") != std::string::npos);
  }
}

TEST_CASE("file store: ending does not wait for commands that hang, and nothing that they started goes on") {
  using namespace std::chrono_literals;
  const store::testing::Folder folder;
  const std::string path = folder.path + "/held";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const io::FileDescriptor held{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  REQUIRE(held);
  auto closing = std::chrono::steady_clock::now();
  {
    Shelf s{{.command = "exec 3>" + path + "; echo here >&3; sleep 100; exit 0"}};
    for (std::size_t i = 0; i < FileScans::most_at_once + 2; ++i) {
      const std::string name = "f" + std::to_string(i);
      s.expect(name, 5);
      CHECK(s.put(name, "t-" + name, 0, "12345") == 5U);
    }
    const io::Ticker look{s.loop, 10ms, [] {}};
    std::size_t here = 0;
    CHECK(s.loop.run_until(
        [&] {
          std::array<char, 64> buffer{};
          const ssize_t n = ::read(held.get(), buffer.data(), buffer.size());
          if (n > 0) here += static_cast<std::size_t>(std::count(buffer.begin(), buffer.begin() + n, '\n'));
          return here == FileScans::most_at_once;
        },
        10s));
    CHECK_FALSE(s.stored.has_value());
    closing = std::chrono::steady_clock::now();
  }
  CHECK(std::chrono::steady_clock::now() - closing < 20s);
  // The end of a pipe is closed when the last process that held it has gone.
  pollfd poll{held.get(), POLLIN, 0};
  CHECK(::poll(&poll, 1, 10'000) == 1);
  CHECK((poll.revents & POLLHUP) != 0);
}

TEST_CASE(
    "file store: ClamAV's daemon looks at files; without its verdict they are refused, unless the house says else") {
  const std::string eicar = "..X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
  sealhall::testing::FakeClamd daemon{false};
  Shelf s{{.clamd = daemon.address()}};
  s.expect("good", 5);
  CHECK(s.put("good", "t-good", 0, "12345") == 5U);
  REQUIRE(s.wait());
  CHECK(s.stored == true);
  CHECK(daemon.last() == "12345");
  s.stored.reset();
  s.expect("bad", eicar.size());
  CHECK(s.put("bad", "t-bad", 0, eicar) == eicar.size());
  REQUIRE(s.wait());
  CHECK(s.stored == false);
  CHECK(s.message.find("has refused") != std::string::npos);
  for (const bool fail_open : {false, true}) {
    Shelf nobody{{.clamd = "/nonexistent/clamd.ctl", .fail_open = fail_open}};
    nobody.expect("f", 5);
    CHECK(nobody.put("f", "t-f", 0, "12345") == 5U);
    REQUIRE(nobody.wait());
    CHECK(nobody.stored == fail_open);
    if (!fail_open) CHECK(nobody.message.find("could not look at this file, so it was not taken") != std::string::npos);
  }
}

TEST_CASE("file store: many files wait for a scanner that says nothing; ending does not wait for it") {
  sealhall::testing::FakeClamd daemon{false, sealhall::testing::FakeClamd::Mood::silent};
  Shelf s{{.clamd = daemon.address()}};
  for (int i = 0; i < 12; ++i) {
    const std::string name = "f" + std::to_string(i);
    s.expect(name, 5);
    CHECK(s.put(name, "t-" + name, 0, "12345") == 5U);
  }
  CHECK_FALSE(s.stored.has_value());
}

TEST_CASE("file store: a large file goes through in pieces, is read from anywhere, and a changed blob is gone") {
  Shelf s;
  std::string content(3 * 65536 + 100, 'a');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i * 7 % 26);
  s.expect("big", content.size());
  for (std::size_t at = 0; at < content.size(); at += 50'000) {
    const std::string piece = content.substr(at, 50'000);
    REQUIRE(s.put("big", "t-big", at, piece) == at + piece.size());
  }
  CHECK(s.stored == true);
  s.store.expect_download({"a", "m"}, "big", "d1");
  CHECK(s.get("big", "d1", 65'000, 1'000) == content.substr(65'000, 1'000));
  CHECK(s.get("big", "d1", 0, content.size()) == content);
  const std::string path = s.folder.path + "/blobs/files/big";
  std::fstream raw(path, std::ios::binary | std::ios::in | std::ios::out);
  raw.seekp(-20, std::ios::end);
  raw.put('!');
  raw.close();
  s.store.expect_download({"a", "m"}, "big", "d2");
  CHECK(s.get("big", "d2", 0).error() == FileError::gone);
}
