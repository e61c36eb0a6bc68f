// The main of every micro benchmark: Google Benchmark's own table and options, then one line for each benchmark that
// has a floor, with the ratio of the best repetitions.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/floor.h"

// glibc lets a program put its own malloc in front and still reach the original.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
}

namespace {

std::atomic<std::uint64_t> allocation_count{0};

}  // namespace

extern "C" {
void* malloc(std::size_t size) {
  allocation_count.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  allocation_count.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  allocation_count.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(old, size);
}
}

std::uint64_t sealhall::bench::allocations() noexcept { return allocation_count.load(std::memory_order_relaxed); }

namespace {

struct Best {
  double nanoseconds = 0;
  std::string floor;
};

// Prints as the console reporter does and remembers the fastest repetition of each benchmark. CPU time: on a shared
// machine it is steadier than the clock on the wall.
class FloorReporter final : public benchmark::ConsoleReporter {
 public:
  FloorReporter() : ConsoleReporter(OO_Tabular) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      std::string name = run.run_name.function_name + (run.run_name.args.empty() ? "" : "/" + run.run_name.args);
      const double nanoseconds = run.cpu_accumulated_time * 1e9 / static_cast<double>(run.iterations);
      auto [at, fresh] = best_.try_emplace(name);
      if (fresh) order_.push_back(name);
      if (fresh || nanoseconds < at->second.nanoseconds) at->second.nanoseconds = nanoseconds;
      if (run.report_label.starts_with("floor=")) at->second.floor = run.report_label.substr(6);
    }
    ConsoleReporter::ReportRuns(runs);
  }

  void print_ratios() const {
    std::printf("\n%-52s %10s   %-34s %10s %8s\n", "benchmark", "ns", "floor", "ns", "ratio");
    for (const std::string& name : order_) {
      const Best& best = best_.at(name);
      const auto floor = best_.find(best.floor);
      if (best.floor.empty() || floor == best_.end()) continue;
      std::printf("%-52s %10.1f   %-34s %10.1f %8.2f\n", name.c_str(), best.nanoseconds, best.floor.c_str(),
                  floor->second.nanoseconds, best.nanoseconds / floor->second.nanoseconds);
    }
  }

 private:
  std::map<std::string, Best> best_;
  std::vector<std::string> order_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  FloorReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.print_ratios();
  return 0;
}
