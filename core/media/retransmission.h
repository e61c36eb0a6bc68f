// Sender's memory of RTP packets for NACK (RFC 4585 section 6.2.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/data_rate.h"
#include "core/base/time.h"

namespace sealhall::media {

/// The last packets of one stream by sequence number, bounded in number, bytes and age. Payload memory is reused.
class RetransmissionHistory {
 public:
  struct Config {
    std::size_t max_packets = 1024;  ///< rounded up to a power of two
    std::size_t max_bytes = 1'500'000;
    Duration max_age = std::chrono::seconds{2};  ///< later retransmissions help nobody
  };
  struct Stored {
    ByteView packet;               ///< as given to `store`; valid until the next call of `store`
    std::uint32_t times_sent = 0;  ///< retransmissions including this one
  };
  RetransmissionHistory() : RetransmissionHistory(Config{}) {}
  explicit RetransmissionHistory(const Config& config);

  /// Remembers `packet` (whatever the caller needs to send it again, at most 1500 bytes) under its sequence number.
  void store(std::uint16_t sequence_number, ByteView packet, Instant now);
  /// The packet for a NACK. nullopt when it is unknown or too old, or was sent again less than `rtt` ago.
  [[nodiscard]] std::optional<Stored> retransmit(std::uint16_t sequence_number, Duration rtt, Instant now) noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t packets() const noexcept { return held_; }

 private:
  struct Slot {
    bool used = false;
    std::uint16_t sequence_number = 0;
    std::uint32_t times_sent = 0;
    Instant stored_at{};
    Instant sent_at{};
    Bytes packet;  // keeps its capacity
  };
  void forget(Slot& slot) noexcept;

  Config config_;
  std::vector<Slot> slots_;
  std::uint16_t oldest_ = 0;
  std::uint16_t newest_ = 0;
  std::size_t bytes_ = 0;
  std::size_t held_ = 0;
};

/// Answers NACKs out of a history, within a budget: retransmissions may use at most a part of the sent bytes of the
/// last second, so that a NACK storm cannot multiply the traffic.
class NackResponder {
 public:
  struct Config {
    /// Retransmitted bytes per sent byte, in a sliding second. Smaller: loss stays; larger: storms grow.
    double budget = 0.5;
    std::size_t min_budget_bytes = 16'000;  ///< always allowed in a second
    double share = 0.25;                    ///< of the rate that was given with `limit_to`
  };
  NackResponder() noexcept : NackResponder(Config{}) {}
  explicit NackResponder(const Config& config) noexcept : config_(config) {}
  void on_sent(std::size_t bytes, Instant now) noexcept;
  void on_rtt(Duration rtt) noexcept { rtt_ = rtt; }
  /// What the path carries as a whole: retransmissions keep within `share` of it, also below `min_budget_bytes`. What
  /// was sent before the path became narrow allows nothing more then: a queue that is full would be kept full by them.
  void limit_to(DataRate path) noexcept { path_ = path; }
  /// How much was sent again within about the last second.
  [[nodiscard]] DataRate resending(Instant now) noexcept;
  /// Calls `send(ByteView packet, sequence_number)` for every packet that should go out again.
  template <typename Send>
  void on_nack(std::span<const std::uint16_t> sequence_numbers, RetransmissionHistory& history, Instant now,
               Send&& send) {
    for (const std::uint16_t number : sequence_numbers) {
      const auto stored = history.retransmit(number, rtt_, now);
      if (!stored) continue;
      if (!spend(stored->packet.size(), now)) return;
      send(stored->packet, number);
    }
  }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  bool spend(std::size_t bytes, Instant now) noexcept;
  void roll(Instant now) noexcept;

  Config config_;
  Duration rtt_ = std::chrono::milliseconds{100};
  DataRate path_ = DataRate::unlimited();
  Instant window_began_{};
  double sent_ = 0.0;
  double resent_ = 0.0;
  std::uint64_t refused_ = 0;
};

}  // namespace sealhall::media
