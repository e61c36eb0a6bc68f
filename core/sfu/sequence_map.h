// Sequence numbers of a slot: which number a source's packet gets when packets around it are left out (RFC 3550
// section 5.1 says that numbers count what is sent; RFC 7667 section 3.7 that a forwarder rewrites them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/rtp/sequence.h"

namespace sealhall::sfu {

/// Losses of the source stay visible as gaps, so that a late packet still finds its number free; packets that are left
/// out on purpose leave none. No allocation; 16 bytes and 8 a remembered change.
class SequenceMap {
 public:
  enum class Order : std::uint8_t {
    newest,   ///< newer than all before
    late,     ///< fills a gap
    too_old,  ///< from before the start, or its number cannot be known any more
  };

  /// The first number that the slot will ever use.
  explicit SequenceMap(std::uint16_t first_out) noexcept : next_out_(first_out) {}

  /// From now on numbers belong to a source whose first packet is `first`; it gets the next free number.
  void start(rtp::SeqNo first) noexcept;

  [[nodiscard]] Order order(rtp::SeqNo seq) const noexcept;
  /// The number for a packet that is sent. `seq` is not too_old.
  std::uint16_t forward(rtp::SeqNo seq) noexcept;
  /// `seq` is left out. nullopt: nobody will miss it. A number: it was a gap, so receivers ask for that number until
  /// they get something under it.
  std::optional<std::uint16_t> skip(rtp::SeqNo seq) noexcept;
  /// One past the highest number in use.
  [[nodiscard]] std::uint16_t next_out() const noexcept { return next_out_; }

  /// A jump of the source by more than this is taken as a restart, not as loss.
  static constexpr std::uint64_t largest_gap = 1000;

 private:
  /// From `first` on, out = in - offset (modulo 2^16).
  struct Change {
    std::uint32_t first = 0;  // low 32 bits of the source's number
    std::uint16_t offset = 0;
  };
  static constexpr std::size_t remembered = 8;

  [[nodiscard]] const Change* change_for(std::uint32_t seq) const noexcept;
  [[nodiscard]] std::uint16_t offset() const noexcept { return changes_[newest_].offset; }
  void push(Change change) noexcept;
  void jump(rtp::SeqNo seq) noexcept;

  std::array<Change, remembered> changes_{};
  std::uint64_t highest_ = 0;  // of the source; next_out_ == highest_ + 1 - offset
  std::uint16_t next_out_;
  std::uint8_t newest_ = 0;
  std::uint8_t count_ = 0;
};

}  // namespace sealhall::sfu
