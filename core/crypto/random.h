// Randomness for secrets: OpenSSL's generator, or the embedder's under WebAssembly.
#pragma once

#include "core/base/random.h"

namespace sealhall::crypto {

/// For keys and nonces. A generator that fails stops the process: going on without randomness is worse.
class SystemRandom final : public RandomSource {
 public:
  void fill(MutableBytes out) noexcept override;
};

}  // namespace sealhall::crypto
