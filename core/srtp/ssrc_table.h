// State per SSRC: an open-addressing table that is found in O(1), grows by allocation only when an SSRC is added, up to
// a limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.h"

namespace sealhall::srtp {

/// Entries are never removed: forgetting one would forget which indices were used.
template <typename State>
class SsrcTable {
 public:
  /// At most `limit` SSRCs, 1..32767.
  explicit SsrcTable(std::size_t limit) noexcept : limit_(limit) { SEALHALL_CHECK(limit >= 1 && limit <= 0x7FFF); }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool full() const noexcept { return entries_.size() >= limit_; }

  /// nullptr when unknown. Valid until the next `add`.
  [[nodiscard]] State* find(std::uint32_t ssrc) noexcept {
    if (slots_.empty()) return nullptr;
    for (std::size_t at = home(ssrc);; at = (at + 1) & (slots_.size() - 1)) {
      const std::uint16_t slot = slots_[at];
      if (slot == 0) return nullptr;
      if (entries_[slot - 1U].ssrc == ssrc) return &entries_[slot - 1U].state;
    }
  }

  /// Adds an SSRC that is not there yet. Not when `full`.
  State& add(std::uint32_t ssrc) {
    SEALHALL_CHECK(!full());
    entries_.push_back({ssrc, State{}});
    if (entries_.size() * 2 > slots_.size()) {
      slots_.assign(slots_.empty() ? 8 : slots_.size() * 2, 0);
      for (std::size_t i = 0; i < entries_.size(); ++i) place(i);
    } else {
      place(entries_.size() - 1);
    }
    return entries_.back().state;
  }

 private:
  struct Entry {
    std::uint32_t ssrc = 0;
    State state;
  };
  // Multiplicative hashing; the high bits are the well mixed ones.
  [[nodiscard]] std::size_t home(std::uint32_t ssrc) const noexcept {
    return static_cast<std::size_t>((ssrc * 0x9E3779B1U) >> 16) & (slots_.size() - 1);
  }
  void place(std::size_t entry) noexcept {
    std::size_t at = home(entries_[entry].ssrc);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::uint16_t>(entry + 1);
  }

  std::size_t limit_;
  std::vector<Entry> entries_;
  std::vector<std::uint16_t> slots_;  // entry number + 1, 0: free; a power of two, at most half full
};

}  // namespace sealhall::srtp
