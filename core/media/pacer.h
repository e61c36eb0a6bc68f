// Pacer: spreads packets over time at the rate that congestion control allows, the important ones first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/data_rate.h"
#include "core/base/time.h"

namespace sealhall::media {

/// In order of priority.
enum class PacketKind : std::uint8_t { audio, retransmission, video, padding };

/// What the pacer orders. It never sees the bytes: `handle` is whatever lets the caller find them.
struct PacedPacket {
  PacketKind kind = PacketKind::video;
  std::uint16_t size = 0;    ///< bytes on the wire that count against the rate
  std::uint32_t probe = 0;   ///< not zero: part of this probe cluster (see congestion::Probe)
  std::uint64_t handle = 0;  ///< 0 for padding: the caller makes `size` bytes of padding
  Instant queued{};
};

/// Sans-IO. `enqueue` what is to be sent; when `next_deadline` has passed call `poll` and send what it gives, back to
/// back (one GSO run where the sizes allow it).
class Pacer {
 public:
  struct Config {
    /// At most so many packets and so much time at the pacing rate leave in one burst. More saves system calls and
    /// looks like congestion to the receiver.
    std::size_t max_burst_packets = 16;
    Duration max_burst_time = std::chrono::milliseconds{5};
    /// The queue is emptied at least this fast: the rate rises when the limit would be missed. Larger: delay after
    /// key frames; smaller: bursts over the allowed rate.
    Duration queue_time_limit = std::chrono::milliseconds{500};
    std::size_t capacity = 1024;  ///< packets of each kind
    std::size_t padding_size = 1000;
  };
  Pacer() : Pacer(Config{}) {}
  explicit Pacer(const Config& config);

  /// `pacing` for media (usually 2.5 times the target), `padding` to fill up to with padding when media is scarce
  /// (usually 0).
  void set_rates(DataRate pacing, DataRate padding, Instant now) noexcept;
  /// False: the queue of this kind is full and the packet was not taken. Audio never waits for a rate.
  [[nodiscard]] bool enqueue(const PacedPacket& packet, Instant now);
  /// From the next poll on send at `rate` until `packets` and `bytes` are out, with media first and padding when there
  /// is none. A probe that runs already goes on; a second one waits, a third one replaces the second.
  void start_probe(std::uint32_t id, DataRate rate, std::size_t packets, std::size_t bytes) noexcept;
  /// Fills `out` with what to send at `now`, in order; returns how many, at most max_burst_packets.
  std::size_t poll(Instant now, std::span<PacedPacket> out);
  /// When `poll` would give something; nullopt when there is nothing to send.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;

  [[nodiscard]] std::size_t queued_bytes() const noexcept { return queued_bytes_; }
  [[nodiscard]] std::size_t queued_packets() const noexcept;
  /// How long the queue takes at the pacing rate of now.
  [[nodiscard]] Duration queue_time() const noexcept;
  /// Age of the oldest packet.
  [[nodiscard]] Duration oldest_age(Instant now) const noexcept;
  /// Throws away everything of this kind (a key frame replaces what waits); returns how many.
  std::size_t clear(PacketKind kind) noexcept;

 private:
  /// A ring that grows up to the capacity and keeps its memory.
  struct Queue {
    std::vector<PacedPacket> ring;
    std::size_t head = 0;
    std::size_t count = 0;
  };
  struct ProbeState {
    std::uint32_t id = 0;
    DataRate rate;
    std::size_t packets_left = 0;
    std::int64_t bytes_left = 0;
    std::optional<Instant> began;
    std::int64_t bytes_sent = 0;
  };
  static constexpr std::size_t kinds = 3;
  [[nodiscard]] DataRate effective_rate() const noexcept;
  void settle(Instant now) noexcept;
  bool take(PacketKind kind, PacedPacket& out) noexcept;

  Config config_;
  std::array<Queue, kinds> queues_;
  DataRate pacing_ = DataRate::kbps(300);
  DataRate padding_;
  double debt_bytes_ = 0.0;
  double padding_debt_bytes_ = 0.0;
  Instant settled_at_{};
  std::optional<ProbeState> probe_;
  std::optional<ProbeState> waiting_probe_;
  std::size_t queued_bytes_ = 0;
};

}  // namespace sealhall::media
