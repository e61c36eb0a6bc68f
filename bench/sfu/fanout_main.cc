// sfu_fanout: the real sealhall-media with real DTLS and SRTP receivers, beside the bare loop, in one run.
//   sfu_fanout --json FILE [--quick] [--receivers N] [--media PROGRAM] [--only PART]
//   PART: video, audio, saturation, memory; for a profiler drop and feedback
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "bench/sfu/clients.h"
#include "bench/sfu/floor.h"

using namespace sealhall;
using namespace sealhall::bench;

namespace {

struct Options {
  std::string json;
  std::string media;
  std::size_t receivers = 300;
  double seconds = 5;
  int rounds = 3;
  std::string only;  ///< "video", "audio", "saturation" or "memory"; empty: these; "drop", "feedback": for a profiler
};

struct Row {
  std::string name;
  double value = 0;
  std::string unit;
  std::string floor = "";
  double limit = 0;
  bool higher = false;
  std::string note = "";
};
std::vector<Row> rows;

void add(Row row) {
  std::printf("%-44s %12.2f %-10s %s\n", row.name.c_str(), row.value, row.unit.c_str(), row.note.c_str());
  std::fflush(stdout);
  rows.push_back(std::move(row));
}

void write_json(const std::string& path) {
  std::FILE* out = std::fopen(path.c_str(), "w");
  if (out == nullptr) give_up("cannot write " + path);
  std::fprintf(out, "{\"benchmarks\": [\n");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    std::fprintf(out, "  {\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\"", row.name.c_str(), row.value,
                 row.unit.c_str());
    if (!row.floor.empty()) std::fprintf(out, ", \"floor\": \"%s\"", row.floor.c_str());
    if (row.limit != 0) std::fprintf(out, ", \"limit\": %g", row.limit);
    if (row.higher) std::fprintf(out, ", \"better\": \"higher\"");
    if (!row.note.empty()) std::fprintf(out, ", \"note\": \"%s\"", row.note.c_str());
    std::fprintf(out, "}%s\n", i + 1 < rows.size() ? "," : "");
  }
  std::fprintf(out, "]}\n");
  std::fclose(out);
}

double us_a_packet(const Measured& measured) {
  return measured.packets == 0 ? 0 : measured.cpu_seconds * 1e6 / static_cast<double>(measured.packets);
}
double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}
std::string note_of(const Measured& measured) {
  char text[160];
  std::snprintf(text, sizeof text, "%.0f packets/s of %.0f offered, %.0f %% of a CPU, waited %.0f %%",
                static_cast<double>(measured.packets) / measured.seconds,
                static_cast<double>(measured.offered) / measured.seconds, 100 * measured.cpu_seconds / measured.seconds,
                100 * measured.waited_seconds / measured.seconds);
  return text;
}

/// Enough for `load` before there is any feedback, and for its probes.
std::uint32_t start_rate(const Load& load) {
  return static_cast<std::uint32_t>(std::min(30'000.0, 1.6 * load.packets * 1.22 * 8 * load.frames_a_second));
}

Measured worker_round(const Options& options, const Load& load, Receiving receiving) {
  WorkerRun worker{options.media, 0, start_rate(load)};
  Clients clients{worker, options.receivers, receiving, load};
  clients.run(1);  // key frame, first allocation
  if (options.only == "drop" || options.only == "feedback") {
    std::printf("measuring %d\n", static_cast<int>(worker.process().pid()));
    std::fflush(stdout);
  }
  return clients.run(options.seconds);
}

/// Worker and floor in turn; the median of the rounds counts.
Measured median(std::vector<Measured>& rounds) {
  std::sort(rounds.begin(), rounds.end(), [](const auto& a, const auto& b) { return us_a_packet(a) < us_a_packet(b); });
  return rounds[rounds.size() / 2];
}

/// CPU of a packet to receivers that drop, in microseconds.
double compare(const Options& options, const std::string& name, const Load& load, double limit) {
  std::vector<Measured> worker;
  std::vector<Measured> floor;
  for (int round = 0; round < options.rounds; ++round) {
    floor.push_back(run_floor(load, options.receivers, 0, options.seconds));
    worker.push_back(worker_round(options, load, Receiving::drop));
  }
  Measured bare = median(floor);
  const Measured real = median(worker);
  add({"floor_cpu/" + name, us_a_packet(bare), "us/packet", "", 0, false, note_of(bare)});
  add({"cpu/" + name, us_a_packet(real), "us/packet", "floor_cpu/" + name, limit, false, note_of(real)});
  add({"floor_latency_p50/" + name, percentile(bare.latencies_us, 0.5), "us", "", 0, false,
       "send to kernel of receiver"});
  add({"floor_latency_p99/" + name, percentile(bare.latencies_us, 0.99), "us"});
  return us_a_packet(real);
}

/// Receivers that read and answer: congestion control at work, and the latency. `without` is what a packet costs to
/// receivers that drop, where that was measured.
void with_feedback(const Options& options, const std::string& name, const Load& load, std::optional<double> without) {
  Measured real = worker_round(options, load, Receiving::answer);
  add({"cpu_with_feedback/" + name, us_a_packet(real), "us/packet", "floor_cpu/" + name, 0, false, note_of(real)});
  if (without && real.answers > 0) {
    const auto answers = static_cast<double>(real.answers);
    char note[120];
    std::snprintf(note, sizeof note,
                  "what the row above has more than cpu/, over %.0f datagrams with feedback a second",
                  answers / real.seconds);
    add({"cpu_a_feedback/" + name, (real.cpu_seconds * 1e6 - *without * static_cast<double>(real.packets)) / answers,
         "us/datagram", "", 0, false, note});
  }
  add({"latency_p50/" + name, percentile(real.latencies_us, 0.5), "us", "floor_latency_p50/" + name, 0, false,
       "send to kernel of receiver"});
  add({"latency_p99/" + name, percentile(real.latencies_us, 0.99), "us", "floor_latency_p99/" + name});
}

void saturate(const Options& options) {
  double best = 0;
  double best_cpu = 0;
  std::string note;
  double bare_best = 0;
  double bare_cpu = 0;
  std::string bare_note;
  for (const double frames : {120.0, 240.0, 360.0}) {
    const Load load{.frames_a_second = frames};
    const Measured bare = run_floor(load, options.receivers, 0, options.seconds);
    if (const double rate = static_cast<double>(bare.packets) / bare.seconds; rate > bare_best) {
      bare_best = rate;
      bare_note = note_of(bare);
    }
    bare_cpu = std::max(bare_cpu, static_cast<double>(bare.packets) / bare.cpu_seconds);
    const Measured measured = worker_round(options, load, Receiving::drop);
    const double rate = static_cast<double>(measured.packets) / measured.seconds;
    best_cpu = std::max(best_cpu, static_cast<double>(measured.packets) / measured.cpu_seconds);
    if (rate > best) {
      best = rate;
      note = note_of(measured);
    }
    if (measured.packets * 10 < measured.offered * 9) break;
  }
  add({"floor_saturation", bare_best, "packets/s", "", 0, true, bare_note});
  add({"saturation", best, "packets/s", "floor_saturation", 500'000, true, note});
  add({"floor_saturation_a_cpu_second", bare_cpu, "packets", "", 0, true});
  add({"saturation_a_cpu_second", best_cpu, "packets", "floor_saturation_a_cpu_second", 500'000, true,
       "what a CPU of its own would do"});
}

/// What one more receiver takes: the difference between a small and a large meeting, so that what all share is left
/// out.
void memory(const Options& options) {
  const auto used = [&](std::size_t receivers) {
    const Load load;
    WorkerRun worker{options.media, 0, start_rate(load)};
    Clients clients{worker, receivers, Receiving::drop, load};
    clients.run(2);
    return static_cast<double>(worker.process().anonymous_memory());
  };
  const std::size_t few = std::max<std::size_t>(options.receivers / 4, 1);
  const double small = used(few);
  const double large = used(options.receivers + few);
  add({"floor_memory_a_receiver", floor_receiver_kib(options.receivers), "KiB", "", 0, false,
       "an address and a cipher with its key"});
  add({"memory_a_receiver", (large - small) / static_cast<double>(options.receivers) / 1024.0, "KiB",
       "floor_memory_a_receiver", 32, false,
       "resident, what the heap holds after the handshakes included; 8 audio and 4 video slots"});
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.media = std::filesystem::path(argv[0]).parent_path() / "sealhall-media";
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--quick") {
      options.seconds = 1;
      options.rounds = 1;
    } else if (name == "--json" && i + 1 < argc) {
      options.json = argv[++i];
    } else if (name == "--media" && i + 1 < argc) {
      options.media = argv[++i];
    } else if (name == "--receivers" && i + 1 < argc) {
      options.receivers = static_cast<std::size_t>(std::max(1, std::atoi(argv[++i])));
    } else if (name == "--only" && i + 1 < argc) {
      options.only = argv[++i];
    } else {
      give_up("usage: sfu_fanout --json FILE [--quick] [--receivers N] [--media PROGRAM] [--only PART]");
    }
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  pin_to(1);

  const std::string to = "1_to_" + std::to_string(options.receivers);
  const auto asked = [&](const char* part) { return options.only.empty() || options.only == part; };
  if (asked("video")) {
    const double without = compare(options, "video_8x1200_30fps/" + to, Load{}, 2.0);
    with_feedback(options, "video_8x1200_30fps/" + to, Load{}, without);
  }
  if (asked("audio")) {
    const Load voices{.speakers = 4};
    const double without = compare(options, "audio_4x100_50hz/" + to, voices, 0);
    with_feedback(options, "audio_4x100_50hz/" + to, voices, without);
  }
  if (options.only == "drop") {  // what cpu/video measures
    const Measured real = worker_round(options, Load{}, Receiving::drop);
    add({"cpu/video_8x1200_30fps/" + to, us_a_packet(real), "us/packet", "", 0, false, note_of(real)});
  }
  if (options.only == "feedback") with_feedback(options, "video_8x1200_30fps/" + to, Load{}, std::nullopt);
  if (asked("saturation")) saturate(options);
  if (asked("memory")) memory(options);
  if (!options.json.empty()) write_json(options.json);
  return 0;
}
