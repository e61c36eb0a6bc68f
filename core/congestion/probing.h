// Probing: short bursts at a higher rate that find out what a path carries, when to send them, and what they measured.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/data_rate.h"
#include "core/base/time.h"

namespace sealhall::congestion {

/// Send at least `packets` packets and `bytes` bytes at `rate`, media first and padding for the rest.
struct Probe {
  std::uint32_t id = 0;  ///< never 0
  DataRate rate;
  std::uint32_t packets = 0;
  std::uint32_t bytes = 0;
};

/// Decides when to probe: at the start, while the application sends less than it may, and after a fall until the old
/// rate is back. A probe that found its rate is followed by a faster one; one that did not makes the next wait longer.
class Probing {
 public:
  explicit Probing(DataRate start) noexcept : start_(start) {}
  void on_packet_sent(std::uint32_t probe_id, std::size_t size, Instant at) noexcept;
  /// A packet of a probe arrived.
  void on_acknowledged(std::uint32_t probe_slot, std::size_t size, Instant sent, Instant arrival, Instant now) noexcept;
  void on_lost(std::uint32_t probe_slot) noexcept;
  /// The capacity that a finished probe measured, once.
  [[nodiscard]] std::optional<DataRate> take_result() noexcept;
  /// After each change of the target.
  void update(DataRate target, DataRate max_useful, bool overuse, Instant now) noexcept;
  [[nodiscard]] std::optional<Probe> take(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  /// The application sends clearly less than the target allows.
  [[nodiscard]] bool limited() const noexcept { return limited_; }

 private:
  struct Cluster {
    std::uint32_t id = 0;
    DataRate rate;
    std::uint32_t want_packets = 0;
    std::uint32_t want_bytes = 0;
    std::uint32_t packets = 0;
    std::uint32_t bytes = 0;
    std::uint32_t last_sent_size = 0;
    std::uint32_t first_arrival_size = 0;
    Instant first_sent{};
    Instant last_sent{};
    Instant first_arrival{};
    Instant last_arrival{};
    Instant asked{};
  };
  void ask(DataRate rate, Instant now) noexcept;
  [[nodiscard]] std::optional<DataRate> measure(const Cluster& cluster) const noexcept;

  DataRate start_;
  std::array<Cluster, 4> clusters_{};
  std::array<Probe, 2> queue_{};
  std::size_t queued_ = 0;
  std::uint32_t next_id_ = 1;
  std::optional<DataRate> result_;
  DataRate last_asked_;
  Instant waiting_since_{};
  bool waiting_ = false;
  bool initial_done_ = false;
  DataRate target_;
  DataRate lost_rate_;  // the rate before the last fall, to come back to
  Instant lost_at_{};
  Duration backoff_{};
  Instant next_probe_at_{};
  bool limited_ = false;
  double budget_bytes_ = 0.0;  // of what the target would have allowed and was not used
  Instant budget_at_{};
};

}  // namespace sealhall::congestion
