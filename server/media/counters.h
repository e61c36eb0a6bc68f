// What a worker counts. Wrong input changes nothing else.
#pragma once

#include <cstdint>

namespace sealhall::media {

struct Counters {
  std::uint64_t packets_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t dropped_malformed = 0;
  std::uint64_t dropped_unauthenticated = 0;
  std::uint64_t dropped_replayed = 0;
  std::uint64_t dropped_unknown_address = 0;
  std::uint64_t dropped_wrong_sender = 0;
  std::uint64_t dropped_amplification = 0;  ///< would have sent more than a new path allows
  std::uint64_t dropped_unsealable = 0;     ///< SRTP refused: a number sent before, or too large
};

}  // namespace sealhall::media
