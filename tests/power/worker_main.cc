// power_worker run FOLDER SEED | run-normal FOLDER SEED | check FOLDER: writes rows and blobs and says in FOLDER/acks
// what was acknowledged; or opens what a power cut left and says what is there.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "core/base/random.h"
#include "io/net/loop.h"
#include "io/net/timer.h"
#include "store/file_blobs.h"
#include "store/sqlite_engine.h"

using namespace sealhall;
using namespace sealhall::store;

namespace {

constexpr int rows = 500;
constexpr int blobs_every = 6;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "power_worker: %s\n", what.c_str());
  std::exit(3);
}

/// What a row or a blob of that number holds: everybody can tell whether it is whole.
std::string text_of(int number) {
  SeededRandom random{static_cast<std::uint64_t>(number) * 2 + 1};
  std::string out(200 + random.below(6000), ' ');
  for (char& c : out) c = static_cast<char>('a' + random.below(26));
  return out;
}
Bytes blob_of(int number, std::uint8_t version) {
  SeededRandom random{static_cast<std::uint64_t>(number) * 256 + version};
  Bytes out(1 + random.below(40'000));
  random.fill(out);
  out[0] = version;
  return out;
}
std::string blob_name(int number) { return "kind" + std::to_string(number % 3) + "/b" + std::to_string(number); }

class Acks {
 public:
  explicit Acks(const std::string& folder)
      : fd_(::open((folder + "/acks").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
  void say(const std::string& what) const {
    if (::write(fd_, (what + "\n").c_str(), what.size() + 1) < 0) fail("acks");
  }

 private:
  int fd_;
};

std::vector<Statement> insert(int number) {
  const auto one = [&](const char* half) -> Statement {
    return {"INSERT INTO accounts(id, name, created_at) VALUES($1,$2,$3)",
            {"r" + std::to_string(number) + half, text_of(number), number + 1}};
  };
  return {one("a"), one("b")};
}

int run(const std::string& folder, std::uint64_t seed) {
  io::Loop loop;
  io::Timer awake{loop};
  awake.after(std::chrono::hours{1}, [] {});
  const Acks acks{folder};
  auto engine = SqliteEngine::open(folder + "/store.sqlite", [&](auto f) { loop.post(std::move(f)); });
  auto blobs = FileBlobs::open(loop, folder + "/blobs");
  if (!engine || !blobs) fail("cannot open");
  SeededRandom random{seed};
  int open = 0;
  std::vector<std::unique_ptr<BlobWriter>> writers;
  const auto put = [&](int number, std::uint8_t version) {
    writers.push_back((*blobs)->put(blob_name(number)));
    BlobWriter& writer = *writers.back();
    Bytes content = blob_of(number, version);
    const auto middle = content.begin() + static_cast<std::ptrdiff_t>(random.below(content.size()));
    writer.append(Bytes(content.begin(), middle), [](auto) {});
    writer.append(Bytes(middle, content.end()), [](auto) {});
    ++open;
    writer.finish([&, number, version](auto done) {
      --open;
      if (!done) fail("blob");
      acks.say("blob " + std::to_string(number) + " " + std::to_string(version));
    });
  };
  for (int i = 0; i < rows; ++i) {
    ++open;
    (*engine)->write(insert(i), [&, i](auto done) {
      --open;
      if (!done) fail(std::string{name_of(done.error())});
      acks.say("row " + std::to_string(i));
    });
    if (i % blobs_every == 0) put(i, 1);
    if (i % blobs_every == 3 && random.chance(0.5)) {
      // About the last one, whose first version may still be under way: the order of calls is kept.
      const int number = i - 3;
      if (random.chance(0.5)) {
        put(number, 2);
      } else {
        ++open;
        (*blobs)->remove(blob_name(number), [&, number](auto done) {
          --open;
          if (!done) fail("remove");
          acks.say("gone " + std::to_string(number));
        });
      }
    }
    const int allowed = static_cast<int>(random.below(8));
    loop.run_until([&] { return open <= allowed; }, std::chrono::seconds{20});
  }
  loop.run_until([&] { return open == 0; }, std::chrono::seconds{20});
  std::_Exit(open == 0 ? 0 : 3);  // as a process that is killed: nothing is tidied up
}

/// The same rows with the setting that is often recommended: to show that the test sees what it loses.
int run_normal(const std::string& folder) {
  const Acks acks{folder};
  {
    io::Loop loop;  // the schema
    if (!SqliteEngine::open(folder + "/store.sqlite", [&](auto f) { loop.post(std::move(f)); })) fail("cannot open");
  }
  auto database = Database::open(folder + "/store.sqlite", Database::Mode::read_write);
  if (!database || !database->execute("PRAGMA synchronous=NORMAL")) fail("cannot open");
  for (int i = 0; i < rows; ++i) {
    if (!database->execute("BEGIN IMMEDIATE")) fail("begin");
    for (const Statement& s : insert(i)) {
      if (!database->run(s)) fail("row");
    }
    if (!database->execute("COMMIT")) fail("commit");
    acks.say("row " + std::to_string(i));
  }
  std::_Exit(0);
}

int check(const std::string& folder) {
  io::Loop loop;
  io::Timer awake{loop};
  awake.after(std::chrono::hours{1}, [] {});
  auto engine = SqliteEngine::open(folder + "/store.sqlite", [&](auto f) { loop.post(std::move(f)); });
  if (!engine) {
    std::printf("broken %s\n", std::string{name_of(engine.error())}.c_str());
    return 0;
  }
  (*engine)->read({"PRAGMA integrity_check"}, [](auto found) {
    if (!found || found->text(0, 0) != "ok") std::printf("broken integrity\n");
  });
  (*engine)->read({"SELECT id, name, created_at FROM accounts WHERE created_at>0 ORDER BY id"}, [](auto found) {
    if (!found) return void(std::printf("broken read\n"));
    std::map<int, int> halves;
    for (std::size_t i = 0; i < found->size(); ++i) {
      const int number = static_cast<int>(found->integer(i, 2)) - 1;
      if (found->text(i, 1) != text_of(number)) std::printf("broken row %d\n", number);
      ++halves[number];
    }
    for (const auto& [number, n] : halves) std::printf(n == 2 ? "row %d\n" : "broken half row %d\n", number);
  });
  auto blobs = FileBlobs::open(loop, folder + "/blobs");
  if (!blobs) return std::printf("broken blobs\n"), 0;
  std::optional<std::vector<BlobInfo>> listed;
  (*blobs)->list("", "", 100'000, [&](auto found) { listed = found ? std::move(*found) : std::vector<BlobInfo>{}; });
  loop.run_until([&] { return listed.has_value(); }, std::chrono::seconds{20});
  std::size_t left = listed->size();
  for (const BlobInfo& info : *listed) {
    const int number = std::atoi(info.name.c_str() + info.name.rfind('b') + 1);
    (*blobs)->get(info.name, 0, 1U << 30, [&, number](auto content) {
      --left;
      const bool whole = content && !content->empty() && *content == blob_of(number, content->front());
      if (whole) {
        std::printf("blob %d %d\n", number, content->front());
      } else {
        std::printf("half %d\n", number);
      }
    });
  }
  loop.run_until([&] { return left == 0; }, std::chrono::seconds{20});
  std::printf("checked\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) fail("run FOLDER SEED | run-normal FOLDER SEED | check FOLDER");
  const std::string what = argv[1];
  const std::string folder = argv[2];
  if (what == "check") return check(folder);
  if (what == "run-normal") return run_normal(folder);
  return run(folder, argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
}
