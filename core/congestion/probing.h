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
  explicit Probing(DataRate start) noexcept : start_(start), target_(start) {}
  void on_packet_sent(std::size_t size, Instant at) noexcept;
  /// A packet arrived; `probe_slot` as `SendHistory` remembered it.
  void on_acknowledged(std::uint32_t probe_slot, std::size_t size, Instant sent, Instant arrival) noexcept;
  /// After each feedback message: the capacity that a probe measured, once.
  [[nodiscard]] std::optional<DataRate> take_result(Instant now) noexcept;
  /// After each change of the target. `useful`: above this nobody needs to know what the path carries.
  void update(DataRate target, DataRate useful, bool overuse, Instant now) noexcept;
  [[nodiscard]] std::optional<Probe> take(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  /// The application sends clearly less than the target allows.
  [[nodiscard]] bool limited() const noexcept { return limited_; }

 private:
  struct Cluster {
    std::uint32_t id = 0;  // 0: unused
    DataRate rate;
    std::uint32_t want_packets = 0;
    std::uint32_t want_bytes = 0;
    std::uint32_t packets = 0;
    std::uint32_t bytes = 0;
    std::uint32_t bytes_in_last_run = 0;       // with the last send time
    std::uint32_t bytes_in_first_arrival = 0;  // with the first arrival time
    Instant first_sent{};
    Instant last_sent{};
    Instant first_arrival{};
    Instant last_arrival{};
    Instant asked{};
  };
  [[nodiscard]] bool wants_more() const noexcept { return target_ < useful_ * 0.95; }
  void ask(DataRate rate, Instant now) noexcept;
  [[nodiscard]] std::optional<DataRate> measure(const Cluster& cluster) const noexcept;

  DataRate start_;
  DataRate target_;
  DataRate useful_ = DataRate::unlimited();
  std::array<Cluster, 4> clusters_{};
  std::array<Probe, 2> queue_{};
  std::size_t queued_ = 0;
  std::uint32_t next_id_ = 1;
  bool started_ = false;
  Instant started_at_{};
  DataRate best_;  // the highest target since the last fall was recovered from
  Duration backoff_;
  std::optional<Instant> next_probe_at_;
  std::optional<Instant> last_overuse_;
  std::optional<Instant> last_success_;
  bool regretted_ = false;
  bool limited_ = false;
  double unused_bytes_ = 0.0;  // what the target would have allowed and was not sent, within half a second
  Instant unused_at_{};
};

}  // namespace sealhall::congestion
