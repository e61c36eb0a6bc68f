// Which packets of a stream are missing, and when to ask for them (RFC 4585 section 6.2.1 gives the message, not the
// timing).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/time.h"
#include "core/rtp/sequence.h"

namespace sealhall::rtp {

/// Sans-IO. Feed packets with `on_packet`; whenever `next_deadline` has passed call `due`.
class NackTracker {
 public:
  struct Config {
    Duration initial_rtt = std::chrono::milliseconds{100};
    /// Never asked again sooner than this, however short the round trip. Smaller: duplicates on jittery paths.
    Duration min_interval = std::chrono::milliseconds{10};
    /// Requests for one packet before it is given up.
    unsigned max_requests = 10;
    /// Packets missing at once, or in one gap, before asking makes no sense. Larger: bursts of retransmissions.
    std::size_t max_missing = 500;
  };
  NackTracker() noexcept : NackTracker(Config{}) {}
  explicit NackTracker(const Config& config) noexcept : config_(config), rtt_(config.initial_rtt) {}

  /// A packet arrived, also as a retransmission. The first one starts the stream: nothing before it is asked for.
  void on_packet(SeqNo seq, Instant now);
  void on_rtt(Duration rtt) noexcept { rtt_ = rtt; }
  /// Packets before `seq` are not wanted any more: what follows does not need them (a key frame).
  void forget_before(SeqNo seq) noexcept;

  /// When `due` must next be called; nullopt when nothing is missing.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  /// To request now, ascending; offered again one round trip later.
  std::vector<SeqNo> due(Instant now);

  /// More was lost than asking can repair: ask for a key frame instead, then `clear`. What is missing is forgotten
  /// already.
  [[nodiscard]] bool lost_too_many() const noexcept { return lost_too_many_; }
  /// Forgets what is missing; the stream goes on from its highest packet.
  void clear() noexcept;

  [[nodiscard]] std::size_t missing() const noexcept { return missing_.size(); }
  /// Packets that never came although they were asked for `max_requests` times.
  [[nodiscard]] std::uint64_t given_up() const noexcept { return given_up_; }

 private:
  struct Missing {
    SeqNo seq{};
    Instant ask_at{};
    unsigned requests = 0;
  };

  Config config_;
  Duration rtt_;
  std::optional<SeqNo> highest_;
  std::vector<Missing> missing_;  // ascending
  bool lost_too_many_ = false;
  std::uint64_t given_up_ = 0;
};

}  // namespace sealhall::rtp
