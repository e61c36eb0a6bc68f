// A real sealhall-media and the control channel that it needs.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/sfu/process.h"
#include "core/wire/codec.h"
#include "core/wire/frame.h"
#include "io/net/system.h"

namespace sealhall::bench {

class WorkerRun {
 public:
  /// `program` is sealhall-media. Ends the benchmark with a sentence when it does not start.
  WorkerRun(const std::string& program, int cpu, std::uint32_t start_rate_kbps);
  ~WorkerRun();
  WorkerRun(const WorkerRun&) = delete;
  WorkerRun& operator=(const WorkerRun&) = delete;

  void say(const wire::media::ControlMessage& message);
  /// Reads what the worker has said; waits at most `milliseconds`.
  void listen(int milliseconds);

  [[nodiscard]] const Child& process() const { return child_; }
  [[nodiscard]] const wire::media::Hello& hello() const { return *hello_; }
  std::unordered_map<std::uint64_t, wire::media::TransportReady> ready;
  std::size_t connected = 0;
  std::size_t lost = 0;
  wire::media::WorkerStats stats;
  std::size_t reports = 0;  ///< of WorkerStats

 private:
  void take(const wire::media::WorkerMessage& message);

  std::string directory_;
  io::FileDescriptor listener_;
  io::FileDescriptor channel_;
  wire::FrameReader reader_;
  std::optional<wire::media::Hello> hello_;
  Child child_;
};

/// Ends the benchmark with a sentence on standard error.
[[noreturn]] void give_up(const std::string& why);

}  // namespace sealhall::bench
