// search_cost MESSAGES FOLDER: how long the words of somebody take to be searched for in a meeting's chat of that many
// messages, which are sealed one by one, and how much memory that takes. Beside it: opening as many records and nothing
// else. JSON in Google Benchmark's shape on standard output.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "io/net/clock.h"
#include "io/net/loop.h"
#include "io/net/timer.h"
#include "server/control/activity_keeper.h"
#include "server/vault/testing.h"
#include "store/open.h"
#include "store/store.h"

using namespace sealhall;
using namespace sealhall::control;

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "search_cost: %s\n", what);
  std::exit(1);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

wire::ChatMessage message(std::uint64_t number) {
  wire::ChatMessage m;
  m.message = number;
  m.from = static_cast<wire::ParticipantNumber>(number % 50 + 1);
  m.name = "Somebody";
  m.scope = wire::ChatScope::everyone;
  m.text = "What somebody says in a meeting is about as long as this sentence, number " + std::to_string(number) + ".";
  return m;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) fail("MESSAGES FOLDER");
  const auto count = static_cast<std::uint64_t>(std::strtoull(argv[1], nullptr, 10));
  io::Loop loop;
  io::Timer awake{loop};
  awake.after(std::chrono::hours{1}, [] {});
  auto engine = store::open_engine(loop, std::string{argv[2]} + "/search.sqlite");
  if (!engine) fail(engine.error().c_str());
  vault::testing::MemoryVault vault;
  SeededRandom random{1};
  const io::SystemWallClock clock;
  ActivityKeeper keeper{**engine, &vault, clock, random};
  const std::string account{store::default_account};

  const auto log = keeper.fresh(account, "meeting");
  constexpr std::uint64_t at_once = 2000;
  std::uint64_t asked = 0;
  std::uint64_t kept = 0;
  while (kept < count) {
    while (asked < count && asked - kept < at_once) {
      keeper.keep(log, message(++asked), [&kept](bool good) {
        if (!good) fail("a message was not kept");
        ++kept;
      });
    }
    const std::uint64_t before = kept;
    if (!loop.run_until([&] { return kept > before; }, std::chrono::seconds{60})) fail("nothing was kept for a minute");
  }

  // The words are in the oldest message: everything before it is opened.
  const long memory = peak_kib();
  const double cpu = cpu_seconds();
  const Instant start = loop.now();
  std::optional<std::size_t> found;
  keeper.search(account, "meeting", "NUMBER 1.", 10, [&](auto messages) {
    if (!messages) fail("the search failed");
    found = messages->size();
  });
  if (!loop.run_until([&] { return found.has_value(); }, std::chrono::minutes{10})) fail("the search did not end");
  if (*found != 1) fail("the message was not found");
  const double took = to_seconds(loop.now() - start);
  const double spent = cpu_seconds() - cpu;
  const long grown = peak_kib() - memory;

  envelope::Key key;
  random.fill(key.reveal_mutable());
  envelope::KeyId id{};
  envelope::RecordKey record{key, id};
  const vault::SealContext context{account, "chat", "log", "1"};
  const auto sealed = record.seal(context, Bytes(240, 'x'), random);
  if (!sealed) fail("seal");
  const double floor_start = cpu_seconds();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!record.open(context, *sealed)) fail("open");
  }
  const double floor = cpu_seconds() - floor_start;

  std::printf(
      "{\"benchmarks\": [\n"
      " {\"name\": \"search_messages\", \"value\": %.3f, \"unit\": \"us a message\", \"floor\": \"floor_open_record\", "
      "\"note\": \"%llu messages: %.2f s, %.2f s CPU of both threads\"},\n"
      " {\"name\": \"search_memory\", \"value\": %ld, \"unit\": \"KiB more\", \"limit\": 16384},\n"
      " {\"name\": \"floor_open_record\", \"value\": %.3f, \"unit\": \"us a message\"}]}\n",
      took * 1e6 / static_cast<double>(count), static_cast<unsigned long long>(count), took, spent, grown,
      floor * 1e6 / static_cast<double>(count));
  return 0;
}
