// What was sent under which transport-wide sequence number: a ring of eight bytes a packet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "core/rtp/sequence.h"

namespace sealhall::congestion {

class SendHistory {
 public:
  /// Packets remembered. Must cover a round trip and a feedback interval: at 1000 packets a second this is half a
  /// second.
  static constexpr std::size_t capacity = 512;
  static constexpr std::uint32_t probe_slots = 8;

  struct Sent {
    Instant at{};
    std::uint16_t size = 0;
    std::uint32_t probe_slot = 0;  ///< probe id modulo `probe_slots`; 0 for none
  };
  void store(std::uint16_t sequence, std::uint16_t size, std::uint32_t probe_slot, Instant at) noexcept;
  /// The packet, once: nullopt when it was never sent, is forgotten, or was acknowledged before.
  [[nodiscard]] std::optional<Sent> acknowledge(rtp::SeqNo sequence) noexcept;
  /// The packet, without marking it; nullopt when unknown or acknowledged.
  [[nodiscard]] std::optional<Sent> look(rtp::SeqNo sequence) const noexcept;
  /// The unwrapped number of a reported one, by the numbers that were sent; nullopt when it was not sent lately.
  [[nodiscard]] std::optional<rtp::SeqNo> unwrap(std::uint16_t sequence) const noexcept;
  [[nodiscard]] std::int64_t bytes_in_flight() const noexcept { return in_flight_; }

 private:
  struct Record {
    std::uint32_t sent_us = 0;  // low 32 bits
    std::uint16_t sequence = 0;
    std::uint16_t flags = 0;  // used 1, acknowledged 1, probe slot 3, size 11 bits
  };
  [[nodiscard]] Instant full_time(std::uint32_t low) const noexcept;
  std::array<Record, capacity> records_{};
  rtp::SeqUnwrapper sequences_;
  Instant newest_{};
  std::int64_t in_flight_ = 0;
};

}  // namespace sealhall::congestion
