// power_parts run FOLDER SEED | check FOLDER: writes sealed containers piece by piece, as the recorder does, and says
// in FOLDER/acks how much of each was synced; or opens what a power cut left and says how much of each is there.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "core/base/random.h"
#include "core/crypto/random.h"
#include "core/envelope/testing.h"
#include "io/files/files.h"
#include "io/sealed/sealed_file.h"

using namespace sealhall;

namespace {

constexpr int steps = 200;
constexpr std::size_t most = 8U << 20;  // bytes of a container

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "power_parts: %s\n", what.c_str());
  std::exit(3);
}

std::string path_of(const std::string& folder, int number) { return folder + "/track-" + std::to_string(number); }
envelope::Context context_of(int number) { return {"acme", "recording", "r" + std::to_string(number), "track"}; }
envelope::Key key_of(int number) { return envelope::testing::key_of(static_cast<std::uint64_t>(number)); }

class Acks {
 public:
  explicit Acks(const std::string& folder)
      : fd_(::open((folder + "/acks").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
  void say(const char* what, int number, std::uint64_t bytes) const {
    const std::string line = std::string{what} + " " + std::to_string(number) + " " + std::to_string(bytes) + "\n";
    if (::write(fd_, line.c_str(), line.size()) < 0) fail("acks");
  }

 private:
  int fd_;
};

struct Track {
  int number = 0;
  std::optional<io::SealedFileWriter> file;
};

int run(const std::string& folder, std::uint64_t seed) {
  const Acks acks{folder};
  SeededRandom chance{seed};
  crypto::SystemRandom random;
  const Bytes content = envelope::testing::content(most);
  std::array<Track, 3> tracks;  // several grow at the same time
  int made = 0;
  for (int step = 0; step < steps; ++step) {
    Track& track = tracks[chance.below(tracks.size())];
    if (!track.file) {
      track.number = made++;
      auto wrapped = envelope::wrap_key(key_of(1000), {{envelope::testing::id_of(1), 1}, envelope::testing::id_of(2)},
                                        context_of(track.number), key_of(track.number), random);
      if (!wrapped) fail("wrap");
      auto file = io::SealedFileWriter::create(path_of(folder, track.number), context_of(track.number),
                                               key_of(track.number), *wrapped, random);
      if (!file) fail(file.error().reason);
      track.file.emplace(std::move(*file));
    }
    const auto written = static_cast<std::size_t>(track.file->size());
    const std::size_t size = std::min(1 + chance.below(60'000), most - written);
    if (!track.file->write(ByteView{content}.subspan(written, size))) fail("write");
    if (chance.chance(0.4)) {
      if (!track.file->sync()) fail("sync");
      acks.say("part", track.number, track.file->size() - track.file->waiting());
    }
    if (chance.chance(0.06)) {
      const std::uint64_t whole = track.file->size();
      if (!track.file->finish()) fail("finish");
      acks.say("whole", track.number, whole);
      track.file.reset();
    }
  }
  std::_Exit(0);  // as a process that is killed: nothing is tidied up
}

int check(const std::string& folder) {
  const Bytes content = envelope::testing::content(most);
  for (int number = 0; number < steps; ++number) {
    const std::string path = path_of(folder, number);
    if (!io::file_exists(path)) continue;
    auto file = io::SealedFileReader::open(path, context_of(number), key_of(number));
    if (!file) continue;  // its header was not synced: nothing of it was promised, or run.py misses it
    const auto got = file->read_all(most);
    if (!got || !equal(*got, ByteView{content}.first(got->size()))) {
      std::printf("broken %d\n", number);
    } else {
      std::printf("%s %d %zu\n", file->complete() ? "whole" : "part", number, got->size());
    }
  }
  std::printf("checked\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) fail("run FOLDER SEED | check FOLDER");
  const std::string what = argv[1];
  const std::string folder = argv[2];
  if (what == "check") return check(folder);
  return run(folder, argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
}
