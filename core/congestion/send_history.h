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
    bool was_lost = false;         ///< it was reported lost before it was reported received
  };
  void store(std::uint16_t sequence, std::uint16_t size, std::uint32_t probe_slot, Instant at) noexcept;
  /// The packet, once: nullopt when it was never sent, is forgotten, or was acknowledged before.
  [[nodiscard]] std::optional<Sent> acknowledge(std::uint16_t sequence) noexcept;
  /// The packet, once: nullopt when unknown, acknowledged, or reported lost before.
  [[nodiscard]] std::optional<Sent> report_lost(std::uint16_t sequence) noexcept;
  /// Bytes whose fate is not known yet.
  [[nodiscard]] std::int64_t bytes_in_flight() const noexcept { return in_flight_; }

 private:
  enum class State : std::uint8_t { free, in_flight, lost, acknowledged };
  struct Record {
    std::uint32_t sent_us = 0;  // low 32 bits
    std::uint16_t sequence = 0;
    std::uint16_t packed = 0;  // state 2 bits, probe slot 3 bits, size 11 bits
  };
  [[nodiscard]] static State state_of(const Record& r) noexcept { return static_cast<State>(r.packed >> 14); }
  [[nodiscard]] static std::uint16_t size_of(const Record& r) noexcept { return r.packed & 0x7ff; }
  static void set_state(Record& r, State s) noexcept {
    r.packed = static_cast<std::uint16_t>((r.packed & 0x3fff) | (static_cast<unsigned>(s) << 14));
  }
  [[nodiscard]] Record* find(std::uint16_t sequence) noexcept;
  [[nodiscard]] Sent read(const Record& record) const noexcept;

  std::array<Record, capacity> records_{};
  std::optional<std::uint16_t> newest_sequence_;
  Instant newest_{};
  std::int64_t in_flight_ = 0;
};

}  // namespace sealhall::congestion
