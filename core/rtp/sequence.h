// Sequence numbers and RTP timestamps without wrap: 64-bit after unwrapping, so that `<` is honest (RFC 3550
// section 5.1).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "core/base/random.h"

namespace sealhall::rtp {

/// A sequence number after unwrapping. The low 16 bits are what stands on the wire.
enum class SeqNo : std::uint64_t {};
/// An RTP timestamp after unwrapping. The low 32 bits are what stands on the wire.
enum class MediaTime : std::uint64_t {};

constexpr std::uint64_t value(SeqNo s) noexcept { return static_cast<std::uint64_t>(s); }
constexpr std::uint64_t value(MediaTime t) noexcept { return static_cast<std::uint64_t>(t); }
constexpr std::uint16_t on_wire(SeqNo s) noexcept { return static_cast<std::uint16_t>(value(s)); }
constexpr std::uint32_t on_wire(MediaTime t) noexcept { return static_cast<std::uint32_t>(value(t)); }
constexpr SeqNo next(SeqNo s) noexcept { return SeqNo{value(s) + 1}; }
constexpr std::int64_t distance(SeqNo from, SeqNo to) noexcept {
  return static_cast<std::int64_t>(value(to) - value(from));
}

/// A first sequence number for a new RTP stream, 0..32767. An SRTP receiver that misses the packets around the first
/// wrap of a stream that began above guesses the wrong rollover counter and never recovers (RFC 3711 section 3.3.1).
inline std::uint16_t initial_sequence_number(RandomSource& random) noexcept {
  return static_cast<std::uint16_t>(random.u32() & 0x7FFF);
}

/// Unwraps numbers of `Wire` width by the nearest-neighbour rule: the result is the 64-bit number with these low bits
/// that is closest to the highest one seen. The first number starts one whole cycle above zero, so that earlier ones
/// that arrive late stay positive.
template <typename Wire, typename Wide>
class Unwrapper {
 public:
  /// The unwrapped number; moves the reference forward, never back.
  Wide unwrap(Wire wire) noexcept {
    const Wide result = peek(wire);
    if (!highest_ || result > *highest_) highest_ = result;
    return result;
  }
  /// The same without moving the reference.
  [[nodiscard]] Wide peek(Wire wire) const noexcept {
    if (!highest_) return Wide{cycle + wire};
    const auto reference = static_cast<std::uint64_t>(*highest_);
    const auto low = static_cast<Wire>(reference);
    const auto forward = static_cast<Wire>(wire - low);
    if (forward < cycle / 2) return Wide{reference + forward};
    const std::uint64_t back = cycle - forward;
    return Wide{reference >= back ? reference - back : reference + forward};
  }
  [[nodiscard]] std::optional<Wide> highest() const noexcept { return highest_; }

 private:
  static constexpr std::uint64_t cycle = std::uint64_t{1} << (8 * sizeof(Wire));
  std::optional<Wide> highest_;
};

using SeqUnwrapper = Unwrapper<std::uint16_t, SeqNo>;
using TimestampUnwrapper = Unwrapper<std::uint32_t, MediaTime>;

}  // namespace sealhall::rtp
