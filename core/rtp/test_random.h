// For tests: random sizes and indices, which are 32 bits wide under wasm.
#pragma once

#include <cstddef>

#include "core/base/random.h"

namespace sealhall::rtp {

/// Uniform in [0, bound).
inline std::size_t size_below(SeededRandom& random, std::size_t bound) noexcept {
  return static_cast<std::size_t>(random.below(bound));
}

}  // namespace sealhall::rtp
