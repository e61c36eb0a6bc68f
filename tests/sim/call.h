// Flows over shared paths, and the loop that runs them in virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "tests/sim/network.h"
#include "tests/sim/receiver.h"
#include "tests/sim/sender.h"

namespace sealhall::sim {

/// What one flow did over a stretch of time.
struct Interval {
  double sent_kbps = 0.0;    ///< all that the sender put on the wire
  double target_kbps = 0.0;  ///< at its end
  double frames_per_second = 0.0;
  Duration longest_freeze{};
  double concealed = 0.0;  ///< part of the audio steps outside silence
  std::uint64_t plis = 0;
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, const PathConfig& forward, const PathConfig& back = {});

  /// One more sender and receiver over the same two paths; returns its number.
  std::size_t add_flow(const Sender::Config& sender = {}, Receiver::Config receiver = {});
  void run(Duration length);
  /// Runs for `length` and tells what flow `flow` did meanwhile.
  Interval measure(Duration length, std::size_t flow = 0);

  Path& forward() { return forward_; }
  Path& back() { return back_; }
  Sender& sender(std::size_t flow = 0) { return *flows_[flow].sender; }
  Receiver& receiver(std::size_t flow = 0) { return *flows_[flow].receiver; }
  [[nodiscard]] Instant now() const { return now_; }
  /// The same for two runs with the same seed and configuration.
  [[nodiscard]] std::uint64_t hash() const;

 private:
  struct Flow {
    std::unique_ptr<Sender> sender;
    std::unique_ptr<Receiver> receiver;
  };
  void deliver();
  void flush(std::size_t flow);

  std::uint64_t seed_;
  Path forward_;
  Path back_;
  std::vector<Flow> flows_;
  Instant now_{std::chrono::seconds{1000}};
};

}  // namespace sealhall::sim
