// What a receiver was sent under which number, so that a NACK finds the packet in the source's log (RFC 4585
// section 6.2.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace sealhall::sfu {

/// A four-way set-associative table of 12 bytes a packet: packets of one slot fill it evenly, packets of other slots
/// push out the oldest of a set only. An entry that was pushed out is not found; a wrong one is never given.
class SentPackets {
 public:
  struct Entry {
    std::uint32_t log_index = 0;
    std::uint16_t sequence = 0;
    std::uint16_t picture_id = 0;
    std::uint16_t sent_ms = 0;  ///< low 16 bits of the time of the last sending, in milliseconds
    std::uint8_t slot = no_slot;
    std::uint8_t epoch : 5 = 0;  ///< VideoStream::epoch of the sending
    std::uint8_t resent : 3 = 0;
  };
  static constexpr std::uint8_t no_slot = 0xff;
  static constexpr std::size_t ways = 4;
  static constexpr std::size_t largest_sets = 128;

  /// For a receiver with so many video slots: 256 packets for few, 512 for more. That is about a
  /// second of one stream, and half a second of all that a fast receiver gets.
  explicit SentPackets(std::size_t slots)
      : sets_(slots <= 4 ? largest_sets / 2 : largest_sets), entries_(std::make_unique<Entry[]>(sets_ * ways)) {}

  void insert(const Entry& entry) noexcept {
    const std::size_t set = set_of(entry.slot, entry.sequence);
    entries_[set * ways + next_way_[set]] = entry;
    next_way_[set] = static_cast<std::uint8_t>((next_way_[set] + 1) % ways);
  }
  /// nullptr when it was not sent, or too long ago.
  Entry* find(std::uint8_t slot, std::uint16_t sequence) noexcept {
    const std::size_t set = set_of(slot, sequence);
    for (std::size_t way = 0; way < ways; ++way) {
      Entry& entry = entries_[set * ways + way];
      if (entry.slot == slot && entry.sequence == sequence) return &entry;
    }
    return nullptr;
  }

 private:
  [[nodiscard]] std::size_t set_of(std::uint8_t slot, std::uint16_t sequence) const noexcept {
    return (sequence + slot * 37U) & (sets_ - 1);  // odd stride: slots do not move in step
  }
  std::size_t sets_;
  std::unique_ptr<Entry[]> entries_;
  std::array<std::uint8_t, largest_sets> next_way_{};
};
static_assert(sizeof(SentPackets::Entry) == 12);

}  // namespace sealhall::sfu
