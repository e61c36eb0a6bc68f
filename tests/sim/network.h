// One direction of a network in virtual time: loss, bursts of loss, delay, jitter, reorder, duplication, a bottleneck.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/data_rate.h"
#include "core/base/random.h"
#include "core/base/time.h"

namespace sealhall::sim {

/// Loss in bursts (Gilbert-Elliott): a good state without loss of its own and a bad one.
struct BurstLoss {
  double enter = 0.0;  ///< probability a packet of going from good to bad
  double leave = 1.0;  ///< of going back
  double loss = 1.0;   ///< of losing a packet in the bad state
};

struct PathConfig {
  DataRate rate = DataRate::unlimited();
  Duration queue =
      std::chrono::milliseconds{300};  ///< longest wait at the bottleneck; what would wait longer is dropped
  Duration delay = std::chrono::milliseconds{20};
  Duration jitter{};  ///< uniform, 0 to this, without overtaking
  double loss = 0.0;
  BurstLoss burst;
  double reorder = 0.0;                                 ///< probability of being overtaken ..
  Duration reorder_by = std::chrono::milliseconds{25};  ///< .. for so long
  double duplicate = 0.0;
};

struct PathStats {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  std::uint64_t queue_dropped = 0;
  std::uint64_t delivered = 0;
  std::uint64_t delivered_bytes = 0;
};

class Path {
 public:
  struct Delivery {
    std::size_t flow = 0;
    Bytes bytes;
  };
  Path(std::uint64_t seed, const PathConfig& config) : random_(seed), config_(config) {}

  /// From `at` on the path is like this.
  void change(Instant at, const PathConfig& config) { changes_.emplace(at, config); }
  void send(std::size_t flow, Bytes bytes, Instant now);
  [[nodiscard]] std::optional<Instant> next() const;
  /// The next datagram that has arrived by `now`, in order of arrival.
  std::optional<Delivery> poll(Instant now);

  [[nodiscard]] const PathConfig& config() const { return config_; }
  [[nodiscard]] const PathStats& stats() const { return stats_; }
  [[nodiscard]] Duration queue_delay(Instant now) const { return std::max(Duration{}, free_at_ - now); }

 private:
  void apply_changes(Instant now);
  [[nodiscard]] bool lose();

  SeededRandom random_;
  PathConfig config_;
  std::multimap<Instant, PathConfig> changes_;
  std::multimap<Instant, Delivery> flying_;
  Instant free_at_{};
  Instant last_arrival_{};
  bool bad_ = false;
  PathStats stats_;
};

/// FNV-1a over what a run did: two runs with one seed must agree.
class ResultHash {
 public:
  void add(std::uint64_t v) {
    for (int i = 0; i < 8; ++i, v >>= 8) hash_ = (hash_ ^ (v & 0xff)) * 0x100000001b3U;
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace sealhall::sim
